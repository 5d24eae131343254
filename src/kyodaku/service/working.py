# SPDX-License-Identifier: Apache-2.0
"""The work on videos, in a process of its own beside the one that answers.

What a decoder, a matcher or a pipeline does to a process (memory, crashes, the interpreter's lock) must keep no caller
waiting; and a worker that dies is started again, while the jobs wait in their database. Of one workspace one worker is
at work at a time, whichever service started it: a pipeline's videos are known to its own process only. Others wait for
their turn, and take over when it ends.
"""

from __future__ import annotations

import fcntl
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Final

from kyodaku.errors import KyodakuError
from kyodaku.generation.runner import Allowed, Runner
from kyodaku.generation.stamping import Stamper, own_credentials
from kyodaku.registry import Registry
from kyodaku.service.assembling import Settings, opened_desk, service_folder
from kyodaku.service.desk import Desk
from kyodaku.service.handing_out import check, keep_blocked, may_wait
from kyodaku.service.telemetry import opened_telemetry
from kyodaku.service.webhooks import Webhook, send

__all__ = ["turn_at_work", "work"]

LOCK: Final = "worker.lock"
_IDLE_S: Final = 0.05
_TURN_S: Final = 0.5
_FAULT_S: Final = 5.0
_NICE: Final = 5
"""Who waits for an answer comes before what takes minutes anyway."""
_log = logging.getLogger(__name__)


def work(settings: Settings) -> None:
    """Bring the jobs on until the process is told to end, or is left alone."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all: the parent says when to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with turn_at_work(service_folder(settings.workspace), stop):
            if not stop.is_set():
                _work(settings, stop)
    except KyodakuError as error:
        _log.error("the worker ends: %s", error)
        stop.wait(_FAULT_S)


def _end_with_parent() -> None:
    """End at once when the service was killed: it would be started again beside this worker, perhaps with another gate.

    Whatever was being done is done again from what is recorded.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def turn_at_work(folder: Path, stop: threading.Event) -> Iterator[None]:
    """Wait until no other worker is at work on this folder, or until it is told to stop."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:  # which the kernel unlocks when the process ends, however it ends
        while not stop.is_set():
            with suppress(BlockingIOError):
                fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            stop.wait(_TURN_S)
        yield


def _work(settings: Settings, stop: threading.Event) -> None:
    with (
        opened_telemetry(settings.otlp) as telemetry,
        opened_desk(settings, telemetry) as desk,
        Registry.open(settings.workspace) as registry,
    ):
        stamper = _stamper(settings, registry.origin)
        runner = Runner(
            store=desk.store,
            folders=desk.folders,
            generator=desk.generator,
            check=partial(check, desk),
            may_wait=partial(may_wait, desk),
            keep=partial(keep_blocked, desk),
            stamp=None if stamper is None else stamper.stamp,
            allowed=Allowed(generating=settings.generating),
            hung=lambda: os._exit(1),
        )
        desk.folders.sweep(lambda name: name.startswith("char_") or desk.store.get(name) is not None)
        if settings.webhook is not None:
            threading.Thread(target=_tell, args=(desk, settings.webhook, stop), daemon=True).start()
        _turn_after_turn(runner, stop)
        close = getattr(desk.generator, "close", None)
        if close is not None:
            close()


def _turn_after_turn(runner: Runner, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            if not runner.turn():
                stop.wait(_IDLE_S)
        except KyodakuError as error:  # a full disk, a database that another process holds: it may pass
            _log.error("no job can be worked on: %s", error)
            stop.wait(_FAULT_S)


def _stamper(settings: Settings, ledger: str) -> Stamper | None:
    if not settings.stamps:
        return None
    folder, organisation = service_folder(settings.workspace), settings.defaults.developer
    return Stamper(signer=settings.credentials or own_credentials(folder, organisation), ledger=ledger)


def _tell(desk: Desk, webhook: Webhook, stop: threading.Event) -> None:
    """Announce every job that ended, once the receiver takes it or has refused it for good."""
    while not stop.is_set():
        try:
            job = desk.store.untold()
            if job is not None:
                send(webhook, job)
                desk.store.tell(job)
        except KyodakuError as error:
            _log.error("an end could not be announced: %s", error)
            stop.wait(_FAULT_S)
        else:
            stop.wait(0 if job else _IDLE_S)

# SPDX-License-Identifier: Apache-2.0
"""Puts a service together and keeps it running: the API in one process, the work on videos in another.

What a decoder, a matcher or a pipeline does to a process (memory, crashes, the interpreter's lock) must keep no caller
waiting; and a worker that dies is started again, while the jobs wait in their database.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import uvicorn

from kyodaku.errors import UsageError
from kyodaku.generation.blocked import BlockedVideos
from kyodaku.generation.characters import Characters
from kyodaku.generation.detectors import CharacterSearch, Detector, PlainDetector
from kyodaku.generation.entering_later import Entering
from kyodaku.generation.folders import Folders
from kyodaku.generation.generators import Generator
from kyodaku.generation.runner import Allowed, Runner
from kyodaku.generation.stamping import Stamper, own_credentials
from kyodaku.generation.store import JobStore
from kyodaku.generation.video_gate import WorkspaceGate
from kyodaku.names.embedding import OnnxTextEmbedder
from kyodaku.registry import Registry
from kyodaku.service.app import create_app
from kyodaku.service.counts import Counts
from kyodaku.service.desk import Defaults, Desk
from kyodaku.service.teams import Teams
from kyodaku.service.webhooks import Webhook, send
from kyodaku.signals.credentials import Credentials

__all__ = ["Settings", "detector_of", "generator_of", "opened_desk", "serve", "service_folder"]

_LOCAL: Final = "diffusers:"
_IDLE_S: Final = 0.05
_RESTART_S: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that a service is made of: `generator` is an address or `diffusers:FOLDER`."""

    workspace: Path
    defaults: Defaults
    generator: str
    generator_key: str | None = None
    generator_options: Mapping[str, Any] = field(default_factory=dict)
    download: bool = False
    detector: Path | None = None
    embedder: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8400
    webhook: Webhook | None = None
    generating: timedelta = timedelta(hours=1)
    stamps: bool = True
    """Whether permitted videos get a manifest: with `credentials`, or else with those that the service makes itself."""
    credentials: Credentials | None = None


def service_folder(workspace: Path) -> Path:
    """Where a workspace keeps jobs, keys and videos."""
    return workspace / "service"


def generator_of(settings: Settings) -> Generator:
    """The generator behind the gate; UsageError for what is none."""
    from kyodaku.generation.generators.local import DiffusersPipeline  # noqa: PLC0415
    from kyodaku.generation.generators.openai_compatible import OpenAICompatible  # noqa: PLC0415

    source = settings.generator
    if source.startswith(_LOCAL):
        return DiffusersPipeline(
            source.removeprefix(_LOCAL), options=settings.generator_options, download=settings.download
        )
    if source.startswith(("http://", "https://")):
        return OpenAICompatible(source, key=settings.generator_key, model=settings.defaults.model or None)
    hint = "an address such as http://127.0.0.1:8000/v1, or diffusers:FOLDER"
    raise UsageError(f"{source!r} is no generator", where="--generator", hint=hint)


def detector_of(weights: Path | None) -> Detector:
    """What looks for characters: the user's network, or the plain one that has no weights."""
    if weights is None:
        return PlainDetector()
    from kyodaku.generation.detectors.onnx import OnnxDetector  # noqa: PLC0415 - heavy

    return OnnxDetector(weights)


@contextmanager
def opened_desk(settings: Settings) -> Iterator[Desk]:
    """The desk of this service, with its databases open."""
    folder = service_folder(settings.workspace)
    with ExitStack() as stack:
        registry = stack.enter_context(Registry.open(settings.workspace))
        rooms = JobStore(folder), Characters(folder), Teams(folder), Counts(folder)
        for room in rooms:
            stack.callback(room.close)
        store, characters, teams, counts = rooms
        yield Desk(
            gate=WorkspaceGate(
                registry,
                characters=CharacterSearch(detector_of(settings.detector), folder / "sheets"),
                embedder=None if settings.embedder is None else OnnxTextEmbedder.in_folder(settings.embedder),
                entering=stack.enter_context(Entering(registry)),
            ),
            store=store,
            folders=Folders(folder / "videos"),
            characters=characters,
            blocked=BlockedVideos(folder / "blocked"),
            teams=teams,
            counts=counts,
            generator=generator_of(settings),
            defaults=settings.defaults,
        )


def _stamper(settings: Settings, ledger: str) -> Stamper | None:
    if not settings.stamps:
        return None
    folder, organisation = service_folder(settings.workspace), settings.defaults.developer
    return Stamper(signer=settings.credentials or own_credentials(folder, organisation), ledger=ledger)


def serve(settings: Settings) -> None:
    """Serve until it is told to stop (SIGINT, SIGTERM)."""
    with opened_desk(settings) as desk, _worker(settings):
        config = uvicorn.Config(
            create_app(desk),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            server_header=False,
            h11_max_incomplete_event_size=64 << 10,
        )
        uvicorn.Server(config).run()


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    """A worker's process for as long as the block lasts: one that dies is followed by another."""
    stop = threading.Event()
    held: list[BaseProcess] = []

    def keep() -> None:
        while not stop.is_set():
            process = multiprocessing.get_context("spawn").Process(target=work, args=(settings,), daemon=False)
            process.start()
            held[:] = [process]
            process.join()
            stop.wait(_RESTART_S)

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        for process in held:
            process.terminate()
        thread.join(timeout=30)


def work(settings: Settings) -> None:
    """Bring the jobs on until the process is told to end; the gate here is the same as at the desk."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all: the parent says when to stop
    with opened_desk(settings) as desk, Registry.open(settings.workspace) as registry:
        stamper = _stamper(settings, registry.origin)
        runner = Runner(
            store=desk.store,
            folders=desk.folders,
            generator=desk.generator,
            check=desk.check,
            keep=desk.keep_blocked,
            stamp=None if stamper is None else stamper.stamp,
            allowed=Allowed(generating=settings.generating),
        )
        if settings.webhook is not None:
            threading.Thread(target=_tell, args=(desk, settings.webhook, stop), daemon=True).start()
        while not stop.is_set():
            if not runner.turn():
                stop.wait(_IDLE_S)
        close = getattr(desk.generator, "close", None)
        if close is not None:
            close()


def _tell(desk: Desk, webhook: Webhook, stop: threading.Event) -> None:
    """Announce every job that ended, once the receiver takes it or has refused it for good."""
    while not stop.is_set():
        job = desk.store.untold()
        if job is None:
            time.sleep(_IDLE_S)
            continue
        send(webhook, job)
        desk.store.tell(job)

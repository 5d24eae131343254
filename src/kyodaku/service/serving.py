# SPDX-License-Identifier: Apache-2.0
"""Keeps a service running: the API in this process, the work in another, which is started again when it dies."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Final

import uvicorn

from kyodaku.service.app import create_app
from kyodaku.service.assembling import Settings, opened_desk
from kyodaku.service.telemetry import opened_telemetry
from kyodaku.service.working import work

__all__ = ["serve"]

_MOST_CONNECTIONS: Final = 1000
"""More are answered with 503: each may be sending a body."""
_SWITCH_S: Final = 0.001
"""Many threads here do a little each: who answers waits for its turn no longer than this for each of the others."""
_IDLE_S: Final = 0.05
_RESTART_S: Final = 1.0
_ENDING_S: Final = 30.0


def serve(settings: Settings) -> None:
    """Serve until it is told to stop (SIGINT, SIGTERM)."""
    sys.setswitchinterval(_SWITCH_S)
    with (
        opened_telemetry(settings.otlp) as telemetry,
        opened_desk(settings, telemetry) as desk,
        _worker(settings),
    ):
        config = uvicorn.Config(
            create_app(desk, telemetry),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            h11_max_incomplete_event_size=64 << 10,
        )
        uvicorn.Server(config).run()


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    """A worker's process for as long as the block lasts: one that dies is followed by another."""
    stop = threading.Event()
    thread = threading.Thread(target=_keep_one, args=(settings, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _keep_one(settings: Settings, stop: threading.Event) -> None:
    while not stop.is_set():
        process = multiprocessing.get_context("spawn").Process(target=work, args=(settings,), daemon=False)
        process.start()
        while process.is_alive() and not stop.wait(_IDLE_S):
            pass
        _end(process)
        stop.wait(_RESTART_S)


def _end(process: BaseProcess) -> None:
    """Let it end its step, for a while; what it had begun is begun again."""
    process.terminate()
    process.join(timeout=_ENDING_S)
    if process.is_alive():
        process.kill()
        process.join()

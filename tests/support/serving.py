# SPDX-License-Identifier: Apache-2.0
"""The service as callers meet it: a real HTTP server, a runner at work, and a gate that answers by what it reads."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import uvicorn

from kyodaku.generation.answer import Answer
from kyodaku.generation.blocked import BlockedVideos
from kyodaku.generation.characters import Characters
from kyodaku.generation.folders import Folders
from kyodaku.generation.generators import Generator
from kyodaku.generation.job import Job, Moment
from kyodaku.generation.runner import Allowed, Runner
from kyodaku.generation.store import JobStore
from kyodaku.generation.video_gate import NOTHING_CLAIMED, Asker
from kyodaku.service.app import create_app
from kyodaku.service.counts import Counts
from kyodaku.service.defaults import Defaults
from kyodaku.service.desk import Desk
from kyodaku.service.handing_out import check, keep_blocked, may_wait
from kyodaku.service.teams import Policy, Teams
from kyodaku.service.telemetry import Telemetry, TracedGate
from support.generating import answer


@dataclass
class WordGate:
    """Refuses what holds the word `refused`, and is not sure of what holds `doubtful`; media by their bytes."""

    state: str = "snapshot-1"
    refuses_output: bool = False
    asked: list[tuple[Moment, str]] = field(default_factory=list)
    claims: list[dict[str, str]] = field(default_factory=list)

    def prompt(self, text: str, _asker: Asker) -> Answer:
        return self._answer("prompt", text)

    def input(self, medium: Path, _asker: Asker, claim: Mapping[str, str] = NOTHING_CLAIMED) -> Answer:
        self.claims.append(dict(claim))
        return self._answer("input", medium.read_bytes().decode("latin-1"))

    def output(self, medium: Path, _asker: Asker) -> Answer:
        return self._answer("output", "refused" if self.refuses_output else medium.read_bytes().decode("latin-1"))

    def snapshot_id(self) -> str:
        return self.state

    def _answer(self, moment: Moment, seen: str) -> Answer:
        self.asked.append((moment, seen))
        verdict = "refused" if "refused" in seen else "review" if "doubtful" in seen else "permitted"
        return answer(verdict, moment, snapshot=self.state)


@dataclass
class Served:
    """A service that runs: where, with which key, and what is behind it."""

    url: str
    key: str
    desk: Desk
    gate: WordGate

    def wait(self, video: str, *states: str) -> Job:
        """Wait until the job is in one of these states."""
        until = time.monotonic() + 30
        while (job := self.desk.store.get(video)) is not None and job.state not in states:
            assert time.monotonic() < until, f"{video} is still {job.state}"
            time.sleep(0.01)
        assert job is not None
        return job


@contextmanager
def served(
    folder: Path, generator: Generator, *, policy: Policy | None = None, telemetry: Telemetry | None = None
) -> Iterator[Served]:
    """Serve until the end of the block."""
    gate = WordGate()
    teams = Teams(folder)
    _, secret = teams.add(policy or Policy(team="film", per_minute=None))
    desk = Desk(
        gate=gate if telemetry is None else TracedGate(gate, telemetry.tracer),
        store=JobStore(folder),
        folders=Folders(folder / "videos"),
        characters=Characters(folder),
        blocked=BlockedVideos(folder / "blocked"),
        teams=teams,
        counts=Counts(folder),
        generator=generator,
        defaults=Defaults(developer="lab"),
    )
    with _listening(desk, telemetry) as url, _running(desk):
        yield Served(url=url, key=secret, desk=desk, gate=gate)
    for room in (desk.store, desk.characters, desk.teams, desk.counts):
        room.close()


@contextmanager
def _listening(desk: Desk, telemetry: Telemetry | None) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(desk, telemetry), log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _running(desk: Desk) -> Iterator[None]:
    stop = threading.Event()
    allowed = Allowed(between_looks=timedelta(0), after_fault=timedelta(0))
    runner = Runner(
        store=desk.store,
        folders=desk.folders,
        generator=desk.generator,
        check=partial(check, desk),
        keep=partial(keep_blocked, desk),
        may_wait=partial(may_wait, desk),
        allowed=allowed,
    )

    def run() -> None:
        while not stop.is_set():
            if not runner.turn():
                time.sleep(0.01)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

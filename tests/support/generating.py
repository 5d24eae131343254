# SPDX-License-Identifier: Apache-2.0
"""What tests of generation share: a clock, a generator that does as it is told, answers and jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kyodaku.generation.answer import Answer
from kyodaku.generation.generators import GeneratorError, Progress, TicketLost
from kyodaku.generation.job import Job, VideoRequest
from kyodaku.generation.store import new_id
from kyodaku.rights import Decision, Ground, Verdict

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that goes on when it is told to."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class ScriptedGenerator:
    """A generator that does what the test says: each look takes the next line of the script."""

    script: list[Progress | GeneratorError] = field(default_factory=lambda: [Progress(state="done", percent=100)])
    video: bytes = b"a video"
    name: str = "scripted"
    starts: list[tuple[str, str | None]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    fails_to_start: list[GeneratorError] = field(default_factory=list)
    fails_to_fetch: list[GeneratorError] = field(default_factory=list)

    def start(self, job: Job, folder: Path, *, source_ticket: str | None) -> str:
        assert folder.is_dir()
        if self.fails_to_start:
            raise self.fails_to_start.pop(0)
        self.starts.append((job.id, source_ticket))
        return f"ticket-{len(self.starts)}"

    def look(self, ticket: str) -> Progress:
        if ticket in self.forgotten:
            raise TicketLost("it was deleted")
        line = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(line, GeneratorError):
            raise line
        return line

    def fetch(self, ticket: str, path: Path) -> None:
        path.write_bytes(self.video[: len(self.video) // 2])
        if self.fails_to_fetch:
            raise self.fails_to_fetch.pop(0)
        path.write_bytes(self.video)

    def character(self, name: str, video: Path) -> str:
        return "character-ticket"

    def forget(self, ticket: str) -> None:
        self.forgotten.append(ticket)


def answer(verdict: str, moment: str = "output", snapshot: str = "") -> Answer:
    ground = Ground(
        rule="a-rule",
        effect=verdict,
        text={"en": "A reason.", "ja": "理由。"},
        citation="-",
        act="publish",
        work="film-1",
    )
    decision = Decision(
        verdict=Verdict(verdict),
        decision_id="sha256:" + "0" * 64,
        regime="jp-prior",
        regime_version="1",
        grounds=(ground,),
        snapshot=snapshot,
    )
    return Answer(moment=moment, decision=decision, offers=({"terms": ["a fee", "https://studio.example/offer"]},))  # type: ignore[arg-type]


def job(owner: str = "team", **request: object) -> Job:
    asked = VideoRequest(**{"prompt": "a fox runs 狐", **request})  # type: ignore[arg-type]
    return Job(id=new_id(), owner=owner, request=asked, state="accepted", created_at=START, changed_at=START)

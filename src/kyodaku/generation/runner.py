# SPDX-License-Identifier: Apache-2.0
"""Brings jobs on: asks the generator, fetches what it made, and lets nothing out that the gate has not permitted.

Each turn claims one job and takes one step with it. A worker may die at any point: its claim runs out, and the next one
goes on from the state that is recorded.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from kyodaku.errors import KyodakuError
from kyodaku.generation.answer import Answer
from kyodaku.generation.folders import Folders
from kyodaku.generation.generators import Generator, GeneratorError, Progress, TicketLost
from kyodaku.generation.job import Fault, Job
from kyodaku.generation.store import Conflict, JobStore

__all__ = ["Allowed", "Runner"]

MOST_ATTEMPTS: Final = 3
_WORK: Final = ("released", "checking", "generating", "accepted")
"""What is nearest to its end first."""

OutputCheck: TypeAlias = Callable[[Job, Path], Answer]
Stamp: TypeAlias = Callable[[Job, Path], Path]
Keep: TypeAlias = Callable[[Job, Path, Answer], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowed:
    """How long a generator may take, and how often it is looked at."""

    generating: timedelta = timedelta(hours=1)
    between_looks: timedelta = timedelta(seconds=1)
    after_fault: timedelta = timedelta(seconds=5)


@dataclass(kw_only=True)
class Runner:
    """One worker; `check` is the gate's question about a finished video, `stamp` puts a manifest into what may go.

    `keep` records what is kept of a video that is blocked, and gives its SHA-256.
    """

    store: JobStore
    folders: Folders
    generator: Generator
    check: OutputCheck
    stamp: Stamp | None = None
    keep: Keep | None = None
    allowed: Allowed = Allowed()
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    name: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(4)}")

    def turn(self) -> bool:
        """Take one step with one job; False when there is nothing to do."""
        job = self.store.claim(self.name, _WORK)
        if job is None:
            return False
        try:
            steps = {"accepted": self._start, "generating": self._look, "checking": self._check, "released": self._send}
            steps[job.state](job)
        except Conflict:  # it was deleted, or another worker has it by now: theirs counts
            self._clear_away(job)
        return True

    def _clear_away(self, job: Job) -> None:
        """Stop and delete what is left of a job that was deleted while it was worked on."""
        if self.store.get(job.id) is None:
            if job.ticket is not None:
                self.generator.forget(job.ticket)
            self.folders.remove(job.id)

    def _start(self, job: Job) -> None:
        folder = self.folders.of(job.id)
        self.folders.drop(job.id)  # what an earlier try left
        try:
            ticket = self.generator.start(job, folder, source_ticket=self._source_ticket(job))
        except GeneratorError as error:
            self._failed_try(job, error)
            return
        try:
            self.store.move(job, "generating", worker=self.name, ticket=ticket, progress=0)
        except Conflict:
            self.generator.forget(ticket)  # nobody will ever ask for it
            raise

    def _look(self, job: Job) -> None:
        assert job.ticket is not None
        if self.clock() - job.changed_at > self.allowed.generating:
            self.generator.forget(job.ticket)
            self._fail(job, Fault(code="generator_timeout", message="the generator did not finish in time"))
            return
        try:
            progress = self.generator.look(job.ticket)
            if progress.state == "done":
                self._fetch(job)
                return
        except TicketLost as error:
            self._failed_try(job, error)
            return
        except GeneratorError as error:
            if error.is_lasting:
                self._failed_try(job, error)
            else:  # it cannot be reached just now; the deadline above ends this
                self.store.let_go(job, self.name, after=self.allowed.after_fault)
            return
        self._note(job, progress)

    def _note(self, job: Job, progress: Progress) -> None:
        if progress.state == "failed":
            self._fail(job, Fault(code=progress.code, message=progress.message))
            return
        self.store.renew(job, self.name, progress=progress.percent)
        self.store.let_go(job, self.name, after=self.allowed.between_looks)

    def _fetch(self, job: Job) -> None:
        assert job.ticket is not None
        held = self.folders.held(job.id)
        if not held.is_file():  # it is there when a worker died right after it had fetched it
            part = held.with_suffix(".part")
            self.generator.fetch(job.ticket, part)
            part.replace(held)
        self.store.move(job, "checking", worker=self.name, progress=99)

    def _check(self, job: Job) -> None:
        """Examine the video; whatever goes wrong with that, it stays held."""
        held = self.folders.unsent(job.id)
        if held is None:
            self._gone(job)
            return
        try:
            answer = self.check(job, held)
            sha256 = self._kept(job, held, answer)
        except KyodakuError as error:
            self._check_failed(job, error)
            return
        decided = replace(job, steps=(*job.steps, answer.step("output")))
        if answer.goes_ahead:
            self._release(decided, held)
        elif answer.verdict == "review":
            self.store.move(job, "held_output", worker=self.name, steps=decided.steps)
        else:
            self.folders.drop(job.id)
            self._fail(replace(decided, output_sha256=sha256), answer.fault())

    def _kept(self, job: Job, held: Path, answer: Answer) -> str | None:
        """Of a blocked video, before it is deleted."""
        is_blocked = not answer.goes_ahead and answer.verdict != "review"
        return self.keep(job, held, answer) if is_blocked and self.keep is not None else None

    def _send(self, job: Job) -> None:
        """What a person has released."""
        held = self.folders.unsent(job.id)
        if held is None:
            self._gone(job)
        else:
            self._release(job, held)

    def _release(self, job: Job, held: Path) -> None:
        try:
            ready = held if self.stamp is None else self.stamp(job, held)
        except KyodakuError as error:
            self._check_failed(job, error)
            return
        self.folders.release(job.id, ready)
        self._finish(job)

    def _gone(self, job: Job) -> None:
        self._fail(job, Fault(code="generator_error", message="the video is gone"))

    def _finish(self, job: Job) -> None:
        sha256 = self.folders.sha256(job.id)
        now = self.clock()
        done = {"steps": job.steps, "output_sha256": sha256, "completed_at": now, "progress": 100}
        self.store.move(job, "completed", worker=self.name, **done)

    def _check_failed(self, job: Job, error: KyodakuError) -> None:
        """What could not be checked or stamped is tried again, then fails: neither is ever shown without."""
        if job.attempts + 1 >= MOST_ATTEMPTS:
            self._fail(job, Fault(code="check_failed", message=f"the video could not be released: {error}"))
            return
        self.store.try_again(job, self.name, after=self.allowed.after_fault)

    def _failed_try(self, job: Job, error: GeneratorError) -> None:
        """Try again from the start, a few times, unless the generator means it."""
        if error.is_lasting or job.attempts + 1 >= MOST_ATTEMPTS:
            self._fail(job, Fault(code=error.code, message=error.what))
        elif job.state == "accepted":
            self.store.try_again(job, self.name, after=self.allowed.after_fault)
        else:
            self.store.move(job, "accepted", worker=self.name, attempts=job.attempts + 1, ticket=None)

    def _fail(self, job: Job, fault: Fault) -> None:
        now = self.clock()
        ended = {"fault": fault, "steps": job.steps, "completed_at": now, "output_sha256": job.output_sha256}
        self.store.move(job, "failed", worker=self.name, **ended)

    def _source_ticket(self, job: Job) -> str | None:
        """The generator's own id of the video that this one is made from, if it made it."""
        source = None if job.request.source_job is None else self.store.get(job.request.source_job, owner=job.owner)
        return None if source is None else source.ticket

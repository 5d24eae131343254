# SPDX-License-Identifier: Apache-2.0
"""Brings jobs on: asks the generator, fetches what it made, and lets nothing out that the gate has not permitted.

Each turn claims one job and takes one step with it, holding on to the claim for as long as the step takes. A worker may
die at any point: its claim runs out, and the next one goes on from the state that is recorded.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from kyodaku.errors import KyodakuError
from kyodaku.generation.answer import Answer
from kyodaku.generation.folders import Folders
from kyodaku.generation.generators import Generator, GeneratorError, Progress, TicketLost
from kyodaku.generation.holding import holding_on
from kyodaku.generation.job import Fault, Job
from kyodaku.generation.store import Conflict, JobStore

__all__ = ["Allowed", "Runner"]

MOST_ATTEMPTS: Final = 3
_DELETED_EVERY_S: Final = 2.0
"""How often a worker looks whether what it has begun was deleted since."""
_log = logging.getLogger(__name__)
_WORK: Final = ("released", "checking", "generating", "accepted")
"""What is nearest to its end first."""

_UNCHECKED: Final = "the video could not be checked or made ready, and so it is not shown"

OutputCheck: TypeAlias = Callable[[Job, Path], Answer]
Stamp: TypeAlias = Callable[[Job, Path], Path]
Keep: TypeAlias = Callable[[Job, Path, Answer], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowed:
    """How long a generator may take, how often it is looked at, and how long any one step may take."""

    generating: timedelta = timedelta(hours=1)
    step: timedelta = timedelta(hours=2)
    between_looks: timedelta = timedelta(seconds=1)
    after_fault: timedelta = timedelta(seconds=5)


@dataclass(kw_only=True)
class Runner:
    """One worker; `check` is the gate's question about a finished video, `stamp` puts a manifest into what may go.

    `keep` records what is kept of a video that is blocked, and gives its SHA-256; `may_wait` says whether a doubtful
    one is held for a person. `hung` is called, in another thread, when a step takes longer than any may.
    """

    store: JobStore
    folders: Folders
    generator: Generator
    check: OutputCheck
    stamp: Stamp | None = None
    keep: Keep | None = None
    may_wait: Callable[[Job], bool] = lambda _job: True
    hung: Callable[[], None] = lambda: None
    allowed: Allowed = Allowed()
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    name: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(4)}")
    _begun: dict[str, str] = field(default_factory=dict)
    """The tickets of what this worker has begun, by job."""
    _looked_at: float = 0.0

    def turn(self) -> bool:
        """Take one step with one job; False when there is nothing to do."""
        self._stop_deleted()
        job = self.store.claim(self.name, _WORK)
        if job is None:
            return False
        try:
            self._take_step(job)
        except Conflict:  # it was deleted, or another worker has it by now: theirs counts
            self._clear_away(job)
        return True

    def _take_step(self, job: Job) -> None:
        """One step; whatever one job does to it, the worker goes on to the next."""
        steps = {"accepted": self._start, "generating": self._look, "checking": self._check, "released": self._send}
        try:
            with holding_on(self.store, job, self.name, longest=self.allowed.step, hung=self.hung):
                steps[job.state](job)
        except Conflict:
            raise
        except Exception as error:
            if self.store.get(job.id) is None:
                raise Conflict("it was deleted meanwhile") from error
            _log.exception("%s: a step could not be taken", job.id)
            self._check_failed(job, error)

    def _stop_deleted(self) -> None:
        """Stop the generator on what its owner has deleted since: the desk's process cannot always do so."""
        now = time.monotonic()
        if now - self._looked_at < _DELETED_EVERY_S:
            return
        self._looked_at = now
        for job_id, ticket in list(self._begun.items()):
            job = self.store.get(job_id)
            if job is None:
                self.generator.forget(ticket)
            if job is None or job.state != "generating":
                del self._begun[job_id]

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
            if self.store.get(job.id) is None:  # else it may be the ticket of who has the job now
                self.generator.forget(ticket)
            raise
        self._begun[job.id] = ticket

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
            part = self.folders.part(job.id, self.name)
            self.generator.fetch(job.ticket, part)
            part.replace(held)
        self.store.move(job, "checking", worker=self.name, progress=99)

    def _check(self, job: Job) -> None:
        """Examine the video; whatever goes wrong with that, it stays held."""
        held = self.folders.unsent(job.id)
        if held is None:
            self._gone(job)
            return
        if job.attempts >= MOST_ATTEMPTS:  # each time it ended the worker
            self._fail(job, Fault(code="check_failed", message=_UNCHECKED))
            return
        job = self.store.count_try(job, self.name)
        try:
            answer = self.check(job, held)
            waits = answer.verdict == "review" and self.may_wait(job)
            sha256 = None if answer.goes_ahead or waits else self._kept(job, held, answer)
        except KyodakuError as error:
            self._check_failed(replace(job, attempts=job.attempts - 1), error)
            return
        step = replace(answer.step(), at=self.clock().timestamp())
        decided = replace(job, steps=(*job.steps, step), attempts=job.attempts - 1)
        if answer.goes_ahead:
            self._release(decided, held)
        elif waits:
            self.store.move(decided, "held_output", worker=self.name)
        else:
            self._fail(replace(decided, output_sha256=sha256), answer.fault())
            self.folders.drop(job.id)

    def _kept(self, job: Job, held: Path, answer: Answer) -> str:
        """Of a blocked video, before it is deleted."""
        return self.folders.sha256_of(held) if self.keep is None else self.keep(job, held, answer)

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
        self.store.renew(job, self.name)  # who has lost the job meanwhile shows nothing
        self.folders.release(job.id, ready)
        self._finish(job)

    def _gone(self, job: Job) -> None:
        self._fail(job, Fault(code="generator_error", message="the video is gone"))

    def _finish(self, job: Job) -> None:
        sha256 = self.folders.sha256(job.id)
        now = self.clock()
        done = {"steps": job.steps, "output_sha256": sha256, "completed_at": now, "progress": 100}
        self.store.move(job, "completed", worker=self.name, **done)

    def _check_failed(self, job: Job, error: Exception) -> None:
        """What could not be checked or stamped is tried again, then fails: neither is ever shown without.

        Why is for the operator's log: it names files and databases.
        """
        _log.warning("%s: try %d failed: %s", job.id, job.attempts + 1, error)
        if job.attempts + 1 >= MOST_ATTEMPTS:
            self._fail(job, Fault(code="check_failed", message=_UNCHECKED))
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

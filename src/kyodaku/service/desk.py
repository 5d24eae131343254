# SPDX-License-Identifier: Apache-2.0
"""The desk behind the Videos API: one service's rooms at hand, and what every question at it has in common.

What is asked for is taken in by `taking_in`, characters by `casting`; `handing_out` gives out what may still be shown,
and `reviewing` is where a person decides. None of them knows of HTTP more than the errors that callers understand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

from kyodaku.generation.answer import Answer
from kyodaku.generation.blocked import BlockedVideos
from kyodaku.generation.characters import Characters
from kyodaku.generation.folders import Folders
from kyodaku.generation.generators import Generator
from kyodaku.generation.job import Job, Step
from kyodaku.generation.pacing import Pacer
from kyodaku.generation.store import Conflict, JobStore, Page
from kyodaku.generation.video_gate import Gate
from kyodaku.service.counts import Counts
from kyodaku.service.defaults import Defaults
from kyodaku.service.errors import ApiError
from kyodaku.service.refusals import no_video, refusal
from kyodaku.service.teams import Key, Teams

__all__ = ["Desk"]

_PERMISSION_HOLDS: Final = timedelta(minutes=1)
"""A permission may end by its own date, or by a revocation announced for one, and the registry does not change then."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One service's rooms at hand."""

    gate: Gate
    store: JobStore
    folders: Folders
    characters: Characters
    teams: Teams
    counts: Counts
    generator: Generator
    defaults: Defaults
    blocked: BlockedVideos
    pacer: Pacer = field(default_factory=Pacer)
    turns: dict[str, Lock] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def get(self, key: Key, video: str) -> Job:
        """The caller's job of this id."""
        job = self.store.get(video, owner=key.id)
        if job is None:
            raise no_video(video)
        return job

    def page(self, key: Key, *, after: str | None, limit: int, newest_first: bool) -> Page:
        """The caller's jobs."""
        try:
            return self.store.page(key.id, after=after, limit=limit, newest_first=newest_first)
        except Conflict:
            raise no_video(after or "") from None

    def require_patience(self, key: Key) -> None:
        """Who tries again and again just below what is refused waits longer each time: the gate is no oracle."""
        wait = self.pacer.wait_s(key.id, self.clock().timestamp())
        if wait > 0:
            message = "Too many prompts of this key were close to registered works; ask again later."
            headers = {"retry-after": str(int(wait) + 1)}
            raise ApiError(429, message, code="too_many_near_misses", kind="rate_limit_error", headers=headers)

    @contextmanager
    def turn(self, key: Key) -> Iterator[None]:
        """One prompt of a key after the other: a hundred at once would all pass before the first is remembered."""
        with self.turns.setdefault(key.id, Lock()):
            self.require_patience(key)
            yield

    def told(self, key: Key, answer: Answer) -> Answer:
        """Count what is answered, and remember whether the key comes near to what is refused."""
        self.counts.add(answer)
        self.pacer.told(key.id, self.clock().timestamp(), near=answer.is_near)
        return answer

    def ask(self, key: Key, answer: Answer) -> Answer:
        """Tell what was answered, and refuse what may neither go ahead nor wait for a person."""
        self.told(key, answer)
        policy = key.policy
        if answer.is_permitted or policy.dry_run or (answer.verdict == "review" and policy.on_review == "hold"):
            return answer
        raise refusal(answer)

    def settled(self, key: Key, answer: Answer) -> Answer:
        """As `ask`, where there is nothing that could be held for a person: what is doubtful is refused."""
        self.ask(key, answer)
        if not answer.is_permitted and not key.policy.dry_run:
            raise refusal(answer)
        return answer

    def step(self, answer: Answer) -> Step:
        """What a job remembers of an answer, with when it was given."""
        return replace(answer.step(), at=self.clock().timestamp())

    def still_holds(self, steps: Iterable[Step]) -> bool:
        """Whether these decisions would be taken again without looking: from the same registry, a moment ago."""
        state, now = self.gate.snapshot_id(), self.clock().timestamp()
        oldest = _PERMISSION_HOLDS.total_seconds()
        return all(step.snapshot == state and (not step.permissions or 0 <= now - step.at < oldest) for step in steps)

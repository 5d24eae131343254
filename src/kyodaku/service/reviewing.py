# SPDX-License-Identifier: Apache-2.0
"""Where a person decides: what was held goes on, or fails; who decided is kept with the job, and told to no caller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kyodaku.errors import UsageError
from kyodaku.generation.job import RELEASED, Fault, Job, Step
from kyodaku.service.desk import Desk

__all__ = ["settle"]


def settle(desk: Desk, video: str, *, release: bool, by: str) -> Job:
    """What a person decided on a job that was held; UsageError for one that is not (any more)."""
    job = desk.store.get(video)
    if job is None or job.state not in ("held", "held_output"):
        raise UsageError(f"the video {video[:80]!r} is not held", hint="kyodaku serve held")
    if release:
        steps = (*job.steps, *_settled(desk, job, by, RELEASED))
        return desk.store.move(job, "accepted" if job.state == "held" else "released", steps=steps)
    steps = (*job.steps, *_settled(desk, job, by, "refused"))
    fault = Fault(code="moderation_blocked", message="A person looked, and it was refused.")
    unsent = desk.folders.unsent(job.id)
    sha256 = None if unsent is None else desk.folders.sha256_of(unsent)
    now = desk.clock()
    refused = desk.store.move(job, "failed", fault=fault, steps=steps, completed_at=now, output_sha256=sha256)
    desk.folders.drop(job.id)
    return refused


def _settled(desk: Desk, job: Job, by: str, verdict: str) -> Iterable[Step]:
    """The decisions that were in doubt, as this person left them."""
    for step in job.steps:
        if step.verdict == "review":
            yield replace(step, verdict=verdict, by=by or "a person", at=desk.clock().timestamp())

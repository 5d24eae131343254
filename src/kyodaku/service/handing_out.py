# SPDX-License-Identifier: Apache-2.0
"""Finished videos on their way out: shown for as long as what they rest on holds, and deleted on request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from kyodaku.errors import KyodakuError
from kyodaku.generation.answer import Answer
from kyodaku.generation.job import RELEASED, Job, Moment
from kyodaku.generation.unshown import require_all_shown
from kyodaku.generation.video_gate import Asker
from kyodaku.service.desk import Desk
from kyodaku.service.errors import ApiError
from kyodaku.service.refusals import refusal
from kyodaku.service.teams import Key

__all__ = ["check", "content", "delete", "keep_blocked", "may_wait"]


def content(desk: Desk, key: Key, video: str) -> Path:
    """The finished video, if all that it rests on still holds: a permission may have ended since it was made."""
    job = desk.get(key, video)
    if job.state != "completed":
        raise ApiError(404, f"The video {job.id} is not ready.", code="video_not_ready")
    shown = desk.folders.shown(job.id)
    if not shown.is_file():
        raise ApiError(404, f"The video {job.id} is no longer kept.", code="video_expired")
    if not key.policy.dry_run:
        _decide_again(desk, key, job, shown)
    return shown


def delete(desk: Desk, key: Key, video: str) -> Job:
    """Forget a video, and stop it if it is being made."""
    job = desk.get(key, video)
    if desk.store.remove(job):
        if job.ticket is not None:
            desk.generator.forget(job.ticket)
        desk.folders.remove(job.id)
    return job


def check(desk: Desk, job: Job, video: Path) -> Answer:
    """The gate's answer on a finished video, under the policy of the key that it was asked for with.

    What was asked for is decided again first, if the registry has changed while the video was made.
    """
    key = _key_of(desk, job)
    asker = desk.defaults.asker(key, job.request.model)
    if not key.policy.dry_run:
        require_all_shown(video)
    for answer in _asked_again(desk, job, asker):
        desk.counts.add(answer)
        if not _is_accepted(job, answer) and not key.policy.dry_run:
            return answer
    answer = desk.gate.output(video, asker)
    desk.counts.add(answer)
    return replace(answer, enforced=not key.policy.dry_run)


def may_wait(desk: Desk, job: Job) -> bool:
    """Whether a doubtful video is held for a person; else it is refused."""
    return _key_of(desk, job).policy.on_review == "hold"


def keep_blocked(desk: Desk, job: Job, video: Path, answer: Answer) -> str:
    """Keep of a blocked video what the policy of its key allows; its SHA-256."""
    key = desk.teams.by_id(job.owner)
    most = 0 if key is None else key.policy.thumbnails
    return desk.blocked.keep(job, video, answer, at=desk.clock(), thumbnails=most)


def _key_of(desk: Desk, job: Job) -> Key:
    key = desk.teams.by_id(job.owner)
    if key is None:
        raise KyodakuError(f"the key {job.owner} is not known")
    return key


def _decide_again(desk: Desk, key: Key, job: Job, shown: Path) -> None:
    """Ask again about everything whose decision no longer stands by itself; the first that does not hold ends it."""
    asker = desk.defaults.asker(key, job.request.model)
    steps = job.steps
    for answer in chain(_asked_again(desk, job, asker), _looked_at_again(desk, job, asker, shown)):
        desk.counts.add(answer)
        steps = (*steps, desk.step(answer))
        if not _is_accepted(job, answer):
            _withdraw(desk, key, replace(job, steps=steps), shown, answer)
            raise refusal(answer)
    if steps is not job.steps:
        desk.store.note(job, steps)


def _asked_again(desk: Desk, job: Job, asker: Asker) -> Iterator[Answer]:
    """Answers about the prompt and what was put in, as far as those of then do not stand."""
    request = job.request
    if not _stands(desk, job, "prompt", 1):
        yield desk.gate.prompt(request.prompt, asker)
    files = [*request.references, *([request.source] if request.source else [])]
    if files and not _stands(desk, job, "input", len(files)):
        for name in files:
            is_ours = name == request.source and request.source_job is not None
            claim = {"owner": asker.developer} if is_ours else request.claimed
            yield desk.gate.input(desk.folders.of(job.id) / name, asker, claim)


def _looked_at_again(desk: Desk, job: Job, asker: Asker, shown: Path) -> Iterator[Answer]:
    if not _stands(desk, job, "output", 1):
        yield desk.gate.output(shown, asker)


def _stands(desk: Desk, job: Job, moment: Moment, count: int) -> bool:
    """Whether the last decisions of a moment would come out the same now; those that were never taken do not."""
    last = [step for step in job.steps if step.moment == moment][-count:]
    return len(last) == count and desk.still_holds(last)


def _is_accepted(job: Job, answer: Answer) -> bool:
    """Whether it is permitted, or doubtful for no more than what a person has looked at and released."""
    released = [step for step in job.steps if step.verdict == RELEASED and step.moment == answer.moment]
    seen = any(set(answer.works) <= set(step.works) for step in released)
    return answer.is_permitted or (answer.verdict == "review" and seen)


def _withdraw(desk: Desk, key: Key, job: Job, shown: Path, answer: Answer) -> None:
    """What is in doubt goes back to a person; what is refused is deleted, and its hash remains."""
    if answer.verdict == "review" and key.policy.on_review == "hold":
        desk.store.move(job, "held_output")
        return
    sha256 = keep_blocked(desk, job, shown, answer)
    desk.store.move(job, "failed", fault=answer.fault(), output_sha256=sha256)
    desk.folders.drop(job.id)

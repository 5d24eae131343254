# SPDX-License-Identifier: Apache-2.0
"""A request on its way in: past the gate, within what the key may have, and then kept as a job."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import rfc8785

from kyodaku.generation.answer import Answer
from kyodaku.generation.job import Job, Operation, VideoRequest
from kyodaku.generation.redrawing import Unreadable, redraw
from kyodaku.generation.store import Conflict, NoRoom, new_id
from kyodaku.service.body import Body
from kyodaku.service.casting import ticket_of
from kyodaku.service.desk import Desk
from kyodaku.service.errors import ApiError
from kyodaku.service.handing_out import content
from kyodaku.service.refusals import no_video
from kyodaku.service.sent import keep_sent, sha256_of
from kyodaku.service.teams import Key

__all__ = ["create", "remix"]

_KEPT_AS: Final[Mapping[str, str]] = {"input_reference": "reference", "video": "source"}


def create(desk: Desk, key: Key, body: Body, *, once: str | None = None, operation: Operation = "create") -> Job:
    """Ask the gate about a request, and keep it as a job if it may go ahead or waits for a person."""
    source = _source(desk, key, body.video) if operation in ("edit", "extend") else None
    request = _request(desk, key, body, operation, source)
    return _asked(desk, key, body, _new(desk, key, request), source, once=once)


def remix(desk: Desk, key: Key, video: str, body: Body, *, once: str | None = None) -> Job:
    """Make a new video from a finished one of the caller's."""
    source = _source(desk, key, video)
    if source is None:
        raise no_video(video)
    new = {"prompt": body.prompt(), "operation": "remix", "source_job": source.id, "references": (), "source": None}
    request = replace(source.request, **new)  # type: ignore[arg-type]
    return _asked(desk, key, body, replace(_new(desk, key, request), remixed_from=source.id), source, once=once)


def _asked(desk: Desk, key: Key, body: Body, job: Job, source: Job | None, *, once: str | None) -> Job:
    digest = None if once is None else _digest(job.request, body)
    if once is not None and digest is not None and (known := _known(desk, key, once, digest)) is not None:
        return known
    _require_room(desk, key)
    try:
        job = _examined(desk, key, job, body, source)
        return _kept(desk, key, job, once, digest)
    except BaseException:
        desk.folders.remove(job.id)
        raise


def _source(desk: Desk, key: Key, video: str | None) -> Job | None:
    """The finished video of the caller's that a new one is made from, if it may still be shown."""
    if video is None:
        return None
    content(desk, key, video)
    return desk.get(key, video)


def _request(desk: Desk, key: Key, body: Body, operation: Operation, source: Job | None) -> VideoRequest:
    if operation in ("edit", "extend") and source is None and "video" not in body.files:
        raise ApiError(400, "'video' is missing.", param="video", code="missing_required_parameter")
    return VideoRequest(
        prompt=body.prompt(),
        model=desk.defaults.model_of(key, body.short("model")),
        seconds=body.seconds(),
        size=source.request.size if source else body.size(),
        operation=operation,
        source_job=source.id if source else None,
        characters=tuple(ticket_of(desk, key, character) for character in body.characters),
        negative_prompt=body.short("negative_prompt") or None,
        claimed=body.claim(desk.defaults.asker(key).developer),
    )


def _new(desk: Desk, key: Key, request: VideoRequest) -> Job:
    now = desk.clock()
    return Job(id=new_id(), owner=key.id, request=request, state="accepted", created_at=now, changed_at=now)


def _examined(desk: Desk, key: Key, job: Job, body: Body, source: Job | None) -> Job:
    """The job with its files, and what the gate said to its prompt and to each of them."""
    asker = desk.defaults.asker(key, job.request.model)
    with desk.turn(key):
        answers = [desk.ask(key, desk.gate.prompt(job.request.prompt, asker))]
    sent = {name: file for name, file in body.files.items() if name in _KEPT_AS} if source is None else {}
    files: dict[str, str] = {}
    for name, file in sent.items():
        original = keep_sent(desk.folders, job.id, _KEPT_AS[name], file)
        answers.append(desk.ask(key, desk.gate.input(original, asker, job.request.claimed)))
        files[name] = _drawn_anew(original, name, is_dry=key.policy.dry_run).name
    if source is not None:  # it came out of this gate and is the developer's own; permissions end all the same
        shown = desk.folders.shown(source.id)
        answers.append(desk.ask(key, desk.gate.input(shown, asker, {"owner": asker.developer})))
        if job.request.operation != "remix":
            files["video"] = "source.mp4"
            shutil.copyfile(shown, desk.folders.of(job.id) / files["video"])
    references = (files["input_reference"],) if "input_reference" in files else ()
    request = replace(job.request, references=references, source=files.get("video"))
    steps = tuple(desk.step(answer) for answer in answers)
    return replace(job, request=request, steps=steps, state="held" if _waits(key, answers) else "accepted")


def _waits(key: Key, answers: list[Answer]) -> bool:
    holds = key.policy.on_review == "hold" and not key.policy.dry_run
    return holds and any(answer.verdict == "review" for answer in answers)


def _drawn_anew(original: Path, name: str, *, is_dry: bool) -> Path:
    """The file that the generator gets; ApiError for what our own decoder cannot read, except in a dry run."""
    try:
        made = redraw(original, original.with_suffix(""))
    except Unreadable as error:
        if is_dry:  # it refuses nothing, and hands on what would have been handed on without the gate
            return original.rename(original.with_suffix(""))
        message = f"{name!r} cannot be used: {error.what}."
        raise ApiError(400, message, param=name, code="invalid_reference") from None
    original.unlink()
    return made


def _kept(desk: Desk, key: Key, job: Job, once: str | None, digest: str | None) -> Job:
    seconds = int(job.request.seconds)
    if not desk.teams.spend(key, seconds):
        message = f"This key's {key.policy.seconds_a_day:,} seconds of video a day are used up."
        raise ApiError(429, message, code="budget_exceeded", kind="rate_limit_error")
    is_new = False
    try:
        kept, is_new = desk.store.add(job, once=once, digest=digest, most_open=key.policy.at_once)
    except NoRoom:
        raise _no_room(key) from None
    except Conflict as error:
        raise _reused(error) from None
    finally:
        if not is_new:
            desk.teams.give_back(key, seconds)
    if not is_new:  # the same request came twice at once: the other one counts
        desk.folders.remove(job.id)
    return kept


def _known(desk: Desk, key: Key, once: str, digest: str) -> Job | None:
    try:
        return desk.store.known(key.id, once, digest)
    except Conflict as error:
        raise _reused(error) from None


def _reused(error: Conflict) -> ApiError:
    return ApiError(409, f"{error.what}.".capitalize(), code="idempotency_key_reused")


def _require_room(desk: Desk, key: Key) -> None:
    """A first look, before anything is examined; what counts is the store's own when the job is kept."""
    most = key.policy.at_once
    if most is not None and not desk.store.has_room(key.id, most):
        raise _no_room(key)


def _no_room(key: Key) -> ApiError:
    message = f"{key.policy.at_once} videos of this key are being made; ask again when one is done."
    return ApiError(429, message, code="too_many_at_once", kind="rate_limit_error", headers={"retry-after": "10"})


def _digest(request: VideoRequest, body: Body) -> str:
    """What makes two requests the same: all that was said, and the bytes of what was sent."""
    files = {name: sha256_of(file) for name, file in body.files.items()}
    return sha256(rfc8785.dumps({"request": request.as_json(), "files": files})).hexdigest()

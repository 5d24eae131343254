# SPDX-License-Identifier: Apache-2.0
"""Jobs as the Videos API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

from kyodaku.generation.job import Fault, Job, State, Step

__all__ = ["POLL_AFTER_MS", "deleted_object", "list_object", "video_object"]

Status: TypeAlias = Literal["queued", "in_progress", "completed", "failed"]
POLL_AFTER_MS: Final = 1000
_STATUS: Final[dict[State, Status]] = {
    "held": "queued",  # a person looks before it is generated: to the caller it waits
    "accepted": "queued",
    "generating": "in_progress",
    "checking": "in_progress",
    "held_output": "in_progress",
    "released": "in_progress",
    "completed": "completed",
    "failed": "failed",
}


def video_object(job: Job) -> dict[str, Any]:
    """The object `video`; `kyodaku` says which decisions it rests on, and that a person looks where one does."""
    request = job.request
    return {
        "id": job.id,
        "object": "video",
        "created_at": int(job.created_at.timestamp()),
        "completed_at": None if job.completed_at is None else int(job.completed_at.timestamp()),
        "expires_at": None,
        "status": _STATUS[job.state],
        "progress": job.progress,
        "model": request.model,
        "prompt": request.prompt,
        "seconds": request.seconds,
        "size": request.size,
        "remixed_from_video_id": job.remixed_from,
        "error": None if job.fault is None else _error(job.fault),
        "kyodaku": {
            "state": "under_review" if job.state in ("held", "held_output") else job.state,
            "decisions": [_decision(step) for step in job.steps],
        },
    }


def list_object(jobs: Sequence[Job], *, more: bool) -> dict[str, Any]:
    """A page of videos."""
    return {
        "object": "list",
        "data": [video_object(job) for job in jobs],
        "first_id": jobs[0].id if jobs else None,
        "last_id": jobs[-1].id if jobs else None,
        "has_more": more,
    }


def deleted_object(job: Job) -> dict[str, Any]:
    """The confirmation that a video was deleted."""
    return {"id": job.id, "object": "video.deleted", "deleted": True}


def _decision(step: Step) -> dict[str, Any]:
    """Who looked at it for the operator, and when, is not told."""
    return {name: value for name, value in step.as_json().items() if name not in ("at", "by")}


def _error(fault: Fault) -> dict[str, Any]:
    told: dict[str, Any] = {"code": fault.code, "message": fault.message}
    return told | {"kyodaku": dict(fault.more)} if fault.more else told

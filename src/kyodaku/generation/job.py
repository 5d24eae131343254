# SPDX-License-Identifier: Apache-2.0
"""One video that somebody asked for: what was asked, how far it is, and what was decided on the way.

    accepted ──▶ generating ──▶ checking ──▶ completed
       ▲             │             │               ▲
       │             │             ▼               │
      held           │        held_output  ──▶  released
  (a person looks)   ▼             ▼        (by a person)
                  failed  ◀────────┘

Nothing leaves `checking` for `completed` but by a verdict that permits: what crashed, timed out or is not known to be
permitted stays where it is or fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

__all__ = ["MOVES", "OPEN_STATES", "RELEASED", "Fault", "Job", "Operation", "State", "Step", "VideoRequest", "is_final"]

State: TypeAlias = Literal[
    "held", "accepted", "generating", "checking", "held_output", "released", "completed", "failed"
]
Operation: TypeAlias = Literal["create", "remix", "edit", "extend"]
Moment: TypeAlias = Literal["prompt", "input", "output"]

MOVES: Final[Mapping[State, tuple[State, ...]]] = {
    "held": ("accepted", "failed"),
    "accepted": ("generating", "failed"),
    "generating": ("checking", "accepted", "failed"),  # accepted: it is tried again from the start
    "checking": ("held_output", "completed", "failed"),
    "held_output": ("checking", "released", "failed"),
    "released": ("completed", "failed"),
    "completed": ("held_output", "failed"),  # a permission ended before the download, or may have
    "failed": (),
}
"""From which state to which; whatever is not listed is refused by the store."""

OPEN_STATES: Final[tuple[State, ...]] = ("held", "accepted", "generating", "checking", "held_output", "released")

RELEASED: Final = "released"
"""The verdict of a person who let through what was doubtful."""


def is_final(state: State) -> bool:
    """Whether nothing more happens to a job in this state by itself."""
    return state in ("completed", "failed")


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoRequest:
    """What was asked for, in the words of the Videos API.

    `references` and `source` are names of files in the job's folder: pictures or videos that were sent, and the video
    that is remixed, edited or extended. `source_job` is the id of the job that made the latter, if it was one of ours.
    """

    prompt: str
    model: str = ""
    seconds: str = "4"
    size: str = "720x1280"
    operation: Operation = "create"
    references: tuple[str, ...] = ()
    source: str | None = None
    source_job: str | None = None
    characters: tuple[str, ...] = ()
    negative_prompt: str | None = None
    claimed: Mapping[str, str] = field(default_factory=dict)
    """What was claimed of what was sent: `owner`, `licence`."""

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        record = {name: getattr(self, name) for name in self.__slots__}
        lists = {"references": list(self.references), "characters": list(self.characters)}
        return record | lists | {"claimed": dict(self.claimed)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> VideoRequest:
        """The request that `as_json` wrote."""
        lists = {name: tuple(record[name]) for name in ("references", "characters")}
        return cls(**{**record, **lists})


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Why there is no video: a code for machines, a sentence for people, and what the gate has to say beside it."""

    code: str
    message: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {"code": self.code, "message": self.message, "more": dict(self.more)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A decision taken on the way: at which moment, with what verdict, its id, and the snapshot it rests on.

    `at` is when, in seconds since 1970. `by` names the person who settled what was doubtful: then `verdict` is
    `released` or `refused`.
    """

    moment: Moment
    verdict: str
    decision_id: str
    snapshot: str = ""
    works: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    at: float = 0.0
    by: str = ""

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        record = {name: getattr(self, name) for name in self.__slots__}
        return record | {"works": list(self.works), "permissions": list(self.permissions)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Step:
        """The step that `as_json` wrote."""
        return cls(**{**record, "works": tuple(record["works"]), "permissions": tuple(record["permissions"])})


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A request with an id, an owner (the key it came with) and a state; `ticket` is the generator's own id for it."""

    id: str
    owner: str
    request: VideoRequest
    state: State
    created_at: datetime
    changed_at: datetime
    progress: int = 0
    attempts: int = 0
    ticket: str | None = None
    completed_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    fault: Fault | None = None
    output_sha256: str | None = None
    remixed_from: str | None = None

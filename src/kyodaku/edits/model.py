# SPDX-License-Identifier: Apache-2.0
"""What an edit is, and what it truly left of its sources: plain records, safe to pickle, hash and compare."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Edit", "Piece", "TrueSpan"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """One way to alter a film: a family at a strength, or a chain of several edits (`parts`)."""

    family: str
    strength: str
    parameters: tuple[tuple[str, float], ...] = ()
    parts: tuple[Edit, ...] = ()

    def __getitem__(self, parameter: str) -> float:
        return dict(self.parameters)[parameter]

    @property
    def name(self) -> str:
        """A name for tables and files: `crop-medium`, or `mirror-mild+caption-strong` for a chain."""
        return "+".join(part.name for part in self.parts) if self.parts else f"{self.family}-{self.strength}"

    @property
    def steps(self) -> tuple[Edit, ...]:
        """The single edits in their order: the chain's parts, or this one."""
        return tuple(step for part in self.parts for step in part.steps) if self.parts else (self,)


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of one film as it is played in the copy: `length_s` of its own seconds at `speed`."""

    source: str
    start_s: float
    length_s: float
    speed: float = 1.0

    @property
    def played_s(self) -> float:
        """How long the piece lasts in the copy."""
        return self.length_s / self.speed


@dataclass(frozen=True, kw_only=True, slots=True)
class TrueSpan:
    """Seconds `q_start` to `q_end` of the copy show seconds `r_start` to `r_end` of the film `source`."""

    source: str
    q_start: float
    q_end: float
    r_start: float
    r_end: float
    mirrored: bool = False

    @property
    def speed(self) -> float:
        """Seconds of the source shown in one second of the copy."""
        return (self.r_end - self.r_start) / (self.q_end - self.q_start)

    def source_time(self, copy_s: float) -> float:
        """The second of the source that is seen at `copy_s` in the copy."""
        return self.r_start + (copy_s - self.q_start) * self.speed

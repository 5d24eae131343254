# SPDX-License-Identifier: Apache-2.0
"""What a character detector is: frames to vectors, held against the pictures that a character's holder gave.

A copy of a film is found by `copies`. A character drawn anew is not in any film: it resembles the holder's own sheet of
pictures of it. Who supplies weights says what they were trained on: a gate for permission does not bring along weights
that were made without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kyodaku.errors import UsageError

__all__ = ["Calibration", "CharacterHit", "Detector", "Pixels", "Vectors"]

Pixels = NDArray[np.uint8]
"""(count, height, width, 3), RGB."""
Vectors = NDArray[np.float32]
"""(count, size), each of length one."""


class Detector(Protocol):
    """Turns pictures into vectors that are close where the pictures show the same character."""

    @property
    def id(self) -> str:
        """Its name and version, which every verdict states."""
        ...

    @property
    def weights_sha256(self) -> str | None:
        """The hash of its weights, if it has any."""
        ...

    @property
    def licence(self) -> str:
        """The licence of its weights."""
        ...

    @property
    def trained_on(self) -> str:
        """What its weights were trained on, in a sentence."""
        ...

    @property
    def side(self) -> int:
        """The width and height of the pictures that it takes."""
        ...

    def embed(self, pictures: Pixels) -> Vectors:
        """One vector a picture; those of `side` x `side`."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """From which likeness on a clip shows this character: measured, not guessed.

    A clip counts when `frames` of its frames, next to each other in time, are at least as like as `threshold`.
    `false_per_clip` is the share of `negatives` clips that did so although they show someone else, `found` the share of
    `positives` that were found, each held against the other pictures of its sheet.
    """

    detector: str
    work: str
    threshold: float
    frames: int
    false_per_clip: float
    found: float
    negatives: int
    positives: int
    made_at: datetime

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1 or self.frames < 1:
            raise UsageError("a threshold lies above 0 and at most at 1, over 1 frame or more", where=self.work)

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {name: getattr(self, name) for name in self.__slots__} | {"made_at": self.made_at.isoformat()}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Calibration:
        """The calibration that `as_json` wrote."""
        return cls(**{**record, "made_at": datetime.fromisoformat(record["made_at"])})


@dataclass(frozen=True, kw_only=True, slots=True)
class CharacterHit:
    """A character in a clip: where (seconds), how like it is at the least of those frames, and by which detector."""

    work: str
    start: float
    end: float
    likeness: float
    threshold: float
    detector: str

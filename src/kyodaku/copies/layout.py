# SPDX-License-Identifier: Apache-2.0
"""Where in its frames a film is shown: being written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kyodaku.copies.descriptor import Pixels

__all__ = ["Region", "find_regions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A part of the frame, in shares of its sides."""

    kind: Literal["inner", "pane", "inset"]
    x: float
    y: float
    width: float
    height: float
    strength: float


def find_regions(frames: Sequence[Pixels]) -> tuple[Region, ...]:
    """None yet."""
    del frames
    return ()

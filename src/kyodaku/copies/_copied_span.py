# SPDX-License-Identifier: Apache-2.0
"""What every match says, by whichever witness it was found."""

from __future__ import annotations

from dataclasses import dataclass

from kyodaku.copies._curve import Band

__all__ = ["CopiedSpan"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CopiedSpan:
    """A span of the query that is a span of a reference; times in seconds from the beginning of each.

    The query runs at `1 / speed` of the reference's pace: `speed` is how fast the reference goes by in the query.
    """

    reference: str
    q_start: float
    q_end: float
    r_start: float
    r_end: float
    score: float
    """How probably this is a copy, 0 to 1, by the calibration's curve."""
    speed: float
    evidence: float
    """Nats in favour, from which the score comes."""
    band: Band
    """What the calibration says the score calls for."""
    descriptor: str
    """The id of the descriptor by which it was found."""
    shared_with: tuple[str, ...] = ()
    """References of other works that have the same at this moment, when several do: an opening, a logo, a jingle."""

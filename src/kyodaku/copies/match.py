# SPDX-License-Identifier: Apache-2.0
"""What a search gives back."""

from __future__ import annotations

from dataclasses import dataclass

from kyodaku.copies.calibration import Band

__all__ = ["Match", "SearchResult"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A span of the query that shows a span of a reference; times in seconds from the first frame of each.

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
    mirrored: bool
    frames: int
    """Sampled frames that agree."""
    view: str
    """How the query had to be looked at (`kyodaku.copies.views`)."""
    evidence: float
    """Nats in favour, from which the score comes."""
    band: Band
    """What the calibration says the score calls for."""
    descriptor: str
    """The id of the descriptor by which it was found."""
    likeness: float = 0.0
    """With a finer form: how alike the frames are, each picture once, as a mean cosine less what others share."""
    pictures: float = 0.0
    """With a finer form: how many different pictures agree."""
    shared_with: tuple[str, ...] = ()
    """References of other works that show the same at this moment, when several do: an opening, an eyecatch, a logo."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """Matches, best first, and what was left out to keep the search bounded."""

    matches: tuple[Match, ...]
    references_hit: int
    """References with any frame near the query's."""
    references_omitted: int
    """Of these, the ones that could have matched and were not aligned: others had more to say."""
    hits_omitted: int
    """Pairs of near frames that were not looked at, beyond the nearest of each frame."""
    parts_omitted: int = 0
    """Parts of the picture that may show a film and were not looked into, since there are very many: the most at any
    time. No reason to doubt the rest: the clearest parts were looked into."""
    unseen: float = 0.0
    """The share of the query's time in which there was nothing to compare: black, one colour, nearly empty. What is
    shown there may be anyone's; at 1.0 nothing was examined but the sound, if there is any."""

    @property
    def complete(self) -> bool:
        """Whether everything that could have matched was looked at."""
        return not self.references_omitted and not self.hits_omitted

# SPDX-License-Identifier: Apache-2.0
"""What a search gives back."""

from __future__ import annotations

from dataclasses import dataclass

from kyodaku.copies._copied_span import CopiedSpan

__all__ = ["Match", "SearchResult"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Match(CopiedSpan):
    """A span of the query that shows a span of a reference; times count from the first frame of each."""

    mirrored: bool
    frames: int
    """Sampled frames that agree."""
    view: str
    """How the query had to be looked at (`kyodaku.copies.views`)."""
    likeness: float = 0.0
    """With a finer form: how alike the frames are, each picture once, as a mean cosine less what others share."""
    pictures: float = 0.0
    """With a finer form: how many different pictures agree."""


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

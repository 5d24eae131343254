# SPDX-License-Identifier: Apache-2.0
"""Counts of a run: clips and seconds by verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from kyodaku.rights import Verdict

__all__ = ["Tally"]


def _no_clips() -> dict[str, int]:
    return {str(verdict): 0 for verdict in Verdict}


def _no_length() -> dict[str, float]:
    return {str(verdict): 0.0 for verdict in Verdict}


@dataclass
class Tally:
    """Clips and seconds by verdict.

    `errors` are clips that could not be examined, `matched` those in which a work was surely found.
    """

    clips: dict[str, int] = field(default_factory=_no_clips)
    lengths: dict[str, float] = field(default_factory=_no_length)
    errors: int = 0
    matched: int = 0

    @classmethod
    def of(cls, results: Iterable[Mapping[str, Any]]) -> Self:
        """The tally of results, each with its `decision`."""
        tally = cls()
        for result in results:
            tally.add(result["decision"]["verdict"], result["findings"])
        return tally

    def add(self, verdict: str, findings: Mapping[str, Any]) -> None:
        """Counts one clip."""
        self.clips[verdict] += 1
        self.lengths[verdict] += findings["duration_s"] or 0.0
        self.errors += findings["error"] is not None
        self.matched += any(match["band"] == "match" for match in findings["matches"] or ())

    @property
    def total(self) -> int:
        """All clips."""
        return sum(self.clips.values())

    @property
    def seconds(self) -> float:
        """All seconds of media."""
        return sum(self.lengths.values())

    @property
    def strictest(self) -> Verdict:
        """The strictest verdict that any clip got; `permitted` for no clips."""
        present = [Verdict(name) for name, count in self.clips.items() if count]
        return Verdict.strictest(present) if present else Verdict.PERMITTED

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record; lengths in whole milliseconds, so that canonical JSON is the same everywhere."""
        return {
            "clips": dict(self.clips),
            "milliseconds": {name: round(1000 * length) for name, length in self.lengths.items()},
            "errors": self.errors,
            "matched": self.matched,
        }

# SPDX-License-Identifier: Apache-2.0
"""Characters in a medium as findings: a likeness routes to a person and never refuses by itself."""

from __future__ import annotations

from pathlib import Path

from kyodaku.examine import WorkMatch
from kyodaku.generation.detectors.detector import CharacterHit, Detector
from kyodaku.generation.detectors.sheets import SheetFolder, clip_frames, detect, named
from kyodaku.media import Decoder, Limits

__all__ = ["CharacterSearch"]


class CharacterSearch:
    """One detector and the sheets in a folder; a sheet that cannot be read is an error, never a miss."""

    def __init__(self, detector: Detector, folder: Path) -> None:
        self._detector = detector
        self._sheets = SheetFolder(folder)
        self.detector_name = named(detector)

    def find(self, medium: Path, limits: Limits | None = None) -> list[WorkMatch]:
        """The characters that the medium may show, as matches for a person to look at."""
        sheets = self._sheets.all(self._detector)
        if not sheets:
            return []
        with Decoder(limits) as decoder:
            hits = detect(clip_frames(medium, decoder), sheets, self._detector)
        return [_match(hit) for hit in hits]


def _match(hit: CharacterHit) -> WorkMatch:
    return WorkMatch(
        work=hit.work,
        reference=f"sheet of {hit.work} ({hit.detector})",
        q_start=hit.start,
        q_end=hit.end,
        r_start=0.0,
        r_end=0.0,
        score=round(max(0.0, hit.likeness), 4),
        band="review",
    )

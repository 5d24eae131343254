# SPDX-License-Identifier: Apache-2.0
"""Characters in finished videos, found by their holders' own pictures; which detector looks is a plug."""

from kyodaku.generation.detectors.detector import Calibration, CharacterHit, Detector
from kyodaku.generation.detectors.plain import PlainDetector
from kyodaku.generation.detectors.search import CharacterSearch
from kyodaku.generation.detectors.sheets import Sheet, SheetFolder, clip_frames, detect, make_sheet

__all__ = [
    "Calibration",
    "CharacterHit",
    "CharacterSearch",
    "Detector",
    "PlainDetector",
    "Sheet",
    "SheetFolder",
    "clip_frames",
    "detect",
    "make_sheet",
]

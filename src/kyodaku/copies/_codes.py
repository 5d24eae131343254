# SPDX-License-Identifier: Apache-2.0
"""Finding near codes: one protocol, an exact scan and an inverted file, both over memory-mapped files."""

from __future__ import annotations

from typing import Final

from kyodaku.copies._codes_listed import ListedCodes, StoredCodes, open_listed
from kyodaku.copies._codes_lists import ApproximateCodes, Lists, open_lists, write_lists
from kyodaku.copies._codes_scan import ExactCodes
from kyodaku.copies._codes_types import CodeIndex, Near, Ranges, distances, use_threads

__all__ = [
    "APPROXIMATE_FROM",
    "ApproximateCodes",
    "CodeIndex",
    "ExactCodes",
    "ListedCodes",
    "Lists",
    "Near",
    "Ranges",
    "StoredCodes",
    "distances",
    "open_listed",
    "open_lists",
    "use_threads",
    "write_lists",
]

APPROXIMATE_FROM: Final = 500_000
"""Codes in a segment from which an inverted file is used: below it a scan for 400 frames takes 150 ms at most."""

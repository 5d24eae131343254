# SPDX-License-Identifier: Apache-2.0
"""Kyodaku itself, asked like any other system: the gate's own sampling, descriptor, index and search."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kyodaku.bench.systems import Found, Index, Unreadable
from kyodaku.copies import (
    DEFAULT_DESCRIPTOR,
    Fingerprint,
    IndexWriter,
    Match,
    QueryFingerprint,
    ReferenceIndex,
    descriptor_id,
    fingerprint,
    load_calibration,
    open_index,
    query_fingerprint,
)
from kyodaku.examine import SAMPLES_PER_SECOND
from kyodaku.media import Decoder, Sampling

__all__ = ["Kyodaku", "directory_bytes"]


@dataclass(frozen=True, slots=True)
class _Opened:
    index: ReferenceIndex
    stored_bytes: int

    def search(self, query: QueryFingerprint) -> Sequence[Found]:
        """Also what scores too low for the gate: curves need it."""
        return [_found(match) for match in self.index.find(query, least_score=0.0).matches]


def _found(match: Match) -> Found:
    return Found(match.reference, match.score, (match.q_start, match.q_end, match.r_start, match.r_end))


class Kyodaku:
    """Fingerprints two frames a second, and compares every code exactly."""

    def __init__(self) -> None:
        self._descriptor = descriptor_id(DEFAULT_DESCRIPTOR)
        self._decoder = Decoder()
        self._sampling = Sampling(fps=SAMPLES_PER_SECOND)

    @property
    def name(self) -> str:
        """With its descriptor."""
        return f"kyodaku, {self._descriptor}"

    @property
    def threshold(self) -> float:
        """Where the calibration begins to call it a match."""
        return load_calibration(self._descriptor).match

    def describe(self, path: Path, *, query: bool) -> Fingerprint | QueryFingerprint:
        """One view of a reference, all views of a query."""
        stream = self._decoder.sample(path, self._sampling)
        made = (query_fingerprint if query else fingerprint)((frame.time_s, frame.pixels) for frame in stream)
        if stream.result.error is not None:
            raise Unreadable(str(stream.result.error))
        return made

    def index(self, references: Mapping[str, Any], directory: Path) -> Index:
        """An index on disk, mapped into memory."""
        with IndexWriter(directory) as writer:
            for name, made in references.items():
                writer.add(name, made)
        return _Opened(open_index(directory), directory_bytes(directory))


def directory_bytes(directory: Path) -> int:
    """The size of all files below a directory."""
    return sum((Path(folder) / name).stat().st_size for folder, _, names in os.walk(directory) for name in names)

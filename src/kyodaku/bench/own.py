# SPDX-License-Identifier: Apache-2.0
"""Kyodaku itself, asked like any other system: the gate's own sampling, descriptor, index and search."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from kyodaku.bench.drawn_codes import BLOCK, FILM, Statistics, footage
from kyodaku.bench.systems import Found, Picture, Unreadable
from kyodaku.copies import (
    DEFAULT_DESCRIPTOR,
    Calibration,
    Descriptor,
    Fingerprint,
    IndexWriter,
    Match,
    QueryFingerprint,
    ReferenceIndex,
    descriptor_id,
    fingerprint,
    load_calibration,
    open_index,
)
from kyodaku.examine import LOOKS_PER_SECOND, SAMPLES_PER_SECOND, look_at
from kyodaku.media import Decoder, Sampling

__all__ = ["Kyodaku", "Opened", "directory_bytes"]

_FINE_SCALE: Final = 127


@dataclass(frozen=True, slots=True)
class Opened:
    """An index of references; another process to which it is sent opens it anew."""

    directory: Path
    calibration: Calibration
    stored_bytes: int
    fine_bytes: int
    index: ReferenceIndex

    @classmethod
    def at(cls, directory: Path, calibration: Calibration) -> Self:
        """Open the index in a folder."""
        return cls(
            directory,
            calibration,
            directory_bytes(directory),
            sum(path.stat().st_size for path in directory.rglob("fine.npy")),
            open_index(directory, calibration=calibration),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return Opened.at, (self.directory, self.calibration)

    def search(self, query: QueryFingerprint) -> Sequence[Found]:
        """Also what scores too low for the gate: curves need it."""
        return [_found(match) for match in self.index.find(query, least_score=0.0).matches]


def _found(match: Match) -> Found:
    span = (match.q_start, match.q_end, match.r_start, match.r_end)
    return Found(match.reference, match.score, span, match.evidence, (match.likeness, match.pictures))


class Kyodaku:
    """Fingerprints references and queries as the gate does, and looks for all that is alike."""

    pictures_per_second = LOOKS_PER_SECOND

    def __init__(self, descriptor: Descriptor = DEFAULT_DESCRIPTOR, *, calibration: Calibration | None = None) -> None:
        self._descriptor = descriptor
        self._calibration = calibration or load_calibration(descriptor_id(descriptor))
        self._decoder = Decoder()

    @property
    def name(self) -> str:
        """With its descriptor."""
        return f"kyodaku, {self._calibration.descriptor}"

    @property
    def threshold(self) -> float:
        """Where the calibration begins to call it a match."""
        return self._calibration.match

    def describe(self, path: Path, *, query: bool) -> Fingerprint | QueryFingerprint:
        """One view of a reference; of a query what the gate looks at."""
        stream = self._decoder.sample(path, Sampling(fps=LOOKS_PER_SECOND if query else SAMPLES_PER_SECOND))
        frames = ((frame.time_s, frame.pixels) for frame in stream)
        made = self.describe_pictures(frames) if query else fingerprint(frames, descriptor=self._descriptor)
        if stream.result.error is not None:
            raise Unreadable(str(stream.result.error))
        return made

    def describe_pictures(self, pictures: Iterable[tuple[float, Picture]]) -> QueryFingerprint:
        """A query that comes as pictures, `pictures_per_second` of them."""
        return look_at(pictures, self._descriptor)

    def index(self, references: Mapping[str, Any], directory: Path) -> Opened:
        """An index on disk, mapped into memory."""
        with IndexWriter(directory, descriptor=self._calibration.descriptor) as writer:
            for name, made in references.items():
                writer.add(name, made)
        return Opened.at(directory, self._calibration)

    def crowded_index(self, references: Mapping[str, Any], directory: Path, *, codes: int) -> Opened:
        """The same among drawn works, which are written once into `directory` and linked to from then on."""
        crowd = directory / "crowd"
        if not crowd.exists():
            part = directory / "part"
            with IndexWriter(part, descriptor=self._calibration.descriptor) as writer:
                for number, work in enumerate(_drawn_works(self._calibration.descriptor, references, codes)):
                    writer.add(f"drawn-{number:07d}", work)
            part.rename(crowd)
        mine = directory / f"with-{len(list(directory.iterdir()))}"
        shutil.copytree(crowd, mine, copy_function=_linked)
        return self.index(references, mine)


def _drawn_works(descriptor: str, like: Mapping[str, Fingerprint], codes: int) -> Iterator[Fingerprint]:
    """Works that do not exist, with the statistics of those that do, in the finer form too where these have one."""
    known = [made.fine for made in like.values() if made.fine is not None]
    bits = next((8 * made.codes.shape[1] for made in like.values()), 256)
    statistics = Statistics.of(np.concatenate(known)) if known else Statistics.usual(bits)
    times = (np.arange(FILM) / SAMPLES_PER_SECOND).astype(np.float32)
    for number, first in enumerate(range(0, codes, BLOCK)):
        points = footage(number, statistics, frames=min(BLOCK, codes - first)).points
        vectors = points @ statistics.directions + statistics.mean
        largest = np.abs(vectors).max(axis=1, keepdims=True)
        fine = np.rint(vectors / np.maximum(largest, 1e-6) * _FINE_SCALE).astype(np.int8)
        packed = np.packbits(vectors > 0, axis=1)
        for start in range(0, len(points), FILM):
            part = slice(start, start + FILM)
            count = len(packed[part])
            yield Fingerprint(
                descriptor=descriptor,
                duration_s=count / SAMPLES_PER_SECOND,
                times=times[:count],
                codes=packed[part],
                quality=np.full(count, 100, dtype=np.uint8),
                fine=fine[part] if known else None,
            )


def _linked(source: str, target: str) -> None:
    """What is written once and mapped is shared; what is replaced as it changes is safe to share too."""
    os.link(source, target)


def directory_bytes(directory: Path) -> int:
    """The size of all files below a directory."""
    return sum((Path(folder) / name).stat().st_size for folder, _, names in os.walk(directory) for name in names)

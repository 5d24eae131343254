# SPDX-License-Identifier: Apache-2.0
"""Drawn pictures and made-up code streams: what copies look like to this room, with the truth known."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku.copies import Fingerprint, IndexWriter, QueryFingerprint, ReferenceIndex, open_index
from kyodaku.copies.index import Kind

Codes = NDArray[np.uint8]
Pixels = NDArray[np.uint8]
Draw = Callable[..., Pixels]
Stream = Callable[..., Codes]
Print = Callable[..., Fingerprint]
Query = Callable[..., QueryFingerprint]
Indexed = Callable[..., ReferenceIndex]


def _scene(seed: int, height: int, width: int, moment: float = 0.0) -> Pixels:
    """A textured background and moving shapes, different for every seed, moving smoothly with the moment."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    picture = np.zeros((height, width, 3))
    for colour in range(3):
        for _ in range(5):
            fx, fy, phase = rng.uniform(-9, 9), rng.uniform(-9, 9), rng.uniform(0, 7)
            picture[..., colour] += rng.uniform(10, 30) * np.sin(6.3 * (fx * x + fy * y) + phase)
    picture += 120
    for _ in range(8):
        (cx, cy, r), (vx, vy) = rng.uniform(0, 1, 3), rng.uniform(-0.09, 0.09, 2)
        inside = (x - (cx + vx * moment) % 1) ** 2 + (y - (cy + vy * moment) % 0.6) ** 2 < (0.05 + 0.12 * r) ** 2
        picture[inside] = rng.uniform(0, 255, 3)
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def scene() -> Draw:
    """`scene(seed, height, width, moment=0)`: one frame of a film that is different for every seed."""
    return _scene


@pytest.fixture(scope="session")
def film(scene: Draw) -> Callable[..., list[tuple[float, Pixels]]]:
    """`film(seed, seconds, fps=2, start=0, speed=1)`: timed frames, with a cut every four seconds of the film."""

    def make(
        seed: int,
        seconds: float,
        *,
        fps: float = 2.0,
        start: float = 0.0,
        speed: float = 1.0,
        size: tuple[int, int] = (90, 160),
    ) -> list[tuple[float, Pixels]]:
        times = np.arange(round(seconds * fps)) / fps
        return [(float(t), scene(seed * 1000 + int((start + speed * t) // 4), *size, start + speed * t)) for t in times]

    return make


@pytest.fixture(scope="session")
def stream() -> Stream:
    """`stream(seed, frames, step=100)`: codes of a film whose neighbours differ by about `step` bits."""

    def make(seed: int, frames: int, *, step: int = 100) -> Codes:
        rng = np.random.default_rng(seed)
        codes = [rng.integers(0, 256, 32, dtype=np.uint8)]
        for _ in range(frames - 1):
            codes.append(_flipped(codes[-1][None], step, rng)[0])
        return np.array(codes[:frames], dtype=np.uint8).reshape(frames, 32)

    return make


@pytest.fixture(scope="session")
def edited() -> Callable[..., Codes]:
    """`edited(codes, bits, seed=0)`: the same frames after an edit that turns about so many bits of each."""
    return lambda codes, bits, seed=0: _flipped(codes, bits, np.random.default_rng(seed))


def _flipped(codes: Codes, bits: int, rng: np.random.Generator) -> Codes:
    flips = np.packbits(rng.random((len(codes), 256)) < bits / 256, axis=1)
    return codes ^ flips


@pytest.fixture(scope="session")
def printed() -> Print:
    """`printed(codes, fps=2, quality=100, times=None)`: codes as a fingerprint."""

    def make(
        codes: Codes, *, fps: float = 2.0, quality: int | Iterable[int] = 100, times: Iterable[float] | None = None
    ) -> Fingerprint:
        moments = np.arange(len(codes)) / fps if times is None else np.array(list(times))
        qualities = [quality] * len(codes) if isinstance(quality, int) else list(quality)
        return Fingerprint(
            descriptor="pdq-v1",
            duration_s=float(moments[-1] + 1 / fps) if len(moments) else 0.0,
            times=moments.astype(np.float32),
            codes=np.array(codes, dtype=np.uint8),
            quality=np.array(qualities, dtype=np.uint8),
        )

    return make


@pytest.fixture(scope="session")
def asked(printed: Print) -> Query:
    """`asked(whole, mirror=None, ...)`: a query; without a mirrored view that one shows unrelated codes."""

    def make(whole: Codes, mirror: Codes | None = None, **how: object) -> QueryFingerprint:
        other = np.random.default_rng(99).integers(0, 256, whole.shape, dtype=np.uint8) if mirror is None else mirror
        return QueryFingerprint(views={"whole": printed(whole, **how), "mirror": printed(other, **how)})

    return make


@pytest.fixture
def indexed(tmp_path: Path) -> Indexed:
    """`indexed({"id": fingerprint, ...}, kind="auto")`: an index of these references, on disk."""

    def make(
        references: Mapping[str, Fingerprint], *, kind: Kind = "auto", approximate_from: int = 4_000_000
    ) -> ReferenceIndex:
        directory = tmp_path / f"index-{len(list(tmp_path.iterdir()))}"
        with IndexWriter(directory, approximate_from=approximate_from, descriptor="pdq-v1") as writer:
            for reference_id, fingerprint in references.items():
                writer.add(reference_id, fingerprint)
        return open_index(directory, kind)

    return make


@pytest.fixture(scope="session")
def resident() -> Callable[[], int]:
    """`resident()`: bytes of this process that are in memory now."""

    def read() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    return read

# SPDX-License-Identifier: Apache-2.0
"""Hundreds of damaged files through one decoder: each ends as a value, in time, and the next is read as ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest

from kyodaku.media import Decoder, Limits, MediaError, Sampling
from kyodaku.media._records import FaultKind
from support.media_files import numbered_frames, write_animation, write_image, write_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MUTANTS_OF_EACH = 40
Bytes = bytearray
Random = np.random.Generator


def flip(data: Bytes, random: Random) -> Bytes:
    """A few bytes changed anywhere."""
    for at in random.integers(0, len(data), random.integers(1, 12)):
        data[at] ^= random.integers(1, 256)
    return data


def flip_headers(data: Bytes, random: Random) -> Bytes:
    """A few bytes changed near the start, where sizes and counts are."""
    for at in random.integers(0, min(len(data), 600), random.integers(1, 6)):
        data[at] = (0, 1, 127, 128, 255, int(random.integers(256)))[random.integers(6)]
    return data


def cut(data: Bytes, random: Random) -> Bytes:
    return data[: random.integers(1, len(data))]


def leave_out(data: Bytes, random: Random) -> Bytes:
    start, end = sorted(random.integers(0, len(data), 2))
    return data[:start] + data[end:]


def double(data: Bytes, random: Random) -> Bytes:
    start, end = sorted(random.integers(0, len(data), 2))
    return data[:end] + data[start:]


def overwrite(data: Bytes, random: Random) -> Bytes:
    at = random.integers(0, len(data))
    length = random.integers(1, 64)
    data[at : at + length] = random.bytes(len(data[at : at + length]))
    return data


MUTATIONS: tuple[Callable[[Bytes, Random], Bytes], ...] = (flip, flip_headers, cut, leave_out, double, overwrite)
KINDS = {
    "h264.mp4": "libx264",
    "av1.mp4": "libsvtav1",
    "vp9.webm": "libvpx-vp9",
    "hevc.mkv": "libx265",
    "mpeg4.avi": "mpeg4",
    "mpeg2.ts": "mpeg2video",
    "prores.mov": "prores_ks",
    "moving.gif": None,
    "moving.webp": None,
    "still.png": None,
    "still.jpg": None,
}


def write_original(directory: Path, kind: str) -> Bytes:
    """A small healthy file of one kind."""
    path = directory / kind
    frames = list(numbered_frames(12, 64, 48))
    if codec := KINDS[kind]:
        write_video(path, frames, codec=codec, pixel_format="yuv422p10le" if codec == "prores_ks" else "yuv420p")
    elif kind.startswith("moving"):
        write_animation(path, frames[:4], durations_ms=[100] * 4)
    else:
        write_image(path, frames[5])
    return bytearray(path.read_bytes())


@pytest.mark.parametrize("kind", KINDS)
def test_every_damaged_file_ends_as_a_value(kind: str, tmp_path: Path, film: Path) -> None:
    random = np.random.default_rng([*KINDS].index(kind))
    original = write_original(tmp_path, kind)
    modes = (Sampling(fps=10, max_side=32), Sampling(mode="keyframes"), Sampling(mode="at", at=(0.0, 0.3)))
    kinds = set()
    with Decoder(Limits(wall_s=10, stall_s=5, cpu_s=10, memory_bytes=256 << 20)) as decoder:
        for number in range(MUTANTS_OF_EACH):
            path = tmp_path / f"mutant-{kind}"
            path.write_bytes(MUTATIONS[number % len(MUTATIONS)](bytearray(original), random))
            begun = time.monotonic()
            stream = decoder.sample(path, modes[number % len(modes)])
            frames = list(stream)
            assert time.monotonic() - begun < 12
            assert stream.result.frames == len(frames)
            assert stream.result.error is not None or frames
            times = [frame.time_s for frame in frames]
            assert times == sorted(times)
            if stream.result.error is not None:
                kinds.add(stream.result.error.kind)
        assert not isinstance(decoder.probe(film), MediaError)
    assert kinds <= set(get_args(FaultKind))

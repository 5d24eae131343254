# SPDX-License-Identifier: Apache-2.0
"""Files with faults, as crawlers bring them: each function makes one from a film."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from kyodaku import edits

__all__ = ["DAMAGE", "HEALTHY"]

RATE = 22_050


def _empty(film: Path, out: Path, pace: float) -> None:  # noqa: ARG001 - all have one signature
    out.write_bytes(b"")


def _truncated(film: Path, out: Path, pace: float) -> None:
    """The index of an MP4 comes last: what breaks off has none."""
    edits.apply(film, edits.edit("reencode", "mild"), out, seed=1, duration_s=8 * pace)
    whole = out.read_bytes()
    out.write_bytes(whole[: len(whole) * 3 // 5])


def _text(film: Path, out: Path, pace: float) -> None:  # noqa: ARG001
    """What a server sends when it has nothing to send."""
    out.write_text(
        "<!doctype html><title>404 Not Found</title><h1>The requested clip is gone.</h1>\n", encoding="utf-8"
    )


def _sound(film: Path, out: Path, pace: float) -> None:  # noqa: ARG001
    """A little tune and no pictures."""
    notes = (523.25, 587.33, 659.25, 783.99, 659.25, 587.33, 523.25, 392.0)
    at = np.arange(round(RATE * 0.25)) / RATE
    tune = np.concatenate([np.sin(2 * np.pi * note * at) * np.exp(-6 * at) for note in notes]) * 0.4
    with av.open(str(out), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("aac", rate=RATE, layout="mono", options={"flags": "+bitexact"})
        frame = av.AudioFrame.from_ndarray(tune.astype(np.float32)[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        container.mux([*stream.encode(frame), *stream.encode(None)])


def _flipped(film: Path, out: Path, pace: float) -> None:
    """A failing disk: every few hundred bytes one is wrong, the index too."""
    edits.apply(film, edits.edit("reencode", "mild"), out, seed=1, start_s=8 * pace, duration_s=8 * pace)
    content = np.frombuffer(out.read_bytes(), np.uint8).copy()
    random = np.random.default_rng(9)
    where = random.integers(64, len(content), len(content) // 300)
    content[where] ^= random.integers(1, 256, len(where)).astype(np.uint8)
    out.write_bytes(content.tobytes())


def _missing(film: Path, out: Path, pace: float) -> None:  # noqa: ARG001
    out.unlink(missing_ok=True)


def _one_frame(film: Path, out: Path, pace: float) -> None:  # noqa: ARG001
    with av.open(str(film)) as source:
        frame = next(source.decode(video=0))
        edits.write_film(out, [frame], (frame.width, frame.height), Fraction(12))


def _still(film: Path, out: Path, pace: float) -> None:
    with av.open(str(film)) as source:
        wanted = (frame for frame in source.decode(video=0) if (frame.time or 0.0) >= 3 * pace)
        Image.fromarray(next(wanted).to_ndarray(format="rgb24")).save(out)


DAMAGE: Mapping[str, Callable[[Path, Path, float], None]] = {
    "empty": _empty,
    "truncated": _truncated,
    "text": _text,
    "sound": _sound,
    "flipped": _flipped,
    "missing": _missing,
    "one_frame": _one_frame,
    "still": _still,
}

HEALTHY = frozenset({"one_frame", "still"})
"""Odd, but whole: these can be examined."""

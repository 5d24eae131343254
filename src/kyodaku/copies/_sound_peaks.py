# SPDX-License-Identifier: Apache-2.0
"""From samples to landmarks: the moments and pitches at which a sound stands out from what surrounds it.

The landmarks of A. Wang, "An industrial-strength audio search algorithm" (ISMIR 2003), on an axis of pitch rather than
frequency, so that a sound played faster moves all of them by the same number of bands (as in J. Six and M. Leman,
"Panako", ISMIR 2014). Each band is measured against its own mean over some seconds: loudness, an equaliser, hum and
steady noise take nothing away and add nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["BANDS", "BANDS_PER_OCTAVE", "BLOCK_FRAMES", "FRAMES_PER_S", "RATE", "PeakFinder", "Peaks"]

Floats = NDArray[np.float32]
Peaks = tuple[NDArray[np.float64], Floats, Floats]
"""Frames (in `FRAMES_PER_S`), bands, and how far each stands out, in nats of power; all fractional, by time."""

RATE: Final = 8000
"""Samples a second that are expected."""
WINDOW: Final = 1024
HOP: Final = 128
FRAMES_PER_S: Final = RATE / HOP
BLOCK_FRAMES: Final = 64
"""Landmarks are counted out by blocks of so many frames: a second or so."""
BANDS_PER_OCTAVE: Final = 36
BANDS: Final = 128
LOWEST_HZ: Final = 300.0
"""Below it telephones and small loudspeakers are silent. The highest band lies at 3,460 Hz."""

_MEAN_FRAMES: Final = 93
"""Half of the stretch over which a band's mean is taken: 3 s in all. Measured: 1 s loses a tenth of the evidence."""
_REACH_FRAMES: Final = 3
_REACH_BANDS: Final = 3
"""A landmark is the highest point so far around."""
_FLOOR: Final = 1e-9
"""Power of what counts as silence (full scale 1), added before the logarithm: dither is no landmark."""
_ABOVE_FLOOR: Final = 1.5
_PIECE: Final = 2048
"""Frames that are looked at together; what is found does not depend on how the samples were handed over."""
_MARGIN: Final = _MEAN_FRAMES + _REACH_FRAMES + 1


class PeakFinder:
    """Takes samples as they come and finds the `per_block` strongest landmarks of each block."""

    def __init__(self, per_block: int) -> None:
        self._per_block = per_block
        self._samples: list[Floats] = [np.zeros(WINDOW // 2, dtype=np.float32)]
        self._waiting = WINDOW // 2
        self._rows: Floats = np.zeros((0, BANDS), dtype=np.float32)
        self._first_row = 0
        self._done = 0
        self._found: list[Peaks] = []

    def add(self, samples: Floats) -> None:
        """More samples, at `RATE`."""
        self._samples.append(np.asarray(samples, dtype=np.float32))
        self._waiting += len(samples)
        if self._waiting >= _PIECE * HOP + WINDOW:
            self._transform(rest=False)
            while self._first_row + len(self._rows) >= self._done + _PIECE + _MARGIN:
                self._look(self._done + _PIECE)

    def finished(self) -> Peaks:
        """All landmarks, by time, in each block no more than were asked for."""
        self.add(np.zeros(WINDOW // 2, dtype=np.float32))
        self._transform(rest=True)
        end = self._first_row + len(self._rows)
        while self._done < end:
            self._look(min(end, self._done + _PIECE))
        if not self._found:
            return np.zeros(0), np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.float32)
        frames, bands, heights = (np.concatenate(part) for part in zip(*self._found, strict=True))
        return frames, bands, heights

    def _transform(self, *, rest: bool) -> None:
        """Turn windows of the samples into rows of logarithmic power by band, always so many together.

        A matrix product may differ in its last bits with the number of rows.
        """
        samples = np.concatenate(self._samples)
        count = max(0, (len(samples) - WINDOW) // HOP + 1)
        ready = count if rest else count - count % _PIECE
        if ready:
            windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[: ready * HOP : HOP]
            rows = [_log_power(windows[at : at + _PIECE]) for at in range(0, ready, _PIECE)]
            self._rows = np.concatenate([self._rows, *rows])
        self._samples = [samples[ready * HOP :]]
        self._waiting = len(self._samples[0])

    def _look(self, until: int) -> None:
        """Find the landmarks from where the last look ended up to a frame, with what lies around it."""
        rows = self._rows[: until + _MARGIN - self._first_row]
        frames, bands, heights = _landmarks(rows)
        inside = (frames >= self._done - self._first_row - 0.5) & (frames < until - self._first_row - 0.5)
        frames = frames[inside] + self._first_row
        self._found.append(_strongest(frames, bands[inside], heights[inside], self._per_block))
        self._done = until
        keep = max(0, until - _MARGIN - self._first_row)
        self._rows = self._rows[keep:]
        self._first_row += keep


def _log_power(windows: Floats) -> Floats:
    spectrum = np.fft.rfft(windows * _taper(), axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    logarithm: Floats = np.log(power.astype(np.float32) @ _pooling() + np.float32(_FLOOR))
    return logarithm


@lru_cache(maxsize=1)
def _taper() -> Floats:
    taper = np.hanning(WINDOW + 1)[:-1]
    scaled: Floats = (taper / (taper.sum() / 2)).astype(np.float32)
    return scaled


@lru_cache(maxsize=1)
def _pooling() -> Floats:
    """(frequencies, bands): triangles, none narrower than the transform can tell apart."""
    centres = LOWEST_HZ * 2 ** (np.arange(-1, BANDS + 1) / BANDS_PER_OCTAVE)
    width = RATE / WINDOW
    frequencies = np.arange(WINDOW // 2 + 1)[:, None] * width
    middle = centres[1:-1]
    below = np.minimum(centres[:-2], middle - width)
    above = np.maximum(centres[2:], middle + width)
    rising = (frequencies - below) / (middle - below)
    falling = (above - frequencies) / (above - middle)
    weights = np.clip(np.minimum(rising, falling), 0, 1)
    pooling: Floats = (weights / weights.sum(axis=0)).astype(np.float32)
    return pooling


def _landmarks(rows: Floats) -> Peaks:
    """Points that are higher above their band's mean than all around them, refined by a parabola on either axis."""
    height = rows - _moving_mean(rows, _MEAN_FRAMES)
    around = _highest_around(_highest_around(height, _REACH_FRAMES, 0), _REACH_BANDS, 1)
    frame, band = np.nonzero((height == around) & (height > 0) & (rows > np.log(_FLOOR) + _ABOVE_FLOOR))
    frames = frame + _vertex(height, frame, band, 0)
    bands = band + _vertex(height, frame, band, 1)
    return frames, bands.astype(np.float32), height[frame, band]


def _moving_mean(rows: Floats, reach: int) -> Floats:
    """The mean of each column over `reach` rows on either side, as far as there are any."""
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)])
    at = np.arange(len(rows))
    last, first = np.minimum(at + reach + 1, len(rows)), np.maximum(at - reach, 0)
    mean: Floats = ((sums[last] - sums[first]) / (last - first)[:, None]).astype(np.float32)
    return mean


def _highest_around(values: Floats, reach: int, axis: int) -> Floats:
    highest = values.copy()
    by_axis, out = np.moveaxis(values, axis, 0), np.moveaxis(highest, axis, 0)
    for step in range(1, reach + 1):
        np.maximum(out[:-step], by_axis[step:], out=out[:-step])
        np.maximum(out[step:], by_axis[:-step], out=out[step:])
    return highest


def _vertex(height: Floats, frame: NDArray[np.intp], band: NDArray[np.intp], axis: int) -> NDArray[np.float64]:
    """How far from the point the parabola through it and its neighbours is highest; 0 at the border."""
    by_axis = np.moveaxis(height, axis, 0)
    at, other = (frame, band) if axis == 0 else (band, frame)
    inner = (at > 0) & (at < len(by_axis) - 1)
    before = by_axis[np.maximum(at - 1, 0), other]
    after = by_axis[np.minimum(at + 1, len(by_axis) - 1), other]
    curvature = 2 * by_axis[at, other] - before - after
    shift = np.divide(0.5 * (after - before), curvature, out=np.zeros(len(at)), where=inner & (curvature > 1e-6))
    clipped: NDArray[np.float64] = np.clip(shift, -0.5, 0.49)
    return clipped


def _strongest(frames: NDArray[np.float64], bands: Floats, heights: Floats, count: int) -> Peaks:
    """Of each block the landmarks that stand out most, by time."""
    block = _block_of(frames)
    order = np.lexsort((-heights, block))
    rank = np.arange(len(order)) - np.searchsorted(block[order], block[order])
    kept = np.sort(order[rank < count])
    return frames[kept], bands[kept], heights[kept]


def _block_of(frames: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.floor((frames + 0.5) / BLOCK_FRAMES).astype(np.int64)

# SPDX-License-Identifier: Apache-2.0
"""The landmarks of one medium's sound, as a value and as a file from which nothing can be heard."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _format
from kyodaku.copies._sound_peaks import BANDS, BLOCK_FRAMES, FRAMES_PER_S, RATE, PeakFinder, Peaks
from kyodaku.copies._stored import Stored
from kyodaku.errors import KyodakuError

__all__ = ["KEPT", "SOUND_ID", "TRIED", "SoundFingerprint", "SoundMaker", "sound_fingerprint"]

SOUND_ID: Final = "kyodaku-sound-v1"
"""Versioned for ever: whatever would give any sound other landmarks has another id."""
KEPT: Final = 28
"""Landmarks in each block of a reference, at most."""
TRIED: Final = 56
"""And of a query: what a second voice pushes out of the first places is still among them."""

_NONE: Final = 255
_BAND_STEPS: Final = 2
_FRAME_STEPS: Final = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class SoundFingerprint(Stored):
    """Landmarks by blocks of 1.024 s, the strongest first; arrays are made read-only.

    `KyodakuError` when the parts do not belong together: it is also how a file with nonsense in it is refused.
    """

    duration_s: float
    moments: NDArray[np.uint8]
    """`(blocks, landmarks)`: when, in quarters of a frame (4 ms) from the block's beginning."""
    bands: NDArray[np.uint8]
    """`(blocks, landmarks)`: how high, in half bands (a 72nd of an octave) from 300 Hz; 255 where there is none."""

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "duration_s", _format.rounded(self.duration_s))
        for array in (self.moments, self.bands):
            array.setflags(write=False)

    descriptor = SOUND_ID

    def __len__(self) -> int:
        """How many landmarks there are."""
        return int((self.bands != _NONE).sum())

    def landmarks(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Frames, bands and ranks within their blocks (0 for the strongest), by time."""
        block, rank = np.nonzero(self.bands != _NONE)
        frames = block * BLOCK_FRAMES + self.moments[block, rank] / _FRAME_STEPS - 0.5
        bands = self.bands[block, rank] / _BAND_STEPS
        order = np.lexsort((bands, frames))
        return frames[order], bands[order], rank[order]

    def strongest(self, count: int) -> SoundFingerprint:
        """The same with no more than so many landmarks in a block: what of a query would be kept of a reference."""
        if self.bands.shape[1] <= count:
            return self
        moments, bands = self.moments[:, :count].copy(), self.bands[:, :count].copy()
        return SoundFingerprint(duration_s=self.duration_s, moments=moments, bands=bands)

    @classmethod
    def from_bytes(cls, data: bytes) -> SoundFingerprint:
        """Read a file's bytes, from whomever they come; `KyodakuError` says what is off with them."""
        header, arrays = _format.unpack(data, ("bands", "moments"))
        if header.get("descriptor") != SOUND_ID:
            raise KyodakuError(f"this is not a fingerprint of sound made with {SOUND_ID}")
        duration = _format.duration_from(header)
        if duration is None:
            raise KyodakuError("this fingerprint's header names no duration")
        return cls(duration_s=duration, **arrays)

    def _header(self) -> dict[str, Any]:
        return {"descriptor": SOUND_ID, "duration_us": _format.microseconds(self.duration_s)}

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"bands": self.bands, "moments": self.moments}


class SoundMaker:
    """Makes a fingerprint of samples as they come: one channel at 8,000 a second; see `sound_fingerprint`."""

    def __init__(self, landmarks: int = KEPT) -> None:
        self._finder = PeakFinder(landmarks)
        self._landmarks = landmarks
        self._samples = 0
        self._prominence = 0.0

    def add(self, samples: NDArray[np.float32]) -> None:
        """More samples."""
        self._finder.add(samples)
        self._samples += len(samples)

    def finished(self) -> SoundFingerprint:
        """The fingerprint of all of them."""
        peaks = self._finder.finished()
        self._prominence = float(np.quantile(peaks[2], 0.9)) if len(peaks[2]) else 0.0
        return _packed(peaks, self._landmarks, self._samples)

    @property
    def prominence(self) -> float:
        """Once it is finished: nats by which a tenth of the landmarks stand out from their bands' means, at least.

        Noise and hum have 2 at most, also after any codec; speech, music and places 3 to 12.
        """
        return self._prominence


def sound_fingerprint(blocks: Iterable[NDArray[np.float32]], *, landmarks: int = KEPT) -> SoundFingerprint:
    """The landmarks of samples that come in blocks of any length, one channel at 8,000 a second.

    For a query ask for `TRIED` landmarks a block.
    """
    maker = SoundMaker(landmarks)
    for block in blocks:
        maker.add(block)
    return maker.finished()


def _packed(peaks: Peaks, width: int, samples: int) -> SoundFingerprint:
    frames, bands, heights = peaks
    duration = samples / RATE
    blocks = math.ceil(duration * FRAMES_PER_S / BLOCK_FRAMES) + 1 if samples else 0
    place = np.floor((frames + 0.5) * _FRAME_STEPS).astype(np.int64)
    block = np.minimum(place // (BLOCK_FRAMES * _FRAME_STEPS), blocks - 1)
    order = np.lexsort((-heights, block))
    rank = np.arange(len(order)) - np.searchsorted(block[order], block[order])
    chosen, rank = order[rank < width], rank[rank < width]
    made = np.zeros((blocks, width), dtype=np.uint8), np.full((blocks, width), _NONE, dtype=np.uint8)
    made[0][block[chosen], rank] = place[chosen] % (BLOCK_FRAMES * _FRAME_STEPS)
    made[1][block[chosen], rank] = np.clip(np.rint(bands[chosen] * _BAND_STEPS), 0, 2 * BANDS - 2)
    return SoundFingerprint(duration_s=duration, moments=made[0], bands=made[1])


def _check(made: SoundFingerprint) -> None:
    if made.moments.dtype != np.uint8 or made.bands.dtype != np.uint8:
        raise KyodakuError("a fingerprint's arrays are of other types than they must be")
    if made.bands.ndim != 2 or made.moments.shape != made.bands.shape:
        raise KyodakuError("a fingerprint's arrays differ in length")
    if not (math.isfinite(made.duration_s) and 0 <= made.duration_s <= _format.LONGEST_S):
        raise KyodakuError("a fingerprint's duration is out of range")
    most = math.ceil(made.duration_s * FRAMES_PER_S / BLOCK_FRAMES) + 1
    if len(made.bands) > most:
        raise KyodakuError("a fingerprint's landmarks go on after its end")

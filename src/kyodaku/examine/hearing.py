# SPDX-License-Identifier: Apache-2.0
"""The sound of a medium as it is heard: a description of each track, and what of it nobody heard."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies.sound import KEPT, TRIED, SoundFingerprint, SoundMaker
from kyodaku.examine.findings import Hearing
from kyodaku.media import Decoder, Heard, MediaError, SoundBlock, SoundSampling, SoundStream, SoundTrack

__all__ = ["Listened", "listen", "listen_for_reference"]

LEAST_LANDMARKS: Final = 56
"""Two seconds of anything; a track with less is silent and would be no reference."""
_RATE: Final = 8000
_LATEST_S: Final = 60.0
"""A track that begins later after the first picture than this is counted from its own beginning."""
_EARLIEST_S: Final = 1.0
_LOST_S: Final = 1.0
"""Seconds of a track that may be passed over: too few to recognise anything by."""
_BESIDE: Final = 0.25
"""Of the power of the mean of the channels: a side that has so much is listened to. What is weaker lies under a sound
four times as strong, and is no better hidden by turning channels than by mixing."""
_DISTINCT: Final = 2.4
"""Nats by which a tenth of the landmarks of anything but noise and hum stand out (`SoundMaker.prominence`)."""
_AUDIBLE: Final = 1e-10
"""Power of the steps from sample to sample, below which there is nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listened:
    """The sound of a medium: one fingerprint a track, and why it may not be all of it."""

    tracks: tuple[SoundFingerprint, ...] = ()
    sides: tuple[SoundFingerprint, ...] = ()
    """Of tracks of which a listener hears more than the mean of their channels: what the mean leaves out."""
    error: str | None = None
    hearing: Hearing | None = None
    """What there was to hear; None where nobody listened."""


def listen(decoder: Decoder, path: str | os.PathLike[str]) -> Listened:
    """All tracks of a medium, described as queries; never raises for what the medium is."""
    ears, heard = _heard(decoder.sound(path, SoundSampling(sides=True)), TRIED)
    fault = _unheard(heard)
    tracks = tuple(ear.track.finished() for ear in ears)
    sides = tuple(ear.side.finished() for ear in ears if ear.is_two)
    return Listened(
        tracks=tracks,
        sides=sides,
        error=None if fault is None else str(fault),
        hearing=_hearing([*tracks, *sides], [voice for ear in ears for voice in (ear.track, ear.side)]),
    )


def listen_for_reference(decoder: Decoder, path: str | os.PathLike[str]) -> tuple[tuple[SoundFingerprint, ...], Heard]:
    """The fingerprints of all tracks in which there is something to recognise, and how the listening ended.

    A track that was heard in part is a reference as far as it goes, and the error says how far.
    """
    ears, heard = _heard(decoder.sound(path), KEPT)
    made = [ear.track.finished() for ear, track in zip(ears, heard.tracks, strict=False) if track.error is None]
    return tuple(each for each in made if len(each) >= LEAST_LANDMARKS), replace(heard, error=_unheard(heard))


def _hearing(heard: Sequence[SoundFingerprint], voices: Iterable[SoundMaker]) -> Hearing:
    if not heard:
        return "none"
    most = max(map(len, heard))
    if most >= LEAST_LANDMARKS and max(voice.prominence for voice in voices) >= _DISTINCT:
        return "distinct"
    return "indistinct" if most else "silent"


class _Ear:
    """One track as it is heard: the mean of its channels, and what that leaves out."""

    def __init__(self, landmarks: int) -> None:
        self.track, self.side = SoundMaker(landmarks), SoundMaker(landmarks)
        self._begun = False
        self._silence = 0
        self._apart_s = 0.0

    @property
    def is_two(self) -> bool:
        """Whether the side has to be listened to as well."""
        return self._apart_s >= _LOST_S

    def take(self, block: SoundBlock) -> None:
        """The next block; the first one is put on the pictures' time line."""
        samples, side = block.samples, block.side
        if not self._begun:
            samples = _from_the_first_picture(block.time_s, samples)
            side = None if side is None else _from_the_first_picture(block.time_s, side)
        self._begun = True
        self.track.add(samples)
        if side is None or not side.any():
            self._silence += len(samples)
            return
        self.side.add(np.zeros(self._silence, dtype=np.float32))
        self.side.add(side)
        self._silence = 0
        if _strength(side) > max(_BESIDE * _strength(samples), _AUDIBLE):
            self._apart_s += len(side) / _RATE


def _strength(samples: NDArray[np.float32]) -> float:
    """The mean power of the steps between samples: music and speech have about as much of it in every octave."""
    return float(np.square(np.diff(samples)).mean()) if len(samples) > 1 else 0.0


def _heard(stream: SoundStream, landmarks: int) -> tuple[list[_Ear], Heard]:
    ears: defaultdict[int, _Ear] = defaultdict(lambda: _Ear(landmarks))
    for block in stream:
        ears[block.track].take(block)
    heard = stream.result
    return [ears[number] for number in range(max(len(heard.tracks), max(ears, default=-1) + 1))], heard


def _unheard(heard: Heard) -> MediaError | None:
    """What of the sound nobody listened to, with the seconds that were heard; None if it was heard as a whole."""
    if heard.error is not None and not any(track.error for track in heard.tracks):
        return heard.error
    faults = [(number, fault) for number, track in enumerate(heard.tracks, 1) if (fault := _fault(track))]
    if not faults:
        return None
    return MediaError(
        kind=faults[0][1].kind, message="; ".join(f"sound track {number}: {fault.message}" for number, fault in faults)
    )


def _fault(track: SoundTrack) -> MediaError | None:
    if track.error is not None:
        return replace(track.error, message=f"{track.error.message} ({track.heard_s:.1f} s heard)")
    if track.truncated:
        whole = "" if (track.declared_s or 0) <= track.duration_s else f" of {track.declared_s:.1f}"
        return MediaError(kind="corrupt", message=f"cut off ({track.heard_s:.1f}{whole} s heard)")
    if track.lost_s >= _LOST_S:
        return MediaError(kind="corrupt", message=f"damaged ({track.heard_s:.1f} of {track.duration_s:.1f} s heard)")
    return None


def _from_the_first_picture(time_s: float, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """A track's first samples, with silence before them or without some, so that 0 is the first picture."""
    if 0 < time_s <= _LATEST_S:
        return np.concatenate([np.zeros(round(time_s * _RATE), dtype=np.float32), samples])
    if -_EARLIEST_S <= time_s < 0:
        return samples[round(-time_s * _RATE) :]
    return samples

# SPDX-License-Identifier: Apache-2.0
"""The records of sound: what is asked of a file's tracks, and what was heard of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kyodaku.media._records import MediaError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LONGEST_BLOCK", "MOST_TRACKS", "SOUND_RATE", "Heard", "SoundBlock", "SoundSampling", "SoundTrack"]

SOUND_RATE = 8000
"""Samples a second: what is heard of a film on a bad telephone, and survives every codec."""
LONGEST_BLOCK = 1 << 16
"""Samples in one block; 256 KiB."""
MOST_TRACKS = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundSampling:
    """How sound is delivered: one channel at `rate` samples a second, from each of at most `max_tracks` tracks.

    A file with more tracks is `too_large`: what nobody listened to is unknown. With `sides` comes beside that channel
    what its being one leaves out: a listener hears it, and a mean of the channels does not.
    """

    rate: int = SOUND_RATE
    max_tracks: int = 16  # a disc carries eight languages
    sides: bool = False

    def __post_init__(self) -> None:
        if not 1000 <= self.rate <= 192_000:
            raise ValueError(f"rate lies within 1000 and 192000, not {self.rate!r}")
        if not 1 <= self.max_tracks <= MOST_TRACKS:
            raise ValueError(f"max_tracks lies within 1 and {MOST_TRACKS}, not {self.max_tracks!r}")


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundBlock:
    """Some samples of one track: float32 of shape (samples,), full scale 1, never longer than `LONGEST_BLOCK`.

    `time_s` counts from the first picture where there is one, otherwise from the track's first sample. A track's
    blocks follow each other without gaps; blocks of different tracks come in any order.
    """

    track: int
    time_s: float
    samples: NDArray[np.float32]
    side: NDArray[np.float32] | None = None
    """As many samples of half the difference of the first two channels, if asked for; None where there is one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundTrack:
    """One sound track; with `error` set it counts as unheard, although blocks may have been delivered before."""

    codec: str
    rate: int
    channels: int
    start_s: float
    duration_s: float
    skipped_packets: int
    error: MediaError | None
    truncated: bool = False
    """Whether it ends before it says it does, or before the file does."""
    declared_s: float | None = None
    """How long it says it is."""
    lost_s: float = 0.0
    """How much of it could not be decoded and was passed over, judged by what the other packets hold."""

    @property
    def heard_s(self) -> float:
        """How much of it there was to be heard."""
        return max(0.0, self.duration_s - self.lost_s)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """How the listening to one file ended; `error` is that of the file or of its first track that has one.

    A file without sound has no tracks and no error.
    """

    tracks: tuple[SoundTrack, ...]
    error: MediaError | None

    @property
    def has_audio(self) -> bool:
        """Whether the file has any sound track."""
        return bool(self.tracks)

    @property
    def duration_s(self) -> float:
        """The longest track's."""
        return max((track.duration_s for track in self.tracks), default=0.0)

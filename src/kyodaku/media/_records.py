# SPDX-License-Identifier: Apache-2.0
"""What goes in and comes out of the room: limits and samplings in, frames, facts and faults out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FaultKind", "Frame", "Limits", "MediaError", "MediaInfo", "Mode", "Sampled", "Sampling", "Sandbox"]

FaultKind = Literal["corrupt", "unsupported", "empty", "too_large", "timed_out", "crashed"]
Mode = Literal["interval", "keyframes", "all", "at"]

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much one file may ask of the machine; beyond that the answer is `too_large` or `timed_out`.

    `memory_bytes` bounds what a decoder process may take beyond what it needs to be there at all. `wall_s` bounds the
    time spent waiting for it in one file (a slow caller does not count), `stall_s` the time without any sign of life.
    A film is given up as `corrupt` after `max_bad_packets`, or when more than `max_bad_share` of it is unreadable.
    """

    max_pixels: int = 1 << 26  # 8192 x 8192: 8K video and large photographs, a quarter of FFmpeg's usual bomb
    max_frames: int = 2_000_000  # a day at 23 frames a second
    max_streams: int = 256  # fan editions of films carry dozens of subtitles and fonts
    max_duration_s: float = 12 * 3600.0
    max_bytes: int = 256 * GIB
    memory_bytes: int = GIB  # what six reference pictures of 8K video need
    cpu_s: float = 3600.0
    wall_s: float = 7200.0
    stall_s: float = 60.0
    max_bad_packets: int = 1000
    max_bad_share: float = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """Which pictures of a film to deliver, and how large.

    - `interval`: the picture on screen at 0, 1/fps, 2/fps, ... seconds, until the film ends.
    - `keyframes`: every key frame, at its own time; nothing else is decoded.
    - `all`: every frame, at its own time.
    - `at`: the picture on screen at each position in `at`, in ascending order; beyond the end, the last one.

    `max_side` bounds the longer side of the upright picture (scaled by area, never enlarged). `reduced` trades exact
    pixels for speed: no deblocking, and smaller inverse transforms in the codecs that have them.
    """

    mode: Mode = "interval"
    fps: float = 2.0
    at: tuple[float, ...] = ()
    max_side: int = 512
    reduced: bool = False

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ValueError(f"mode is one of {', '.join(get_args(Mode))}, not {self.mode!r}")
        if not (math.isfinite(self.fps) and 0 < self.fps <= 1000):
            raise ValueError(f"fps lies above 0 and at most at 1000, not {self.fps!r}")
        if not 1 <= self.max_side <= 1 << 15:
            raise ValueError(f"max_side lies within 1 and 32768, not {self.max_side!r}")
        if not all(math.isfinite(position) and position >= 0 for position in self.at):
            raise ValueError("positions in `at` are finite and not negative")


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One picture of a film.

    `pixels` is uint8 of shape (height, width, 3): RGB, upright, square pixels, standard dynamic range. `time_s` counts
    from the first picture. Frames that show the same picture share one array: do not write to it.
    """

    time_s: float
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaInfo:
    """What a file says of itself.

    `width` and `height` are as stored; `rotation` (clockwise degrees), `mirrored` and `sample_aspect` (a pixel's width
    by its height) turn that into `display_size`. `duration_s` and `fps` are None where the file does not say. Only the
    best of `video_streams` is read.
    """

    container: str
    codec: str
    width: int
    height: int
    duration_s: float | None
    fps: float | None
    rotation: Literal[0, 90, 180, 270] = 0
    mirrored: bool = False
    sample_aspect: float = 1.0
    interlaced: bool = False
    hdr: Literal["pq", "hlg"] | None = None
    kind: Literal["video", "image", "animation"] = "video"
    has_audio: bool = False
    video_streams: int = 1

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as shown: upright and with square pixels, the longer axis of a pixel shrunk."""
        width = max(1, round(self.width * min(1.0, self.sample_aspect)))
        height = max(1, round(self.height / max(1.0, self.sample_aspect)))
        return (height, width) if self.rotation in (90, 270) else (width, height)


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaError:
    """Why a file could not be read, or not to its end; a value, never raised."""

    kind: FaultKind
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampled:
    """How the reading of one file ended.

    With `error` set the film counts as unread, although `frames` may have been delivered before. `skipped_packets`
    could not be decoded and were passed over; `truncated` says that the file ends before it says it does.
    `duration_s` is measured where all of the film was decoded, otherwise declared.
    """

    info: MediaInfo | None
    frames: int
    skipped_packets: int
    duration_s: float
    error: MediaError | None
    truncated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandbox:
    """Which walls stand around the decoder process: each was tried from inside before the first file was read."""

    network: bool
    files: bool
    processes: bool
    memory: bool
    dies_with_parent: bool

# SPDX-License-Identifier: Apache-2.0
"""Fingerprints: the timed codes of one medium, as values and as files without pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _format
from kyodaku.copies._stored import Stored
from kyodaku.copies.descriptor import Codes, Described, Descriptor, Pixels, content_of, descriptor_id
from kyodaku.copies.frame import DEFAULT_DESCRIPTOR
from kyodaku.copies.views import canonical
from kyodaku.errors import KyodakuError, UsageError

__all__ = ["SUFFIX", "Fingerprint", "TimedFrame", "assembled", "batches", "check_count", "fingerprint"]

TimedFrame = tuple[float, Pixels]
"""Seconds from the first frame, and the picture."""

SUFFIX: Final = ".kyf"

_BATCH: Final = 32
"""Frames held at once: at 512 x 288 that is 14 MB, however long the film."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fingerprint(Stored):
    """The codes of one medium, seen in one way, with their times; arrays are made read-only.

    `KyodakuError` when the parts do not belong together: it is also how a file with nonsense in it is refused.
    """

    descriptor: str
    """The id of the descriptor that made the codes, for example `pdq-v1`."""
    duration_s: float
    times: NDArray[np.float32]
    """`(frames,)`, seconds from the first frame, never falling."""
    codes: Codes
    quality: NDArray[np.uint8]
    """`(frames,)`, 0 to 100."""
    fine: NDArray[np.int8] | None = None
    """`(frames, dims)`, the same frames more exactly, from descriptors that have a finer form."""
    content: str = ""
    """What the codes come of (`kyodaku.copies.descriptor.content_of`); empty where that is code alone, or not told."""

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "duration_s", _format.rounded(self.duration_s))
        for array in (self.times, self.codes, self.quality, self.fine):
            if array is not None:
                array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.times)

    @classmethod
    def from_bytes(cls, data: bytes) -> Fingerprint:
        """Read a file's bytes, from whomever they come; `KyodakuError` says what is off with them."""
        header, arrays = _format.unpack(data, ("codes", "quality", "times"), optional=("fine",))
        descriptor, duration = header.get("descriptor"), _format.duration_from(header)
        if not isinstance(descriptor, str) or duration is None:
            raise KyodakuError("this fingerprint's header names no descriptor or no duration")
        fine = arrays.pop("fine", None)
        signed = None if fine is None else fine.view(np.int8) if fine.dtype == np.uint8 else fine
        content = header.get(_format.CONTENT, "")
        return cls(descriptor=descriptor, duration_s=duration, fine=signed, content=content, **arrays)

    def require_same_weights(self) -> None:
        """Raises `UsageError` when the codes come of other weights than the descriptor of that name has here.

        They would mean something else, and nothing would be found by them. Of a file that does not say what they come
        of, its descriptor's name is all there is to go by: it was promised to stand for the same codes for ever.
        """
        here = content_of(self.descriptor)
        if self.content and here and self.content != here:
            what = f"made with another {self.descriptor} ({self.content[:16]}) than the one here ({here[:16]})"
            raise UsageError(what, hint="fingerprint the medium again with this version of Kyodaku")

    def _header(self) -> dict[str, Any]:
        plain = {"descriptor": self.descriptor, "duration_us": _format.microseconds(self.duration_s)}
        return {**plain, _format.CONTENT: self.content} if self.content else plain

    def _arrays(self) -> dict[str, NDArray[Any]]:
        plain: dict[str, NDArray[Any]] = {"codes": self.codes, "quality": self.quality, "times": self.times}
        return plain if self.fine is None else {**plain, "fine": self.fine.view(np.uint8)}


def fingerprint(
    frames: Iterable[TimedFrame], *, descriptor: Descriptor = DEFAULT_DESCRIPTOR, duration_s: float | None = None
) -> Fingerprint:
    """Fingerprint a reference: one view, without borders; frames are taken in batches and let go.

    Without `duration_s` the last frame is taken to last as long as those before it.
    """
    times: list[float] = []
    parts: list[Described] = []
    for batch in batches(frames):
        times.extend(time for time, _ in batch)
        parts.append(descriptor.describe([canonical(pixels) for _, pixels in batch]))
        check_count(len(times))
    return assembled(descriptor, times, parts, duration_s)


def assembled(
    descriptor: Descriptor, times: Sequence[float], parts: Sequence[Described], duration_s: float | None
) -> Fingerprint:
    """The fingerprint of frames that were described in parts, in whatever order they came."""
    order = np.argsort(np.asarray(times, dtype=np.float64), kind="stable")
    ordered = np.asarray(times, dtype=np.float64)[order]
    width = descriptor.dims // 8
    fine = [np.zeros((0, descriptor.fine_dims), np.int8), *(part.fine for part in parts if part.fine is not None)]
    return Fingerprint(
        descriptor=descriptor_id(descriptor),
        duration_s=_duration(ordered) if duration_s is None else max(duration_s, *ordered[-1:].tolist(), 0.0),
        times=ordered.astype(np.float32),
        codes=np.concatenate([np.zeros((0, width), np.uint8), *(part.codes for part in parts)])[order],
        quality=np.concatenate([np.zeros(0, np.uint8), *(part.quality for part in parts)])[order],
        fine=np.concatenate(fine)[order] if descriptor.fine_dims else None,
        content=str(getattr(descriptor, "content", "")),
    )


def check_count(count: int) -> None:
    """Raises `KyodakuError` for more frames than a fingerprint may have."""
    if count > _format.MAX_FRAMES:
        raise KyodakuError(f"more than {_format.MAX_FRAMES} frames were sampled", hint="sample fewer a second")


def batches(frames: Iterable[TimedFrame]) -> Iterator[list[TimedFrame]]:
    """Frames in lists that are short enough to be held at once; `UsageError` for what is no picture."""
    source = ((time, _checked(pixels)) for time, pixels in frames)
    while batch := list(islice(source, _BATCH)):
        yield batch


def _checked(pixels: Pixels) -> Pixels:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise UsageError(f"a frame must be (height, width, 3) of uint8, not {pixels.shape} of {pixels.dtype}")
    return pixels


def _duration(times: NDArray[np.float64]) -> float:
    if len(times) < 2:
        return float(times.sum())
    return float(times[-1] + np.median(np.diff(times)))


def _check(made: Fingerprint) -> None:
    count = len(made.times)
    if made.times.dtype != np.float32 or made.codes.dtype != np.uint8 or made.quality.dtype != np.uint8:
        raise KyodakuError("a fingerprint's arrays are of other types than they must be")
    if (
        made.times.shape != (count,)
        or made.quality.shape != (count,)
        or made.codes.ndim != 2
        or len(made.codes) != count
    ):
        raise KyodakuError("a fingerprint's arrays differ in length")
    if not _format.is_content(made.content):
        raise KyodakuError("what a fingerprint's codes come of is told by a SHA-256")
    if made.fine is not None and (made.fine.dtype != np.int8 or made.fine.ndim != 2 or len(made.fine) != count):
        raise KyodakuError("a fingerprint's finer form does not belong to its codes")
    if made.codes.shape[1] % 8 or not made.codes.shape[1] or (made.quality > 100).any():
        raise KyodakuError("a fingerprint's codes are not whole words, or a quality is above 100")
    if not (np.isfinite(made.times).all() and (np.diff(made.times, prepend=np.float32(0)) >= 0).all()):
        raise KyodakuError("a fingerprint's times must be finite, start at 0 or later and never fall")
    if not (math.isfinite(made.duration_s) and 0 <= made.duration_s <= _format.LONGEST_S):
        raise KyodakuError("a fingerprint's duration is out of range")
    if count and float(made.times[-1]) > made.duration_s + 0.01 + made.duration_s * 1e-6:
        raise KyodakuError("a fingerprint's frames go on after its end")

# SPDX-License-Identifier: Apache-2.0
"""Fingerprints: the timed codes of one medium, as values and as files without pixels."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _format
from kyodaku.copies.descriptor import Codes, Described, Descriptor, Pixels, descriptor_id
from kyodaku.copies.pdq import PDQ
from kyodaku.copies.views import QUERY_VIEWS, VIEWS, WHOLE, View, canonical
from kyodaku.errors import KyodakuError, UsageError

__all__ = ["SUFFIX", "Fingerprint", "QueryFingerprint", "TimedFrame", "fingerprint", "query_fingerprint"]

TimedFrame = tuple[float, Pixels]
"""Seconds from the first frame, and the picture."""

SUFFIX: Final = ".kyf"

_BATCH: Final = 32
"""Frames held at once: at 512 x 288 that is 14 MB, however long the film."""

_MICROSECONDS: Final = 1_000_000
_LONGEST_S: Final = 1_000_000.0
"""Eleven days; beyond it a time is a mistake."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fingerprint:
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

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "duration_s", round(self.duration_s * _MICROSECONDS) / _MICROSECONDS)
        for array in (self.times, self.codes, self.quality):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.times)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fingerprint) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @cached_property
    def sha256(self) -> str:
        """Names the content: the same on every machine and for every way of storing it."""
        return hashlib.sha256(_format.content_bytes(self._header(), self._arrays())).hexdigest()

    def to_bytes(self) -> bytes:
        """The file format of `docs/fingerprint-file.md`."""
        return _format.pack(self._header(), self._arrays())

    @classmethod
    def from_bytes(cls, data: bytes) -> Fingerprint:
        """Read a file's bytes, from whomever they come; `KyodakuError` says what is off with them."""
        header, arrays = _format.unpack(data, ("codes", "quality", "times"))
        descriptor, duration = header.get("descriptor"), header.get("duration_us")
        if (
            not isinstance(descriptor, str)
            or type(duration) is not int
            or not 0 <= duration <= _LONGEST_S * _MICROSECONDS
        ):
            raise KyodakuError("this fingerprint's header names no descriptor or no duration")
        return cls(descriptor=descriptor, duration_s=duration / _MICROSECONDS, **arrays)

    def save(self, path: Path) -> None:
        """Write the file; an existing one is replaced."""
        try:
            path.write_bytes(self.to_bytes())
        except OSError as error:
            raise KyodakuError(f"the fingerprint cannot be written: {error.strerror}", where=str(path)) from None

    @classmethod
    def load(cls, path: Path) -> Fingerprint:
        """Read the file; every error names it."""
        try:
            with path.open("rb") as file:
                data = file.read(_format.MAX_FILE_BYTES + 1)
        except OSError as error:
            raise KyodakuError(f"the fingerprint cannot be read: {error.strerror}", where=str(path)) from None
        if len(data) > _format.MAX_FILE_BYTES:
            raise KyodakuError("this file is too large to be a fingerprint", where=str(path))
        try:
            return cls.from_bytes(data)
        except KyodakuError as error:
            raise type(error)(error.what, where=str(path), hint=error.hint) from None

    def _header(self) -> dict[str, Any]:
        return {"descriptor": self.descriptor, "duration_us": round(self.duration_s * _MICROSECONDS)}

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"codes": self.codes, "quality": self.quality, "times": self.times}


@dataclass(frozen=True, kw_only=True)
class QueryFingerprint:
    """The same frames of a query, seen in several ways."""

    views: Mapping[str, Fingerprint]
    """By the name of the view (`kyodaku.copies.views.QUERY_VIEWS`); all with the same times."""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.views) - set(VIEWS))
        if unknown:
            raise UsageError(f"there is no view {unknown[0]!r}", hint=f"there are: {', '.join(VIEWS)}")
        first = next(iter(self.views.values()), None)
        if first is None or any(
            other.descriptor != first.descriptor or not np.array_equal(other.times, first.times)
            for other in self.views.values()
        ):
            raise UsageError("the views of a query must show the same frames, described in the same way")

    @property
    def descriptor(self) -> str:
        """The id of the descriptor that made every view."""
        return next(iter(self.views.values())).descriptor

    @property
    def duration_s(self) -> float:
        """The duration of the query."""
        return next(iter(self.views.values())).duration_s

    @classmethod
    def of(cls, plain: Fingerprint) -> QueryFingerprint:
        """A stored fingerprint as a query: it can be found as it is, not mirrored."""
        return cls(views={WHOLE.name: plain})


def fingerprint(
    frames: Iterable[TimedFrame], *, descriptor: Descriptor = PDQ, duration_s: float | None = None
) -> Fingerprint:
    """Fingerprint a reference: one view, without borders; frames are taken in batches and let go.

    Without `duration_s` the last frame is taken to last as long as those before it.
    """
    return _observed(frames, (WHOLE,), descriptor, duration_s)[WHOLE.name]


def query_fingerprint(
    frames: Iterable[TimedFrame],
    *,
    descriptor: Descriptor = PDQ,
    duration_s: float | None = None,
    views: Sequence[View] = QUERY_VIEWS,
) -> QueryFingerprint:
    """Fingerprint a query in every view, in one pass over its frames."""
    return QueryFingerprint(views=_observed(frames, views, descriptor, duration_s))


def _observed(
    frames: Iterable[TimedFrame], views: Sequence[View], descriptor: Descriptor, duration_s: float | None
) -> dict[str, Fingerprint]:
    times: list[float] = []
    described: dict[str, list[Described]] = {view.name: [] for view in views}
    for batch in _batches(frames):
        times.extend(time for time, _ in batch)
        pictures = [canonical(_checked(pixels)) for _, pixels in batch]
        for view in views:
            described[view.name].append(descriptor.describe([view.look(picture) for picture in pictures]))
        if len(times) > _format.MAX_FRAMES:
            raise KyodakuError(f"more than {_format.MAX_FRAMES} frames were sampled", hint="sample fewer a second")
    order = np.argsort(np.asarray(times, dtype=np.float64), kind="stable")
    ordered = np.asarray(times, dtype=np.float64)[order]
    duration = _duration(ordered) if duration_s is None else max(duration_s, *ordered[-1:].tolist(), 0.0)
    return {
        name: Fingerprint(
            descriptor=descriptor_id(descriptor),
            duration_s=duration,
            times=ordered.astype(np.float32),
            codes=_joined([part.codes for part in parts], descriptor.dims // 8)[order],
            quality=np.concatenate([np.zeros(0, np.uint8), *(part.quality for part in parts)])[order],
        )
        for name, parts in described.items()
    }


def _batches(frames: Iterable[TimedFrame]) -> Iterator[list[TimedFrame]]:
    source = iter(frames)
    while batch := list(islice(source, _BATCH)):
        yield batch


def _checked(pixels: Pixels) -> Pixels:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise UsageError(f"a frame must be (height, width, 3) of uint8, not {pixels.shape} of {pixels.dtype}")
    return pixels


def _joined(parts: Sequence[Codes], width: int) -> Codes:
    return np.concatenate([np.zeros((0, width), dtype=np.uint8), *parts])


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
    if made.codes.shape[1] % 8 or not made.codes.shape[1] or (made.quality > 100).any():
        raise KyodakuError("a fingerprint's codes are not whole words, or a quality is above 100")
    if not (np.isfinite(made.times).all() and (np.diff(made.times, prepend=np.float32(0)) >= 0).all()):
        raise KyodakuError("a fingerprint's times must be finite, start at 0 or later and never fall")
    if not (math.isfinite(made.duration_s) and 0 <= made.duration_s <= _LONGEST_S):
        raise KyodakuError("a fingerprint's duration is out of range")
    if count and float(made.times[-1]) > made.duration_s + 0.01 + made.duration_s * 1e-6:
        raise KyodakuError("a fingerprint's frames go on after its end")

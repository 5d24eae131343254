# SPDX-License-Identifier: Apache-2.0
"""A medium as a query: its frames described in a first look, and kept so far as a further look may need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies.descriptor import Described, Descriptor, Pixels
from kyodaku.copies.fingerprint import Fingerprint, TimedFrame, assembled, batches, check_count
from kyodaku.copies.frame import DEFAULT_DESCRIPTOR
from kyodaku.copies.layout import MOST_REGIONS, Region, find_regions
from kyodaku.copies.views import FRAMED, FURTHER_VIEWS, MIRROR, REGIONS, VIEWS, WHOLE, View, canonical, part_of
from kyodaku.errors import UsageError

__all__ = ["KeptFrames", "Placed", "QueryFingerprint", "QueryMaker", "placed_at", "query_fingerprint"]

_WINDOW: Final = 24
"""Frames whose layout is sought together: 6 s at 4 frames a second, 12 s at 2."""
_KEPT: Final = 96
"""Frames kept for a further look: 42 MB at 512 x 288. Of more, every other one is let go, again and again."""
_FURTHER: Final = 24
"""Frames that a further look describes in every part, evenly spread: it finds what is long or short, at a bounded
price."""
_COUNTED: Final = 64
"""Regions of a window that are counted, though not all of them are looked at."""
_SAME_REGION: Final = 0.6
"""Intersection over union from which a region of one window goes on in the next."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """Where a region lay in some frames."""

    start_s: float
    """The first of them; it lay there until it was found elsewhere."""
    region: Region


@dataclass(frozen=True, kw_only=True)
class QueryFingerprint:
    """The frames of a query, seen in several ways; not every frame need be seen in every way."""

    views: Mapping[str, Fingerprint]
    """By the name of the view (`kyodaku.copies.views`)."""
    kept: KeptFrames | None = field(default=None, compare=False, repr=False)
    regions: Mapping[str, Sequence[Placed]] = field(default_factory=dict, compare=False, repr=False)
    """Where the views that are regions lay, by time: for people who ask what was compared."""
    parts_omitted: int = 0
    """Regions beyond `MOST_REGIONS`, the most of any window: nobody looked into them."""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.views) - set(VIEWS))
        if unknown:
            raise UsageError(f"there is no view {unknown[0]!r}", hint=f"there are: {', '.join(VIEWS)}")
        first = next(iter(self.views.values()), None)
        if first is None or any(other.descriptor != first.descriptor for other in self.views.values()):
            raise UsageError("the views of a query must be described in the same way")

    @property
    def descriptor(self) -> str:
        """The id of the descriptor that made every view."""
        return next(iter(self.views.values())).descriptor

    @property
    def duration_s(self) -> float:
        """The duration of the query."""
        return next(iter(self.views.values())).duration_s

    @cached_property
    def further(self) -> Mapping[str, Fingerprint]:
        """Further views, described when they are first asked for; none of a query whose frames were not kept."""
        return self.kept.described(FURTHER_VIEWS, self.duration_s) if self.kept is not None else {}

    def unseen(self, minimum_quality: int) -> float:
        """The share of the time in which no view shows enough to be compared; 1 for a query without frames."""
        every = np.concatenate([view.times for view in self.views.values()])
        enough = np.concatenate([view.quality >= minimum_quality for view in self.views.values()])
        times, moment = np.unique(every, return_inverse=True)
        seen = np.bincount(moment, enough, len(times)) > 0
        lasting = np.diff(times, append=max(self.duration_s, *times[-1:].tolist(), 0.0))
        whole = float(lasting.sum())
        if not whole:
            return float(not seen.any())
        return round(float(lasting[~seen].sum()) / whole, 4)

    @classmethod
    def of(cls, plain: Fingerprint) -> QueryFingerprint:
        """A stored fingerprint as a query: it can be found as it is, not in parts."""
        return cls(views={WHOLE.name: plain})


class KeptFrames:
    """Some frames of a query, evenly spread however many there were."""

    def __init__(self, descriptor: Descriptor, placed: Mapping[str, Sequence[Placed]]) -> None:
        self._descriptor = descriptor
        self._placed = placed
        self._frames: list[tuple[float, Pixels, Pixels]] = []
        self._every = 1
        self._seen = 0

    def add(self, time: float, pixels: Pixels, picture: Pixels) -> None:
        """Keep a frame, with its borders and (as a part of it) without, or let it go."""
        if self._seen % self._every == 0:
            self._frames.append((time, pixels, picture))
        self._seen += 1
        if len(self._frames) > _KEPT:
            self._frames = self._frames[::2]
            self._every *= 2

    def moments(self, start_s: float, end_s: float) -> list[float]:
        """The times of the kept frames in a span."""
        return [time for time, *_ in self._frames if start_s <= time <= end_s]

    def seen(self, view: str, time: float) -> Pixels:
        """The kept frame of this time as a view shows it."""
        pixels, picture = next((pixels, picture) for moment, pixels, picture in self._frames if moment == time)
        if view not in REGIONS:
            return VIEWS[view].look(picture)
        region = placed_at(self._placed.get(view, ()), time)
        return pixels if region is None else part_of(pixels, region.x, region.y, region.width, region.height)

    def fine(self, pictures: Sequence[Pixels]) -> NDArray[np.int8]:
        """The finer form of some pictures."""
        described = self._descriptor.describe(pictures).fine
        assert described is not None
        return described

    def described(self, views: Sequence[View], duration_s: float) -> dict[str, Fingerprint]:
        """A fingerprint of the kept frames for each view; as many frames as a further look is worth."""
        some = self._frames[:: -(-len(self._frames) // _FURTHER) or 1]
        times = [time for time, *_ in some]
        return {
            view.name: assembled(
                self._descriptor,
                times,
                [self._descriptor.describe([view.look(picture) for *_, picture in some])] if some else [],
                duration_s,
            )
            for view in views
            if any(view.shows_more(picture) for *_, picture in some)
        }


def placed_at(placed: Sequence[Placed], time_s: float) -> Region | None:
    """Where a region lay at a time: where it was found last before, or where it was found first."""
    found: Region | None = None
    for one in placed:
        if one.start_s <= time_s or found is None:
            found = one.region
    return found


def query_fingerprint(
    frames: Iterable[TimedFrame],
    *,
    descriptor: Descriptor = DEFAULT_DESCRIPTOR,
    duration_s: float | None = None,
    views: Sequence[View] | None = None,
) -> QueryFingerprint:
    """Fingerprint a query in one pass over its frames; see `QueryMaker`."""
    maker = QueryMaker(descriptor, views=views)
    for batch in batches(frames):
        maker.add(batch)
    return maker.finished(duration_s)


class QueryMaker:
    """Describes a query's frames as they come.

    Each frame is seen as a whole and, if the descriptor tells left from right, mirrored. With a descriptor that has
    codes only, of which other programs have banks, it is also seen with its borders, if it has some. With one that has
    a finer form it is also seen in the regions that its window shows, and frames are kept for further views. `views`
    asks for just these views of every frame.
    """

    def __init__(self, descriptor: Descriptor, *, views: Sequence[View] | None = None) -> None:
        self._descriptor = descriptor
        self._views = views or ((WHOLE,) if descriptor.mirror_tolerant else (WHOLE, MIRROR))
        self._sees_borders = views is None and not descriptor.fine_dims
        self._times: dict[str, list[float]] = {view.name: [] for view in self._views}
        self._described: dict[str, list[Described]] = {view.name: [] for view in self._views}
        self._window: list[TimedFrame] = []
        self._slots: dict[str, Region] = {}
        self._placed: dict[str, list[Placed]] = {}
        self._parts_omitted = 0
        self._kept = KeptFrames(descriptor, self._placed) if descriptor.fine_dims and views is None else None

    @property
    def looks_closely(self) -> bool:
        """Whether more frames a second than references have are of use: a finer form tells them apart."""
        return bool(self._descriptor.fine_dims)

    def add(self, batch: Sequence[TimedFrame]) -> None:
        """Take some frames."""
        times, pictures = [time for time, _ in batch], [canonical(pixels) for _, pixels in batch]
        for view in self._views:
            self._see(view.name, times, [view.look(picture) for picture in pictures])
        check_count(len(self._times[self._views[0].name]))
        if self._sees_borders:
            both = zip(batch, pictures, strict=True)
            framed = [(time, pixels) for (time, pixels), picture in both if pixels.shape != picture.shape]
            if framed:
                self._see(FRAMED.name, [time for time, _ in framed], [pixels for _, pixels in framed])
        if self._kept is None:
            return
        for (time, pixels), picture in zip(batch, pictures, strict=True):
            self._kept.add(time, pixels, picture)
            if len(self._window) == _WINDOW or (self._window and self._window[0][1].shape != pixels.shape):
                self._look_into_window()
            self._window.append((time, pixels))

    def finished(self, duration_s: float | None) -> QueryFingerprint:
        """All that was seen."""
        self._look_into_window()
        first = self._assembled(self._views[0].name, duration_s)
        rest = {
            name: self._assembled(name, first.duration_s) for name in self._described if name != self._views[0].name
        }
        return QueryFingerprint(
            views={self._views[0].name: first, **rest},
            kept=self._kept,
            regions=self._placed,
            parts_omitted=self._parts_omitted,
        )

    def _look_into_window(self) -> None:
        frames, self._window = self._window, []
        if not frames:
            return
        found = find_regions([pixels for _, pixels in frames], most=_COUNTED)
        self._parts_omitted = max(self._parts_omitted, len(found) - MOST_REGIONS)
        self._slots = _continued(self._slots, found[:MOST_REGIONS])
        for name, region in self._slots.items():
            self._placed.setdefault(name, []).append(Placed(start_s=frames[0][0], region=region))
            parts = [part_of(pixels, region.x, region.y, region.width, region.height) for _, pixels in frames]
            self._see(name, [time for time, _ in frames], parts)

    def _see(self, name: str, times: Sequence[float], pictures: Sequence[Pixels]) -> None:
        self._times.setdefault(name, []).extend(times)
        self._described.setdefault(name, []).append(self._descriptor.describe(pictures))

    def _assembled(self, name: str, duration_s: float | None) -> Fingerprint:
        return assembled(self._descriptor, self._times[name], self._described[name], duration_s)


def _continued(before: Mapping[str, Region], found: Sequence[Region]) -> dict[str, Region]:
    """The regions under the names they had in the window before, new ones under names that are free."""
    named: dict[str, Region] = {}
    fresh: list[Region] = []
    for region in found:
        same = [name for name, old in before.items() if name not in named and _overlap(old, region) >= _SAME_REGION]
        if same:
            named[same[0]] = region
        else:
            fresh.append(region)
    free = [name for name in REGIONS if name not in named]
    return {**named, **dict(zip(free, fresh, strict=False))}


def _overlap(one: Region, other: Region) -> float:
    """Intersection over union."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / max(one.width * one.height + other.width * other.height - shared, np.finfo(float).eps)

# SPDX-License-Identifier: Apache-2.0
"""How often a medium is looked at, and what of it is described: the same for the gate and for those who measure it."""

from __future__ import annotations

from collections.abc import Iterable

from kyodaku.copies import Descriptor, QueryFingerprint, QueryMaker
from kyodaku.copies.descriptor import Pixels

__all__ = ["CLOSER_S", "LOOKS_PER_SECOND", "SAMPLES_PER_SECOND", "QueryLooker", "look_at"]

SAMPLES_PER_SECOND = 2.0
"""How often a reference is looked at. At 2 a second the nearest frame is never more than a quarter of a second away,
within which real films rarely change; see docs/benchmarks.md."""

LOOKS_PER_SECOND = 2 * SAMPLES_PER_SECOND
"""How often frames of a query are asked for; not all of them are looked at."""

CLOSER_S = 12.0
"""The beginning of a query, which is all of most clips, is looked at twice as often: in a clip of a second or two every
frame counts, and one of two neighbours is always within an eighth of a second of a reference's."""

_BATCH = 32
"""Frames described together; 14 MB."""


class QueryLooker:
    """Takes a query's frames, `LOOKS_PER_SECOND` of them, and describes those that are worth it."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._maker = QueryMaker(descriptor)
        self._batch: list[tuple[float, Pixels]] = []
        self._taken = 0

    def take(self, time_s: float, pixels: Pixels) -> None:
        """Every frame of the beginning and every other one afterwards; by codes alone, every other one throughout."""
        between = self._taken % 2 == 1
        self._taken += 1
        if between and (time_s >= CLOSER_S or not self._maker.looks_closely):
            return
        self._batch.append((time_s, pixels))
        if len(self._batch) == _BATCH:
            self._pass_on()

    def finished(self) -> QueryFingerprint:
        """What was seen."""
        self._pass_on()
        return self._maker.finished(None)

    def _pass_on(self) -> None:
        self._maker.add(self._batch)
        self._batch = []


def look_at(frames: Iterable[tuple[float, Pixels]], descriptor: Descriptor) -> QueryFingerprint:
    """The description of frames that come `LOOKS_PER_SECOND` a second."""
    looker = QueryLooker(descriptor)
    for time_s, pixels in frames:
        looker.take(time_s, pixels)
    return looker.finished()

# SPDX-License-Identifier: Apache-2.0
"""Lengths of unions and intersections of time intervals, in seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

__all__ = ["Interval", "iou", "overlap", "union", "union_length"]

Interval: TypeAlias = tuple[float, float]
"""Start and end; one that ends before it starts is empty."""


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Disjoint intervals in ascending order that cover what the given ones cover; those that touch become one."""
    merged: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[1] > interval[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def union_length(intervals: Iterable[Interval]) -> float:
    """Seconds covered by at least one of the intervals."""
    return sum(end - start for start, end in union(intervals))


def overlap(first: Sequence[Interval], second: Sequence[Interval]) -> float:
    """Seconds covered by both; intervals within one side may overlap each other."""
    ones, twos = union(first), union(second)
    seconds = 0.0
    i = j = 0
    while i < len(ones) and j < len(twos):
        seconds += max(0.0, min(ones[i][1], twos[j][1]) - max(ones[i][0], twos[j][0]))
        if ones[i][1] <= twos[j][1]:
            i += 1
        else:
            j += 1
    return seconds


def iou(first: Sequence[Interval], second: Sequence[Interval]) -> float:
    """Intersection over union, 0 to 1; two empty sides agree."""
    either = union_length([*first, *second])
    return overlap(first, second) / either if either else 1.0

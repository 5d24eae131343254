# SPDX-License-Identifier: Apache-2.0
"""What copy detection is meant to reach, one line for each goal, beside what was measured.

Shares are taken at the operating point `POINT`, which every system may set after the fact; what the shipped thresholds
do stands beside it. A goal is met when the measured value reaches it, whatever the interval says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kyodaku.bench.breakdown import FamilyRow
from kyodaku.bench.metrics import Share, at_most, share
from kyodaku.bench.summary import Summary
from kyodaku.edits import EDITS

__all__ = ["GoalRow", "goals"]

POINT: Final = "per mille"
SHIPPED: Final = "as shipped"
OWN: Final = "kyodaku"
PEER: Final = "vpdq"
PLACED: Final = 0.5
"""Temporal IoU on both axes from which a natural copy counts as placed."""
LARGEST_FALL: Final = 0.02
"""What drawn codes and clips may cost any figure."""

_ELSEWHERE: Final = frozenset({"pip", "split", "compilation", "excerpt"})
"""Families that have goals of their own; the hardest crops have too."""
_CROPS: Final = (
    ("60 % of the area", "area-60", 0.95),
    ("60 % of the sides", "strong", 0.95),
    ("40 % of the area", "area-40", 0.80),
    ("40 % of the sides", "sides-40", 0.80),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class GoalRow:
    """One goal: at least `wanted` (at most, where `ceiling`); `measured` is None where there was nothing to measure."""

    name: str
    wanted: float
    measured: float | None
    low: float | None = None
    high: float | None = None
    total: int | None = None
    shipped: float | None = None
    ceiling: bool = False

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None where it was not measured."""
        if self.measured is None or math.isnan(self.measured):
            return None
        return self.measured <= self.wanted if self.ceiling else self.measured >= self.wanted


def goals(summaries: Sequence[Summary]) -> tuple[GoalRow, ...]:
    """All goals, as far as these summaries can tell; none when Kyodaku is not among them."""
    own = next((one for one in summaries if one.system.startswith(OWN) and not one.crowd), None)
    if own is None:
        return ()
    crowded = next((one for one in summaries if one.system.startswith(OWN) and one.crowd), None)
    peer = next((one for one in summaries if one.system == PEER), None)
    return (
        *_precisions(own),
        *_recalls(own),
        *_spans(own),
        *_clean(own),
        *_crowd(own, crowded),
        *_against(own, crowded, peer),
    )


def _precisions(own: Summary) -> Iterator[GoalRow]:
    low, high = own.interval
    yield GoalRow(name="µAP of pairs, all edits", wanted=0.99, measured=own.average_precision, low=low, high=high)
    yield GoalRow(name="segment AP, all edits", wanted=0.93, measured=own.segment_ap)


# --- recall -----------------------------------------------------------------
def _recalls(own: Summary) -> Iterator[GoalRow]:
    single = [[row for row in own.families if _counts(row) and row.family == name] for name in EDITS]
    present = [rows for rows in single if rows]
    yield _recall("single edits, all together", 0.97, [row for rows in present for row in rows])
    weakest = min(present, key=lambda rows: _pooled(rows, POINT).value, default=[])
    name = weakest[0].family if weakest else "none"
    yield _recall(f"single edits, the family found least: {name}", 0.97, weakest)
    yield _recall("chains of 2 to 4 edits", 0.95, _rows(own, "chain"))
    for seconds, wanted in ((4, 0.95), (2, 0.90), (1, 0.75)):
        rows = [row for row in own.lengths if row.strength == f"{seconds} s"]
        yield _recall(f"excerpts of {seconds} s", wanted, rows)
    yield _recall("compilations", 0.95, [*_rows(own, "compilation"), *_rows(own, "several")])
    yield _recall("split screens", 0.95, _rows(own, "split"))
    for area, level, wanted in ((50, "area-50", 0.95), (30, "strong", 0.85), (15, "area-15", 0.60)):
        yield _recall(f"picture in picture at {area} % of the area", wanted, _rows(own, "pip", level))
    for kept, level, wanted in _CROPS:
        yield _recall(f"crops to {kept}", wanted, _rows(own, "crop", level))


def _counts(row: FamilyRow) -> bool:
    if row.strength is None or row.family in _ELSEWHERE or row.family not in EDITS:
        return False
    return row.family != "crop" or row.strength not in {level for _, level, _ in _CROPS}


def _rows(own: Summary, family: str, strength: str | None = None) -> list[FamilyRow]:
    row = own.family(family, strength)
    return [row] if row else []


def _pooled(rows: Iterable[FamilyRow], point: str) -> Share:
    shares = [row.recall[point] for row in rows]
    return share(sum(one.hits for one in shares), sum(one.total for one in shares))


def _recall(name: str, wanted: float, rows: Sequence[FamilyRow]) -> GoalRow:
    if not rows:
        return GoalRow(name=f"recall, {name}", wanted=wanted, measured=None)
    return _share(f"recall, {name}", wanted, _pooled(rows, POINT), _pooled(rows, SHIPPED).value)


def _share(name: str, wanted: float, measured: Share, shipped: float | None = None) -> GoalRow:
    return GoalRow(
        name=name,
        wanted=wanted,
        measured=measured.value,
        low=measured.low,
        high=measured.high,
        total=measured.total,
        shipped=shipped,
    )


# --- spans ------------------------------------------------------------------
def _spans(own: Summary) -> Iterator[GoalRow]:
    for axis, name in enumerate(("query", "reference")):
        yield GoalRow(
            name=f"mean temporal IoU in the {name}'s time", wanted=0.90, measured=own.iou[axis] if own.iou else None
        )
    found = [bool(row.found[POINT] and row.iou and min(row.iou) >= PLACED) for row in own.natural]
    shipped = [bool(row.found[SHIPPED] and row.iou and min(row.iou) >= PLACED) for row in own.natural]
    if found:
        share_found = share(sum(found), len(found))
        yield _share("natural copies, found and placed", 1.0, share_found, sum(shipped) / len(shipped))


# --- false blocks -----------------------------------------------------------
def _clean(own: Summary) -> Iterator[GoalRow]:
    point = own.points[SHIPPED]
    yield _ceiling("clean clips blocked as shipped", 0.001, point.blocked)
    if point.drawn.total:
        yield _ceiling("drawn clips blocked as shipped", 0.0, point.drawn)
    blocked = [row.blocked[SHIPPED] for row in own.series]
    if blocked:
        together = share(sum(one.hits for one in blocked), sum(one.total for one in blocked))
        yield _ceiling("clips of a series blocked for its other clips, as shipped", 0.0, together)


def _ceiling(name: str, wanted: float, measured: Share) -> GoalRow:
    return GoalRow(
        name=name,
        wanted=wanted,
        measured=measured.value,
        low=measured.low,
        high=at_most(measured.hits, measured.total) if measured.total else None,
        total=measured.total,
        shipped=measured.value,
        ceiling=True,
    )


# --- beside drawn codes, beside a peer ---------------------------------------
def _crowd(own: Summary, crowded: Summary | None) -> Iterator[GoalRow]:
    if crowded is None:
        return
    before, after = _figures(own), _figures(crowded)
    falls = {name: before[name] - after[name] for name in before if name in after}
    worst = max(falls, key=falls.__getitem__)
    yield GoalRow(
        name=f"largest fall of any figure beside {crowded.crowd:,} drawn codes: {worst}",
        wanted=LARGEST_FALL,
        measured=falls[worst],
        ceiling=True,
    )
    yield _ceiling(f"clean clips blocked beside {crowded.crowd:,} drawn codes", 0.001, crowded.points[SHIPPED].blocked)
    if crowded.points[SHIPPED].drawn.total:
        yield _ceiling("drawn clips blocked beside them", 0.0, crowded.points[SHIPPED].drawn)


def _figures(summary: Summary) -> dict[str, float]:
    """Everything that a goal speaks of, by name; the weakest family's name is left out, for it may change."""
    rows = (*_precisions(summary), *_recalls(summary), *_spans(summary))
    return {row.name.split(":")[0]: row.measured for row in rows if row.measured is not None}


def _against(own: Summary, crowded: Summary | None, peer: Summary | None) -> Iterator[GoalRow]:
    costs = (crowded or own).costs
    if costs.stored_hours:
        yield GoalRow(
            name="bytes in the index for a second of reference",
            wanted=64,
            measured=costs.bytes_per_second,
            ceiling=True,
        )
        fine = costs.fine_bytes_per_second
        yield GoalRow(name="bytes of the finer form for a second", wanted=512, measured=fine, ceiling=True)
    if peer is not None:
        for point, said in (("zero", "at no clean clip blocked"), (POINT, "at 0.1 % of clean clips blocked")):
            theirs = peer.points[point].recall.value
            times = own.points[point].recall.value / theirs if theirs else math.inf
            yield GoalRow(name=f"times the recall of {PEER}, {said}", wanted=2.5, measured=times)

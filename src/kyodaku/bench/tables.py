# SPDX-License-Identifier: Apache-2.0
"""Figures as tables in Markdown: the goals, the systems side by side, then edit by edit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from kyodaku.bench.breakdown import FamilyRow, NaturalRow, SeriesRow
from kyodaku.bench.goals import GoalRow, goals
from kyodaku.bench.metrics import Share, at_most
from kyodaku.bench.summary import OPERATING_POINTS, Summary

__all__ = ["counted", "goals_table", "markdown", "percent", "table"]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are set to the right."""
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def percent(part: Share) -> str:
    """A share with its interval, such as `83 % (76–89)`."""
    if not part.total:
        return "—"
    return f"{100 * part.value:.0f} % ({100 * part.low:.0f}–{100 * part.high:.0f})"


def counted(part: Share) -> str:
    """A share that is usually near zero, as a count, with its one-sided 95 % bound, such as `0 of 412 (≤ 0.7 %)`."""
    return f"{part.hits} of {part.total} (≤ {100 * at_most(part.hits, part.total):.2g} %)" if part.total else "—"


def markdown(summaries: Sequence[Summary]) -> str:
    """All tables."""
    return "\n".join(part for title, text in _parts(summaries) if text for part in (f"## {title}\n", text))


def _parts(summaries: Sequence[Summary]) -> Iterator[tuple[str, str]]:
    yield "Goals", goals_table(goals(summaries))
    yield "Systems", _systems(summaries)
    yield "False blocks", _blocked(summaries)
    for point in ("per mille", "zero", "as shipped", "zero of all", "precision"):
        yield f"Recall by edit, {OPERATING_POINTS[point]}", _families(summaries, point)
    for summary in (one for one in summaries if not one.crowd):
        yield f"Edits at each level, {_name(summary)}", _levels(summary)
        yield f"Cut and encoded only, by length, {_name(summary)}", _lengths(summary)
        yield f"Copies that others made, {_name(summary)}", _naturals(summary.natural)
        yield f"Generated series, {_name(summary)}", _series(summary.series)
    yield "Costs", _costs(summaries)


# --- goals ------------------------------------------------------------------
def goals_table(rows: Sequence[GoalRow]) -> str:
    """One line for each goal; empty when there are none."""
    heads = ("goal", "wanted", "measured (95 %)", "cases", "as shipped", "met")
    return table(heads, map(_goal, rows)) if rows else ""


def _goal(row: GoalRow) -> list[str]:
    met = {True: "yes", False: "**no**", None: "—"}[row.met]
    wanted = f"{'≤' if row.ceiling else '≥'} {row.wanted:g}"
    total = "—" if row.total is None else f"{row.total:,}"
    return [row.name, wanted, _measured(row), total, _number(row.shipped), met]


def _measured(row: GoalRow) -> str:
    if row.low is None or row.high is None or row.measured is None:
        return _number(row.measured)
    said = f"≤ {row.high:.4f}" if row.ceiling else f"{row.low:.3f}–{row.high:.3f}"
    return f"{_number(row.measured)} ({said})"


def _number(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "—"
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


# --- systems ----------------------------------------------------------------
def _name(summary: Summary) -> str:
    return f"{summary.system} among {summary.crowd:,} drawn codes" if summary.crowd else summary.system


def _systems(summaries: Iterable[Summary]) -> str:
    heads = ["system", "µAP (95 %)", "segment AP", "temporal IoU, query", "reference", "recall as shipped"]
    heads += ["at none blocked", "at ≤ 0.1 % blocked", "at none blocked of all", "at precision ≥ 0.99"]
    return table(heads, map(_system, summaries))


def _system(summary: Summary) -> list[str]:
    low, high = summary.interval
    return [
        _name(summary),
        f"{summary.average_precision:.3f} ({low:.2f}–{high:.2f})",
        _number(summary.segment_ap),
        *_ious(summary.iou),
        *(
            percent(summary.points[name].recall)
            for name in ("as shipped", "zero", "per mille", "zero of all", "precision")
        ),
    ]


def _blocked(summaries: Iterable[Summary]) -> str:
    heads = ["system, at", "threshold", "clean clips blocked", "works with one", "others and series", "drawn clips"]
    return table(
        heads,
        (
            [
                f"{_name(summary)}, {name}",
                "any score" if point.threshold < 0 else f"{point.threshold:.4g}",
                counted(point.blocked),
                f"{point.blocked_works.hits} of {point.blocked_works.total}",
                counted(point.strangers),
                counted(point.drawn),
            ]
            for summary in summaries
            for name, point in summary.points.items()
        ),
    )


def _ious(iou: tuple[float, float] | None) -> list[str]:
    return ["—", "—"] if iou is None else [f"{value:.2f}" for value in iou]


# --- edits ------------------------------------------------------------------
def _families(summaries: Sequence[Summary], point: str) -> str:
    located = [summary for summary in summaries if summary.iou is not None and not summary.crowd]
    heads = ["edit", "copies", *map(_name, summaries)]
    heads += [f"temporal IoU, {_name(summary)}, {axis}" for summary in located for axis in ("query", "reference")]
    lines = []
    for first in summaries[0].families:
        if first.strength is None:
            rows = [summary.family(first.family) for summary in summaries]
            found = [percent(row.recall[point]) if row else "—" for row in rows]
            placed = [summary.family(first.family) for summary in located]
            agree = [cell for row in placed for cell in _ious(row.iou if row else None)]
            lines.append([first.family, str(first.recall[point].total), *found, *agree])
    return table(heads, lines)


def _levels(summary: Summary) -> str:
    rows = [row for row in summary.families if row.strength is not None]
    return _detailed(rows, lambda row: f"{row.family}, {row.strength}")


def _lengths(summary: Summary) -> str:
    return _detailed(summary.lengths, lambda row: str(row.strength)) if summary.lengths else ""


def _detailed(rows: Sequence[FamilyRow], name: Callable[[FamilyRow], str]) -> str:
    heads = ["edit", "copies", "recall at none blocked", "at ≤ 0.1 %", "as shipped", "µAP", "segment AP"]
    heads += ["temporal IoU, query", "reference"]
    return table(
        heads,
        (
            [
                name(row),
                str(row.recall["zero"].total),
                *(percent(row.recall[point]) for point in ("zero", "per mille", "as shipped")),
                f"{row.average_precision:.3f}",
                _number(row.segment_ap),
                *_ious(row.iou),
            ]
            for row in rows
        ),
    )


# --- one by one -------------------------------------------------------------
def _naturals(rows: Sequence[NaturalRow]) -> str:
    if not rows:
        return ""
    heads = ["copy", "of", "score", "as shipped", "at ≤ 0.1 %", "true span", "found span", "temporal IoU", "reference"]
    return table(
        heads,
        (
            [
                row.query,
                row.reference,
                "—" if math.isinf(row.score) else f"{row.score:.3f}",
                *("found" if row.found[point] else "missed" for point in ("as shipped", "per mille")),
                _span(row.true),
                _span(row.span),
                *_ious(row.iou),
            ]
            for row in rows
        ),
    )


def _span(span: tuple[float, float, float, float] | None) -> str:
    return "—" if span is None else f"{span[0]:.1f}–{span[1]:.1f} of {span[2]:.1f}–{span[3]:.1f} s"


def _series(rows: Sequence[SeriesRow]) -> str:
    if not rows:
        return ""
    heads = ["series, clips", "copies found as shipped", "at ≤ 0.1 %", "blocked for another clip, as shipped"]
    heads += ["at ≤ 0.1 %", "another clip named, as shipped", "longest stretch in another, s"]
    return table(
        heads,
        (
            [
                f"{row.series}, {row.strength}",
                percent(row.recall["as shipped"]),
                percent(row.recall["per mille"]),
                counted(row.blocked["as shipped"]),
                counted(row.blocked["per mille"]),
                counted(row.named["as shipped"]),
                f"{row.longest_s:.1f}",
            ]
            for row in rows
        ),
    )


# --- costs ------------------------------------------------------------------
def _costs(summaries: Iterable[Summary]) -> str:
    heads = ["system", "bytes in the index for a second of reference", "of a finer form beside it"]
    heads += ["CPU s to describe an hour of reference", "an hour of queries", "ms a search", "unreadable files"]
    return table(heads, map(_cost, summaries))


def _cost(summary: Summary) -> list[str]:
    costs = summary.costs
    return [
        _name(summary),
        f"{costs.bytes_per_second:.0f}",
        f"{costs.fine_bytes_per_second:.0f}",
        f"{costs.reference_cpu_s / costs.reference_hours:.0f}",
        f"{costs.query_cpu_s / costs.query_hours:.0f}",
        f"{1000 * costs.search_cpu_s / max(1, costs.searches):.1f}",
        str(costs.unreadable),
    ]

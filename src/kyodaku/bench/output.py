# SPDX-License-Identifier: Apache-2.0
"""Where figures go: tables in Markdown, one row for each answer in Parquet, everything as JSON, curves as a picture."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kyodaku.bench.copies import Outcome, Trial
from kyodaku.bench.metrics import Share
from kyodaku.bench.summary import FamilyRow, Summary

__all__ = ["as_json", "draw", "markdown", "table", "write_answers", "write_json"]

_ROW = pa.schema(
    [
        ("system", pa.string()),
        ("fold", pa.string()),
        ("query", pa.string()),
        ("family", pa.string()),
        ("strength", pa.string()),
        ("side", pa.string()),
        ("work", pa.string()),
        ("kind", pa.string()),
        ("reference", pa.string()),
        ("target", pa.bool_()),
        ("counts", pa.bool_()),
        ("score", pa.float64()),
        ("q_start", pa.float64()),
        ("q_end", pa.float64()),
        ("r_start", pa.float64()),
        ("r_end", pa.float64()),
    ]
)
"""`reference` and what follows are null in a trial that was answered with nothing, `score` for a target not found."""


# --- Parquet and JSON -------------------------------------------------------
def write_answers(path: Path, outcomes: Iterable[Outcome], asked: Sequence[Trial]) -> None:
    """One row for each query and reference that a system named, for each target that it missed, and for silence."""
    rows = [row for outcome in outcomes for trial in asked for row in _rows(outcome, trial)]
    pq.write_table(pa.Table.from_pylist(rows, schema=_ROW), path)


def _rows(outcome: Outcome, trial: Trial) -> Iterator[dict[str, Any]]:
    query = trial.query
    base = {"system": outcome.system, "fold": trial.fold, "query": query.id, "kind": trial.kind}
    base |= {"family": query.family, "strength": query.strength, "side": query.side, "work": query.work}
    answers = outcome.answers.get(trial.id, ())
    for found in answers:
        span = dict(zip(("q_start", "q_end", "r_start", "r_end"), found.span or (None,) * 4, strict=True))
        counts = found.reference not in trial.beside
        target = found.reference in trial.targets
        yield {**base, "reference": found.reference, "target": target, "counts": counts, "score": found.score, **span}
    missed = trial.targets - {found.reference for found in answers}
    for reference in sorted(missed):
        yield {**base, "reference": reference, "target": True, "counts": True}
    if not answers and not missed:
        yield base


def as_json(summaries: Iterable[Summary]) -> list[dict[str, Any]]:
    """JSON-ready figures, without the curves; what is infinite or not a number becomes null."""
    documents = [dataclasses.asdict(summary) for summary in summaries]
    for document in documents:
        del document["curve"]
    finite: list[dict[str, Any]] = _finite(documents)
    return finite


def write_json(path: Path, document: Any) -> Any:
    """A JSON file for people and programs; returns what was written."""
    plain = _finite(document)
    path.write_text(json.dumps(plain, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return plain


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Share):
        return value._asdict()
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


# --- Markdown ---------------------------------------------------------------
def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are set to the right."""
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def markdown(summaries: Sequence[Summary]) -> str:
    """All tables: the systems, recall by family with the systems side by side, single strengths, costs."""
    return "\n".join(
        [
            "## Systems\n",
            _systems(summaries),
            "## Recall by edit, where no clean clip is blocked\n",
            _families(summaries, "zero", strengths=False),
            "## Recall by edit, as shipped\n",
            _families(summaries, "as shipped", strengths=False),
            "## Recall by edit, where no clean clip of either half is blocked\n",
            _families(summaries, "zero of all", strengths=False),
            "## Recall by edit, at a precision of 0.99\n",
            _families(summaries, "precision", strengths=False),
            "## Recall by strength, where no clean clip is blocked\n",
            _families(summaries, "zero", strengths=True),
            "## Costs\n",
            _costs(summaries),
        ]
    )


def _systems(summaries: Iterable[Summary]) -> str:
    heads = ["system", "µAP (95 %)", "segment AP", "recall, as shipped", "clean clips blocked", "tuning clips blocked"]
    heads += ["recall at none blocked", "at ≤ 0.1 % blocked", "at none blocked of both halves", "at precision ≥ 0.99"]
    return table(heads, map(_system, summaries))


def _system(summary: Summary) -> list[str]:
    shipped = summary.points["as shipped"]
    low, high = summary.interval
    return [
        summary.system,
        f"{summary.average_precision:.3f} ({low:.2f}–{high:.2f})",
        "—" if summary.segment_ap is None else f"{summary.segment_ap:.3f}",
        percent(shipped.recall),
        counted(shipped.blocked),
        counted(shipped.strangers),
        *(percent(summary.points[name].recall) for name in ("zero", "per mille", "zero of all", "precision")),
    ]


def percent(part: Share) -> str:
    """A share with its interval, such as `83 % (76–89)`."""
    if not part.total:
        return "—"
    return f"{part.value:.0%} ({100 * part.low:.0f}–{100 * part.high:.0f})".replace("%", " %", 1)


def counted(part: Share) -> str:
    """A share that is usually near zero, as a count, with what it may be at most, such as `0 of 412 (≤ 0.9 %)`."""
    return f"{part.hits} of {part.total} (≤ {100 * part.high:.1f} %)" if part.total else "—"


def _families(summaries: Sequence[Summary], point: str, *, strengths: bool) -> str:
    located = [summary for summary in summaries if summary.segment_ap is not None]
    heads = ["edit", "copies", *(summary.system for summary in summaries)]
    heads += [f"temporal IoU, {summary.system}" for summary in located]
    keys = [(row.family, row.strength) for row in summaries[0].families if (row.strength is not None) == strengths]
    lines = []
    for key in keys:
        rows = [_row(summary, key) for summary in summaries]
        name = key[0] if key[1] is None else f"{key[0]}, {key[1]}"
        found = [f"{row.recall[point].value:.0%}".replace("%", " %") for row in rows]
        agree = [_row(summary, key).iou for summary in located]
        ious = ["—" if value is None else f"{value:.2f}" for value in agree]
        lines.append([name, str(rows[0].recall[point].total), *found, *ious])
    return table(heads, lines)


def _row(summary: Summary, key: tuple[str, str | None]) -> FamilyRow:
    return next(row for row in summary.families if (row.family, row.strength) == key)


def _costs(summaries: Iterable[Summary]) -> str:
    heads = ["system", "kB kept an hour of reference", "CPU s to describe an hour of reference"]
    heads += ["CPU s to describe an hour of queries", "ms a search", "unreadable files"]
    return table(heads, map(_cost, summaries))


def _cost(summary: Summary) -> list[str]:
    costs = summary.costs
    return [
        summary.system,
        f"{costs.stored_bytes / costs.reference_hours / 1000:.0f}",
        f"{costs.reference_cpu_s / costs.reference_hours:.0f}",
        f"{costs.query_cpu_s / costs.query_hours:.0f}",
        f"{1000 * costs.search_cpu_s / max(1, costs.searches):.1f}",
        str(costs.unreadable),
    ]


# --- picture ----------------------------------------------------------------
def draw(path: Path, summaries: Sequence[Summary]) -> bool:
    """Curves of precision over recall, and recall by family; False when matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - optional
    except ImportError:
        return False
    figure = Figure(figsize=(13, 5.5), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.7])
    for summary in summaries:
        left.plot(
            summary.curve.recall,
            summary.curve.precision,
            label=summary.system,
            drawstyle="steps-pre",
            marker="o",
            markevery=[-1],
        )
    left.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.02), title="All copies, one threshold")
    left.legend(loc="lower left")
    names = [row.family for row in summaries[0].families if row.strength is None]
    width = 0.8 / len(summaries)
    for place, summary in enumerate(summaries):
        values = [_row(summary, (name, None)).recall["zero"].value for name in names]
        right.bar([n + width * (place + 0.5) - 0.4 for n in range(len(names))], values, width, label=summary.system)
    right.set(ylabel="recall", ylim=(0, 1.02), title="Recall where no clean clip is blocked")
    right.set_xticks(range(len(names)), names, rotation=60, ha="right")
    figure.savefig(path, dpi=110)
    return True

# SPDX-License-Identifier: Apache-2.0
"""Where figures go: one row for each answer in Parquet, everything as JSON, curves as a picture; tables: `tables`."""

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
from kyodaku.bench.summary import Summary

__all__ = ["as_json", "draw", "write_answers", "write_json"]

_ROW = pa.schema(
    [
        ("system", pa.string()),
        ("crowd", pa.int64()),
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
        ("evidence", pa.float64()),
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
    base = {"system": outcome.system, "crowd": outcome.crowd, "fold": trial.fold, "query": query.id, "kind": trial.kind}
    base |= {"family": query.family, "strength": query.strength, "side": query.side, "work": query.work}
    answers = outcome.answers.get(trial.id, ())
    for found in answers:
        span = dict(zip(("q_start", "q_end", "r_start", "r_end"), found.span or (None,) * 4, strict=True))
        counts = found.reference not in trial.beside
        target = found.reference in trial.targets
        yield {
            **base,
            "reference": found.reference,
            "target": target,
            "counts": counts,
            "score": found.score,
            **span,
            "evidence": found.evidence,
        }
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
        rows = [summary.family(name) for name in names]
        values = [row.recall["zero"].value if row else 0.0 for row in rows]
        right.bar([n + width * (place + 0.5) - 0.4 for n in range(len(names))], values, width, label=summary.system)
    right.set(ylabel="recall", ylim=(0, 1.02), title="Recall where no clean clip is blocked")
    right.set_xticks(range(len(names)), names, rotation=60, ha="right")
    figure.savefig(path, dpi=110)
    return True

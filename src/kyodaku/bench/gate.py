# SPDX-License-Identifier: Apache-2.0
"""The training gate on real films: half of the works are registered, a corpus of copies and strangers is cleared.

Then the halves change places. Everything goes through `kyodaku.workspace` as a user's does: a registry file,
references, `clear`, `decisions.parquet`. Every copy comes with a licence that would let it through if it showed
nobody's work: the claim is false.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import pyarrow.parquet as pq
import yaml

from kyodaku.bench.collection import Collection, Film
from kyodaku.bench.copies import Trial
from kyodaku.bench.metrics import Share, share
from kyodaku.bench.split import FOLDS, Fold, folds
from kyodaku.bench.tables import counted, percent, table
from kyodaku.errors import KyodakuError
from kyodaku.rights import Use
from kyodaku.workspace import Workspace

__all__ = ["Case", "Expected", "GateReport", "GateRow", "cases", "gate_markdown", "run_gate"]

Expected: TypeAlias = Literal["go", "no go"]
Decided: TypeAlias = Mapping[tuple[Fold, str], Mapping[str, Any]]
"""Rows of `decisions.parquet` by half and clip."""

LAB, STUDIO = "lab", "studio"
LICENCE: Final = "CC0-1.0"
GRANTED_EVERY: Final = 3
"""Every third registered work is granted to the developer, so that finding a work does not always mean a refusal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One row of the corpus, and what ought to come of it.

    `works` are those that it shows and that are registered, `beside` those that may be found too. A `stranger` shows
    nothing registered; with a `licence` it may go, without one it may not.
    """

    id: str
    fold: Fold
    path: Path
    family: str
    works: frozenset[str]
    beside: frozenset[str]
    licence: str
    expected: Expected
    duration_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class GateRow:
    """One family: works found among those shown, clips in which a wrong work was found, verdicts that are right."""

    family: str
    clips: int
    found: Share
    wrong: Share
    verdicts: Share


@dataclass(frozen=True, kw_only=True, slots=True)
class GateReport:
    """What `clear` did with the corpus.

    `slipped` are clips with a registered and ungranted work that were let through: the number that matters.
    """

    rows: tuple[GateRow, ...]
    slipped: Share
    held_back: Share
    errors: int
    hours: float
    hours_per_hour: float | None
    references: int
    reference_hours: float


def cases(collection: Collection, asked: Sequence[Trial], fold: Fold) -> tuple[Case, ...]:
    """The corpus of one half: all trials of it; every other stranger comes without a licence."""
    work_of = {film.id: film.work for film in collection.films}
    granted = _granted(_registered(collection, fold))
    made = []
    own = [trial for trial in asked if trial.kind == "clean" or trial.query.side == "held-out"]
    for number, trial in enumerate(trial for trial in own if trial.fold == fold):
        works = frozenset(work_of[name] for name in trial.targets)
        beside = frozenset(work_of[name] for name in trial.beside)
        licence = LICENCE if trial.targets or number % 2 else ""
        free = not works - granted if works else bool(licence)
        if works and free and beside - granted:
            continue  # whether the film beside is seen is not what is measured
        made.append(
            Case(
                id=trial.query.id,
                fold=fold,
                path=trial.query.path,
                family=trial.query.family if works else "stranger, licensed" if licence else "stranger, no licence",
                works=works,
                beside=beside,
                licence=licence,
                expected="go" if free else "no go",
                duration_s=trial.query.duration_s,
            )
        )
    return tuple(made)


def run_gate(
    collection: Collection,
    asked: Sequence[Trial],
    folder: Path,
    *,
    workers: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> GateReport:
    """Clear the corpus of each half in a fresh workspace below `folder`, and compare with what ought to be."""
    decided: dict[tuple[Fold, str], Mapping[str, Any]] = {}
    corpus: list[Case] = []
    films: list[Film] = []
    taken_h = 0.0
    for fold in FOLDS:
        part, registered = cases(collection, asked, fold), _registered(collection, fold)
        rows, rate = _cleared(registered, part, folder / fold, workers, progress)
        decided |= {(fold, row["clip_id"]): row for row in rows}
        corpus += part
        films += registered
        taken_h += sum(case.duration_s for case in part) / 3600 / rate if rate else 0.0
    return _report(corpus, decided, films, taken_h)


def _cleared(
    films: Sequence[Film],
    corpus: Sequence[Case],
    folder: Path,
    workers: int | None,
    progress: Callable[[str], None],
) -> tuple[list[dict[str, Any]], float | None]:
    """The rows of `decisions.parquet`, and hours of media an hour."""
    if (folder / "workspace").exists() or (folder / "cleared").exists():
        raise KyodakuError("a run is there already", where=str(folder), hint="name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    registry = _write_registry(folder / "registry.yaml", films)
    manifest = _write_manifest(folder / "corpus.csv", corpus)
    with Workspace.open(folder / "workspace", create=True) as workspace:
        workspace.import_registry([registry])
        for film in films:
            progress(f"registering {film.id}")
            workspace.add_reference(film.work, film.path)
        progress(f"clearing {len(corpus)} clips")
        use = Use(developer=LAB, act="train", model="video-1", territory=("JP",), at=datetime.now(UTC))
        cleared = workspace.clear(manifest, folder / "cleared", use=use, workers=workers)
    return pq.read_table(folder / "cleared" / "decisions.parquet").to_pylist(), cleared.hours_per_hour


def _registered(collection: Collection, fold: Fold) -> tuple[Film, ...]:
    films = collection.of_role("work", "generated")
    half = folds(film.work for film in films)
    return tuple(film for film in films if half[film.work] == fold)


def _granted(films: Sequence[Film]) -> frozenset[str]:
    return frozenset(sorted({film.work for film in films})[::GRANTED_EVERY])


def _write_registry(path: Path, films: Sequence[Film]) -> Path:
    works = sorted({film.work for film in films})
    document = {
        "parties": [
            {"id": STUDIO, "kind": "holder", "name": {"en": "Studio"}},
            {"id": LAB, "kind": "developer", "name": {"en": "Lab"}},
        ],
        "works": [
            {"id": work, "kind": "film", "title": {"en": work}, "shares": [{"party": STUDIO, "rights": "all"}]}
            for work in works
        ],
        "permissions": [
            {
                "kind": "grant",
                "by": STUDIO,
                "to": LAB,
                "works": sorted(_granted(films)),
                "acts": ["train"],
                "effective_from": "2020-01-01T00:00:00Z",
            }
        ],
    }
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _write_manifest(path: Path, corpus: Sequence[Case]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["clip_id", "uri", "licence", "source"])
        writer.writerows((case.id, str(case.path.resolve()), case.licence, "https://example.org/") for case in corpus)
    return path


def _report(corpus: Sequence[Case], decided: Decided, films: Sequence[Film], taken_h: float) -> GateReport:
    families = sorted({case.family for case in corpus}, key=lambda name: (name.startswith("stranger"), name))
    must_stop = [case for case in corpus if case.works and case.expected == "no go"]
    may_go = [case for case in corpus if case.expected == "go"]
    hours = sum(case.duration_s for case in corpus) / 3600
    return GateReport(
        rows=tuple(_row(name, [case for case in corpus if case.family == name], decided) for name in families),
        slipped=share(sum(_went(case, decided) for case in must_stop), len(must_stop)),
        held_back=share(sum(not _went(case, decided) for case in may_go), len(may_go)),
        errors=sum(decided[case.fold, case.id]["error"] is not None for case in corpus),
        hours=hours,
        hours_per_hour=hours / taken_h if taken_h else None,
        references=len(films),
        reference_hours=sum(film.duration_s for film in films) / 3600,
    )


def _row(family: str, members: Sequence[Case], decided: Decided) -> GateRow:
    found = [frozenset(decided[case.fold, case.id]["works"] or ()) for case in members]
    shown = sum(len(case.works) for case in members)
    right = sum(len(case.works & works) for case, works in zip(members, found, strict=True))
    wrong = sum(bool(works - case.works - case.beside) for case, works in zip(members, found, strict=True))
    good = sum(_went(case, decided) == (case.expected == "go") for case in members)
    return GateRow(
        family=family,
        clips=len(members),
        found=share(right, shown),
        wrong=share(wrong, len(members)),
        verdicts=share(good, len(members)),
    )


def _went(case: Case, decided: Decided) -> bool:
    return str(decided[case.fold, case.id]["verdict"]).startswith("permitted")


def gate_markdown(report: GateReport) -> str:
    """The tables of one run."""
    rate = "—" if report.hours_per_hour is None else f"{report.hours_per_hour:,.0f}"
    facts = [
        ("references", f"{report.references} ({report.reference_hours:.2f} h)"),
        ("clips", f"{sum(row.clips for row in report.rows)} ({report.hours:.2f} h)"),
        ("hours of media cleared in an hour", rate),
        ("clips with an ungranted registered work that were let through", counted(report.slipped)),
        ("clips that may go and were held back", counted(report.held_back)),
        ("clips that could not be examined", str(report.errors)),
    ]
    rows = [
        (
            row.family,
            str(row.clips),
            percent(row.found),
            f"{row.wrong.hits}",
            f"{row.verdicts.hits} of {row.verdicts.total}",
        )
        for row in report.rows
    ]
    heads = ("clips", "number", "works found", "clips with a wrong work", "verdicts that are right")
    return f"# Gate\n\n{table(('of the run', ''), facts)}\n{table(heads, rows)}"

# SPDX-License-Identifier: Apache-2.0
"""A whole run of the copy benchmark: films in; queries, answers, tables and a picture out."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from kyodaku.bench.asking import ask
from kyodaku.bench.collection import Collection, load_collection
from kyodaku.bench.copies import Clip, Outcome, Trial, trials
from kyodaku.bench.goals import goals
from kyodaku.bench.iscc import IsccVideo
from kyodaku.bench.output import as_json, draw, write_answers, write_json
from kyodaku.bench.own import Kyodaku
from kyodaku.bench.peers import PdqFrames, Vpdq
from kyodaku.bench.plan import SERIES, Sizes, one_side, plan_questions
from kyodaku.bench.queries import make_queries
from kyodaku.bench.split import Side
from kyodaku.bench.summary import Summary, summarise
from kyodaku.bench.systems import System
from kyodaku.bench.tables import markdown
from kyodaku.copies import PDQ
from kyodaku.errors import UsageError

__all__ = ["SYSTEMS", "USUAL", "CopiesReport", "Progress", "make_trials", "open_systems", "run_copies"]

Progress = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and how much there is."""

SYSTEMS: Final[Mapping[str, Callable[[], System]]] = MappingProxyType(
    {
        "kyodaku": Kyodaku,
        "vpdq": Vpdq,
        "pdqhash": PdqFrames,
        "iscc": IsccVideo,
        "kyodaku-pdq": partial(Kyodaku, PDQ),
    }
)
USUAL: Final = tuple(name for name in SYSTEMS if name != "kyodaku-pdq")
"""The systems that are asked where none are named."""


_HOW: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kyodaku": "install what its descriptor needs",
        "kyodaku-pdq": "install Kyodaku",
        "vpdq": "scripts/install-vpdq",
        "pdqhash": "make extras",
        "iscc": "pip install iscc-core imageio-ffmpeg",
    }
)
"""How each comes to be installed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CopiesReport:
    """The figures of all systems that ran, and why others did not."""

    out: Path
    summaries: tuple[Summary, ...]
    missing: Mapping[str, str]
    counts: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {
            "counts": dict(self.counts),
            "missing": dict(self.missing),
            "goals": [{**dataclasses.asdict(row), "met": row.met} for row in goals(self.summaries)],
            "systems": as_json(self.summaries),
        }


def open_systems(names: Sequence[str] = ()) -> tuple[list[System], dict[str, str]]:
    """The systems of these names (by default the usual ones), and the reason for each that is not installed."""
    opened, missing = [], {}
    for name in names or USUAL:
        if name not in SYSTEMS:
            raise UsageError(f"there is no system {name!r}", hint=f"one of: {', '.join(SYSTEMS)}")
        try:
            opened.append(SYSTEMS[name]())
        except ImportError as error:
            missing[name] = f"not installed ({error}): {_HOW[name]}"
    if not opened:
        raise UsageError("none of the systems is installed", hint="make .venv/.bench; scripts/install-vpdq for vpdq")
    return opened, missing


def make_trials(
    collection: Collection,
    out: Path,
    *,
    sizes: Sizes | None = None,
    seed: int = 0,
    side: Side = "held-out",
    untouched: bool = False,
    workers: int = 1,
    progress: Progress = lambda _what, _done, _of: None,
) -> tuple[Trial, ...]:
    """Plan the questions and render what `out/queries` does not hold yet.

    For the side `tuning`, pass what `one_side` leaves of the collection.
    """
    questions = plan_questions(collection, sizes, seed=seed, side=side, untouched=untouched)
    queries = make_queries(
        collection,
        questions,
        out / "queries",
        workers=workers,
        progress=lambda done, of: progress("rendering queries", done, of),
    )
    return trials(collection, queries, side=side)


def run_copies(
    folder: Path,
    out: Path,
    *,
    systems: Sequence[str] = (),
    sizes: Sizes | None = None,
    seed: int = 0,
    side: Side = "held-out",
    untouched: bool = False,
    clips: Iterable[Clip] = (),
    crowd: int = 0,
    workers: int = 1,
    progress: Progress = lambda _what, _done, _of: None,
) -> CopiesReport:
    """Ask all systems about all queries; `out` gets `answers.parquet`, `summary.json`, `summary.md`, `curves.png`.

    Systems that can be shown pictures are also asked about `clips`, in which nothing is to be found; those whose index
    can be crowded are asked once more with `crowd` drawn codes beside the references. What is found on the side
    `tuning` may be looked at while something is tuned; only what is found on the other may be reported.
    """
    drawn = tuple(clips)
    _, missing = open_systems(systems)
    collection = one_side(load_collection(folder), side)
    asked = make_trials(
        collection, out, sizes=sizes, seed=seed, side=side, untouched=untouched, workers=workers, progress=progress
    )
    outcomes: list[Outcome] = []
    for name in systems or USUAL:
        if name not in missing:
            with tempfile.TemporaryDirectory(prefix="kyodaku-bench-") as directory:
                outcomes += ask(
                    SYSTEMS[name], collection, asked, Path(directory),
                    crowds=(0, crowd) if crowd else (0,), drawn=drawn, workers=workers,
                    progress=_tell(progress, f"asking {name}"),
                )  # fmt: skip
    report = CopiesReport(
        out=out,
        summaries=tuple(summarise(outcome, asked, side=side) for outcome in outcomes),
        missing=missing,
        counts={"side": side, **_counts(collection, asked, side)},
    )
    write_answers(out / "answers.parquet", outcomes, asked)
    write_json(out / "summary.json", report.as_json())
    (out / "summary.md").write_text(_document(report), encoding="utf-8")
    draw(out / "curves.png", report.summaries)
    return report


def _tell(progress: Progress, what: str) -> Callable[[int, int], None]:
    return lambda done, of: progress(what, done, of)


def _counts(collection: Collection, asked: Sequence[Trial], side: Side) -> dict[str, Any]:
    queries = {trial.query.id: trial.query for trial in asked}
    measured = [trial for trial in asked if trial.query.side == side and trial.query.family != SERIES]
    own = {trial.id for trial in measured}
    return {
        "films": len(collection.of_role("work", "generated")),
        "works": len({trial.query.work for trial in measured if trial.query.family != "natural"}),
        "queries": len(queries),
        "query_hours": sum(query.duration_s for query in queries.values()) / 3600,
        "copies": sum(trial.kind == "copy" for trial in measured),
        "clean": sum(trial.kind == "clean" for trial in measured),
        "others": sum(trial.kind == "clean" and trial.id not in own for trial in asked),
    }


def _document(report: CopiesReport) -> str:
    counts = report.counts
    said = (
        f"{counts['films']} films, {counts['works']} works of the side {counts['side']}; {counts['queries']} queries, "
        f"{counts['query_hours']:.2f} hours: {counts['copies']} times with a registered work, {counts['clean']} times "
        f"with none; {counts['others']} clips of other works and of generated series with none.\n"
    )
    said += "".join(f"\n{name}: {reason}\n" for name, reason in report.missing.items())
    return f"# Copies\n\n{said}\n{markdown(report.summaries)}"

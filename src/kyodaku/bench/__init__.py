# SPDX-License-Identifier: Apache-2.0
"""Measuring: what is found, what is blocked by mistake, what it costs; other people's systems in the same run.

    report = run_copies(Path("media"), Path("bench-out"))        # every system about every query
    for summary in report.summaries:
        print(summary.system, summary.average_precision, summary.points["zero"].recall.value)

    collection = load_collection(Path("media"))
    asked = make_trials(collection, Path("bench-out"))
    print(run_gate(collection, asked, Path("bench-out/gate")).slipped)        # let through, and should not have been

A system is anything that follows `System`; docs/benchmarks.md describes what a media folder holds.
`describing`, `clear_growth` and `index_memory` measure time and memory.
"""

from __future__ import annotations

from kyodaku.bench.collection import Collection, Film, load_collection
from kyodaku.bench.describing import describing
from kyodaku.bench.fit import calibrated
from kyodaku.bench.gate import GateReport, run_gate
from kyodaku.bench.goals import goals
from kyodaku.bench.metrics import Span, pair_average_precision, segment_average_precision
from kyodaku.bench.plan import Sizes
from kyodaku.bench.runs import CopiesReport, make_trials, run_copies
from kyodaku.bench.speed import clear_growth, index_memory
from kyodaku.bench.summary import Summary
from kyodaku.bench.systems import Found, Index, System, Unreadable

__all__ = [
    "Collection",
    "CopiesReport",
    "Film",
    "Found",
    "GateReport",
    "Index",
    "Sizes",
    "Span",
    "Summary",
    "System",
    "Unreadable",
    "calibrated",
    "clear_growth",
    "describing",
    "goals",
    "index_memory",
    "load_collection",
    "make_trials",
    "pair_average_precision",
    "run_copies",
    "run_gate",
    "segment_average_precision",
]

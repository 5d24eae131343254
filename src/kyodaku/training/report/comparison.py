# SPDX-License-Identifier: Apache-2.0
"""The page on which regimes are compared: names and words put to what was counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kyodaku.rights import Ground, Regime, Verdict
from kyodaku.training.parting import Alike, Parted, Parting, Weight
from kyodaku.training.report import words
from kyodaku.training.report.asked import asked
from kyodaku.training.report.names import Namer
from kyodaku.training.report.paper import style, template
from kyodaku.training.report.words import Bilingual
from kyodaku.training.tables import whole_file
from kyodaku.training.tally import Tally

if TYPE_CHECKING:
    from kyodaku.training.compare import Comparison

__all__ = ["write_comparison"]

MAX_GROUPS = 40
MAX_ALIKE = 8
MAX_WORKS = 8
"""How much of each the page lists, the longest first; the rest is counted, and told by `--json`."""

Say = Callable[[float], Bilingual]


def write_comparison(comparison: Comparison, path: Path, *, language: str = "en") -> None:
    """Writes the page to `path`; `language` is the one it opens in."""
    parting, namer = comparison.parting, Namer(comparison.snapshot.rights)
    say = words.measure(parting.whole.seconds)
    parted = parting.parted
    page = template(__package__, "compare.html.j2").render(
        style=style((__package__, "compare.css")),
        language=language,
        words=words.VERDICTS,
        disclaimer=words.DISCLAIMER,
        searched=_searched(comparison),
        asked=_heading(comparison, namer, say),
        summary=_summary(parting, say),
        regimes=[_regime(regime, parting, say) for regime in comparison.regimes],
        matrix=_matrix(parting, say),
        parted=[_group(group, comparison, namer, say) for group in parted[:MAX_GROUPS]],
        hidden_groups=sum(group.weight.clips for group in parted[MAX_GROUPS:]),
        agreed=[{"verdict": str(verdict), **_weight(weight, say)} for verdict, weight in parting.agreed.items()],
    )
    with whole_file(path) as part:
        part.write_text(page, encoding="utf-8")


def _heading(comparison: Comparison, namer: Namer, say: Say) -> dict[str, Any]:
    return {
        "corpus": comparison.corpus,
        "run": comparison.run,
        **asked(comparison.use, namer, comparison.regimes[0]),
        "snapshot": comparison.snapshot.id,
        "all": _weight(comparison.parting.whole, say),
        "errors": next(iter(comparison.tallies.values())).errors,
    }


def _summary(parting: Parting, say: Say) -> Bilingual:
    by_length = sorted(parting.admitted.items(), key=lambda item: (item[1].seconds, item[1].clips))
    least, most = by_length[0], by_length[-1]
    clips = sum(group.weight.clips for group in parting.parted)
    return words.compared(
        whole=say(parting.whole.seconds),
        least=(least[0], say(least[1].seconds)),
        most=(most[0], say(most[1].seconds)),
        parted=clips,
    )


def _weight(weight: Weight, say: Say) -> dict[str, Any]:
    return {"clips": weight.clips, "length": say(weight.seconds)}


def _regime(regime: Regime, parting: Parting, say: Say) -> dict[str, Any]:
    tally = parting.tallies[regime.id]
    return {
        "id": regime.id,
        "version": regime.version,
        "title": dict(regime.title),
        "status": regime.status,
        "status_words": words.status(regime.status),
        "position": dict(regime.position),
        "own_disclaimer": dict(regime.disclaimer),
        "source": regime.source,
        "sha256": regime.sha256,
        "unidentified": None if regime.unidentified is None else str(regime.unidentified),
        "admitted": _weight(parting.admitted[regime.id], say),
        "counts": [_count(verdict, tally, say) for verdict in Verdict],
    }


def _count(verdict: Verdict, tally: Tally, say: Say) -> dict[str, Any]:
    seconds = tally.lengths[verdict]
    return {"verdict": str(verdict), "clips": tally.clips[verdict], "length": say(seconds), "grow": f"{seconds:.3f}"}


def _matrix(parting: Parting, say: Say) -> list[dict[str, Any]]:
    """A row for each regime: what it admits and each of the others does not."""
    against = parting.admitted_against
    most = max((weight.seconds for weight in against.values()), default=0.0) or 1.0
    return [
        {"id": name, "cells": [_cell(against.get((name, other)), most, say) for other in parting.regimes]}
        for name in parting.regimes
    ]


def _cell(weight: Weight | None, most: float, say: Say) -> dict[str, Any] | None:
    return None if weight is None else {**_weight(weight, say), "heat": f"{weight.seconds / most:.2f}"}


def _group(group: Parted, comparison: Comparison, namer: Namer, say: Say) -> dict[str, Any]:
    ids = comparison.parting.regimes
    verdicts = dict(zip(ids, map(str, group.verdicts), strict=True))
    alike = sorted(group.alike, key=lambda each: (-each.weight.seconds, -each.weight.clips))
    told = alike[:MAX_ALIKE]
    return {
        **_weight(group.weight, say),
        "sides": [
            {"verdict": str(verdict), "regimes": [name for name, said in verdicts.items() if said == verdict]}
            for verdict in sorted(set(group.verdicts), reverse=True)
        ],
        "alike": [_alike(each, verdicts, namer, say) for each in told],
        "more": group.weight.clips - sum(each.weight.clips for each in told),
    }


def _alike(alike: Alike, verdicts: Mapping[str, str], namer: Namer, say: Say) -> dict[str, Any]:
    longest = sorted(alike.works.items(), key=lambda item: (-item[1].seconds, item[0]))
    return {
        **_weight(alike.weight, say),
        "same_words": alike.same_words,
        "grounds": [
            {"regime": regime, "verdict": verdict, **_ground(ground)}
            for (regime, verdict), ground in zip(verdicts.items(), alike.grounds, strict=True)
        ],
        "works": [
            {"id": work, "title": namer.work(work), "holders": namer.holders(work), **_weight(weight, say)}
            for work, weight in longest[:MAX_WORKS]
        ],
        "more_works": max(0, len(longest) - MAX_WORKS),
        "ids": alike.first,
        "more": alike.weight.clips - len(alike.first),
    }


def _ground(ground: Ground) -> dict[str, Any]:
    return {
        "text": dict(ground.text),
        "citation": ground.citation,
        "rule": ground.rule,
        "act": words.acts([ground.act]),
        "would_change": dict(ground.would_change),
    }


def _searched(comparison: Comparison) -> Bilingual:
    works = comparison.snapshot.reference_works
    return words.searched(len(works), len(set(works.values())))

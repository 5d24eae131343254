# SPDX-License-Identifier: Apache-2.0
"""Which works are in a run's clips: what was found there or is claimed there, and all that it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from kyodaku.rights import RightsRecord, Verdict, Work, claimed_works
from kyodaku.training._secret import RunSalts
from kyodaku.training.commitments import WorksTree
from kyodaku.training.judge import Judge

__all__ = ["WorksInRun", "ancestry", "in_clip", "works_trees"]


def ancestry(works: Iterable[str], registered: Mapping[str, Work]) -> frozenset[str]:
    """The works, and all that they are part of or derived from, over any number of steps."""
    reached: set[str] = set()
    queue = list(works)
    while queue:
        work = queue.pop()
        if work not in reached:
            reached.add(work)
            held = registered.get(work)
            queue.extend((*held.part_of, *held.derived_from) if held is not None else ())
    return frozenset(reached)


@dataclass(frozen=True, kw_only=True)
class WorksInRun:
    """Works by the number of clips in which each was found (or possibly found), or which a row says it uses.

    `found` counts all clips of the corpus, `cleared` those that may be copied.
    """

    found: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, results: Iterable[Mapping[str, Any]], judge: Judge) -> Self:
        """Of a run's results, each with the `decision` that counts."""
        counted = cls()
        for result in results:
            works = in_clip(result, judge)
            counted.found.update(works)
            if Verdict(result["decision"]["verdict"]).is_go:
                counted.cleared.update(works)
        return counted


def works_trees(works: WorksInRun, rights: RightsRecord, salts: RunSalts) -> dict[str, WorksTree]:
    """The trees over the works `found` in any clip and in a `cleared` one, each with all that they come from."""
    return {name: WorksTree(ancestry(getattr(works, name), rights.works), salts.works) for name in ("found", "cleared")}


def in_clip(result: Mapping[str, Any], judge: Judge) -> frozenset[str]:
    """The works found in one clip, surely or possibly, and those that its row claims a grant or a ruling for."""
    found = {match["work"] for match in result["findings"]["matches"] or ()}
    return frozenset(found.union(claimed_works(judge.basis(result["claim"]), judge.rights.permissions)))

# SPDX-License-Identifier: Apache-2.0
"""Which works may be looked at while something is tuned, which are kept for the report, and which are registered when.

Everything is decided by hashes of work ids, so that adding a film moves no other one to the other side.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal, TypeAlias

__all__ = ["FOLDS", "Fold", "Side", "folds", "series_of", "sides"]

Side: TypeAlias = Literal["tuning", "held-out"]
Fold: TypeAlias = Literal["A", "B"]

FOLDS: Final[tuple[Fold, Fold]] = ("A", "B")


def series_of(work: str) -> str:
    """What stands before the first underscore of a work's id: `toys_pig` and `toys_elf` are of one series."""
    return work.split("_", 1)[0]


def sides(works: Iterable[str], copied: Collection[str] = ()) -> Mapping[str, Side]:
    """The side of each work; one series is never on both.

    A series is held out when one of its works has natural copies (they are too few to spend on tuning), or else when
    the first byte of SHA-256 is odd for the id of every work in it. All other series are for tuning.
    """
    series: defaultdict[str, set[str]] = defaultdict(set)
    for work in works:
        series[series_of(work)].add(work)
    with_copies = {series_of(work) for work in copied}
    return {
        work: "held-out" if name in with_copies or all(_hash(member)[0] % 2 for member in members) else "tuning"
        for name, members in series.items()
        for work in members
    }


def folds(works: Iterable[str]) -> Mapping[str, Fold]:
    """The works in two halves: first those of A are registered and those of B are strangers, then the reverse.

    Ranked by hash and dealt in turn, so that the halves are equal even when there are few works.
    """
    ranked = sorted(set(works), key=lambda work: _hash(f"fold {work}"))
    return {work: FOLDS[rank % 2] for rank, work in enumerate(ranked)}


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()

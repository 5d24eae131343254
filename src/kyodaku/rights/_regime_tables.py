# SPDX-License-Identifier: Apache-2.0
"""Rows to a table that leaves no question open: no gap, no overlap, and nothing let through that nobody has seen.

A row is a box: for each fact, the values it speaks for. Boxes that share no cell fill the table exactly if their
sizes add up to its size; so a table of millions of cells is checked by its few dozen rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import prod
from typing import Final, TypeAlias

from kyodaku.rights._yaml import Node
from kyodaku.rights.regime import CIRCUMSTANCE_FACTS, NOTED, TABLES, Row, Table
from kyodaku.rights.vocabulary import POSSIBLE, UNSEEN, UNSTATED, Verdict

__all__ = ["checked_table"]

_Case: TypeAlias = dict[str, str]
_Rows: TypeAlias = Sequence[tuple[Row, Node]]

_MUST_HOLD: Final = {"found": ("unexamined", UNSEEN, POSSIBLE), "record": ("unknown",)}
"""Facts under which no regime may let a use through: nobody has seen the medium, or nobody knows the work."""


def checked_table(name: str, rows: _Rows, node: Node) -> Table:
    """The table of these rows, each with the piece of the file that an error about it names."""
    asks = tuple(fact for fact in TABLES[name] if fact in _MUST_HOLD or any(fact in row.when for row, _ in rows))
    facts = {fact: TABLES[name][fact] for fact in asks}
    _check_rules(rows)
    _check_overlaps(name, rows, facts)
    _check_gaps(name, [row for row, _ in rows], facts, node)
    _check_held(rows, facts)
    _check_unstated(rows, facts)
    return Table(name=name, rows=tuple(row for row, _ in rows), asks=asks)


def _values(row: Row, fact: str, facts: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    return row.when.get(fact, frozenset(facts[fact]))


def _told(case: _Case) -> str:
    return ", ".join(f"{fact}: {value}" for fact, value in case.items())


def _check_rules(rows: _Rows) -> None:
    known: dict[str, Row] = {}
    for row, held in rows:
        if row.rule in known:
            raise held.fail(f"the rule {row.rule!r} stands in line {known[row.rule].line} already")
        known[row.rule] = row


# --- exactly one row for every case -------------------------------------------------------------------------------
def _check_overlaps(name: str, rows: _Rows, facts: Mapping[str, tuple[str, ...]]) -> None:
    for (one, _), (two, held) in combinations(rows, 2):
        case = _shared(one, two, facts)
        if case is not None:
            raise held.fail(f"overlap in table {name!r}: lines {one.line} and {two.line} both speak for {_told(case)}")


def _shared(one: Row, two: Row, facts: Mapping[str, tuple[str, ...]], *, but: str = "") -> _Case | None:
    """The first case that both rows speak for, one fact left aside."""
    case = {}
    for fact, values in facts.items():
        if fact == but:
            continue
        both = _values(one, fact, facts) & _values(two, fact, facts)
        if not both:
            return None
        case[fact] = next(value for value in values if value in both)
    return case


def _check_gaps(name: str, rows: Sequence[Row], facts: Mapping[str, tuple[str, ...]], node: Node) -> None:
    """Expects rows that do not overlap."""
    case: _Case = {}
    if _is_filled(rows, facts):
        return
    while facts:
        fact, *rest = facts
        facts = {other: facts[other] for other in rest}
        gap = next(value for value in TABLES[name][fact] if not _is_filled(_having(rows, fact, value), facts))
        case[fact] = gap
        rows = _having(rows, fact, gap)
    raise node.fail(f"gap in table {name!r}: no row for {_told(case)}")


def _having(rows: Sequence[Row], fact: str, value: str) -> list[Row]:
    return [row for row in rows if value in row.when.get(fact, (value,))]


def _is_filled(rows: Sequence[Row], facts: Mapping[str, tuple[str, ...]]) -> bool:
    sizes = (prod(len(_values(row, fact, facts)) for fact in facts) for row in rows)
    return sum(sizes) == prod(len(values) for values in facts.values())


# --- what no table may say ----------------------------------------------------------------------------------------
def _check_held(rows: _Rows, facts: Mapping[str, tuple[str, ...]]) -> None:
    for row, held in rows:
        for fact, values in _MUST_HOLD.items():
            if fact in facts and row.effect not in {Verdict.REVIEW, Verdict.REFUSED}:
                for value in values:
                    if value in _values(row, fact, facts):
                        what = f"the row {row.rule!r} says {row.effect!r} for {fact}: {value}"
                        raise held.fail(what, hint="what nobody has seen is never permitted")


def _check_unstated(rows: _Rows, facts: Mapping[str, tuple[str, ...]]) -> None:
    """What is left unstated is not let through where some word about it would not be."""
    for fact in facts:
        if fact not in CIRCUMSTANCE_FACTS:
            continue
        kind = [(row, held) for row, held in rows if _lets_through(row) and UNSTATED in _values(row, fact, facts)]
        for silent, held in kind:
            for row, _ in rows:
                stated = sorted(_values(row, fact, facts) - {UNSTATED})
                if stated and not _lets_through(row) and _shared(silent, row, facts, but=fact) is not None:
                    what = f"the row {silent.rule!r} lets '{fact}: {UNSTATED}' through"
                    hint = f"the row {row.rule!r} does not let '{fact}: {stated[0]}' through in the same case"
                    raise held.fail(what, hint=hint)


def _lets_through(row: Row) -> bool:
    return row.effect == NOTED or Verdict(row.effect).is_go

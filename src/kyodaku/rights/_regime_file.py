# SPDX-License-Identifier: Apache-2.0
"""Text to regime: reads a regime file and refuses it, with the line, unless its tables leave no question open.

Refused are gaps, overlaps, unknown facts and words, missing translations, and verdicts that let the unexamined through.
"""

from __future__ import annotations

from itertools import product
from string import Formatter
from typing import TYPE_CHECKING, Final

from kyodaku.rights import _check as check
from kyodaku.rights._canonical import canonical, sha256_id
from kyodaku.rights._yaml import Node, compose
from kyodaku.rights.regime import NOTED, PLACEHOLDERS, STATUSES, TABLES, ActRule, Regime, Row, Table, Words
from kyodaku.rights.vocabulary import ACTS, COPYRIGHTS, NEIGHBOURING_RIGHTS, POSSIBLE, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["parse_regime", "parse_words"]

_MUST_HOLD: Final = {"found": ("unexamined", POSSIBLE), "record": ("unknown",)}
"""Facts under which no regime may let a use through: nobody has seen the medium, or nobody knows the work."""

_HEAD: Final = ("id", "version", "status", "title", "position", "disclaimer", "source", "acts", "upstream", "tables")
_WORD_GROUPS: Final = ("acts", "rights", "duties", "limits", "basis", "dimensions", "phrases")


def parse_words(text: str, *, name: str) -> Words:
    """Read the vocabulary: group → word → text in each language."""
    groups = compose(text, name).record(_WORD_GROUPS)
    return Words({group: {word: held.texts() for word, held in node.pairs().items()} for group, node in groups.items()})


def parse_regime(text: str, words: Words, *, name: str) -> Regime:
    """Read a regime file's text; `name` is what errors call it. Raises `UsageError` with `name:line`."""
    root = compose(text, name)
    head = root.record(_HEAD)
    acts = head["acts"].record(ACTS)
    tables = head["tables"].record(tuple(TABLES))
    return Regime(
        id=check.ident(head["id"].text(), where=head["id"].where),
        version=head["version"].text(),
        status=head["status"].word(STATUSES, "status"),
        title=head["title"].texts(),
        position=head["position"].texts(),
        disclaimer=head["disclaimer"].texts(),
        source=head["source"].text(),
        acts={act: _act(acts[act]) for act in ACTS},
        upstream=_act(head["upstream"]),
        tables={table: _table(table, node) for table, node in tables.items()},
        words=words,
        sha256=sha256_id(canonical({"regime": root.plain(), "words": words.groups})),
    )


def _act(node: Node) -> ActRule:
    fields = node.record(("rights", "citation"), ("neighbouring",))
    rights = fields["rights"].words(COPYRIGHTS, "right")
    if not rights:
        raise node.fail("the act touches no right", hint="then anything would be permitted")
    near = fields["neighbouring"].words(NEIGHBOURING_RIGHTS, "neighbouring right") if "neighbouring" in fields else ()
    return ActRule(rights=rights, neighbouring=frozenset(near), citation=fields["citation"].text())


def _table(name: str, node: Node) -> Table:
    rows = tuple(_row(name, held) for held in node.items())
    rules: dict[str, Row] = {}
    for row, held in zip(rows, node.items(), strict=True):
        if row.rule in rules:
            raise held.fail(f"the rule {row.rule!r} stands in line {rules[row.rule].line} already")
        rules[row.rule] = row
    facts = TABLES[name]
    asks = tuple(fact for fact in facts if fact in _MUST_HOLD or any(fact in row.when for row in rows))
    cells: dict[tuple[str, ...], Row] = {}
    for values in product(*(facts[fact] for fact in asks)):
        found = [row for row in rows if _holds(row, dict(zip(asks, values, strict=True)))]
        case = ", ".join(f"{fact}: {value}" for fact, value in zip(asks, values, strict=True))
        if not found:
            raise node.fail(f"gap in table {name!r}: no row for {case}")
        if len(found) > 1:
            lines = " and ".join(str(row.line) for row in found[:2])
            raise node.fail(f"overlap in table {name!r}: lines {lines} both speak for {case}")
        if any(value in _MUST_HOLD.get(fact, ()) for fact, value in zip(asks, values, strict=True)):
            _check_holds(found[0], case, node)
        cells[values] = found[0]
    return Table(name=name, rows=rows, asks=asks, cells=cells)


def _check_holds(row: Row, case: str, node: Node) -> None:
    if row.effect not in {Verdict.REVIEW, Verdict.REFUSED}:
        raise node.fail(
            f"line {row.line} says {row.effect!r} for {case}", hint="what nobody has seen is never permitted"
        )


def _holds(row: Row, facts: Mapping[str, str]) -> bool:
    return all(facts[fact] in values for fact, values in row.when.items())


def _row(table: str, node: Node) -> Row:
    fields = node.record(("rule", "when", "verdict", "citation", "text"))
    effects = (*(verdict.value for verdict in Verdict), NOTED)
    row = Row(
        rule=check.ident(fields["rule"].text(), where=fields["rule"].where),
        when={fact: _values(table, fact, held) for fact, held in fields["when"].pairs().items()},
        effect=fields["verdict"].word(effects, "verdict"),
        citation=fields["citation"].text(),
        text=fields["text"].texts(),
        line=node.line,
    )
    for sentence in fields["text"].pairs().values():
        _check_placeholders(table, sentence)
    return row


def _values(table: str, fact: str, node: Node) -> frozenset[str]:
    known = TABLES[table].get(check.one_of(fact, tuple(TABLES[table]), what="fact", where=node.where), ())
    values = node.excluded(known, fact) if node.is_mapping else node.words(known, fact)
    if not values:
        raise node.fail(f"{fact!r} is never so: the row would speak for nothing")
    return values


def _check_placeholders(table: str, node: Node) -> None:
    try:
        parts = list(Formatter().parse(node.text()))
    except ValueError as fault:
        raise node.fail(f"the sentence cannot be filled in: {fault}") from None
    for _, name, form, conversion in parts:
        if name is not None:
            check.one_of(name, PLACEHOLDERS[table], what="placeholder", where=node.where)
            if form or conversion:
                raise node.fail(f"{{{name}}} takes nothing after the name")

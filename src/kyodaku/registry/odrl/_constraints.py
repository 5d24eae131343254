# SPDX-License-Identifier: Apache-2.0
"""Constraints of a rule, as the dimensions and the period of a statement.

Constraints hold together (ODRL, 2.5). Of two about one dimension a yes keeps what both allow; a no keeps what either
names, which is broader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from kyodaku.registry._codec import as_text
from kyodaku.registry.odrl._duties import LINE_LENGTH
from kyodaku.registry.odrl._graph import Text, Value
from kyodaku.registry.odrl._ids import id_of
from kyodaku.registry.odrl._side import TYPE, Side
from kyodaku.registry.odrl.terms import COUNTRY_IRIS, KYO, ODRL, OPERANDS, XSD, short
from kyodaku.rights import ACTS, ALL, ANYONE, MEDIA, WORLD

__all__ = ["SCOPE_OF_WITHDRAWAL", "Scope", "read_constraints"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_TIMES: Final = frozenset({"", f"{XSD}dateTime", f"{XSD}dateTimeStamp"})
_TEXTS: Final = frozenset({"", f"{XSD}string"})
_INSTANT: Final = timedelta(microseconds=1)
"""The step of our clock: `at most t` ends, and `after t` begins, one of it later."""

_PARTS: Final = frozenset(f"{ODRL}{name}" for name in ("leftOperand", "operator", "rightOperand"))
_TYPES: Final = (f"{ODRL}Constraint", f"{ODRL}LogicalConstraint")
_AND: Final = f"{ODRL}and"
_MOST_NESTED: Final = 10
_RESERVED: Final = (ALL, ANYONE, WORLD)
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)

SCOPE_OF_WITHDRAWAL: Final = {f"{KYO}act": "acts", f"{KYO}work": "works"}
"""Left operands that only a withdrawal has: its target is the statement, not the works."""


@dataclass(slots=True)
class Scope:
    """What constraints amount to: words by dimension, where they restrict one, the period, and the rest in words."""

    words: dict[str, frozenset[str]] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    conditions: set[str] = field(default_factory=set)

    def fields(self) -> dict[str, Any]:
        """As fields of a statement in a registry file."""
        found: dict[str, Any] = {name: sorted(words) for name, words in self.words.items()}
        if self.since is not None:
            found["effective_from"] = as_text(self.since)
        if self.until is not None:
            found["effective_until"] = as_text(self.until)
        return {**found, "conditions": sorted(self.conditions)}


def read_constraints(nodes: Iterable[Value], side: Side, holder: str, base: str, *, withdrawal: bool = False) -> Scope:
    """What the constraints of the rule `holder` say."""
    reading = _Constraints(side, holder, base, {**OPERANDS, **(SCOPE_OF_WITHDRAWAL if withdrawal else {})})
    for node in nodes:
        reading.read(node)
    scope = reading.scope
    if scope.since is not None and scope.until is not None and scope.until <= scope.since:
        side.findings.fault(side.graph.place(holder, f"{ODRL}constraint"), "the period ends before it begins")
    return scope


@dataclass(slots=True)
class _Constraints:
    side: Side
    holder: str
    base: str
    operands: dict[str, str]
    scope: Scope = field(default_factory=Scope)

    def read(self, node: Value, depth: int = 0) -> None:
        graph = self.side.graph
        if isinstance(node, Text) or node not in graph.properties or depth > _MOST_NESTED:
            place = graph.place(self.holder, f"{ODRL}constraint")
            self.side.odd(place, f"the constraint {str(node)!r} is not in this document", "write it out here")
            return
        if graph.values(node, _AND) and not _PARTS & set(graph.predicates(node)):
            if self.side.nothing_else(node, (_AND,)) and self.side.types(node, _TYPES):
                for each in graph.values(node, _AND):
                    self.read(each, depth + 1)
            return
        odd = next((name for name in graph.predicates(node) if name not in _PARTS and not _is_plain(name)), None)
        if odd is not None:
            self.side.odd(graph.place(node, odd), f"a constraint with {short(odd)} is not understood")
            return
        if self.side.types(node, _TYPES):
            self._compare(node)

    def _compare(self, node: str) -> None:
        left = self.side.one(node, f"{ODRL}leftOperand")
        operator = self.side.one(node, f"{ODRL}operator")
        values = self.side.graph.values(node, f"{ODRL}rightOperand")
        if left is None or operator is None:
            return
        if not values:
            self.side.odd(self.side.graph.place(node), "a constraint without odrl:rightOperand")
        elif left == f"{ODRL}dateTime":
            self._time(node, str(operator), values)
        elif left == f"{ODRL}recipient" and self.side.word == "permission" and self.side.strict:
            self._recipient(node, str(operator), values)
        elif str(left) in self.operands:
            self._words(node, self.operands[str(left)], str(operator), values)
        else:
            place = self.side.graph.place(node, f"{ODRL}leftOperand")
            known = ", ".join(short(name) for name in (f"{ODRL}dateTime", *self.operands))
            self.side.odd(place, f"the left operand {short(str(left))} is not understood", f"understood: {known}")

    # --- time ---------------------------------------------------------------------------------------------------------

    def _time(self, node: str, operator: str, values: tuple[Value, ...]) -> None:
        place = self.side.graph.place(node, f"{ODRL}rightOperand")
        moment = _moment(values[0]) if len(values) == 1 else None
        if moment is None:
            hint = "write one xsd:dateTime with its zone: 2027-03-31T23:59:59+09:00"
            self.side.odd(place, f"{str(values[0])!r} is not a time of which everybody knows when it is", hint)
            return
        try:
            next_moment = moment + _INSTANT
            as_text(moment), as_text(next_moment)
        except OverflowError:
            self.side.odd(place, f"{values[0]} is outside the calendar")
            return
        match operator.removeprefix(ODRL):
            case "gteq":
                self._between(moment, None)
            case "gt":
                self._between(next_moment, None)
            case "lt":
                self._between(None, moment)
            case "lteq":
                self._between(None, next_moment)
            case "eq":
                self._between(moment, next_moment)
            case _:
                self._odd_operator(node, operator, "eq, gt, gteq, lt, lteq")

    def _between(self, since: datetime | None, until: datetime | None) -> None:
        scope = self.scope
        scope.since = max((held for held in (scope.since, since) if held is not None), default=None)
        scope.until = min((held for held in (scope.until, until) if held is not None), default=None)

    # --- in words -----------------------------------------------------------------------------------------------------

    def _recipient(self, node: str, operator: str, values: tuple[Value, ...]) -> None:
        """Who may receive what comes of the use: no dimension of ours, so that a person sees to it."""
        names = [self._name(value) for value in values]
        if operator not in (f"{ODRL}eq", f"{ODRL}isAnyOf"):
            self._odd_operator(node, operator, "eq, isAnyOf")
            return
        line = f"odrl:recipient {operator.removeprefix(ODRL)} {', '.join(sorted(name or '' for name in names))}"
        if None in names or not line.isprintable() or len(line) > LINE_LENGTH:
            self.side.odd(self.side.graph.place(node, f"{ODRL}rightOperand"), "recipients that cannot be told by name")
            return
        self.scope.conditions.add(line)

    # --- words --------------------------------------------------------------------------------------------------------

    def _words(self, node: str, dimension: str, operator: str, values: tuple[Value, ...]) -> None:
        single = {f"{ODRL}eq", f"{ODRL}isPartOf"} if dimension == "territories" else {f"{ODRL}eq"}
        if operator != f"{ODRL}isAnyOf" and not (operator in single and len(set(values)) == 1):
            self._odd_operator(node, operator, "eq with one value, isAnyOf")
            return
        words = {self._word(node, dimension, value) for value in values}
        if None in words:
            return  # said already; in a no the whole dimension stays open
        found = frozenset(word for word in words if word is not None)
        known = self.scope.words.get(dimension)
        if known is not None and self.side.strict:
            found &= known
            if not found:
                self.side.odd(self.side.graph.place(node), f"two constraints leave nothing of {dimension!r}")
        elif known is not None and known != found:
            found |= known
            self.side.odd(self.side.graph.place(node), f"two constraints of {dimension!r}, of which either is enough")
        self.scope.words[dimension] = found

    def _word(self, node: str, dimension: str, value: Value) -> str | None:
        word = _country(value) if dimension == "territories" else self._name(value)
        closed = {"media": MEDIA, "acts": ACTS}.get(dimension)
        if word is None or word in _RESERVED or (closed is not None and word not in closed):
            place = self.side.graph.place(node, f"{ODRL}rightOperand")
            hint = f"one of: {', '.join(closed)}" if closed else ""
            if dimension == "territories":
                hint = f"a country's code, such as JP, or {COUNTRY_IRIS[0]}JP"
            self.side.odd(place, f"{str(value)!r} is not understood as one of {dimension!r}", hint)
            return None
        return word

    def _name(self, value: Value) -> str | None:
        if isinstance(value, Text):
            return value.text if value.datatype in _TEXTS else None
        return None if value.startswith("_:") else id_of(value, self.base)

    def _odd_operator(self, node: str, operator: str, known: str) -> None:
        place = self.side.graph.place(node, f"{ODRL}operator")
        self.side.odd(place, f"the operator {short(operator)} is not understood here", f"understood: {known}")


def _is_plain(predicate: str) -> bool:
    return predicate in (TYPE, f"{ODRL}uid")


def _moment(value: Value) -> datetime | None:
    if not isinstance(value, Text) or value.datatype not in _TIMES or not _TIME.fullmatch(value.text):
        return None
    try:
        return datetime.fromisoformat(value.text)
    except ValueError:
        return None


def _country(value: Value) -> str | None:
    text = str(value)
    for start in COUNTRY_IRIS:
        text = text.removeprefix(start)
    if isinstance(value, Text) and value.datatype not in {*_TEXTS, f"{XSD}anyURI"}:
        return None
    return text.upper() if _COUNTRY.fullmatch(text) else None

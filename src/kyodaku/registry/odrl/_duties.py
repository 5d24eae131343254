# SPDX-License-Identifier: Apache-2.0
"""Duties and obligations, as lines of text for the person who sees to them.

A duty of a permission must be fulfilled before the permission holds (ODRL, 2.6.5), which is what our conditions are;
only naming and informing come with the use, and are duties here too. An obligation of a policy binds, and delays
nothing: a duty. What they demand is told in full, or the document is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kyodaku.registry.odrl._graph import Text, Value
from kyodaku.registry.odrl._ids import id_of
from kyodaku.registry.odrl._side import TYPE, Side, describes
from kyodaku.registry.odrl.terms import (
    DONE_WITH_THE_USE,
    DUTY_ACTIONS,
    FULFIL,
    KYO,
    MEET_BEFORE,
    ODRL,
    RDF,
    meant,
    short,
)

__all__ = ["LINE_LENGTH", "actions_of", "condition_or_duty", "obligation"]

LINE_LENGTH: Final = 1000
"""The longest line that a statement takes."""

_ACTION: Final = f"{ODRL}action"
_DUTY_TYPES: Final = (f"{ODRL}Duty", f"{ODRL}Rule")
_REFINEMENT: Final = f"{ODRL}refinement"
_VALUE: Final = f"{RDF}value"
_TEXT: Final = f"{KYO}text"
_PARTIES: Final = tuple(
    f"{ODRL}{name}"
    for name in (
        "assigner", "assignee", "attributedParty", "attributingParty", "compensatedParty", "compensatingParty",
        "consentedParty", "consentingParty", "informedParty", "informingParty", "trackedParty", "trackingParty",
    )
)  # fmt: skip
_TOLD: Final = (f"{ODRL}target", f"{ODRL}output", *_PARTIES)
_COMPARED: Final = tuple(f"{ODRL}{name}" for name in ("leftOperand", "operator", "rightOperand"))
_UNIT: Final = f"{ODRL}unit"


def condition_or_duty(node: Value, side: Side, holder: str) -> tuple[str, str] | None:
    """`conditions` or `duties`, and the line, for a duty of a permission; None, and odd, if it cannot be told."""
    action = _read(node, side, holder)
    if action is None or isinstance(node, Text):
        return None
    if action == MEET_BEFORE:
        return _with("conditions", _own_line(node, side))
    if action == FULFIL:
        return _with("duties", _own_line(node, side))
    return _with("duties" if action in DONE_WITH_THE_USE else "conditions", _line(node, side))


def obligation(node: Value, side: Side, holder: str) -> str | None:
    """The line for an obligation of a policy; None, and odd, if it cannot be told."""
    action = _read(node, side, holder)
    if action is None or isinstance(node, Text):
        return None
    return _own_line(node, side) if action in (FULFIL, MEET_BEFORE) else _line(node, side)


def actions_of(node: str, side: Side) -> list[tuple[str, str]]:
    """The actions of a rule: each its IRI, and the node that refines it (or is it)."""
    found = []
    for value in side.graph.values(node, _ACTION):
        if isinstance(value, Text):
            side.odd(side.graph.place(node, _ACTION), f"the action {value.text!r} is no IRI")
            continue
        named = side.graph.values(value, _VALUE)
        iri = named[0] if len(named) == 1 and isinstance(named[0], str) else value
        found.append((str(iri), value))
    return found


# --- in our own words ------------------------------------------------------------------------------------------------
def _own_line(node: str, side: Side) -> str | None:
    side.nothing_else(node, (_ACTION, _TEXT, f"{ODRL}assigner", f"{ODRL}assignee"))
    side.nothing_else(actions_of(node, side)[0][1], (_VALUE,))
    value = side.one(node, _TEXT)
    if value is not None and not isinstance(value, Text):
        side.odd(side.graph.place(node, _TEXT), "kyo:text is no text")
        return None
    return None if value is None else _checked(value.text, node, side)


# --- in ODRL's words -------------------------------------------------------------------------------------------------
def _read(node: Value, side: Side, holder: str) -> str | None:
    """The action of a duty that is in the document and has one."""
    if isinstance(node, Text) or node not in side.graph.properties:
        place = side.graph.place(holder, f"{ODRL}duty")
        side.odd(place, f"the duty {str(node)!r} is not in this document", "write it out here")
        return None
    side.types(node, _DUTY_TYPES)
    actions = actions_of(node, side)
    if len(actions) != 1:
        side.odd(side.graph.place(node), f"a duty with {len(actions) or 'no'} actions, not one")
        return None
    return actions[0][0]


def _line(node: str, side: Side) -> str | None:
    action, refined = actions_of(node, side)[0]
    if action not in DUTY_ACTIONS:
        hint = meant(action, DUTY_ACTIONS) or _OWN_WORDS
        side.odd(side.graph.place(node, _ACTION), f"the duty {short(action)} is not understood", hint)
        return None
    side.nothing_else(node, (_ACTION, *_TOLD, f"{ODRL}constraint"))
    side.nothing_else(refined, (_VALUE, _REFINEMENT))
    details = [
        *(_comparison(each, side, refined) for each in side.graph.values(refined, _REFINEMENT)),
        *(_comparison(each, side, node) for each in side.graph.values(node, f"{ODRL}constraint")),
        *_mentions(node, side),
    ]
    told = f"{short(action)} ({'; '.join(sorted(details))})" if details else short(action)
    return _checked(told, node, side)


_OWN_WORDS: Final = "say it in words: kyo:fulfil or kyo:meetBefore, with kyo:text"


def _mentions(node: str, side: Side) -> Iterator[str]:
    for predicate in _TOLD:
        for value in side.graph.values(node, predicate):
            if isinstance(value, str) and value.startswith("_:"):
                side.odd(side.graph.place(node, predicate), f"{short(predicate)} has no IRI")
            elif isinstance(value, str):
                side.nothing_else(value, (f"{ODRL}partOf",))
            yield f"{short(predicate)} {_name(value, side)}"


def _name(value: Value, side: Side) -> str:
    """Our id of a party or work, or its IRI."""
    return str(value) if isinstance(value, Text) else id_of(value, side.graph.base) or value


def _comparison(node: Value, side: Side, holder: str) -> str:
    """`odrl:payAmount eq 500.00 <unit>`: the operand and the operator need not be known, as a person reads them."""
    graph = side.graph
    if isinstance(node, Text) or node not in graph.properties:
        side.odd(graph.place(holder), f"the constraint {str(node)!r} is not in this document", "write it out here")
        return ""
    for name in graph.predicates(node):
        if name not in (*_COMPARED, _UNIT, TYPE) and not describes(name):
            side.odd(graph.place(node, name), f"a constraint with {short(name)} is not understood")
    words = []
    for predicate in _COMPARED:
        values = graph.values(node, predicate)
        if not values or any(isinstance(value, str) and value.startswith("_:") for value in values):
            side.odd(graph.place(node), f"a constraint without {short(predicate)}")
        words.append(", ".join(sorted(short(str(value)).removeprefix("odrl:") for value in values)))
    words.extend(f"in {value}" for value in graph.values(node, _UNIT))
    return " ".join(words)


def _checked(line: str, node: str, side: Side) -> str | None:
    if not 0 < len(line) <= LINE_LENGTH or not line.isprintable() or line != line.strip():
        what = f"{line[:40]!r} is not one line of at most {LINE_LENGTH} letters"
        side.odd(side.graph.place(node), what, "say it more briefly, and keep the contract itself elsewhere")
        return None
    return line


def _with(name: str, line: str | None) -> tuple[str, str] | None:
    return None if line is None else (name, line)

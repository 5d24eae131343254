# SPDX-License-Identifier: Apache-2.0
"""Whom a rule names, and what: parties and assets as ids of ours.

A collection is an id like any other: who or what belongs to it is for the registry to know. For a no that is too
narrow, so a prohibition to a collection of parties is read as one to anyone, and members that the document itself
names are prohibited too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kyodaku.registry.odrl._graph import Text, Value
from kyodaku.registry.odrl._ids import id_of
from kyodaku.registry.odrl._side import POLICY_PROPERTIES, TYPE, Side, is_policy
from kyodaku.registry.odrl.terms import ANYONE_IRI, ODRL, WORKS_OF_ASSIGNER
from kyodaku.rights import ALL, ANYONE

__all__ = ["Names", "node_id"]

_REFINEMENT: Final = f"{ODRL}refinement"
_SOURCE: Final = f"{ODRL}source"
_PART_OF: Final = f"{ODRL}partOf"
_COLLECTION: Final = f"{ODRL}PartyCollection"
_INVERSE: Final = (f"{ODRL}hasPolicy", f"{ODRL}assignerOf", f"{ODRL}assigneeOf")
_KNOWN: Final = (_PART_OF, _SOURCE, *_INVERSE)


def node_id(node: str, side: Side, base: str) -> str | None:
    """The id of a node: from its IRI or, if it has none, from `odrl:uid`; None if it has neither."""
    stated = {str(value) for value in side.graph.values(node, f"{ODRL}uid")} - {node}
    if len(stated) > 1 or (stated and not node.startswith("_:")):
        side.odd(side.graph.place(node, f"{ODRL}uid"), "another odrl:uid than the node's own IRI")
        return None
    iri = stated.pop() if stated else node
    return None if iri.startswith("_:") else id_of(iri, base)


@dataclass(frozen=True, slots=True)
class Names:
    """Reads the parties and assets that one rule names."""

    side: Side
    base: str

    def speakers(self, rule: str, values: tuple[Value, ...]) -> list[str]:
        """The ids of the assigners; a fault if there is none."""
        found = [self._id(value, rule, f"{ODRL}assigner") for value in values]
        ids = sorted({each for each in found if each is not None})
        if not ids and None not in found:
            hint = "an assigner is needed: whose statement it is must not be guessed"
            self.side.findings.fault(self.side.graph.place(rule), "nobody says this", hint)
        elif not ids:
            self.side.findings.fault(self.side.graph.place(rule, f"{ODRL}assigner"), "an assigner without an IRI")
        return ids

    def parties(self, rule: str, values: tuple[Value, ...]) -> list[str]:
        """The ids of the assignees; `ANYONE` for all, and in a no for those who cannot be told one by one."""
        found: set[str] = set()
        for value in values:
            key = ANYONE if value == ANYONE_IRI else self._id(value, rule, f"{ODRL}assignee")
            if not self.side.strict and (key is None or self._is_collection(value)):
                place = self.side.graph.place(rule, f"{ODRL}assignee")
                self.side.odd(place, "a group of parties, of which nobody here knows who is in it")
                key = ANYONE
            found |= {key} if key is not None else set()
            found |= self._members(value)
        return [ANYONE] if ANYONE in found else sorted(found)

    def works(self, rule: str, values: tuple[Value, ...]) -> list[str]:
        """The ids of the targets; `ALL` for whatever the assigner holds, and in a no for what cannot be told."""
        found: set[str] = set()
        for value in values:
            key = ALL if value == WORKS_OF_ASSIGNER else self._id(value, rule, f"{ODRL}target")
            if key is None and not self.side.strict:
                key = ALL
            found |= {key} if key is not None else set()
            found |= self._members(value)
        return [ALL] if ALL in found else sorted(found)

    def _id(self, value: Value, rule: str, predicate: str) -> str | None:
        graph = self.side.graph
        if isinstance(value, Text):
            self.side.odd(graph.place(rule, predicate), f"{value.text!r} is no IRI", 'write {"@id": ...}')
            return None
        if value in (ANYONE_IRI, WORKS_OF_ASSIGNER):
            self.side.odd(graph.place(rule, predicate), "this stands for no one party or work")
            return None
        is_statement = is_policy(graph, value)  # the same IRI may name one, which is read as such
        self.side.nothing_else(value, (*_KNOWN, *POLICY_PROPERTIES) if is_statement else _KNOWN)
        key = node_id(value, self.side, self.base)
        sources = [each for each in graph.values(value, _SOURCE) if isinstance(each, str) and each != value]
        if sources and (key is not None or len(sources) > 1):
            self.side.odd(graph.place(value, _SOURCE), "a source beside the collection's own IRI")
        elif sources:
            key = None if sources[0].startswith("_:") else id_of(sources[0], self.base)
        if key is None:
            self.side.odd(graph.place(rule, predicate), "it has no IRI", "give it a uid")
        return key

    def _is_collection(self, value: Value) -> bool:
        if value == ANYONE_IRI or isinstance(value, Text):
            return False
        graph = self.side.graph
        return _COLLECTION in graph.values(value, TYPE) or bool(graph.values(value, _REFINEMENT))

    def _members(self, value: Value) -> set[str]:
        """In a no, whatever the document says is part of it."""
        if self.side.strict or isinstance(value, Text):
            return set()
        reached, queue = {value}, [value]
        while queue:
            found = set(self.side.graph.holders(_PART_OF, queue.pop())) - reached
            reached |= found
            queue.extend(found)
        ids = {id_of(each, self.base) for each in reached - {value} if not each.startswith("_:")}
        return {each for each in ids if each is not None}

# SPDX-License-Identifier: Apache-2.0
"""The two ways in which a rule is read, and what describes a thing without restricting it.

A yes is read whole or not at all: anything in it that is not understood refuses the document. A no is read without what
is not understood, which makes it broader, and that is noted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from kyodaku.registry.odrl._faults import Findings, Place
from kyodaku.registry.odrl._graph import Graph, Text
from kyodaku.registry.odrl.terms import KYO, ODRL, POLICY_TYPES, RDF, UNSUPPORTED_TYPES, short

__all__ = ["POLICY_PROPERTIES", "RULES", "TYPE", "Side", "describes", "is_policy", "unknown"]

TYPE: Final = f"{RDF}type"
POLICY_PROPERTIES: Final = (
    *(f"{ODRL}{name}" for name in ("permission", "prohibition", "obligation", "profile", "conflict")),
    *(f"{ODRL}{name}" for name in ("target", "assigner", "assignee", "action")),
    f"{KYO}statement",
    f"{KYO}recordedAt",
)
"""What a policy may say."""
RULES: Final = ("permission", "prohibition", "obligation")
"""The properties of a policy whose values are its rules."""

_TERMS: Final = "http://purl.org/dc/terms/"
_ELEMENTS: Final = "http://purl.org/dc/elements/1.1/"
_METADATA: Final = (
    "alternative", "bibliographicCitation", "contributor", "created", "creator", "date", "description", "format",
    "identifier", "issued", "language", "modified", "publisher", "subject", "title", "type",
)  # fmt: skip
_DESCRIBING: Final = frozenset(
    {
        TYPE,
        "http://www.w3.org/2000/01/rdf-schema#label",
        "http://www.w3.org/2000/01/rdf-schema#comment",
        "http://schema.org/name",
        "https://schema.org/name",
        f"{ODRL}uid",
        *(f"{namespace}{name}" for namespace in (_TERMS, _ELEMENTS) for name in _METADATA),
    }
)
_DESCRIBING_NAMESPACES: Final = ("http://www.w3.org/2006/vcard/ns#", "http://xmlns.com/foaf/0.1/")


def describes(predicate: str) -> bool:
    """Whether a property only says what a thing is called, who made it and so on."""
    return predicate in _DESCRIBING or predicate.startswith(_DESCRIBING_NAMESPACES)


def is_policy(graph: Graph, node: str) -> bool:
    """Whether a node is a policy, by its type or because it has rules."""
    if any(f"{ODRL}{name}" in graph.predicates(node) for name in RULES):
        return True
    return any(str(kind) in POLICY_TYPES or str(kind) in UNSUPPORTED_TYPES for kind in graph.values(node, TYPE))


def unknown(graph: Graph, node: str, known: Iterable[str]) -> list[str]:
    """The node's properties that are neither known nor mere description."""
    allowed = set(known)
    return [name for name in graph.predicates(node) if name not in allowed and not describes(name)]


@dataclass(frozen=True, slots=True)
class Side:
    """How a rule is read: `strict` for a yes or a withdrawal, else as a no."""

    graph: Graph
    findings: Findings
    strict: bool
    word: str = "permission"

    def odd(self, place: Place, what: str, hint: str = "") -> None:
        """Something that is not understood."""
        if self.strict:
            self.findings.fault(place, what, hint or f"a {self.word} is read whole or not at all")
        else:
            self.findings.remark(place, f"{what}: left out, so the prohibition is read as broader")

    def one(self, node: str, predicate: str) -> str | Text | None:
        """The one value of a property; None, and odd, if it has none or several."""
        values = set(self.graph.values(node, predicate))
        if len(values) == 1:
            return values.pop()
        count = f"{len(values)} values" if values else "no value"
        self.odd(self.graph.place(node, predicate if values else None), f"{count} of {short(predicate)}, not one")
        return None

    def flag(self, node: str, predicate: str) -> bool:
        """Whether a property of true or false says true; false if it is not there."""
        if predicate not in self.graph.predicates(node):
            return False
        value = self.one(node, predicate)
        if isinstance(value, Text) and value.text in ("true", "false"):
            return value.text == "true"
        if value is not None:
            self.odd(self.graph.place(node, predicate), f"{short(predicate)} is neither true nor false")
        return False

    def nothing_else(self, node: str, known: Iterable[str]) -> bool:
        """Whether everything that the node says is known; what is not is odd."""
        found = unknown(self.graph, node, known)
        for name in found:
            self.odd(self.graph.place(node, name), f"{short(name)} is not understood here", self._hint(name))
        return not found

    def types(self, node: str, known: Iterable[str]) -> bool:
        """Whether the node is of none but these types; any other is odd."""
        found = {str(kind) for kind in self.graph.values(node, TYPE)} - set(known)
        for kind in sorted(found):
            self.odd(self.graph.place(node, TYPE), f"the type {short(kind)} is not understood here")
        return not found

    @staticmethod
    def _hint(name: str) -> str:
        return (
            ""
            if name.startswith((ODRL, KYO))
            else "if it restricts nothing, leave it out; else say it in terms of ODRL"
        )

# SPDX-License-Identifier: Apache-2.0
"""A document as a graph: rdflib parses it, offline and within limits, and what it says is kept by node and property.

Nodes are text here: an IRI, or `_:label` for a node without one. Literals are `Text`.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry._events import DocumentError, Path
from kyodaku.registry.odrl._faults import Findings, Lines, Place
from kyodaku.registry.odrl._jsonld import MARK, Prepared, line_of_paths, load, prepare
from kyodaku.registry.odrl.terms import BASE, RDF, short

__all__ = ["MAX_BYTES", "MAX_TRIPLES", "Graph", "Text", "Value", "read_graph"]

MAX_BYTES: Final = 16_000_000
"""The largest document that is read: some 10,000 statements in JSON-LD."""
MAX_TRIPLES: Final = 500_000
_BROKEN: Final = "_:broken list"
_FIRST, _REST, _NIL = f"{RDF}first", f"{RDF}rest", f"{RDF}nil"
_ESCAPES: Final = re.compile(rb"\\[uU]|<!ENTITY")
"""In Turtle: what could hide a word from whoever reads the text, or would be expanded in a literal of XML."""


@dataclass(frozen=True, slots=True)
class Text:
    """A literal: what it says and its type, an IRI; none for plain text."""

    text: str
    datatype: str = ""

    def __str__(self) -> str:
        return self.text


Value: TypeAlias = str | Text


@dataclass(slots=True)
class Graph:
    """What a document says: the values of each property of each node."""

    properties: Mapping[str, Mapping[str, tuple[Value, ...]]]
    base: str
    prepared: Prepared | None = None
    marks: Mapping[str, list[Path]] = field(default_factory=dict)
    lines: Lines = lambda paths: dict.fromkeys(paths, 0)
    _holders: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def values(self, node: str, predicate: str) -> tuple[Value, ...]:
        """The values of a property, in the document's order; the items of a list stand for the list."""
        found: list[Value] = []
        for value in self.properties.get(node, {}).get(predicate, ()):
            found.extend(self._items(value) if self._is_list(value) else (value,))
        return tuple(found)

    def predicates(self, node: str) -> tuple[str, ...]:
        """Every property that the node has."""
        return tuple(self.properties.get(node, ()))

    def holders(self, predicate: str, value: str) -> tuple[str, ...]:
        """The nodes that have this value under the property."""
        if predicate not in self._holders:
            index: dict[str, list[str]] = defaultdict(list)
            for node in self.properties:
                for each in self.values(node, predicate):
                    if isinstance(each, str):
                        index[each].append(node)
            self._holders[predicate] = index
        return tuple(self._holders[predicate].get(value, ()))

    def place(self, node: str, predicate: str | None = None) -> Place:
        """Where the node stands in the document, or its property."""
        paths = self.marks.get(node, [])
        for path in paths if predicate is not None and self.prepared is not None else ():
            key = self.prepared.key(path, predicate) if self.prepared and predicate else None
            if key is not None:
                return Place((*path, key))
        if paths:
            return Place(paths[0])
        name = "a node without an IRI" if node.startswith("_:") else f"<{node}>"
        return Place(None if self.prepared is None else (), f"{name} {short(predicate)}" if predicate else name)

    def _is_list(self, value: Value) -> bool:
        """Whether it is a well-formed list; a node that is more than that must not hide behind its items."""
        if value == _NIL:
            return True
        held = self.properties.get(value, {}) if isinstance(value, str) else {}
        return held.keys() == {_FIRST, _REST} and len(held[_FIRST]) == len(held[_REST]) == 1

    def _items(self, head: Value) -> Iterator[Value]:
        """The items; where a list does not end as it should, then a node that nobody will understand."""
        seen: set[Value] = set()
        while head != _NIL:
            if head in seen or not self._is_list(head):
                yield _BROKEN
                return
            seen.add(head)
            held = self.properties[str(head)]
            yield held[_FIRST][0]
            head = held[_REST][0]


def read_graph(content: bytes, findings: Findings, *, name: str, base: str = BASE) -> Graph:
    """The graph of a JSON-LD or Turtle document; UsageError if it is neither, KyodakuError without rdflib."""
    if len(content) > MAX_BYTES:
        raise UsageError(f"larger than {MAX_BYTES // 1_000_000} MB", where=name, hint="split the file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError("this is not UTF-8 text", where=f"{name}:{line}", hint="save it as UTF-8") from None
    try:
        return _from_json(text, findings, base) if text.lstrip()[:1] in ("{", "[") else _from_turtle(content, base)
    except DocumentError as fault:
        raise UsageError(fault.what, where=f"{name}:{fault.line}", hint=fault.hint or None) from None
    except RecursionError:
        raise UsageError("brackets too deep within each other", where=name, hint="is one open?") from None


def _from_json(text: str, findings: Findings, base: str) -> Graph:
    prepared = prepare(load(text), findings)

    def lines(paths: Any) -> Mapping[Path, int]:
        return line_of_paths(text, paths)

    if findings.faults:  # rdflib would read what is left as if it were all
        return Graph({}, base, prepared, lines=lines)
    rdflib = _rdflib()
    from rdflib.plugins.parsers.jsonld import to_rdf  # noqa: PLC0415 - an extra

    parsed = rdflib.Graph("SimpleMemory", bind_namespaces="none")
    with _quiet():
        to_rdf(prepared.document, parsed, base=base, context_data=prepared.terms.as_context())
    properties = _properties(parsed)
    marks: dict[str, list[Path]] = {}
    for node, held in properties.items():
        placed = sorted(int(str(mark)) for mark in held.pop(MARK, ()))
        marks[node] = [prepared.places[number] for number in placed]
    return Graph(properties, base, prepared, marks, lines)


def _from_turtle(content: bytes, base: str) -> Graph:
    odd = _ESCAPES.search(content)
    if odd is not None:
        line = content.count(b"\n", 0, odd.start()) + 1
        raise DocumentError(line, f"{odd[0].decode()} is not read", "write the letters themselves, as UTF-8")
    rdflib = _rdflib()
    from rdflib.plugins.parsers.notation3 import BadSyntax  # noqa: PLC0415 - an extra

    parsed = rdflib.Graph("SimpleMemory", bind_namespaces="none")
    try:
        with _quiet():
            parsed.parse(data=content, format="turtle", publicID=base)
    except BadSyntax as error:
        what = " ".join(str(error.message).split())[:200] or "this is neither JSON-LD nor Turtle"
        raise DocumentError(error.lines + 1, f"this is neither JSON nor Turtle: {what}") from None
    except (ValueError, TypeError, KeyError, IndexError, AssertionError, AttributeError) as error:
        raise DocumentError(1, f"this is neither JSON nor Turtle: {' '.join(str(error).split())[:200]}") from None
    return Graph(_properties(parsed), base)


def _properties(parsed: Any) -> dict[str, dict[str, tuple[Value, ...]]]:
    """Of rdflib's triples, those of each node."""
    from rdflib import BNode, Literal  # noqa: PLC0415 - an extra

    if len(parsed) > MAX_TRIPLES:
        raise DocumentError(1, f"more than {MAX_TRIPLES:,} statements of RDF", "split the file")

    def value(term: Any) -> Value:
        if isinstance(term, Literal):
            return Text(str(term), "" if term.datatype is None else str(term.datatype))
        return f"_:{term}" if isinstance(term, BNode) else str(term)

    found: dict[str, dict[str, list[Value]]] = {}
    for subject, predicate, held in parsed:
        found.setdefault(str(value(subject)), {}).setdefault(str(predicate), []).append(value(held))
    return {node: {name: tuple(values) for name, values in held.items()} for node, held in found.items()}


def _rdflib() -> Any:
    try:
        import rdflib  # noqa: PLC0415 - an extra
    except ImportError:
        raise KyodakuError(
            "ODRL is read with rdflib, which is not installed", hint="pip install 'kyodaku[odrl]'"
        ) from None
    return rdflib


@contextmanager
def _quiet() -> Iterator[None]:
    """Values that are not of their type are told as faults of ours; rdflib logs a traceback for each."""
    logger, silent = logging.getLogger("rdflib"), logging.NullHandler()
    propagated = logger.propagate
    logger.addHandler(silent)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = propagated
        logger.removeHandler(silent)

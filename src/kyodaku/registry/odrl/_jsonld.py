# SPDX-License-Identifier: Apache-2.0
"""JSON-LD, made ready for rdflib: within limits, with all terms in one context, and with a mark on every node.

rdflib reads the document; this module sees to it that it reads all of it. What JSON-LD would drop without a word (keys
that no context knows, nulls, references that are no IRIs) is a fault here, with its place. The marks tell afterwards
which place of the document each node of the graph came from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from kyodaku.registry import _events as events
from kyodaku.registry._events import DocumentError, Path
from kyodaku.registry.odrl._context import DATATYPES, IRI, LANGUAGE, Terms
from kyodaku.registry.odrl._faults import Findings, Place
from kyodaku.registry.odrl.terms import RDF

__all__ = ["MARK", "MAX_DEPTH", "MAX_VALUES", "Prepared", "line_of_paths", "load", "prepare"]

MAX_VALUES: Final = 500_000
"""Values in one document: some 10,000 statements, and half a minute of reading."""
MAX_DEPTH: Final = events.MAX_DEPTH
"""Lists and objects within each other; a unit of a refinement of the action of a duty is 13 deep."""

MARK: Final = "urn:kyodaku:place"
"""The property that carries a node's place into the graph and out again; a document must not use it."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

_VALUE_KEYS: Final = frozenset({"@value", "@type", "@language"})


@dataclass(slots=True)
class Prepared:
    """A document for rdflib, its terms, and the places that the marks in it stand for."""

    original: Any
    terms: Terms
    document: list[Any] = field(default_factory=list)
    places: list[Path] = field(default_factory=list)

    def key(self, path: Path, predicate: str) -> str | None:
        """Under which key the object at this path states a property."""
        found = self.original
        for step in path:
            found = found[step]
        wanted = {predicate, "@type"} if predicate == f"{RDF}type" else {predicate}
        return next((key for key in found if self.terms.expand(key) in wanted), None)


def load(text: str) -> Any:
    """The JSON value; DocumentError, with its line, for what is no JSON, repeats a key or passes a limit."""
    if text.count(",") + text.count("[") + text.count("{") > MAX_VALUES:
        raise DocumentError(1, f"more than {MAX_VALUES:,} values", "split the file")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise DocumentError(error.lineno, f"this is not JSON: {error.msg}") from None
    except RecursionError:
        raise DocumentError(1, f"lists and objects more than {MAX_DEPTH} deep") from None
    except _RepeatedKeyError:
        events.build(events.json_events(text))  # raises, with the line
        raise
    except ValueError as error:
        raise DocumentError(1, f"this is not JSON: {error}") from None
    surrogate = _SURROGATE.search(text)
    if surrogate is not None:
        _check_whole(value, text.count("\n", 0, surrogate.start()) + 1)
    return value


def _check_whole(value: Any, line: int) -> None:
    """No text in the value has half of a letter: an escaped surrogate without its other half."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise DocumentError(line, "half of a letter (a surrogate), here or further down", "write it whole") from None


def line_of_paths(text: str, paths: Iterable[Path]) -> Mapping[Path, int]:
    """The line of each place in a text that `load` took, or of the nearest one around it."""
    return events.lines_of(events.json_events(text), paths)


def prepare(value: Any, findings: Findings) -> Prepared:
    """Take the contexts of a document together and mark its nodes; what would be dropped is a fault."""
    made = Prepared(original=value, terms=Terms(findings))
    _Preparing(made, findings).run()
    return made


class _RepeatedKeyError(Exception):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise _RepeatedKeyError
    return mapping


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


@dataclass(slots=True)
class _Preparing:
    made: Prepared
    findings: Findings

    def run(self) -> None:
        value = self.made.original
        tops: list[tuple[Path, Any]] = [((i,), each) for i, each in enumerate(value)] if isinstance(value, list) else []
        for path, top in tops or [((), value)]:
            if isinstance(top, dict) and "@context" in top:
                self.made.terms.take(top["@context"], (*path, "@context"))
        for path, top in tops or [((), value)]:
            self._top(top, path)

    def _top(self, value: Any, path: Path) -> None:
        if not isinstance(value, dict):
            self._fault(path, "this is not a JSON-LD object", 'a policy is written as {"@context": ..., ...}')
        elif "@graph" not in value:
            self.made.document.append(self._node(value, path, 1))
        elif value.keys() - {"@context", "@graph"}:
            hint = "leave only @context beside @graph"
            self._fault(path, "a @graph with a name or properties of its own is not read", hint)
        else:
            nodes = value["@graph"] if isinstance(value["@graph"], list) else [value["@graph"]]
            for i, node in enumerate(nodes):
                place = (*path, "@graph", i) if isinstance(value["@graph"], list) else (*path, "@graph")
                if isinstance(node, dict):
                    self.made.document.append(self._node(node, place, 2))
                else:
                    self._fault(place, "an item of @graph that is no object")

    # --- objects ------------------------------------------------------------------------------------------------------

    def _object(self, value: dict[str, Any], path: Path, depth: int) -> Any:
        for keyword in ("@list", "@set"):
            if keyword in value:
                if len(value) > 1:
                    self._fault(path, f"other keys beside {keyword}", "write them elsewhere")
                    return None
                return {keyword: self._value(value[keyword], (*path, keyword), depth)}
        return self._literal(value, path) if "@value" in value else self._node(value, path, depth)

    def _literal(self, value: dict[str, Any], path: Path) -> Any:
        for key in value.keys() - _VALUE_KEYS:
            self._fault((*path, key), f"{key!r} beside @value is not read", "leave it out")
        held, language, datatype = value["@value"], value.get("@language"), value.get("@type")
        if not isinstance(held, str | int | float):
            self._fault((*path, "@value"), "a @value that is neither text, number, true nor false")
        if "@language" in value and not (isinstance(language, str) and LANGUAGE.fullmatch(language)):
            self._fault((*path, "@language"), "this is no language tag")
        if "@language" in value and ("@type" in value or not isinstance(held, str)):
            self._fault(path, "a @language for what is no plain text", "leave it out")
        if "@type" in value and self._expanded(datatype) not in DATATYPES:
            hint = "types of XML Schema are, such as xsd:dateTime"
            self._fault((*path, "@type"), f"values of type {datatype!r} are not read", hint)
            return None
        return value

    def _node(self, value: dict[str, Any], path: Path, depth: int) -> Any:
        if depth > MAX_DEPTH:
            self._fault(path[:4], f"lists and objects more than {MAX_DEPTH} deep", "no policy is")
            return None
        named: dict[str, str] = {}
        node: dict[str, Any] = {MARK: {"@value": str(len(self.made.places))}}
        self.made.places.append(path)
        for key, held in value.items():
            if key == "@context":
                self._context(path)
                continue
            meaning = self._expanded(key)
            place = (*path, key)
            if meaning in ("@id", "@type"):
                if named.setdefault(meaning, key) != key:
                    self._fault(place, f"{meaning} a second time (first as {named[meaning]!r})", "keep one of them")
                self._keyword(meaning, held, place)
                node[key] = held
            elif self._is_property(key, meaning, place):
                node[key] = self._value(held, place, depth, self._coercion(key))
        return node

    def _context(self, path: Path) -> None:
        """Contexts are taken together at the top; one within would mean other things here than there."""
        if path and not (len(path) == 1 and isinstance(path[0], int)):
            self._fault((*path, "@context"), "a context within a policy", "write it at the top of the document")

    def _is_property(self, key: str, meaning: str, path: Path) -> bool:
        if key.startswith(("@", "_:")):
            self._fault(path, f"{key!r} is not read", "policies have no use for it: write it out")
        elif ":" not in meaning or not IRI.fullmatch(meaning):
            self._fault(path, f"no context defines {key!r}", "JSON-LD would drop it without a word: mistyped?")
        elif meaning == MARK:
            self._fault(path, f"{key!r} is not for documents to state")
        else:
            return True
        return False

    def _keyword(self, keyword: str, value: Any, path: Path) -> None:
        if keyword == "@id":
            if not isinstance(value, str) or not IRI.fullmatch(value):
                self._fault(path, f"{value!r} is no IRI" if isinstance(value, str) else "an id that is no text")
            return
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, str) or not IRI.fullmatch(each):
                self._fault(path, "a type that is no IRI")

    # --- values -------------------------------------------------------------------------------------------------------

    def _value(self, value: Any, path: Path, depth: int, coercion: str = "") -> Any:
        if isinstance(value, list):
            return [self._item(each, (*path, i), depth + 1, coercion) for i, each in enumerate(value)]
        return self._item(value, path, depth, coercion)

    def _item(self, value: Any, path: Path, depth: int, coercion: str) -> Any:
        if value is None:
            self._fault(path, "null, which JSON-LD would drop without a word", "leave the key out")
        elif isinstance(value, list):
            self._fault(path, "a list within a list", "write one list")
        elif isinstance(value, dict):
            return self._object(value, path, depth + 1)
        elif coercion in ("@id", "@vocab"):
            if not isinstance(value, str) or not IRI.fullmatch(value):
                self._fault(path, f"{value!r} is no IRI", "an IRI has no spaces; write them as %20")
                return None
        elif not isinstance(value, str) and not coercion:
            return {"@value": value}  # a number has no language, whatever the context says of text
        return value

    def _coercion(self, key: str) -> str:
        term = self.made.terms.terms.get(key)
        return term.coercion if term is not None else ""

    def _expanded(self, key: Any) -> str:
        return self.made.terms.expand(key) if isinstance(key, str) else ""

    def _fault(self, path: Path, what: str, hint: str = "") -> None:
        self.findings.fault(Place(path), what, hint)

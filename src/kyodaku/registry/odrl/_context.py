# SPDX-License-Identifier: Apache-2.0
"""The terms of a JSON-LD document: bundled contexts, and those that it carries itself, as one table.

Nothing is ever fetched: a context that is named by its address is one of the bundled, or refused by its name. And
nothing may be hidden: JSON-LD drops a key that it does not know, lets one context give a term another meaning than the
last, and lets a term be declared to mean nothing. In a licence each of these turns a "yes, if" into a "yes". So a
term has one meaning in a document, and features that policies have no use for are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from kyodaku.registry._events import Path
from kyodaku.registry.odrl._faults import Findings, Place
from kyodaku.registry.odrl.terms import CONTEXT, ODRL_CONTEXTS, XSD

__all__ = ["DATATYPES", "IRI", "LANGUAGE", "Term", "Terms", "bundled"]

_FILES: Final = {**dict.fromkeys(ODRL_CONTEXTS, "odrl.jsonld"), CONTEXT: "kyodaku.jsonld"}
_BUNDLED: Final = f"bundled are {ODRL_CONTEXTS[0]} and {CONTEXT}; write any other context out in the document"

IRI = re.compile(r"[^\x00-\x20<>\"{}|\\^`]+")
"""No IRI has any other character (RFC 3987), and what has one would be dropped as none."""
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_GEN_DELIMS: Final = (":", "/", "?", "#", "[", "]", "@")
"""What a prefix ends with (JSON-LD 1.1, 4.2.2)."""

DATATYPES: Final = frozenset(
    f"{XSD}{name}"
    for name in (
        "string", "boolean", "decimal", "integer", "double", "float", "date", "dateTime", "dateTimeStamp", "time",
        "duration", "gYear", "anyURI", "anyType", "nonNegativeInteger", "positiveInteger", "int", "long",
    )
)  # fmt: skip
"""Types of values that are read. XML and HTML are not among them: rdflib would parse what is in them."""

_ALIASED: Final = ("@id", "@type")
_DEFINED_BY: Final = frozenset({"@id", "@type", "@container", "@prefix", "@protected"})


@dataclass(frozen=True, slots=True)
class Term:
    """What a term stands for: an IRI, or `@id` or `@type`; and what its values are taken for, if not for text."""

    iri: str
    coercion: str = ""


@cache
def bundled(address: str) -> Mapping[str, Any] | None:
    """The bundled context of this address, or None."""
    name = _FILES.get(address)
    if name is None:
        return None
    text = resources.files(__package__).joinpath("contexts", name).read_text(encoding="utf-8")
    context: dict[str, Any] = json.loads(text)["@context"]
    return context


@dataclass(slots=True)
class Terms:
    """The terms of one document; `take` adds those of a context, and tells `findings` what is wrong with it."""

    findings: Findings
    terms: dict[str, Term] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def take(self, context: Any, path: Path) -> None:
        """Add what stands under an `@context`."""
        for i, each in enumerate(context) if isinstance(context, list) else [(None, context)]:
            place = path if i is None else (*path, i)
            if isinstance(each, str):
                found = bundled(each)
                if found is None:
                    self._fault(place, f"the context {each!r} is not fetched", _BUNDLED)
                else:
                    self._define(found, place)
            elif isinstance(each, dict):
                self._define(each, place)
            else:
                self._fault(place, "a context that is neither an address nor an object", "write the terms out")

    def expand(self, word: str, *, vocabulary: bool = True) -> str:
        """The IRI of a key or, without `vocabulary`, of a reference; the word itself where it is none of ours."""
        if vocabulary and word in self.terms:
            return self.terms[word].iri
        prefix, colon, rest = word.partition(":")
        if colon:
            start = self.terms.get(prefix)
            is_prefix = not rest.startswith("//") and start is not None and start.iri.endswith(_GEN_DELIMS)
            return start.iri + rest if start is not None and is_prefix else word
        return self.settings.get("@vocab", "") + word if vocabulary and not word.startswith("@") else word

    def as_context(self) -> dict[str, Any]:
        """All of it as one context object, in which every IRI is written out."""
        written: dict[str, Any] = dict(self.settings)
        for name, term in self.terms.items():
            written[name] = {"@id": term.iri, "@type": term.coercion} if term.coercion else term.iri
        return written

    # --- definitions --------------------------------------------------------------------------------------------------

    def _define(self, context: Mapping[str, Any], path: Path) -> None:
        for name, definition in context.items():
            place = (*path, name)
            if name in ("@vocab", "@base", "@language"):
                self._set(name, definition, place)
            elif name in ("@version", "@protected"):
                continue
            elif name.startswith("@") or not IRI.fullmatch(name):
                self._fault(place, f"{name!r} in a context is not read", "policies have no use for it: leave it out")
            else:
                self._put(name, self._term(definition, context, place), place)

    def _set(self, name: str, value: Any, path: Path) -> None:
        pattern = LANGUAGE if name == "@language" else _ABSOLUTE
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self._fault(path, f"{name} is not {'a language tag' if name == '@language' else 'an absolute IRI'}")
        elif self.settings.setdefault(name, value) != value:
            self._fault(path, f"{name} a second time, with another value", "keep one of them")

    def _put(self, name: str, term: Term | None, path: Path) -> None:
        known = self.terms.get(name)
        if term is None:
            return
        if known is not None and known != term:
            self._fault(path, f"the term {name!r} gets another meaning", "choose another word: a reader must not guess")
        self.terms.setdefault(name, term)

    def _term(self, definition: Any, context: Mapping[str, Any], path: Path) -> Term | None:
        if isinstance(definition, str):
            definition = {"@id": definition}
        if not isinstance(definition, dict):
            self._fault(path, "a term that means nothing", "leave the term out")
            return None
        for key in definition.keys() - _DEFINED_BY:
            self._fault((*path, key), f"{key!r} in a term is not read", "policies have no use for it: leave it out")
            return None
        if definition.get("@container") not in (None, "@set", ["@set"]):
            self._fault((*path, "@container"), "containers other than @set are not read", "write the values as a list")
            return None
        iri = self._resolved(definition.get("@id", path[-1]), context)
        if iri is None:
            self._fault(path, "a term whose IRI is not absolute", "define its prefix, or write the IRI out")
            return None
        return self._coerced(definition.get("@type"), iri, context, path)

    def _coerced(self, coercion: Any, iri: str, context: Mapping[str, Any], path: Path) -> Term | None:
        if coercion is None or iri in _ALIASED:
            return Term(iri)
        found = coercion if coercion in ("@id", "@vocab") else self._resolved(coercion, context)
        if found not in ("@id", "@vocab") and found not in DATATYPES:
            self._fault((*path, "@type"), f"values of type {coercion!r} are not read", "types of XML Schema are")
            return None
        return Term(iri, str(found))

    def _resolved(self, word: Any, context: Mapping[str, Any]) -> str | None:
        """The absolute IRI, `@id` or `@type` that a word in a context means, following its prefixes."""
        for _ in self._steps():
            if not isinstance(word, str):
                return None
            if word in _ALIASED:
                return word
            prefix, colon, rest = word.partition(":")
            known = self._target(prefix if colon else word, context)
            if not colon:
                word = known if known is not None else self._in_vocabulary(word, context)
            elif known is None or rest.startswith("//"):
                return word if _ABSOLUTE.fullmatch(word) else None
            else:
                word = known + rest
        return None  # it goes round in a circle

    def _steps(self) -> Iterator[int]:
        return iter(range(_LONGEST_CHAIN))

    def _target(self, name: str, context: Mapping[str, Any]) -> str | None:
        found = context.get(name)
        if isinstance(found, dict):
            found = found.get("@id")
        if isinstance(found, str):
            return found
        return self.terms[name].iri if name in self.terms else None

    def _in_vocabulary(self, word: str, context: Mapping[str, Any]) -> str | None:
        vocabulary = context.get("@vocab", self.settings.get("@vocab"))
        return vocabulary + word if isinstance(vocabulary, str) and not word.startswith("@") else None

    def _fault(self, path: Path, what: str, hint: str = "") -> None:
        self.findings.fault(Place(path), what, hint)


_LONGEST_CHAIN: Final = 10
"""Terms that are defined by terms; ODRL's own context has chains of two."""

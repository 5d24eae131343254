# SPDX-License-Identifier: Apache-2.0
"""The table of recognised licences, and the many ways to spell one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from kyodaku.rights._yaml import Node, compose, package_text
from kyodaku.rights.vocabulary import LICENCE_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Licence", "known_licences", "parse_licences", "spelling"]

_FILLERS: Final = frozenset(
    {"licence", "license", "licensed", "under", "the", "a", "version", "v", "ライセンス", "第", "版"}
    | {"international", "unported", "generic", "universal", "国際", "非移植"},
)
"""Words that a licence is named with or without."""

_CC_URL: Final = re.compile(
    r"(?:https?://)?(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/"
    r"(?P<code>[a-z-]+)/(?P<version>\d\.\d)(?:/[a-z]{2})?(?:/(?:(?:deed|legalcode)(?:\.[a-z_-]+)?)?)?",
)
_CC_CODES: Final = {"zero": "cc0", "mark": "public domain mark"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Licence:
    """What a recognised licence asks and excludes."""

    id: str
    kind: str
    duties: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


def spelling(text: str) -> str:
    """A text without what makes no difference: capitals, width, punctuation, and words that only fill."""
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    if match := _CC_URL.fullmatch(folded):
        folded = f"{_CC_CODES.get(match['code'], 'cc ' + match['code'])} {match['version']}"
    words = re.findall(r"\d+(?:\.\d+)*|[^\W\d_]+", folded)
    return "".join(word for word in words if word not in _FILLERS)


@cache
def known_licences() -> Mapping[str, Licence]:
    """Every spelling of every licence in the shipped table."""
    return parse_licences(package_text("licences.yaml"), name="licences.yaml")


def parse_licences(text: str, *, name: str) -> dict[str, Licence]:
    """Read a table of licences; raises `UsageError` with `name:line`, also where two licences share a spelling."""
    known: dict[str, Licence] = {}
    for node in compose(text, name).record(("licences",))["licences"].items():
        for spelled, licence in _entry(node):
            if known.setdefault(spelled, licence) != licence:
                raise node.fail(f"{spelled!r} already means {known[spelled].id}")
    return known


def _entry(node: Node) -> Iterator[tuple[str, Licence]]:
    fields = node.record(("id", "kind", "spellings", "why"), ("versions", "titles", "duties", "limits"))
    fields["why"].texts()
    base = fields["id"].text()
    kind = fields["kind"].word(("open_licence", "public_domain"), "kind of basis")
    duties = _texts(fields.get("duties"))
    limits = tuple(sorted(fields["limits"].words(LICENCE_LIMITS, "limit"))) if "limits" in fields else ()
    names = [base, *_texts(fields["spellings"])]
    for name in names:
        yield spelling(name), Licence(id=base, kind=kind, duties=duties, limits=limits)
    for version in _texts(fields.get("versions")):
        licence = Licence(id=f"{base}-{version}", kind=kind, duties=duties, limits=limits)
        for name in (*names, *_texts(fields.get("titles"))):
            yield spelling(f"{name} {version}"), licence
            yield spelling(f"{name} {version.removesuffix('.0')}"), licence


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(held.text() for held in node.items()) if node else ()

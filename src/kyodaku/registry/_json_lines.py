# SPDX-License-Identifier: Apache-2.0
"""JSON Lines: one item a line, whose field `section` says what it is. The form for large imports.

{"section": "works", "id": "film-1", "kind": "film", "shares": [{"party": "studio"}]}
{"section": "permissions", "kind": "grant", "by": "studio", "to": "lab", "works": ["film-1"], "acts": ["train"]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kyodaku.registry import _events as events
from kyodaku.registry._schema import SECTIONS, near
from kyodaku.registry.documents import Document, decode_json

__all__ = ["LinesDocument", "read_lines"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LinesDocument(Document):
    """A document that knows the line of each item of a section, in order."""

    numbers: Mapping[str, list[int]] = field(default_factory=dict, repr=False)

    def lines(self, paths: Iterable[events.Path]) -> dict[events.Path, int]:
        """The line of the item that each path is in; 1 for one that is in none."""
        return {path: self._line(path) for path in paths}

    def _line(self, path: events.Path) -> int:
        return self.numbers[str(path[0])][int(path[1])] if len(path) > 1 else 1


def read_lines(name: str, text: str) -> LinesDocument:
    """Read a text; raises DocumentError at the first line that is no item."""
    value: dict[str, list[Any]] = {}
    numbers: dict[str, list[int]] = {}
    if text.count(",") + text.count("[") + text.count("{") > events.MAX_NODES:
        raise events.DocumentError(1, f"more than {events.MAX_NODES:,} values", "split the file")
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.isspace():
            section, item = _item(line, number)
            value.setdefault(section, []).append(item)
            numbers.setdefault(section, []).append(number)
    return LinesDocument(name=name, value=value, text=text, numbers=numbers)


def _item(line: str, number: int) -> tuple[str, dict[str, Any]]:
    try:
        item = decode_json(line)
    except events.DocumentError as fault:
        raise events.DocumentError(number, fault.what, fault.hint) from None
    section = item.pop("section", None) if isinstance(item, dict) else None
    if not isinstance(section, str) or section not in SECTIONS:
        hint = near(section, [*SECTIONS]) if isinstance(section, str) else f"one of: {', '.join(SECTIONS)}"
        raise events.DocumentError(number, "the line does not say in 'section' what it is", hint)
    return section, item

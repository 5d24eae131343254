# SPDX-License-Identifier: Apache-2.0
"""YAML and JSON as one stream of events with lines, from which values are built within limits.

Only what both formats share is read: mappings with text keys, lists, text, numbers, true, false and null. YAML's
anchors, aliases, tags and merge keys are refused, so that nothing in a document is larger than it looks; and words such
as `NO`, `on` or `2026-01-01` stay text, as in YAML 1.2, where the YAML 1.1 of most readers makes Norway a falsehood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "DocumentError",
    "Event",
    "Path",
    "build",
    "json_events",
    "lines_of",
    "yaml_events",
]

MAX_DEPTH: Final = 20
"""Deeper than any document of ours: a registry file goes down to 6."""
MAX_NODES: Final = 5_000_000
"""Values in one document: some 200,000 statements, and about 1 GB while they are read."""
_MAX_DIGITS: Final = 18
"""Longer numbers stay text: nothing here counts so far, and converting them takes quadratic time."""

_MAX_KEY: Final = 1000
"""Letters in a key; messages repeat it."""

Path = tuple[str | int, ...]

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s"{}\[\],:]+|\n')


class DocumentError(Exception):
    """The text is no document of ours: at which line, what, and what to do."""

    def __init__(self, line: int, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.line, self.what, self.hint = line, what, hint


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` is one of `{ [ ] value`; `]` ends a mapping, too. `value` is that of a scalar."""

    kind: str
    line: int
    value: Any = None


def yaml_events(text: str) -> Iterator[Event]:
    """The events of a YAML text of one document; raises DocumentError at what is refused."""
    documents = 0
    try:
        parsed: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        for event in parsed:
            line = event.start_mark.line + 1
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise DocumentError(
                    line, "a second document begins here", "put everything in one document, or in two files"
                )
            if isinstance(event, yaml.NodeEvent):
                yield _node(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                yield Event("]", line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DocumentError(mark.line + 1 if mark else 1, f"this is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise DocumentError(1, f"this is not YAML: {' '.join(str(error).split())}") from None


def _node(event: Any, line: int) -> Event:
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise DocumentError(line, "anchors and aliases (& and *) are not read", "write the value out")
    if event.tag:
        raise DocumentError(line, f"tags such as {event.tag} are not read", "write the plain value; put text in quotes")
    if isinstance(event, yaml.ScalarEvent):
        return Event("value", line, event.value if event.style else _plain(event.value))
    return Event("{" if isinstance(event, yaml.MappingStartEvent) else "[", line)


def _plain(text: str) -> str | int | float | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _MAX_DIGITS and text[-1] in "0123456789.":
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text


def json_events(text: str) -> Iterator[Event]:
    """The events of a text that is known to be JSON; scalars that are not text come as their spelling."""
    line = 1
    for match in _JSON_TOKEN.finditer(text):
        token = match[0]
        if token.isspace():
            line += 1
        elif token in ("{", "["):
            yield Event(token, line)
        elif token in ("}", "]"):
            yield Event("]", line)
        else:
            yield Event("value", line, _unquoted(token) if token[0] == '"' else token)


def _unquoted(token: str) -> str:
    """The text of a JSON string; hardly any has an escape, and `json.loads` on each would double the time."""
    return str(json.loads(token)) if "\\" in token else token[1:-1]


def build(events: Iterable[Event]) -> Any:
    """The value that the events describe; raises DocumentError at a repeated key, a key that is no text, a limit."""
    stack: list[_Open] = []
    top = _Open([])
    for count, event in enumerate(events):
        if count >= MAX_NODES:
            raise DocumentError(event.line, f"more than {MAX_NODES:,} values", "split the file")
        if event.kind == "]":
            top = stack.pop()
            continue
        value = event.value if event.kind == "value" else ({} if event.kind == "{" else [])
        if top.take(value, event) and event.kind != "value":
            stack.append(top)
            top = _Open(value)
            if len(stack) > MAX_DEPTH:
                raise DocumentError(event.line, f"lists and mappings more than {MAX_DEPTH} deep", "is a bracket open?")
    content: list[Any] = top.container
    return content[0] if content else None


class _Open:
    """A list or mapping that is being filled."""

    __slots__ = ("container", "key", "keys", "waiting")

    def __init__(self, container: Any) -> None:
        self.container = container
        self.keys: dict[str, int] = {}
        self.key = ""
        self.waiting = False

    def take(self, value: Any, event: Event) -> bool:
        """Take an item, a key, or the value of the last key; true for what may be entered."""
        if isinstance(self.container, list):
            self.container.append(value)
        elif self.waiting:
            self.container[self.key] = value
            self.waiting = False
        else:
            self._take_key(value, event)
            return False
        return True

    def _take_key(self, key: Any, event: Event) -> None:
        if not isinstance(key, str):
            raise DocumentError(event.line, f"a key that is no text: {key!r}", "put it in quotes")
        if len(key) > _MAX_KEY:
            raise DocumentError(event.line, f"a key of {len(key):,} letters", "is a quote open?")
        if key in self.keys:
            raise DocumentError(
                event.line, f"{key!r} a second time (first on line {self.keys[key]})", "keep one of them"
            )
        self.keys[key] = event.line
        self.key, self.waiting = key, True


def lines_of(events: Iterable[Event], wanted: Iterable[Path]) -> dict[Path, int]:
    """The line of each wanted place (for a mapping's value, of its key), or of the nearest one around it."""
    missing = set(wanted)
    around = {path[:length] for path in missing for length in range(len(path) + 1)}
    found: dict[Path, int] = {}
    for path, line in _places(events):
        if path in around:
            found.setdefault(path, line)
    return {path: next(found[path[:n]] for n in range(len(path), -1, -1) if path[:n] in found) for path in missing}


def _places(events: Iterable[Event]) -> Iterator[tuple[Path, int]]:
    """Each place in the document with its line, the whole before its parts."""
    path: list[str | int] = []  # for each open list or mapping, the place in it
    waiting: list[bool | None] = []  # for each, None in a list; in a mapping, whether a key waits for its value
    yield (), 1
    for event in events:
        if event.kind == "]":
            path.pop()
            waiting.pop()
            continue
        if waiting and waiting[-1] is False:
            path[-1], waiting[-1] = str(event.value), True
            yield tuple(path), event.line
            continue
        if waiting and waiting[-1] is None:
            path[-1] = int(path[-1]) + 1
            yield tuple(path), event.line
        elif waiting:
            waiting[-1] = False
        if event.kind != "value":
            path.append(-1)
            waiting.append(None if event.kind == "[" else False)

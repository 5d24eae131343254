# SPDX-License-Identifier: Apache-2.0
"""The groups, rules and lines of a robots.txt (RFC 9309), or of a file in its form, with their numbers.

Lenient to a no, strict to a yes: `Disallow` may be misspelt, lack its colon or its leading slash, as other readers
allow; `Allow` may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from kyodaku.signals._paths import Pattern

__all__ = ["MAX_BYTES", "Group", "Line", "RobotsFile", "Rule", "decides", "read_file"]

MAX_BYTES: Final = 500 * 1024
"""What a crawler must read at least (RFC 9309, section 2.5), and we at most."""

_FIELDS: Final = {
    "user-agent": "agent",
    "useragent": "agent",
    "user agent": "agent",
    "allow": "allow",
    "disallow": "disallow",
    "dissallow": "disallow",
    "dissalow": "disallow",
    "disalow": "disallow",
    "diasllow": "disallow",
    "disallaw": "disallow",
    "content-usage": "usage",
    "content-signal": "signal",
    "content-signals": "signal",
    "license": "license",
    "licence": "license",
    "sitemap": "other",
    "crawl-delay": "other",
    "host": "other",
}
_WITHOUT_COLON: Final = re.compile(r"(user-?agent|dis+al+ow)\s+(\S.*)", re.IGNORECASE)
_COMMENT: Final = re.compile(r"#.*")

_MAX_NAMES: Final = 5000
"""User-agent lines; the longest lists in use have some hundred."""

_NAME_CHARACTERS: Final = 200

_LINE_CHARACTERS: Final = 16_384
"""Twice the longest address that servers take."""

_MARKUP: Final = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml|!--)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says something: its number from 1, what kind it is, its value, and itself without its comment."""

    number: int
    kind: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`Allow` or `Disallow`."""

    allows: bool
    pattern: Pattern
    line: Line


@dataclass(slots=True)
class Group:
    """Rules and other lines for the agents of these names (in small letters)."""

    names: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def names_everyone(self) -> bool:
        """Whether it is the group for agents that have none of their own."""
        return "*" in self.names

    def is_for(self, token: str) -> bool:
        """Whether it names an agent: by its token, with or without a version, or by a pattern with `*`."""
        return any(_is_named(name, token.lower()) for name in self.names)


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """A file read. `loose` is what stands before any group; `problem` tells why not all of it could be read."""

    groups: tuple[Group, ...] = ()
    loose: Group = field(default_factory=Group)
    problem: str | None = None

    def groups_for(self, token: str | None) -> tuple[Group, ...]:
        """The groups an agent obeys: those that name it, or else those for everyone (for which `token` is None)."""
        named = tuple(group for group in self.groups if token is not None and group.is_for(token))
        return named or tuple(group for group in self.groups if group.names_everyone())


def read_file(data: bytes) -> RobotsFile:
    """Read it; a file that is none has no groups and a problem."""
    problem = _not_a_text(data)
    if problem is not None:
        return RobotsFile(problem=problem)
    kept = data
    if len(data) > MAX_BYTES:
        kept = data[: max(data.rfind(b"\n", 0, MAX_BYTES), 0)]
        problem = f"longer than {MAX_BYTES // 1024} KiB: the rest was not read"
    lines = list(_lines(kept))
    if not any(line.kind for line in lines):
        nothing = "no line of a robots.txt in it" if lines else None
        return RobotsFile(problem=problem or nothing)
    if any(len(line.text) > _LINE_CHARACTERS for line in lines):
        problem = problem or f"a line of more than {_LINE_CHARACTERS} characters, which was not read"
        lines = [line for line in lines if len(line.text) <= _LINE_CHARACTERS]
    naming = [place for place, line in enumerate(lines) if line.kind == "agent"]
    if len(naming) > _MAX_NAMES:
        problem = problem or f"more than {_MAX_NAMES} User-agent lines: the rest was not read"
        lines = lines[: naming[_MAX_NAMES]]
    loose, groups = _grouped(lines)
    return RobotsFile(groups=tuple(groups), loose=loose, problem=problem)


def decides(rules: Iterable[Rule], path: str, *, tie_allows: bool = True) -> Rule | None:
    """The rule with the longest pattern that matches; of two of one length, the one that allows (RFC 9309, 2.2.2)."""
    matching = (rule for rule in rules if rule.pattern.matches(path))
    return max(matching, key=lambda rule: (rule.pattern.length, rule.allows is tie_allows), default=None)


def _not_a_text(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "not UTF-8"
    if b"\0" in data:
        return "not a text"
    if _MARKUP.match(data[:1000].removeprefix(b"\xef\xbb\xbf").decode("latin-1")):
        return "a page, not a robots.txt"
    return None


def _lines(data: bytes) -> Iterator[Line]:
    """The lines that are not empty; those that mean nothing to us have the kind ""."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), start=1):  # and not at form feeds or U+2028
        line = _COMMENT.sub("", raw).strip()
        if line:
            kind, value = _said(line)
            yield Line(number, kind, value, line)


def _said(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    kind = _FIELDS.get(" ".join(name.lower().split()), "") if colon else ""
    if kind:
        return kind, value.strip()
    bare = _WITHOUT_COLON.match(line)
    if bare is None:
        return "", ""
    return ("agent" if bare[1].lower().startswith("user") else "disallow"), bare[2].strip()


def _grouped(lines: Sequence[Line]) -> tuple[Group, list[Group]]:
    """Lines that mean nothing, and records of others, end no group (RFC 9309, section 2.2.4)."""
    loose, groups = Group(), list[Group]()
    group, naming = loose, False
    for line in lines:
        if line.kind == "agent":
            if not naming:
                group, naming = Group(), True
                groups.append(group)
            if line.value:
                group.names.append(line.value[:_NAME_CHARACTERS].lower())
        elif line.kind in ("allow", "disallow"):
            naming = False
            if line.value:
                group.rules.append(Rule(line.kind == "allow", Pattern.of(line.value), line))
        elif line.kind in ("usage", "signal", "license"):
            naming = False
            group.lines.append(line)
    for nameless in (group for group in groups if not group.names):
        loose.rules += nameless.rules
        loose.lines += nameless.lines
    return loose, [group for group in groups if group.names]


@lru_cache(maxsize=_MAX_NAMES)
def _wild(name: str) -> Pattern:
    """Matched as paths are, and not by a regular expression that a stranger wrote."""
    return Pattern(tuple(re.split(r"\*+", name)), anchored=True, length=len(name))


def _is_named(name: str, token: str) -> bool:
    if name == "*":
        return False
    if "*" in name:
        return _wild(name).matches(token)
    return name == token or (name.startswith(token) and name[len(token)] in "/ \t(;,")

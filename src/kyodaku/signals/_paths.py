# SPDX-License-Identifier: Apache-2.0
"""Paths and the patterns of robots.txt that match them (RFC 9309, section 2.2.2), which tdmrep.json and ai.txt share.

Both sides are brought to one spelling first: unreserved characters unescaped, all that is not ASCII escaped. Addresses
are also freed of `/./` and `/../`, as they are before any client asks for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_from_bytes

__all__ = ["Pattern", "request_path"]

_BEFORE_THE_PATH: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_AS_THEY_ARE: Final = "/?&=:;,@!'()+#[]"
"""Reserved characters that keep their meaning; `*` and `$` are patterns' own and escaped in addresses."""


def request_path(target: str) -> str:
    """The path and query of an address (or of a path), in the one spelling."""
    begins = _BEFORE_THE_PATH.match(target) if "://" in target else None
    rest = (target[begins.end() :] if begins else target).partition("#")[0]
    path, mark, query = _one_spelling(rest, "").partition("?")
    return _without_dots(path if path.startswith("/") else f"/{path}") + mark + query


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path's beginning, with `*` for anything and `$` for the end; `length` ranks it among those that match."""

    parts: tuple[str, ...]
    anchored: bool
    length: int
    guessed: bool = False
    """Written against the rules (it begins neither with `/` nor with `*`) and read as it was probably meant."""

    @classmethod
    def of(cls, text: str) -> Pattern:
        """The pattern that `text` is."""
        begins = _BEFORE_THE_PATH.match(text) if "://" in text else None
        path = text[begins.end() :] if begins else text
        guessed = begins is not None or not path.startswith(("/", "*"))
        if not path.startswith(("/", "*")):
            path = f"/{path}"
        anchored = path.endswith("$")
        normal = _one_spelling(path.removesuffix("$"), "*")
        return cls(tuple(re.sub(r"\*+", "*", normal).split("*")), anchored, len(normal) + anchored, guessed)

    def matches(self, path: str) -> bool:
        """Whether it matches what `request_path` gave."""
        first, *others = self.parts
        if not path.startswith(first):
            return False
        if not others:
            return not self.anchored or path == first
        position = len(first)
        for part in others[:-1]:
            found = path.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
        last = others[-1]
        if self.anchored:
            return len(path) - len(last) >= position and path.endswith(last)
        return path.find(last, position) >= 0


def _one_spelling(text: str, kept: str) -> str:
    pieces = _ESCAPE.split(text)
    return "".join(_escape(piece) if odd else _plain(piece, kept) for odd, piece in _numbered(pieces))


def _numbered(pieces: list[str]) -> list[tuple[bool, str]]:
    return [(bool(number % 2), piece) for number, piece in enumerate(pieces)]


def _escape(digits: str) -> str:
    character = chr(int(digits, 16))
    return character if character in _UNRESERVED else f"%{digits.upper()}"


def _plain(piece: str, kept: str) -> str:
    try:
        data = piece.encode("utf-8", "surrogateescape")  # bytes that were no UTF-8 stay the bytes they were
    except UnicodeEncodeError:
        data = piece.encode("utf-8", "surrogatepass")
    return quote_from_bytes(data, safe=_AS_THEY_ARE + kept)


def _without_dots(path: str) -> str:
    """RFC 3986, section 5.2.4."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)

# SPDX-License-Identifier: Apache-2.0
"""JSON in a pack has one spelling: what is read must be, to the byte, what would be written again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import rfc8785

from kyodaku.errors import IntegrityError

__all__ = ["lines_of", "parsed", "parsed_lines", "written"]

_AGAIN: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode
"""Canonical JSON in C, but for unusual numbers and for keys beyond the Basic Multilingual Plane."""


def written(value: Any) -> bytes:
    """Canonical JSON (RFC 8785)."""
    return rfc8785.dumps(value)


def parsed(content: bytes, where: str) -> Any:
    """The value of canonical JSON; IntegrityError for anything else, a name given twice among it."""
    try:
        value = json.loads(content)
        if _AGAIN(value).encode() == content or rfc8785.dumps(value) == content:
            return value
    except (ValueError, RecursionError, TypeError):
        pass
    raise IntegrityError("this is not canonical JSON", where=where)


def lines_of(values: Iterable[Any]) -> bytes:
    """One value a line."""
    return b"".join(written(value) + b"\n" for value in values)


def parsed_lines(content: bytes, where: str) -> Iterator[tuple[bytes, Any]]:
    """Each line as it is and what it says; IntegrityError for one that is not canonical JSON, or not ended."""
    if content and not content.endswith(b"\n"):
        raise IntegrityError("the last line has no end", where=where)
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        yield line, parsed(line, f"{where}:{number}")

# SPDX-License-Identifier: Apache-2.0
"""One spelling for every record: canonical JSON (RFC 8785), from which ids are made.

A field that holds its default is left out. So the model can gain a field without changing the id of any decision made
before it had one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final, cast

import rfc8785

__all__ = ["canonical", "plain", "rfc3339", "sha256_id"]

_PLAINEST: Final = (1e-4, 1e15)
"""Between these a number is spelt alike by Python and by ECMAScript, whose spelling RFC 8785 takes."""


def rfc3339(moment: datetime) -> str:
    """`2026-01-01T00:00:00Z`; fractions of a second only where there are any."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat().replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """A record, or a value in one, as what JSON can hold."""
    if is_dataclass(value):
        return {name: plain(held) for name, held in _said(value).items()}
    if isinstance(value, datetime | Fraction):
        return _opened(value)
    if isinstance(value, Mapping):
        return {key: plain(held) for key, held in value.items()}
    if isinstance(value, tuple):
        return [plain(held) for held in value]
    return value


def canonical(value: Any) -> bytes:
    """The record in canonical JSON: the same bytes on every machine.

    What `json` writes with sorted keys, in C, is that already, unless there are letters beyond the Basic Multilingual
    Plane (as keys they sort otherwise) or unusual numbers: these few are left to `rfc8785`.
    """
    try:
        text = _encoder.encode(value if is_dataclass(value) else _checked(value))
    except _UnusualNumber:
        return rfc8785.dumps(plain(value))
    has_only_bmp = text.isascii() or len(text.encode("utf-16-le")) == 2 * len(text)
    return text.encode() if has_only_bmp else rfc8785.dumps(plain(value))


def sha256_id(data: bytes) -> str:
    """`sha256:` and the digest in hexadecimal."""
    return f"sha256:{sha256(data).hexdigest()}"


class _UnusualNumber(Exception):  # noqa: N818 - no error: a case for the thorough way
    pass


def _said(record: Any) -> dict[str, Any]:
    """The fields of a record that hold something else than their default."""
    names, defaults, values_of = _fields(cast("Hashable", type(record)))
    told = zip(names, values_of(record), defaults, strict=True)
    return {name: held for name, held, default in told if held is not default and held != default}


def _record(record: Any) -> dict[str, Any]:
    said = _said(record)
    for name, held in said.items():
        if type(held) is float:
            said[name] = _number(held)
    return said


def _opened(value: Any) -> Any:
    """One level of what `json` does not know: a moment, a record, a portion, names in several languages."""
    return _opener(cast("Hashable", type(value)))(value)


@cache
def _opener(kind: Hashable) -> Callable[[Any], Any]:
    if is_dataclass(kind):
        return _record
    openers: dict[Hashable, Callable[[Any], Any]] = {datetime: rfc3339, Fraction: str}
    return openers.get(kind, dict)


def _number(value: float) -> float | int:
    if value.is_integer() and abs(value) < _PLAINEST[1]:
        return int(value)
    if _PLAINEST[0] <= abs(value) < _PLAINEST[1]:
        return value
    raise _UnusualNumber


def _checked(value: Any) -> Any:
    """A value around records, in which numbers are looked at as they are in records."""
    if isinstance(value, dict):
        return {key: _checked(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(held) for held in value]
    return _number(float(value)) if type(value) in {int, float} else value


_encoder: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_opened
)


@cache
def _fields(record: Hashable) -> tuple[tuple[str, ...], tuple[Any, ...], Callable[[Any], tuple[Any, ...]]]:
    """Names and defaults of a record's fields, and what reads them all."""
    known = fields(cast("type[Any]", record))
    names = tuple(held.name for held in known)
    return names, tuple(map(_default, known)), attrgetter(*names)


def _default(held: Field[Any]) -> Any:
    return held.default if held.default_factory is MISSING else held.default_factory()

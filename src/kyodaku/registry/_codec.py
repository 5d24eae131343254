# SPDX-License-Identifier: Apache-2.0
"""Between the law's records and what is stored of them: canonical JSON that says what was stated, and no more.

A stored body leaves out what is empty, and the two times that are the registry's: when it recorded the statement and,
where none was stated, from when it is effective (the same). So the same statement always has the same body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from hashlib import sha256
from typing import Any, Final, TypeAlias

import rfc8785

from kyodaku.errors import KyodakuError
from kyodaku.rights import Mandate, Party, Permission, Proof, Share, Term, Work

__all__ = [
    "EFFECTIVE",
    "KINDS",
    "UNTIL",
    "Body",
    "Record",
    "as_text",
    "body_of",
    "canonical",
    "canonical_body",
    "derived_id",
    "digest",
    "kind_of",
    "record_of",
]

Body: TypeAlias = dict[str, Any]
Record: TypeAlias = Party | Work | Mandate | Permission

KINDS: Final[dict[str, type[Record]]] = {"party": Party, "work": Work, "mandate": Mandate, "permission": Permission}
"""What can be declared, in the order in which one needs the other."""

EFFECTIVE: Final = {"mandate": "valid_from", "permission": "effective_from"}
UNTIL: Final = {"mandate": "valid_until", "permission": "effective_until"}
"""The fields that say from and until when a statement is effective."""

_PARTS: Final[dict[str, type[Share | Term]]] = {"shares": Share, "terms": Term}
_MOMENTS: Final = frozenset(
    {"at", "effective_from", "effective_until", "revoked_at", "until", "valid_from", "valid_until"}
)
_ID_DIGITS: Final = 20
"""80 bits: a second statement with the same id would take some 10^12 of them."""


def as_text(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`; fractions of a second only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def canonical(value: Any) -> bytes:
    """Canonical JSON (RFC 8785)."""
    return rfc8785.dumps(value)


def canonical_body(body: Body) -> bytes:
    """Canonical JSON of a body, in which there are no numbers: the same bytes as `canonical`, in a tenth of the time.

    Without numbers, and with keys within the Basic Multilingual Plane, RFC 8785 is what `json` writes with sorted keys.
    """
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    has_only_bmp = text.isascii() or len(text.encode("utf-16-le")) == 2 * len(text)
    return text.encode() if has_only_bmp else rfc8785.dumps(body)


def digest(content: bytes) -> str:
    """SHA-256 in lower-case hex."""
    return sha256(content).hexdigest()


def kind_of(record: Record) -> str:
    """`party`, `work`, `mandate` or `permission`."""
    return next(kind for kind, cls in KINDS.items() if isinstance(record, cls))


def body_of(record: Record) -> Body:
    """What the record states, JSON-ready."""
    body: Body = _plain(record)
    body.pop("recorded_at", None)
    return body


def _plain(value: Any) -> Any:
    names = _names(value.__class__)
    if names:
        return {name: _plain(held) for name in names if (held := getattr(value, name))}
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return as_text(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if isinstance(value, Fraction) else value


@cache
def _names(cls: Any) -> tuple[str, ...]:
    """The fields of one of the law's records; none for any other type."""
    return tuple(held.name for held in fields(cls)) if is_dataclass(cls) else ()


def derived_id(kind: str, body: Body) -> str:
    """An id made from what a statement says, for one that was given none."""
    stated = {name: value for name, value in body.items() if name != "id"}
    return f"{kind[0]}-{digest(canonical_body(stated))[:_ID_DIGITS]}"


def record_of(kind: str, body: Mapping[str, Any], recorded_at: datetime | None = None) -> Record:
    """The record that a body states, recorded at that time; UsageError for values that the law's model refuses.

    Times in the body may be text or datetimes.
    """
    values = {name: _value(name, held) for name, held in body.items()}
    if kind in EFFECTIVE:
        values = {EFFECTIVE[kind]: recorded_at, **values, "recorded_at": recorded_at}
    made: Record = _made(KINDS[kind], values)
    return made


def _value(name: str, held: Any) -> Any:
    if name in _MOMENTS and isinstance(held, str):
        return datetime.fromisoformat(held)
    if name in _PARTS:
        return tuple(_made(_PARTS[name], {key: _value(key, part) for key, part in item.items()}) for item in held)
    if name == "proof":
        return _made(Proof, {key: _value(key, part) for key, part in held.items()})
    if name == "portion":
        return Fraction(held)
    return tuple(held) if isinstance(held, list) else held


def _made(cls: Any, values: Mapping[str, Any]) -> Any:
    unknown = values.keys() - set(_names(cls))
    if unknown:
        what = f"a {cls.__name__.lower()} with {min(unknown)!r}"
        raise KyodakuError(what, hint="written by a newer version: update")
    return cls(**values)

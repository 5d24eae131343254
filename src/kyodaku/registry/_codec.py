# SPDX-License-Identifier: Apache-2.0
"""Between the law's records and what is stored of them: canonical JSON that says what was stated, and no more.

A stored body leaves out what is empty, and the two times that are the registry's: when it recorded the statement and,
where none was stated, from when it is effective (the same). So the same statement always has the same body, also in
years: a field that the law's records gain later is left out where it has its default, and nothing that was recorded
before it looks changed.

What a field is read as follows from the records' own types; nothing here names one of them but `_WRITTEN_OUT`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache, partial
from hashlib import sha256
from types import NoneType
from typing import Any, Final, TypeAlias, get_args, get_origin, get_type_hints

import rfc8785

from kyodaku.errors import KyodakuError
from kyodaku.rights import Mandate, Party, Permission, Share, Term, Work

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

_WRITTEN_OUT: Final[dict[type, frozenset[str]]] = {
    Party: frozenset({"kind"}),
    Share: frozenset({"rights", "territory"}),
    Term: frozenset({"territory"}),
    Mandate: frozenset({"may", "acts", "works"}),
    Permission: frozenset({"purposes", "territories", "models", "media"}),
}
"""Fields whose default is written out. The list is closed: another would change the bodies of what is recorded."""
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
    written = _written(value.__class__)
    if written:
        return {name: _plain(held) for name, default in written if (held := getattr(value, name)) and held != default}
    if isinstance(value, str | bool):
        return value
    if isinstance(value, datetime):
        return as_text(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else str(value)


@cache
def _written(cls: type) -> tuple[tuple[str, Any], ...]:
    """The fields of one of the law's records, each with what it holds where it is left out; none for other types."""
    if not is_dataclass(cls):
        return ()
    spelled = _WRITTEN_OUT.get(cls, frozenset[str]())
    return tuple(
        (held.name, None if held.name in spelled or held.default is MISSING else held.default) for held in fields(cls)
    )


def derived_id(kind: str, body: Body) -> str:
    """An id made from what a statement says, for one that was given none."""
    stated = {name: value for name, value in body.items() if name != "id"}
    return f"{kind[0]}-{digest(canonical_body(stated))[:_ID_DIGITS]}"


def record_of(kind: str, body: Mapping[str, Any], recorded_at: datetime | None = None) -> Record:
    """The record that a body states, recorded at that time; UsageError for values that the law's model refuses.

    Times in the body may be text or datetimes.
    """
    values = dict(body)
    if kind in EFFECTIVE:
        values = {EFFECTIVE[kind]: recorded_at, **values, "recorded_at": recorded_at}
    made: Record = _made(KINDS[kind], values)
    return made


def _made(cls: Any, values: Mapping[str, Any]) -> Any:
    readers = _readers(cls)
    try:
        read = {name: held if (reader := readers[name]) is None else reader(held) for name, held in values.items()}
    except KeyError:
        what = f"a {cls.__name__.lower()} with {min(values.keys() - readers)!r}"
        raise KyodakuError(what, hint="written by a newer version: update") from None
    return cls(**read)


@cache
def _readers(cls: Any) -> Mapping[str, Callable[[Any], Any] | None]:
    """How each field of the record is read from JSON; None where it is the same there."""
    hints = get_type_hints(cls, localns={"datetime": datetime, "Mapping": Mapping})
    return {name: _reader(hint) for name, hint in hints.items()}


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    options = [each for each in get_args(hint) if each is not NoneType] if NoneType in get_args(hint) else [hint]
    (held,) = options
    if held is datetime:
        return _moment
    if held is Fraction:
        return Fraction
    if is_dataclass(held):
        return partial(_made, held)
    if get_origin(held) is tuple:
        (item, _) = get_args(held)
        return partial(_all_made, item) if is_dataclass(item) else _tuple
    return None


def _moment(held: Any) -> Any:
    return datetime.fromisoformat(held) if isinstance(held, str) else held


def _tuple(held: Any) -> Any:
    return tuple(held) if isinstance(held, list) else held


def _all_made(cls: Any, items: Any) -> tuple[Any, ...]:
    return tuple(_made(cls, item) for item in items)

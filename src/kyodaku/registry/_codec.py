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
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache, lru_cache, partial
from hashlib import sha256
from types import NoneType
from typing import Any, Final, TypeAlias, get_args, get_origin, get_type_hints

import rfc8785

from kyodaku.errors import KyodakuError
from kyodaku.rights import Mandate, Party, Permission, Share, Term, Work
from kyodaku.rights import rfc3339 as as_text

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
    "id_of",
    "kind_of",
    "moment_of",
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
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
"""Beyond the Basic Multilingual Plane, where RFC 8785 orders keys otherwise than code points do."""
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False)
_ID_DIGITS: Final = 20
"""80 bits: a second statement with the same id would take some 10^12 of them."""


def canonical(value: Any) -> bytes:
    """Canonical JSON (RFC 8785)."""
    return rfc8785.dumps(value)


def canonical_body(body: Body) -> bytes:
    """Canonical JSON of a body, in which there are no numbers: the same bytes as `canonical`, in a tenth of the time.

    Without numbers, and with keys within the Basic Multilingual Plane, RFC 8785 is what `json` writes with sorted keys.
    """
    text = _ENCODER.encode(body)
    return text.encode() if text.isascii() or not _BEYOND.search(text) else rfc8785.dumps(body)


def digest(content: bytes) -> str:
    """SHA-256 in lower-case hex."""
    return sha256(content).hexdigest()


def kind_of(record: Record) -> str:
    """`party`, `work`, `mandate` or `permission`."""
    return next(kind for kind, cls in KINDS.items() if isinstance(record, cls))


def body_of(record: Record) -> Body:
    """What the record states, JSON-ready."""
    body = _stated(record)
    body.pop("recorded_at", None)
    return body


def _stated(record: Any) -> Body:
    return {
        name: held if writer is None else writer(held)
        for name, default, writer in _writers(record.__class__)
        if (held := getattr(record, name)) and held != default
    }


@cache
def _writers(cls: type) -> tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]:
    """The fields of one of the law's records: what is left out as said anyway, and how the rest becomes JSON."""
    hints, spelled = _hints(cls), _WRITTEN_OUT.get(cls, frozenset[str]())
    found = {held.name: held.default for held in fields(cls)}
    omitted = {name: None if name in spelled or default is MISSING else default for name, default in found.items()}
    return tuple((name, omitted[name], _writer(hint)) for name, hint in hints.items())


def _writer(held: Any) -> Callable[[Any], Any] | None:
    if held is datetime:
        return _known_text
    if is_dataclass(held):
        return _stated
    if get_origin(held) is tuple:
        return _all_stated if is_dataclass(get_args(held)[0]) else list
    return {Fraction: str, Mapping: dict}.get(get_origin(held) or held)


def _all_stated(records: Any) -> list[Body]:
    return [_part_stated(each) for each in records]


def _part_stated(record: Any) -> Body:
    held, body = _STATED.get(id(record), (None, None))
    return body.copy() if held is record and body is not None else _stated(record)


_known_text = lru_cache(maxsize=1000)(as_text)


def derived_id(kind: str, body: Body) -> str:
    """An id made from what a statement says, for one that was given none."""
    stated = {name: value for name, value in body.items() if name != "id"}
    return id_of(kind, canonical_body(stated))


def id_of(kind: str, text: bytes) -> str:
    """The same, from the canonical JSON of what is said."""
    return f"{kind[0]}-{digest(text)[:_ID_DIGITS]}"


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
def _readers(cls: type) -> Mapping[str, Callable[[Any], Any] | None]:
    """How each field of the record is read from JSON; None where it is the same there."""
    return {name: _reader(hint) for name, hint in _hints(cls).items()}


def _reader(held: Any) -> Callable[[Any], Any] | None:
    if isinstance(held, type) and is_dataclass(held):
        return partial(_part, held)
    if get_origin(held) is tuple:
        item = get_args(held)[0]
        return partial(_parts, item) if isinstance(item, type) and is_dataclass(item) else _tuple
    known: dict[Any, Callable[[Any], Any]] = {datetime: _moment, Fraction: Fraction}
    return known.get(held)


@cache
def _hints(cls: type) -> Mapping[str, Any]:
    """The type of each field, but for its being optional."""
    hints = get_type_hints(cls, localns={"datetime": datetime, "Mapping": Mapping})
    return {name: next(each for each in (*get_args(hint), hint) if each is not NoneType)
            if NoneType in get_args(hint) else hint for name, hint in hints.items()}  # fmt: skip


def _moment(held: Any) -> Any:
    return moment_of(held) if isinstance(held, str) else held


@lru_cache(maxsize=1000)
def moment_of(text: str) -> datetime:
    """The moment of a text as `as_text` writes it."""
    return datetime.fromisoformat(text)


def _tuple(held: Any) -> Any:
    return tuple(held) if isinstance(held, list) else held


def _parts(cls: type, items: Any) -> tuple[Any, ...]:
    return tuple(_part(cls, item) for item in items)


def _part(cls: type, values: Mapping[str, Any]) -> Any:
    """A record within a record. Equal ones are one: catalogues repeat their shares, and making one costs 8 µs."""
    key = (cls, *((name, tuple(held) if isinstance(held, list) else held) for name, held in values.items()))
    made = _PARTS.get(key)
    if made is None:
        made = _made(cls, values)
        if len(_PARTS) >= _MAX_PARTS:
            _PARTS.clear()
            _STATED.clear()
        _PARTS[key] = made
        _STATED[id(made)] = (made, _stated(made))
    return made


_PARTS: Final[dict[Any, Any]] = {}
_STATED: Final[dict[int, tuple[Any, Body]]] = {}
"""Of each of these what it states; it is held beside it, so that its id stays its own."""
_MAX_PARTS: Final = 10_000

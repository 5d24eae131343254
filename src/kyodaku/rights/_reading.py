# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON back to records, from anybody: what is read is exactly what would be written again, or it is refused.

A record in canonical JSON leaves out what holds its default and has one spelling for everything else (`_canonical`). So
each value that is read is written again and compared; a second spelling of the same record does not pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import cache, partial
from types import NoneType
from typing import Any, Final, Self, TypeVar, cast, get_args, get_origin, get_type_hints

from kyodaku.errors import UsageError
from kyodaku.rights._canonical import plain
from kyodaku.rights.facts import Facts
from kyodaku.rights.statements import Mandate, Permission
from kyodaku.rights.uses import Use
from kyodaku.rights.works import Party, Work

__all__ = ["RECORDS", "Shelf", "facts_from_json", "use_from_json"]

RECORDS: Final[Mapping[str, type]] = {"works": Work, "parties": Party, "mandates": Mandate, "permissions": Permission}
"""The fields of `Facts` that hold what is registered: the same records come again in the facts of many media."""

_LONGEST: Final = 100
"""Letters of a moment or a portion; each has under 40."""
_IN_LOWEST_TERMS: Final = re.compile(r"[0-9]+(?:/[0-9]+)?")
"""As a portion is written; 1e999999999, which is a number too, would take hours to be read."""

_Read = TypeVar("_Read")


def use_from_json(value: Any) -> Use:
    """The use whose canonical JSON this is, parsed; UsageError for anything else."""
    return _read_back(Use, value)


def facts_from_json(value: Any, *, shelf: Shelf | None = None) -> Facts:
    """The facts whose canonical JSON this is, parsed; UsageError for anything else.

    With a `shelf`, works, parties, mandates and permissions are given as their numbers on it.
    """
    if shelf is None:
        return _read_back(Facts, value)
    _require(isinstance(value, dict), "facts are a record")
    stated = {name: held for name, held in value.items() if name not in RECORDS}
    taken: dict[str, Any] = {name: shelf.taken(name, value[name]) for name in RECORDS if name in value}
    return replace(_read_back(Facts, stated), **taken)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """Records that the facts of several media have in common, by the field of `Facts` that they are for."""

    records: Mapping[str, Sequence[Any]]

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read lists of records in canonical JSON, by the names in `RECORDS`; UsageError for anything else."""
        _require(isinstance(value, dict) and set(value) <= set(RECORDS), "the records have unknown names")
        return cls(
            records={name: tuple(_read_back(RECORDS[name], each) for each in _list(value[name])) for name in value}
        )

    def taken(self, name: str, numbers: Any) -> tuple[Any, ...]:
        """The records with these numbers, each named once."""
        held = self.records.get(name, ())
        known = [number for number in _list(numbers) if type(number) is int and 0 <= number < len(held)]
        _require(known == numbers and len(set(known)) == len(known), f"{name!r} names what there is not")
        return tuple(held[number] for number in known)


def _read_back(cls: type[_Read], value: Any) -> _Read:
    made = _made(cls, value)  # by the type of each field: what is nested deeper than the record is no value of it
    _require(plain(made) == value, f"the {cls.__name__.lower()} is not spelt as Kyodaku spells it")
    return made


def _made(cls: type[_Read], value: Any) -> _Read:
    _require(isinstance(value, dict), f"a {cls.__name__.lower()} is a record")
    readers, required = _readers(cast("Hashable", cls))
    if unknown := value.keys() - readers.keys():
        raise UsageError(f"a {cls.__name__.lower()} has no field {min(unknown)[:_LONGEST]!r}")
    if missing := required - value.keys():
        raise UsageError(f"a {cls.__name__.lower()} without {min(missing)!r}")
    return cls(**{name: readers[name](held) for name, held in value.items()})


# --- one field --------------------------------------------------------------------------------------------------------


@cache
def _readers(cls: Any) -> tuple[Mapping[str, Callable[[Any], Any]], frozenset[str]]:
    """How each field is read, and which must be there."""
    hints = get_type_hints(cls, localns={"datetime": datetime, "Mapping": Mapping})
    required = {held.name for held in fields(cls) if held.default is MISSING and held.default_factory is MISSING}
    return {name: _reader(hint) for name, hint in hints.items()}, frozenset(required)


def _reader(hint: Any) -> Callable[[Any], Any]:
    """What reads a field of this type. None is never written: a field that is empty is left out."""
    held: Any
    (held,) = [each for each in (get_args(hint) if NoneType in get_args(hint) else (hint,)) if each is not NoneType]
    if isinstance(held, type) and is_dataclass(held):
        return partial(_made, held)
    if get_origin(held) is tuple:
        return partial(_several, _reader(get_args(held)[0]))
    return _SIMPLE[get_origin(held) or held]


def _several(read: Callable[[Any], Any], value: Any) -> tuple[Any, ...]:
    return tuple(read(each) for each in _list(value))


def _text(value: Any) -> str:
    _require(type(value) is str, "text is expected")
    return str(value)


def _flag(value: Any) -> bool:
    _require(type(value) is bool, "true or false is expected")
    return bool(value)


def _number(value: Any) -> float:
    _require(type(value) in {int, float}, "a number is expected")
    try:
        return float(value)
    except OverflowError:
        raise UsageError("a number beyond all numbers") from None


def _moment(value: Any) -> datetime:
    return _parsed(datetime.fromisoformat, value, "a moment")


def _portion(value: Any) -> Fraction:
    return _parsed(_in_lowest_terms, value, "a portion")


def _in_lowest_terms(text: str) -> Fraction:
    if not _IN_LOWEST_TERMS.fullmatch(text):
        raise ValueError(text)
    return Fraction(text)


def _parsed(read: Callable[[str], _Read], value: Any, what: str) -> _Read:
    _require(type(value) is str and len(value) <= _LONGEST, f"{what} is expected")
    try:
        return read(value)
    except (ValueError, ArithmeticError):
        raise UsageError(f"{value!r} is not {what}") from None


def _texts(value: Any) -> Mapping[str, str]:
    _require(isinstance(value, dict), "texts by their language are expected")
    return {name: _text(text) for name, text in value.items()}


_SIMPLE: Final[Mapping[Any, Callable[[Any], Any]]] = {
    str: _text,
    bool: _flag,
    float: _number,
    datetime: _moment,
    Fraction: _portion,
    Mapping: _texts,
}


def _list(value: Any) -> list[Any]:
    _require(isinstance(value, list), "a list is expected")
    found: list[Any] = value
    return found


def _require(holds: bool, what: str) -> None:  # noqa: FBT001 - the condition itself
    if not holds:
        raise UsageError(what)

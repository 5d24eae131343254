# SPDX-License-Identifier: Apache-2.0
"""Checks and normal forms for the fields of the model, so that equal facts are equal records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from kyodaku.errors import UsageError
from kyodaku.rights._territories import COUNTRIES, COUNTRY_HINTS
from kyodaku.rights.vocabulary import ALL, ANYONE, WORLD

__all__ = [
    "Texts",
    "clean",
    "countries",
    "flag",
    "ident",
    "idents",
    "instant",
    "lines",
    "maybe_instant",
    "one_of",
    "period",
    "put",
    "words",
]

ID_LENGTH = 200
"""Longer than any URI or EIDR in use; an id is printed in one line and kept in an index."""

LINE_LENGTH = 1000
"""A condition in words; the contract itself belongs in a document that the registry keeps by its hash."""

_RESERVED = (ALL, ANYONE, WORLD)


class Texts(Mapping[str, str]):
    """An immutable, hashable mapping from language tag to text; iterates in the order of the tags."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, str], *, where: str) -> None:
        self._items = tuple(sorted((ident(tag, where=where), _text(text, tag, where)) for tag, text in items.items()))

    def __getitem__(self, key: str) -> str:
        for language, text in self._items:
            if language == key:
                return text
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (language for language, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Texts):
            return self._items == other._items
        return dict(self._items) == other

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(dict(self._items))


def put(record: object, **values: Any) -> None:
    """Set fields of a frozen record while it is being made."""
    for name, value in values.items():
        object.__setattr__(record, name, value)


def flag(value: object, *, what: str, where: str) -> None:
    """True or false, and nothing that merely counts as one of them."""
    if not isinstance(value, bool):
        raise UsageError(f"{what!r} is true or false, not {value!r}", where=where)


def _encodable(text: str) -> bool:
    """False for lone surrogates, which no canonical JSON can carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(value: object, tag: str, where: str) -> str:
    if not isinstance(value, str) or not value.strip() or not _encodable(value):
        raise UsageError(f"the text for {tag!r} is not readable text", where=where)
    return value


def clean(text: str) -> str:
    """Text from outside (a manifest, a decoder) as it can be kept: bytes that were no text become escapes."""
    return text if _encodable(text) else text.encode("utf-8", "backslashreplace").decode()


def _is_line(value: str, longest: int) -> bool:
    return 0 < len(value) <= longest and value.isprintable() and value == value.strip()


def ident(value: object, *, where: str) -> str:
    """An id: printable, not blank, at most `ID_LENGTH` letters, and not one of the words that mean everything."""
    if not isinstance(value, str) or not _is_line(value, ID_LENGTH):
        raise UsageError(f"{value!r} is not an id", where=where, hint="printable, no space around it, not empty")
    if value in _RESERVED:
        raise UsageError(
            f"{value!r} is not an id", where=where, hint="the word is kept for statements about everything"
        )
    return value


def _several(values: Iterable[str]) -> list[str]:
    """Sorted without repetition; a bare word counts as a list of one, never as its letters."""
    return sorted({values} if isinstance(values, str) else set(values))


def idents(values: Iterable[str], *, where: str, everything: str | None = None) -> tuple[str, ...]:
    """Ids in order; where the word for everything is among them, that word alone."""
    found = _several(values)
    if everything in found:
        return (str(everything),)
    return tuple(ident(value, where=where) for value in found)


def lines(values: Iterable[str], *, where: str) -> tuple[str, ...]:
    """Short texts (duties, conditions) in order, one line each."""
    found = _several(values)
    for value in found:
        if not _is_line(value, LINE_LENGTH):
            raise UsageError(
                f"{value[:40]!r} is not one line of text", where=where, hint=f"at most {LINE_LENGTH} letters"
            )
    return tuple(found)


def one_of(value: str, known: Iterable[str], *, what: str, where: str) -> str:
    """The word, if the list knows it."""
    known = tuple(known)
    if value not in known:
        near = get_close_matches(str(value), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of: {', '.join(known)}"
        raise UsageError(f"unknown {what} {value!r}", where=where, hint=hint)
    return value


def words(
    values: Iterable[str],
    known: Iterable[str],
    *,
    what: str,
    where: str,
    everything: str | None = ALL,
) -> tuple[str, ...]:
    """Words of a closed list, in order; where the word for everything is among them, that word alone."""
    found = _several(values)
    known = tuple(known)
    allowed = known if everything is None else (*known, everything)
    for value in found:
        one_of(value, allowed, what=what, where=where)
    return (everything,) if everything is not None and everything in found else tuple(found)


def countries(values: Iterable[str], *, where: str) -> tuple[str, ...]:
    """Country codes in order, or `WORLD` alone; at least one."""
    found = _several(values)
    if not found:
        raise UsageError("no territory", where=where, hint=f"country codes such as JP, or {WORLD}")
    for value in found:
        if value != WORLD and value not in COUNTRIES:
            hint = COUNTRY_HINTS.get(str(value).upper(), "two capital letters of ISO 3166-1, such as JP, or world")
            raise UsageError(f"unknown territory {value!r}", where=where, hint=hint)
    return (WORLD,) if WORLD in found else tuple(found)


def instant(value: object, *, where: str) -> datetime:
    """A moment in UTC; one without a time zone is refused, because nobody can say when it was."""
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise UsageError(f"{value} is not a time with its zone", where=where, hint="write 2026-01-01T00:00:00Z")
    try:
        utc = value.astimezone(UTC)
        return utc if type(utc) is datetime else datetime.combine(utc.date(), utc.time(), UTC)  # one spelling for ids
    except OverflowError:
        raise UsageError(f"{value} is outside the calendar", where=where) from None


def maybe_instant(value: datetime | None, *, where: str) -> datetime | None:
    """As `instant`; None stays None."""
    return None if value is None else instant(value, where=where)


def period(since: datetime | None, until: datetime | None, *, where: str) -> None:
    """A period ends after it begins."""
    if since is not None and until is not None and until <= since:
        raise UsageError(f"the period ends ({until:%Y-%m-%d %H:%M}) before it begins", where=where)

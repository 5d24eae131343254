# SPDX-License-Identifier: Apache-2.0
"""The shape of a registry file, field by field; `docs/registry-file.md` describes it for people.

Pydantic finds all that is wrong with a shape at once and says where; `_explain` puts it in a person's words. What one
field alone cannot show (periods, what kind of statement needs what) is left to the law's own records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from reprlib import Repr
from typing import Annotated, Any, Final, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from kyodaku.errors import UsageError
from kyodaku.names.entry import NameKind, TraitGroup
from kyodaku.registry._events import Path
from kyodaku.registry.identifiers import checked_identifier
from kyodaku.rights import ACTS, ALL, ANYONE, MEDIA, PARTY_KINDS, PERMISSION_KINDS, RIGHTS, Party, Share
from kyodaku.rights.vocabulary import EFFECTS

__all__ = [
    "MAX_LISTED",
    "MAX_SHARES",
    "MAX_TEXT",
    "NAME_KINDS",
    "SECTIONS",
    "TRAIT_GROUPS",
    "WITHIN",
    "Complaint",
    "checked",
    "near",
    "shown",
]

NAME_KINDS: Final[tuple[str, ...]] = get_args(NameKind)
TRAIT_GROUPS: Final[tuple[str, ...]] = get_args(TraitGroup)

Complaint: TypeAlias = tuple[Path, str, str]
"""Where in the item, what is wrong, what to do."""

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(?P<zone>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Nothing that is read needs one, terminals obey them, and a database may refuse them; tabs and line ends are text."""
MAX_LISTED: Final = 10_000
"""Items in one list of one declaration: a catalogue's statement names `all`, or is several."""
_PORTION = re.compile(r"[-+]?(\d{1,30}/\d{1,30}|\d{0,30}\.?\d{0,30}(e-\d\d)?)", re.ASCII)
"""`1e999999999` is a number too, and would fill the memory."""
_LONGEST_NUMBER: Final = 20
MAX_SHARES: Final = 1000
"""Shares in one work; whether they can all be right is asked of any two of them."""
MAX_TEXT: Final = 10_000
"""Letters in one title or name."""
_MISTYPED: Final = 200
"""Letters of a word that somebody may have mistyped: an id has no more, and comparing takes quadratic time."""
_SHOWN = Repr()
_SHOWN.maxstring, _SHOWN.maxother, _SHOWN.maxlist, _SHOWN.maxdict, _SHOWN.maxlevel = 60, 60, 3, 3, 2
_NOT_FOR_FILES: Final = {
    "recorded_at": "when a statement was recorded is for the registry's own clock to say; leave it out",
    "proof": "that a statement is older than its record is shown by evidence, not by saying so; leave it out",
}


def shown(value: object) -> str:
    """A value as it can stand in a message, whatever its size."""
    return _SHOWN.repr(value)


def near(word: str, known: Sequence[str], *, listing: bool = True) -> str:
    """A hint for a mistyped word: the nearest known one, or all of them if they are few."""
    close = get_close_matches(word, known, n=1) if len(word) <= _MISTYPED else []
    if close:
        return f"did you mean {close[0]}?"
    return f"one of: {', '.join(known)}" if listing and 0 < len(known) <= 20 else ""


# --- fields ---------------------------------------------------------------------------------------------------------
def _fault(what: str, hint: str | None) -> PydanticCustomError:
    return PydanticCustomError("kyodaku", "{what}", {"what": what, "hint": hint or ""})


def _as_the_law_says(make: Callable[[str], object]) -> AfterValidator:
    """Ask the law's own record whether it takes the value."""

    @lru_cache(maxsize=10_000)
    def asked(value: str) -> tuple[str, str | None] | None:
        try:
            make(value)
        except UsageError as error:
            return error.what, error.hint
        return None

    def check(value: str) -> str:
        fault = asked(value)
        if fault:
            raise _fault(*fault)
        return value

    return AfterValidator(check)


def _word(what: str, *known: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            raise _fault(f"unknown {what} {_SHOWN.repr(value)}", near(value, known))
        return value

    return AfterValidator(check)


def _either(word: str) -> Callable[[str], object]:
    return lambda value: value == word or Party(id=value)


def _listed(value: Any) -> Any:
    """A bare word counts as a list of one."""
    return (value,) if isinstance(value, str) else tuple(_short(value)) if isinstance(value, list) else value


def _short(value: Any) -> Any:
    if isinstance(value, list | dict) and len(value) > MAX_LISTED:
        raise _fault(f"{len(value):,} in one list", f"at most {MAX_LISTED:,}; split it into several")
    return value


def _few(value: Any) -> Any:
    if isinstance(value, list) and len(value) > MAX_SHARES:
        raise _fault(
            f"{len(value):,} shares in one work", f"at most {MAX_SHARES:,}; a share names several rights, places"
        )
    return value


def _text(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise _fault(f"a text of {len(value):,} letters", f"at most {MAX_TEXT:,}")
    odd = _CONTROL.search(value)
    if odd:
        raise _fault(f"a control character in a text: {odd[0]!r}", "take it out")
    return value


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        has_zone, moment = value.utcoffset() is not None, value
    else:
        found = _TIME.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise _fault(f"{_SHOWN.repr(value)} is not a time", "write it as 2026-01-01T00:00:00Z")
        has_zone = found["zone"] is not None
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError as error:
            why = "there is no such offset" if "offset" in str(error) else error
            raise _fault(f"{value!r} is not a time: {why}", "write it as 2026-01-01T00:00:00Z") from None
    if not has_zone:
        raise _fault(f"{value} has no time zone", "end it with Z, or with an offset such as +09:00")
    return moment


def _portion(value: Any) -> str:
    """A fraction in lowest terms, as text: hardly any two are different, and as text they are told apart at once."""
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return _in_lowest_terms(str(value).replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        pass
    raise _fault(f"{_SHOWN.repr(value)} is not a portion", "write it as 1/3 or 0.5")


@lru_cache(maxsize=10_000)
def _in_lowest_terms(text: str) -> str:
    if not _PORTION.fullmatch(text):
        raise ValueError(text)
    return str(Fraction(text))


def _names(value: Any) -> Any:
    """A bare text is a name of which no more is said; one may stand alone."""
    listed = [value] if isinstance(value, str) else _short(value)
    return [{"text": each} if isinstance(each, str) else each for each in listed] if isinstance(listed, list) else value


def _weight(value: Any) -> float:
    """A number, or the text of one, as a cell of a table has it."""
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) <= _LONGEST_NUMBER:
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise _fault(f"{_SHOWN.repr(value)} is not a weight", "write a number above 0 and at most 10")


def _identifier(value: str) -> str:
    try:
        return checked_identifier(value)
    except UsageError as error:
        raise _fault(error.what, error.hint) from None


_List = BeforeValidator(_listed)
Texts: TypeAlias = Annotated[dict[str, Annotated[str, AfterValidator(_text)]], BeforeValidator(_short)]
Moment: TypeAlias = Annotated[datetime, BeforeValidator(_moment)]
Id: TypeAlias = Annotated[str, _as_the_law_says(lambda value: Party(id=value))]
Ids: TypeAlias = Annotated[tuple[Id, ...], _List]
Works: TypeAlias = Annotated[tuple[Annotated[str, _as_the_law_says(_either(ALL))], ...], _List]
Parties: TypeAlias = Annotated[tuple[Annotated[str, _as_the_law_says(_either(ANYONE))], ...], _List]
Names: TypeAlias = Works
Lines: TypeAlias = Annotated[tuple[str, ...], _List]
Identifiers: TypeAlias = Annotated[tuple[Annotated[str, AfterValidator(_identifier)], ...], _List]
Place: TypeAlias = Annotated[str, _as_the_law_says(lambda value: Share(party="x", territory=(value,)))]
Places: TypeAlias = Annotated[tuple[Place, ...], _List]
Rights: TypeAlias = Annotated[tuple[Annotated[str, _word("right", *RIGHTS, ALL)], ...], _List]
Acts: TypeAlias = Annotated[tuple[Annotated[str, _word("act", *ACTS, ALL)], ...], _List]
Kind: TypeAlias = Annotated[str, _word("kind of statement", *PERMISSION_KINDS, ALL)]
Kinds: TypeAlias = Annotated[tuple[Kind, ...], _List]
Media: TypeAlias = Annotated[tuple[Annotated[str, _word("medium", *MEDIA, ALL)], ...], _List]


# --- items ----------------------------------------------------------------------------------------------------------
class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PartyItem(_Item):
    id: Id
    kind: Annotated[str, _word("kind of party", *PARTY_KINDS)] | None = None
    name: Texts | None = None


class ShareItem(_Item):
    party: Id
    rights: Rights | None = None
    portion: Annotated[str, BeforeValidator(_portion)] | None = None
    territory: Places | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    acquired_from: Id | None = None
    includes_27_28: bool | None = None


class TermItem(_Item):
    until: Moment
    territory: Places | None = None


class MoralItem(_Item):
    author: Id
    consent: bool | None = None
    acts: Acts | None = None
    attribution: str | None = None
    source: str | None = None
    approver: Id | None = None


class NameItem(_Item):
    text: Annotated[str, AfterValidator(_text)]
    lang: Annotated[str, AfterValidator(_text)] | None = None
    kind: Annotated[str, _word("kind of name", *NAME_KINDS)] | None = None
    distinctive: bool | None = None


class TraitItem(_Item):
    text: Texts
    weight: Annotated[float, BeforeValidator(_weight)] | None = None
    group: Annotated[str, _word("group of traits", *TRAIT_GROUPS)] | None = None
    must: bool | None = None


class WorkItem(_Item):
    id: Id
    kind: Id
    title: Texts | None = None
    part_of: Ids | None = None
    derived_from: Ids | None = None
    shares: Annotated[list[ShareItem], BeforeValidator(_few)] | None = None
    terms: Annotated[list[TermItem], BeforeValidator(_short)] | None = None
    moral: Annotated[list[MoralItem], BeforeValidator(_short)] | None = None
    identifiers: Identifiers | None = None
    names: Annotated[list[NameItem], BeforeValidator(_names)] | None = None
    traits: Annotated[list[TraitItem], BeforeValidator(_short)] | None = None
    descriptions: Texts | None = None


class MandateItem(_Item):
    id: Id | None = None
    agent: Id
    principal: Id
    may: Kinds | None = None
    acts: Acts | None = None
    works: Works | None = None
    territories: Places | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    revoked_at: Moment | None = None


class PermissionItem(_Item):
    id: Id | None = None
    kind: Annotated[str, _word("kind of statement", *PERMISSION_KINDS)]
    by: Id
    to: Parties | None = None
    works: Works | None = None
    acts: Acts | None = None
    purposes: Names | None = None
    territories: Places | None = None
    models: Names | None = None
    media: Media | None = None
    conditions: Lines | None = None
    duties: Lines | None = None
    sublicence: bool | None = None
    exclusive: bool | None = None
    under: Id | None = None
    effective_from: Moment | None = None
    effective_until: Moment | None = None
    revokes: Id | None = None
    effect: Annotated[str, _word("effect", *EFFECTS)] | None = None


SECTIONS: Final[dict[str, tuple[str, type[_Item]]]] = {
    "parties": ("party", PartyItem),
    "works": ("work", WorkItem),
    "mandates": ("mandate", MandateItem),
    "permissions": ("permission", PermissionItem),
}
"""The parts of a registry file: the kind of record in each, and its shape."""

WITHIN: Final[dict[str, tuple[str, type[_Item]]]] = {
    "shares": ("share", ShareItem),
    "terms": ("term", TermItem),
    "moral": ("moral record", MoralItem),
    "names": ("name", NameItem),
    "traits": ("trait", TraitItem),
}
"""The parts of a work that are records of their own: what one is called, and its shape."""


def checked(section: str, value: Any) -> tuple[dict[str, Any] | None, list[Complaint]]:
    """The item's stated fields, or all that is wrong with its shape."""
    kind, model = SECTIONS[section]
    if not isinstance(value, dict):
        return None, [((), *_no_fields(kind, value, model))]
    try:
        return model.model_validate(value).model_dump(exclude_none=True), []
    except ValidationError as error:
        found = error.errors(include_url=False)
        return None, [(_place(each), *_explain(each, kind, model)) for each in found]


def _place(error: ErrorDetails) -> Path:
    return tuple(part for part in error["loc"] if part != "[key]")


def _explain(error: ErrorDetails, kind: str, model: type[_Item]) -> tuple[str, str]:
    """What a person should read in place of a validator's words."""
    path, given = _place(error), error["input"]
    if error["type"] == "string_unicode":  # half a character in a field's name, which no validator can place
        return f"unknown field {_SHOWN.repr(given)}", "it is no Unicode text"
    name = str(path[-1])
    within = next((part for part in reversed(path[:-1]) if part in WITHIN), None)
    if within is not None:
        kind, model = WITHIN[str(within)]
    written = _SHOWN.repr(given)
    explained = {
        "missing": (f"{name!r} is missing", f"every {kind} has one"),
        "string_type": (f"{_name(path)} is not text: {written}", "put it in quotes"),
        "bool_type": (f"{name!r} is neither true nor false: {written}", "write true or false"),
        "dict_type": (f"{name!r} is not text by language: {written}", "write {en: ..., ja: ...}"),
        "extra_forbidden": (f"unknown field {_SHOWN.repr(name)}", near(name, list(model.model_fields))),
        "model_type": _no_fields(kind, given, model),
    }
    if error["type"] == "kyodaku":
        return error["ctx"]["what"], error["ctx"]["hint"]
    if error["type"] == "extra_forbidden" and name in _NOT_FOR_FILES:
        return f"{name!r} cannot be stated", _NOT_FOR_FILES[name]
    return explained.get(error["type"], (f"{_name(path)} is not a list: {written}", "write [one, two]"))


def _name(path: Path) -> str:
    named = [part for part in path if isinstance(part, str)]
    return repr(named[-1]) if named == list(path) else f"an item of {named[-1]!r}"


def _no_fields(kind: str, given: object, model: type[_Item]) -> tuple[str, str]:
    return f"a {kind} is written as fields, not as {_SHOWN.repr(given)}", f"fields: {', '.join(model.model_fields)}"

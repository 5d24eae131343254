# SPDX-License-Identifier: Apache-2.0
"""The use file: what a developer wants to do, in a few lines of YAML or JSON, with the line of what is wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kyodaku.errors import UsageError
from kyodaku.registry import Document
from kyodaku.rights import CIRCUMSTANCES, AlsoAct, Circumstances, Use
from kyodaku.rights import rfc3339 as as_text
from kyodaku.rights.vocabulary import UNSTATED

__all__ = ["as_text", "load_use", "use_as_json", "use_from_json"]

_EXAMPLES = {"territory": "JP", "media": "video"}
_FIELDS = ("developer", "act", "acts", "purpose", "model", "territory", "media", "at", "circumstances")
_ACT_FIELDS = ("act", "territory")
_NOTHING_STATED = Circumstances()

Place = tuple[str | int, ...]


class _FieldError(UsageError):
    """What is wrong, and at which place among the fields: keys and numbers, from the top."""

    def __init__(self, error: UsageError, place: Place) -> None:
        super().__init__(error.what, where=": ".join(["use", *map(_shown, place)]), hint=error.hint)
        self.place = place


def load_use(path: Path, *, now: datetime | None = None) -> Use:
    """The use that the file at `path` states; `at` is `now` (or the present moment) when it is left out.

    Raises `UsageError` naming file, line and field.
    """
    document = Document.read(path)
    if not isinstance(document.value, Mapping):
        raise UsageError("a use file holds fields such as 'developer: lab'", where=str(path))
    try:
        return use_from_json({"at": now or datetime.now(UTC), **document.value})
    except _FieldError as error:
        line = document.lines([error.place])[error.place]
        raise UsageError(error.what, where=f"{path}:{line}: {error.where}", hint=error.hint) from error


def use_from_json(fields: Mapping[str, Any]) -> Use:
    """The use with these fields; `at` is a datetime or RFC 3339 text.

    One act is given as `act`, several as `acts`: words, or records of `act` and `territory`.
    """
    for name in fields:
        with _at(str(name)):
            _require_known(name, _FIELDS)
    (act, own), *others = _acts(fields)
    with _at("developer"):
        if not isinstance(fields.get("developer"), str):
            raise UsageError("'developer' is missing", hint="say who wants to do what")
        use = Use(developer=fields["developer"], act=act, at=datetime.now(UTC))
    for name, read in _READERS.items():
        if name in fields and (fields[name] is not None or name == "at"):
            with _at(name):
                use = replace(use, **{name: read(fields[name], name)})
    also = tuple(AlsoAct(act=other, territory=where or use.territory) for other, where in others)
    return replace(use, territory=own or use.territory, also=also, circumstances=_circumstances(fields))


def use_as_json(use: Use) -> dict[str, Any]:
    """The fields of `use`, JSON-ready: what is said of acts and circumstances only where something is."""
    alone: dict[str, Any] = {"act": use.act}
    if use.also:
        acts = ({"act": each.act, "territory": list(each.territory)} for each in use.each_act)
        alone = {"acts": list(acts)}
    stated = {name: word for name in CIRCUMSTANCES if (word := getattr(use.circumstances, name)) != UNSTATED}
    return {
        "developer": use.developer,
        **alone,
        "purpose": use.purpose,
        "model": use.model,
        "territory": list(use.territory),
        "media": list(use.media),
        "at": as_text(use.at),
        **({"circumstances": stated} if stated else {}),
    }


# --- each field -------------------------------------------------------------------------------------------------------


def _acts(fields: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...] | None]]:
    """Each act with its own territories, if it has any."""
    if "acts" not in fields:
        with _at("act"):
            if not isinstance(fields.get("act"), str):
                raise UsageError("'act' is missing, or not one word", hint="e.g. act: train; several are 'acts'")
            return [(AlsoAct(act=fields["act"]).act, None)]
    acts = fields["acts"]
    with _at("acts"):
        if "act" in fields:
            raise UsageError("there is an 'act' beside the 'acts'", hint="put it among them")
        if not isinstance(acts, list | tuple) or not acts:
            raise UsageError("'acts' is a list", hint="e.g. acts: [train, {act: publish, territory: [US]}]")
    return [_one_act(each, number) for number, each in enumerate(acts)]


def _one_act(given: Any, number: int) -> tuple[str, tuple[str, ...] | None]:
    with _at("acts", number):
        record = {"act": given} if isinstance(given, str) else given
        if not isinstance(record, Mapping) or not isinstance(record.get("act"), str):
            raise UsageError("an act is a word, or a record", hint="e.g. train, or {act: publish, territory: [US]}")
    for name in record:
        with _at("acts", number, str(name)):
            _require_known(name, _ACT_FIELDS)
    with _at("acts", number, *(["act"] if record is given else [])):
        act = AlsoAct(act=record["act"]).act
    if record.get("territory") is None:
        return act, None
    with _at("acts", number, "territory"):
        return act, AlsoAct(act=act, territory=_words(record["territory"], "territory")).territory


def _circumstances(fields: Mapping[str, Any]) -> Circumstances:
    stated = fields.get("circumstances")
    if stated is None:
        return _NOTHING_STATED
    with _at("circumstances"):
        if not isinstance(stated, Mapping):
            raise UsageError("'circumstances' holds fields such as 'lawful_access: yes'")
    made = _NOTHING_STATED
    known = tuple(each.name for each in fields_of(Circumstances))
    for name, word in stated.items():
        with _at("circumstances", str(name)):
            _require_known(name, known)
            if not isinstance(word, str):
                raise UsageError(f"{name!r} is one word", hint="one of: " + ", ".join(CIRCUMSTANCES[name]))
            made = replace(made, **{name: word})
    return made


def _word(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name!r} is one word, quoted if it looks like a number")
    return value


def _words(value: Any, name: str) -> tuple[str, ...]:
    words = (value,) if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise UsageError(f"{name!r} is a list of words", hint=f"e.g. {name}: [{_EXAMPLES[name]}]")
    return tuple(words)


def _moment(value: Any, name: str) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name!r} is not a moment: {value!r}", hint="e.g. 2026-11-22T00:00:00Z") from error
    if moment.tzinfo is None:
        raise UsageError(f"{name!r} has no time zone", hint="end it with Z, or with an offset such as +09:00")
    return moment


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "purpose": _word,
    "model": _word,
    "territory": _words,
    "media": _words,
    "at": _moment,
}


def _require_known(name: Any, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UsageError(f"unknown field {name!r}", hint="known: " + ", ".join(known))


@contextmanager
def _at(*place: str | int) -> Iterator[None]:
    """Names the place of what is wrong within."""
    try:
        yield
    except UsageError as error:
        raise _FieldError(error, place) from error


def _shown(part: str | int) -> str:
    return f"number {part + 1}" if isinstance(part, int) else part

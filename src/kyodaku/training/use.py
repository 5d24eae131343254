# SPDX-License-Identifier: Apache-2.0
"""The use file: what a developer wants to do, in a few lines of YAML or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kyodaku.errors import UsageError
from kyodaku.registry import read_document
from kyodaku.rights import Use

__all__ = ["as_text", "load_use", "use_as_json", "use_from_json"]

_EXAMPLES = {"territory": "JP", "media": "video"}
_FIELDS = ("developer", "act", "purpose", "model", "territory", "media", "at")


def load_use(path: Path, *, now: datetime | None = None) -> Use:
    """The use that the file at `path` states; `at` is `now` (or the present moment) when it is left out.

    Raises `UsageError` naming file and field.
    """
    document = read_document(path)
    if not isinstance(document, Mapping):
        raise UsageError("a use file holds fields such as 'developer: lab'", where=str(path))
    unknown = sorted(set(map(str, document)) - set(_FIELDS))
    if unknown:
        raise UsageError(f"unknown field {unknown[0]!r}", where=str(path), hint="known: " + ", ".join(_FIELDS))
    try:
        return use_from_json({"at": now or datetime.now(UTC), **document})
    except UsageError as error:
        raise UsageError(error.what, where=f"{path}: {error.where}", hint=error.hint) from error


def use_from_json(fields: Mapping[str, Any]) -> Use:
    """The use with these fields; `at` is a datetime or RFC 3339 text."""
    for name in ("developer", "act"):
        if not isinstance(fields.get(name), str):
            raise UsageError(f"{name!r} is missing", where="use", hint="say who wants to do what")
    for name in ("purpose", "model"):
        if not isinstance(fields.get(name, ""), str):
            raise UsageError(f"{name!r} is one word, quoted if it looks like a number", where="use")
    given = {name: fields[name] for name in _FIELDS if fields.get(name) is not None}
    given["at"] = _moment(given.get("at"))
    for name in ("territory", "media"):
        if name in given:
            given[name] = _words(given[name], name)
    return Use(**given)


def use_as_json(use: Use) -> dict[str, Any]:
    """The fields of `use`, JSON-ready."""
    fields: dict[str, Any] = {name: getattr(use, name) for name in _FIELDS}
    fields["territory"], fields["media"] = list(use.territory), list(use.media)
    fields["at"] = as_text(use.at)
    return fields


def as_text(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment(value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"'at' is not a moment: {value!r}", where="use", hint="e.g. 2026-11-22T00:00:00Z") from error
    if moment.tzinfo is None:
        raise UsageError("'at' has no time zone", where="use", hint="end it with Z, or with an offset such as +09:00")
    return moment


def _words(value: Any, name: str) -> tuple[str, ...]:
    words = (value,) if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise UsageError(f"{name!r} is a list of words", where="use", hint=f"e.g. {name}: [{_EXAMPLES[name]}]")
    return tuple(words)

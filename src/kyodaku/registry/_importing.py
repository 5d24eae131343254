# SPDX-License-Identifier: Apache-2.0
"""From documents to candidates for the record: shapes checked, records made, each problem with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry._candidate import Candidate, Finding
from kyodaku.registry._codec import (
    EFFECTIVE,
    KINDS,
    UNTIL,
    Body,
    Record,
    body_of,
    canonical_body,
    derived_id,
    digest,
    record_of,
)
from kyodaku.registry._conflicts import conflicts_of_shares
from kyodaku.registry._events import Path
from kyodaku.registry._named import NAMES, names_candidate, taken
from kyodaku.registry._schema import SECTIONS, checked, near, shown
from kyodaku.registry._shapes import Shapes
from kyodaku.registry.documents import Document
from kyodaku.registry.identifiers import checked_identifier
from kyodaku.registry.problems import Problem
from kyodaku.rights import Work

__all__ = ["Draft", "candidate_of", "draft", "notes_of", "problems_of"]

_MOST: Final = 100
"""Notes of one import."""
_STATEMENTS: Final = "permissions"
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
"""Any time zone's first moment is before it."""


@dataclass(slots=True)
class Draft:
    """What an import would record, and what is wrong with it so far: (document, place, what, hint)."""

    candidates: list[Candidate] = field(default_factory=list)
    faults: list[tuple[Document, Path, str, str]] = field(default_factory=list)
    mentioned: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in (*KINDS, NAMES)})
    """Ids by kind, of what is sound and of what is not."""


def draft(documents: Iterable[Document], now: datetime) -> Draft:
    """Read documents of the registry file's shape; `now` stands in for times that are not stated."""
    result, shapes = Draft(), Shapes()
    for document in documents:
        result.faults.extend((document, *fault) for fault in document.faults)
        for place, item in _items(document, result):
            shape, formed = shapes.formed(item) if place[0] == _STATEMENTS else (None, None)
            if formed is not None:
                made: Candidate | None = _as_formed(document, place, item, formed)
            else:
                made = _read(document, place, item, result, now)
                if made is not None and shape is not None:
                    shapes.learn(item, shape, made.body)
            if made is not None:
                result.mentioned[made.kind].add(made.id)
                result.candidates.append(made)
    order = {kind: place for place, kind in enumerate((*KINDS, NAMES))}
    result.candidates.sort(key=lambda candidate: order[candidate.kind])
    _find_repeated(result)
    return result


def candidate_of(record: Record, document: Document) -> Candidate:
    """A record that was made in Python, as a candidate; UsageError for an identifier that is none."""
    kind = next(name for name, cls in KINDS.items() if isinstance(record, cls))
    if isinstance(record, Work) and record.identifiers:
        record = replace(record, identifiers=tuple(map(checked_identifier, record.identifiers)))
    body = body_of(record)
    text = canonical_body(body)
    return Candidate(
        document=document,
        path=(),
        kind=kind,
        id=record.id,
        fields=body,
        body=body,
        text=text.decode(),
        digest=digest(text),
    )


def problems_of(result: Draft, findings: Iterable[Finding]) -> list[Problem]:
    """Everything wrong, with its line."""
    placed = [(document, place, what, hint, False) for document, place, what, hint in result.faults]
    placed += [
        (found.candidate.document, (*found.candidate.path, *found.within), found.what, found.hint, found.authority)
        for found in findings
    ]
    documents = {id(document): document for document, *_ in placed}
    known = {
        key: document.places([place for each, place, *_ in placed if each is document])
        for key, document in documents.items()
    }
    return [
        Problem(
            file=known[id(document)][place][0] if document.text else _inline(document, place),
            line=known[id(document)][place][1],
            what=what,
            hint=hint,
            authority=authority,
        )
        for document, place, what, hint, authority in placed
    ]


def notes_of(recorded: Iterable[Candidate]) -> Iterator[str]:
    """What of the shares of works cannot all be right, with its line: it is recorded, and has to be looked at."""
    works = (candidate for candidate in recorded if candidate.kind == "work")
    pairs = ((work, conflict) for work in works for conflict in conflicts_of_shares(work.body))
    found = list(islice(pairs, _MOST))
    lines: dict[tuple[int, Path], tuple[str, int]] = {}
    for document in {id(work.document): work.document for work, _ in found}.values():  # looked through once
        places = document.places({work.path for work, _ in found if work.document is document})
        lines.update({(id(document), path): place for path, place in places.items()})
    for work, conflict in found:
        file, line = lines[id(work.document), work.path]
        place = f"{file}:{line}" if work.document.text else _inline(work.document, work.path)
        yield f"{place}: work {work.id!r}: {conflict}"


def _inline(document: Document, place: Path) -> str:
    """Where there are no lines, the place itself: `command line: permissions[0].by`."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return f"{document.name}: {steps.removeprefix('.')}" if steps else document.name


def _items(document: Document, result: Draft) -> Iterator[tuple[Path, Any]]:
    if not isinstance(document.value, dict) or not document.value:
        result.faults.append((document, (), "nothing is declared here", f"sections: {', '.join(SECTIONS)}"))
        return
    for section, items in document.value.items():
        if section not in SECTIONS:
            hint = near(section, list(SECTIONS))
            result.faults.append((document, (section,), f"unknown section {shown(section)}", hint))
        elif not isinstance(items, list | None):
            hint = "begin each item with a dash"
            result.faults.append((document, (section,), f"{section!r} is not a list", hint))
        else:
            yield from (((section, i), item) for i, item in enumerate(items or ()))


def _read(document: Document, place: Path, item: Any, result: Draft, now: datetime) -> Candidate | None:
    section = str(place[0])
    kind, _ = SECTIONS[section]
    stated = item.get("id") if isinstance(item, dict) else None
    if isinstance(stated, str):
        result.mentioned[kind].add(stated)
    fields, complaints = checked(section, item)
    result.faults.extend((document, (*place, *within), what, hint) for within, what, hint in complaints)
    if fields is None:
        return None
    try:
        named = taken(fields) if kind == "work" else None
        made = _candidate(document, place, kind, fields, now)
        if named is not None:
            result.candidates.append(names_candidate(document, place, made.id, named))
        return made  # noqa: TRY300 - what is wrong with its names is wrong with the item
    except UsageError as error:
        within = _blamed(error, item)
        result.faults.append((document, (*place, *within), error.what, error.hint or ""))
        return None


def _as_formed(document: Document, place: Path, item: Body, formed: tuple[Body, str]) -> Candidate:
    body, text = formed
    return Candidate(
        document=document,
        path=place,
        kind="permission",
        id=body["id"],
        fields=item,
        body=body,
        text=text,
        digest=digest(text.encode()),
    )


def _candidate(document: Document, place: Path, kind: str, fields: Mapping[str, Any], now: datetime) -> Candidate:
    """Normalised by the law's record: the same statement has the same body in whatever order it was written."""
    record = record_of(kind, {"id": "to-be-derived", **fields}, _beginning(kind, fields, now))
    body = body_of(record)
    for implied in ({"effective_from", "valid_from"} if kind in {"mandate", "permission"} else set()) - fields.keys():
        body.pop(implied, None)
    if "id" not in fields:
        body["id"] = derived_id(kind, body)
        object.__setattr__(record, "id", body["id"])  # nobody has seen it yet, and making it anew costs as much again
    text = canonical_body(body)
    return Candidate(
        document=document,
        path=place,
        kind=kind,
        id=record.id,
        fields=dict(fields),
        body=body,
        text=text.decode(),
        digest=digest(text),
    )


def _beginning(kind: str, fields: Mapping[str, Any], now: datetime) -> datetime:
    """When a statement begins that does not say so: now, or, of one that ended by now, some time before its end.

    That may be recorded since long; whether it is cannot be known here, and `examine` looks at what is new.
    """
    end = fields.get(UNTIL[kind]) if kind in EFFECTIVE else None
    return now if end is None or end > now or end <= _EARLIEST else end - timedelta(microseconds=1)


def _blamed(error: KyodakuError, item: Any) -> Path:
    """The field that an error of the law's record is about: the one it names, or whose value it repeats."""
    for place, value in _leaves(item, ()):
        key = next((step for step in reversed(place) if isinstance(step, str)), "")
        if repr(key) in error.what or (isinstance(value, str) and repr(value) in error.what):
            return place
        if "ends" in error.what and key.endswith("until"):
            return place
    return ()


def _leaves(value: Any, place: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*place, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _leaves(item, (*place, i))
    else:
        yield place, value


def _find_repeated(result: Draft) -> None:
    first: dict[str, dict[str, Candidate]] = {kind: {} for kind in KINDS}
    repeated = [
        (candidate, earlier)
        for candidate in result.candidates
        if candidate.kind != NAMES  # they go with their work, of which the same is told
        and (earlier := first[candidate.kind].setdefault(candidate.id, candidate)) is not candidate
    ]
    known: dict[tuple[int, Path], tuple[str, int]] = {}
    for document in {id(earlier.document): earlier.document for _, earlier in repeated}.values():
        places = [earlier.path for _, earlier in repeated if earlier.document is document]
        known.update({(id(document), place): found for place, found in document.places(places).items()})
    for candidate, earlier in repeated:
        file, line = known[id(earlier.document), earlier.path]
        what = f"{candidate.kind} {candidate.id!r} a second time (first at {file}:{line})"
        hint = "keep one of them" if "id" in candidate.fields else "keep one of them, or give each an id"
        result.faults.append((candidate.document, (*candidate.path, "id"), what, hint))

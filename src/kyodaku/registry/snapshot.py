# SPDX-License-Identifier: Apache-2.0
"""Snapshots: the immutable state that a gate decides from, as a folder that any number of processes open.

    WORKSPACE/snapshots/HEX/rights.json    what was declared, and which reference shows which work; canonical JSON
    WORKSPACE/snapshots/HEX/names.jsonl    what works are called, with what is their holders' own; if anything is stated
    WORKSPACE/snapshots/HEX/index/ID/      the index of the references of a descriptor, linked from the workspace's

A snapshot's id is `sha256:HEX`, the hash of `rights.json`, which names the index by its contents. So the same
declarations and references have the same id on any machine, and a folder whose contents were changed does not open.

One that leaves its workspace (`kyodaku.registry.exporting`) has another form, is signed, and keeps the same id.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType
from typing import Any, Final, Self

from sqlalchemy import Connection

from kyodaku.copies import ReferenceSet, open_references
from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.names import NamesIndex, TextEmbedder
from kyodaku.registry._bulk import without_collecting
from kyodaku.registry._codec import KINDS, digest, moment_of, record_of
from kyodaku.registry._files import sync_directory, write_whole
from kyodaku.registry._held import FORMAT, SECTIONS, Held
from kyodaku.registry._named import NAMES
from kyodaku.registry._naming import carried_names, keep_names, open_names
from kyodaku.registry._references import KIND as REFERENCE
from kyodaku.registry._references import References
from kyodaku.registry._signed import Carried, CarriedReference, open_signed
from kyodaku.registry._state import known_records
from kyodaku.registry._statement import Statement, Trusted, is_signed
from kyodaku.rights import RightsRecord

__all__ = ["Snapshot"]

_KINDS: Final = {section: kind for kind, section in SECTIONS.items()}
_FIELDS: Final = ("as_of", "format", "index", "indexes", "references", *_KINDS)
_IF_STATED: Final = ("names",)
_DECODE: Final = json.JSONDecoder().raw_decode


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """The state as of the newest declaration in it (`as_of`); `references` searches in those of `reference_works`.

    Adding to the registry never changes a snapshot that was taken. `statement` is what was signed of one that left its
    workspace.
    """

    id: str
    as_of: datetime
    path: Path
    rights: RightsRecord
    references: ReferenceSet
    reference_works: Mapping[str, str]
    statement: Statement | None = None
    reference_facts: Mapping[str, CarriedReference] = field(default_factory=dict)
    """What is told of the references of a snapshot that left its workspace."""
    named: str | None = None
    """The hash of what is stated of works' names, of a snapshot in its workspace in which anything is."""

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        verify: bool = True,
        trust: Trusted | None = None,
        now: datetime | None = None,
        seen: int | None = None,
    ) -> Self:
        """Open a snapshot's folder; IntegrityError if anything in it is not as it was when it was taken.

        With `trust`, a key of who made it or a history of them, it must be signed, hold at the moment `now` (default:
        the clock's), and rest on no fewer entries of the ledger than were `seen` before; without it whoever made it is
        believed.

        With `verify=False` the files are not hashed again, as a process may do whose parent did. Even then what is read
        of a signed snapshot's rights is checked when it is read.
        """
        path = Path(path)
        if trust is not None or is_signed(path):
            return cls._carried(path, open_signed(path, trust=trust, now=now, seen=seen, verify=verify), verify=verify)
        with without_collecting():
            stated = _read(path)
            rights = RightsRecord(**{section: stated.pop(section) for section in SECTIONS.values()})
        index = open_references(path / "index", stated["indexes"], works=stated["references"], verify=verify)
        _require_index(index, stated["index"], path)
        return cls(
            id=f"sha256:{path.name}",
            as_of=datetime.fromisoformat(stated["as_of"]),
            path=path,
            rights=rights,
            references=index,
            reference_works=MappingProxyType(stated["references"]),
            named=stated.get("names"),
        )

    @classmethod
    def _carried(cls, path: Path, carried: Carried, *, verify: bool) -> Self:
        works = {name: reference.work for name, reference in carried.references.items()}
        # each file was compared with the hash that was signed; what else the index checks, it checks again
        index = open_references(path / "index", carried.indexes, works=works, verify=False)
        if verify:
            _require_index(index, carried.statement.index, path)
        return cls(
            id=carried.statement.id,
            as_of=carried.statement.as_of,
            path=path,
            rights=carried.rights,
            references=index,
            reference_works=MappingProxyType(works),
            statement=carried.statement,
            reference_facts=MappingProxyType(dict(carried.references)),
        )

    def names(self, *, embedder: TextEmbedder | None = None) -> NamesIndex:
        """The index by which works are found in a text; made when it is first asked for, and kept in the workspace.

        An `embedder` compares with the holders' descriptions, which no snapshot from elsewhere carries.
        """
        if self.statement is not None:
            return NamesIndex.open(carried_names(self.path, self.statement), embedder=embedder)
        return open_names(self.rights, self.named, self.path, embedder)

    def require_audience(self, developer: str) -> None:
        """UsageError for a snapshot that was made for another developer: it lacks what was said to this one."""
        audience = None if self.statement is None else self.statement.audience
        if audience not in (None, developer):
            what = f"this snapshot was made for {audience!r}, and the use is by {developer!r}"
            raise UsageError(what, where=str(self.path), hint="ask for one for this developer")

    @classmethod
    def take(cls, connection: Connection, references: References, folder: Path, as_of: datetime | None) -> Self:
        """Write what was recorded by `as_of` into a folder of its own, unless it is there, and open it."""
        held = Held.of(known_records(connection, as_of, *KINDS, REFERENCE, NAMES))
        draft = folder / f".{token_hex(8)}.new"
        try:
            index = references.link_index(held.references, draft / "index")
            content = held.written(index.content_id)
            path = folder / digest(content)
            if not path.exists():
                write_whole(draft / "rights.json", content)
                keep_names(held, draft)
                _publish(draft, path)
        except OSError as error:
            raise KyodakuError(f"the snapshot cannot be kept: {error.strerror}", where=str(folder)) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        del held, content  # as large as what is opened now
        return cls.open(path, verify=False)


def _publish(draft: Path, path: Path) -> None:
    """Give the finished folder its name; whoever did so first for the same content was no less right."""
    try:
        draft.rename(path)
    except OSError:
        if not path.exists():
            raise
    sync_directory(path.parent)


def _require_index(index: ReferenceSet, content: str, path: Path) -> None:
    if index.content_id != content:
        raise IntegrityError("the index is not the one that the snapshot was taken with", where=str(path))


def _read(path: Path) -> dict[str, Any]:
    file = path / "rights.json"
    try:
        content = file.read_bytes()
    except OSError as error:
        raise KyodakuError(f"there is no snapshot: {error.strerror}", where=str(path)) from None
    if digest(content) != path.name:
        raise IntegrityError("the snapshot was changed: its contents do not hash to its name", where=str(file))
    try:
        text = content.decode()
        del content
        return _parsed(text, path)
    except (ValueError, IndexError, KeyError, TypeError):
        raise IntegrityError("this is not a snapshot that Kyodaku wrote", where=str(file)) from None


def _parsed(text: str, path: Path) -> dict[str, Any]:
    """The fields of canonical JSON, in which nothing is between one and the next.

    Items become the law's records one by one: all of them as JSON and as records would be twice the memory.
    """
    stated: dict[str, Any] = {}
    at = 0
    while text[at] != "}":
        name, at = _DECODE(text, at + 1)
        if name in _KINDS:
            stated[name], at = _records(_KINDS[name], text, at + 1)
            continue
        stated[name], at = _DECODE(text, at + 1)
        if name == "format" and stated[name] != FORMAT:  # which comes before any item
            raise KyodakuError(f"a snapshot of format {stated[name]}", where=str(path), hint="update Kyodaku")
    return {name: stated[name] for name in _FIELDS} | {name: stated[name] for name in _IF_STATED if name in stated}


def _records(kind: str, text: str, at: int) -> tuple[list[Any], int]:
    """The law's records of a list that begins there, and where it ended."""
    made: list[Any] = []
    while text[at] != "]":
        if text[at + 1] == "]":
            return made, at + 2
        item, at = _DECODE(text, at + 1)
        recorded_at = item.get("recorded_at")
        made.append(record_of(kind, item["body"], None if recorded_at is None else moment_of(recorded_at)))
    return made, at + 1

# SPDX-License-Identifier: Apache-2.0
"""Snapshots: the immutable state that a gate decides from, as a folder that any number of processes open.

    WORKSPACE/snapshots/HEX/rights.json    what was declared, and which reference shows which work; canonical JSON
    WORKSPACE/snapshots/HEX/index/ID/      the index of the references of a descriptor, linked from the workspace's

A snapshot's id is `sha256:HEX`, the hash of `rights.json`, which names the index by its contents. So the same
declarations and references have the same id on any machine, and a folder whose contents were changed does not open.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType
from typing import Any, Final, Self

from sqlalchemy import Connection

from kyodaku.copies import ReferenceSet, open_references
from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.registry._bulk import without_collecting
from kyodaku.registry._codec import KINDS, as_text, canonical, digest, moment_of, record_of
from kyodaku.registry._files import sync_directory, write_whole
from kyodaku.registry._references import KIND as REFERENCE
from kyodaku.registry._references import References, by_descriptor
from kyodaku.registry._state import Known, known_records
from kyodaku.rights import RightsRecord

__all__ = ["Snapshot"]

_FORMAT: Final = 2
_SECTIONS: Final = {"party": "parties", "work": "works", "mandate": "mandates", "permission": "permissions"}
_KINDS: Final = {section: kind for kind, section in _SECTIONS.items()}
_FIELDS: Final = ("as_of", "format", "index", "indexes", "references", *_KINDS)
_DECODE: Final = json.JSONDecoder().raw_decode
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What a registry without declarations is as of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """The state as of the newest declaration in it (`as_of`); `references` searches in those of `reference_works`.

    Adding to the registry never changes a snapshot that was taken.
    """

    id: str
    as_of: datetime
    path: Path
    rights: RightsRecord
    references: ReferenceSet
    reference_works: Mapping[str, str]

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, verify: bool = True) -> Self:
        """Open a snapshot's folder; IntegrityError if anything in it is not as it was when it was taken.

        With `verify=False` the index's files are not hashed again, as a process may do whose parent did.
        """
        path = Path(path)
        with without_collecting():
            stated = _read(path)
            rights = RightsRecord(**{section: stated.pop(section) for section in _SECTIONS.values()})
        index = open_references(path / "index", stated["indexes"], works=stated["references"], verify=verify)
        if index.content_id != stated["index"]:
            raise IntegrityError("the index is not the one that the snapshot was taken with", where=str(path))
        return cls(
            id=f"sha256:{path.name}",
            as_of=datetime.fromisoformat(stated["as_of"]),
            path=path,
            rights=rights,
            references=index,
            reference_works=MappingProxyType(stated["references"]),
        )

    @classmethod
    def take(cls, connection: Connection, references: References, folder: Path, as_of: datetime | None) -> Self:
        """Write what was recorded by `as_of` into a folder of its own, unless it is there, and open it."""
        held = _Held(known_records(connection, as_of, *KINDS, REFERENCE))
        draft = folder / f".{token_hex(8)}.new"
        try:
            index = references.link_index(held.references, draft / "index")
            content = held.written(index.content_id)
            path = folder / digest(content)
            if not path.exists():
                write_whole(draft / "rights.json", content)
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


class _Held:
    """What goes into `rights.json`: stored bodies, which are canonical already, as text; references are looked into."""

    def __init__(self, known: Iterable[Known]) -> None:
        self.references: list[Mapping[str, Any]] = []
        self._items: dict[str, list[tuple[str, str]]] = {section: [] for section in _SECTIONS.values()}
        self._newest = _BEGINNING
        for each in known:
            row = each.latest
            self._newest = max(self._newest, row.recorded_at)
            if row.kind == REFERENCE:
                self.references.append(each.body)
            else:
                dated = f',"recorded_at":"{as_text(each.first.recorded_at)}"' if row.kind in _DATED else ""
                self._items[_SECTIONS[row.kind]].append((row.id, f'{{"body":{row.body}{dated}}}'))

    def written(self, index: str) -> bytes:
        """Canonical JSON of it all, with what names the index."""
        indexes = {name: [body["id"] for body in some] for name, some in by_descriptor(self.references).items()}
        parts = {
            "as_of": canonical(as_text(self._newest)).decode(),
            "format": str(_FORMAT),
            "index": canonical(index).decode(),
            "indexes": canonical(indexes).decode(),
            "references": canonical({body["id"]: body["work"] for body in self.references}).decode(),
            **{section: f"[{','.join(text for _, text in sorted(found))}]" for section, found in self._items.items()},
        }
        return ("{" + ",".join(f'"{name}":{parts[name]}' for name in sorted(parts)) + "}").encode()


_DATED: Final = frozenset({"mandate", "permission"})
"""Kinds of which the law asks when they were recorded."""


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
        if name == "format" and stated[name] != _FORMAT:  # which comes before any item
            raise KyodakuError(f"a snapshot of format {stated[name]}", where=str(path), hint="update Kyodaku")
    return {name: stated[name] for name in _FIELDS}


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

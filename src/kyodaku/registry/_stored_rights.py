# SPDX-License-Identifier: Apache-2.0
"""A record of rights in a file that is looked up: what a decision asks for is decoded, and nothing else.

Beside the four tables of records it has one for each way in which the record is asked: from a work to the statements
about it, from a party to those about all that it holds, and so on; each of ids to ids.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.registry._codec import KINDS, Record, canonical, moment_of, record_of
from kyodaku.registry._held import SECTIONS, Items
from kyodaku.registry._lookup import Lookup, Table
from kyodaku.registry._lookup_writing import write_lookup
from kyodaku.rights import ALL, RightsRecord

__all__ = ["LINKS", "links_of", "open_rights", "stored_items", "write_rights"]

LINKS: Final = ("about", "catalogues", "general", "parts", "revocations", "special", "sublicences")
"""The ways in which a record is asked; see `RightsRecord.stored`."""
_MOST_KEPT: Final = 20_000
"""Records decoded before and kept; a run asks for the same works again and again."""


class _GoneError(IntegrityError, KeyError):
    """What is asked for by its id and is not there: to a mapping's own questions an answer, to all others a fault."""


def write_rights(items: Items, path: Path, hashes: Path) -> None:
    """Write the record, and the hashes of the blocks of its file."""
    links = links_of(items)
    tables = {
        **items,
        **{
            name: [(key, canonical(sorted(ids)).decode()) for key, ids in sorted(links[name].items())] for name in LINKS
        },
    }
    write_lookup(path, hashes, tables)


def open_rights(file: Lookup) -> RightsRecord:
    """The record in a file."""
    _require_tables(file)
    records = {section: _Records(kind, file, file.tables[section]) for kind, section in SECTIONS.items()}
    return RightsRecord.stored(records, {name: _Links(file, file.tables[name]) for name in LINKS})


def stored_items(file: Lookup) -> Items:
    """All that was written, to write it again."""
    _require_tables(file)
    try:
        return {
            section: [(key, value.decode()) for key, value in file.tables[section].items()]
            for section in SECTIONS.values()
        }
    except UnicodeDecodeError:
        raise file.bad("a line is no text") from None


def _require_tables(file: Lookup) -> None:
    if file.tables.keys() != {*SECTIONS.values(), *LINKS}:
        raise file.bad("it has other tables than a record of rights")


def links_of(items: Items) -> Mapping[str, Mapping[str, list[str]]]:
    """What leads from what to what, as `RightsRecord` indexes it."""
    links: dict[str, defaultdict[str, list[str]]] = {name: defaultdict(list) for name in LINKS}
    for key, text in items["works"]:
        for whole in json.loads(text)["body"].get("part_of", ()):
            links["parts"][whole].append(key)
    for key, text in items["permissions"]:
        _link_statement(key, json.loads(text)["body"], links)
    for key, text in items["mandates"]:
        body = json.loads(text)["body"]
        if ALL in body["works"]:
            links["general"][body["principal"]].append(key)
        else:
            for work in body["works"]:
                links["special"][work].append(key)
    return links


def _link_statement(key: str, body: Mapping[str, Any], links: Mapping[str, defaultdict[str, list[str]]]) -> None:
    if "revokes" in body:
        links["revocations"][body["revokes"]].append(key)
    elif ALL in body["works"]:
        links["catalogues"][body["by"]].append(key)
        if "under" in body:
            links["sublicences"][body["under"]].append(key)
    else:
        for work in body["works"]:
            links["about"][work].append(key)


class _Records(Mapping[str, Record]):
    """The law's records of one kind, decoded when they are asked for."""

    def __init__(self, kind: str, file: Lookup, table: Table) -> None:
        self._kind = kind
        self._file = file
        self._table = table
        self._kept: dict[str, Record] = {}

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[str]:
        return self._table.keys()

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and (key in self._kept or self._table.get(key) is not None)

    def __getitem__(self, key: str) -> Record:
        found = self._kept.get(key)
        if found is None:
            text = self._table.get(key)
            if text is None:
                raise _GoneError(f"there is no {self._kind} {key!r}", where=str(self._file.path))
            found = self._decoded(key, text)
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    def _decoded(self, key: str, text: bytes) -> Record:
        try:
            item = json.loads(text)
            recorded_at = item.get("recorded_at")
            made = record_of(self._kind, item["body"], None if recorded_at is None else moment_of(recorded_at))
        except UsageError as error:
            raise self._file.bad(f"{self._kind} {key}: {error}") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self._file.bad(f"{self._kind} {key} is none") from None
        if not isinstance(made, KINDS[self._kind]) or made.id != key:
            raise self._file.bad(f"under {self._kind} {key} stands another")
        return made


class _Links(Mapping[str, Sequence[str]]):
    """From an id to ids."""

    def __init__(self, file: Lookup, table: Table) -> None:
        self._file = file
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[str]:
        return self._table.keys()

    def __getitem__(self, key: str) -> Sequence[str]:
        text = self._table.get(key)
        if text is None:
            raise _GoneError(f"nothing leads from {key!r}", where=str(self._file.path))
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise self._file.bad(f"what leads from {key} is no list of ids")
        return found

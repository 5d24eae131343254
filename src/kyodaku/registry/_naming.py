# SPDX-License-Identifier: Apache-2.0
"""From declared works and names to the index of names: kept beside snapshots, and carried by those that leave.

WORKSPACE/snapshots/HEX/names.jsonl    what is stated of names, as it is stored: `{"salt", "stated"}` a line
WORKSPACE/snapshots/HEX/names.index    which index was made of it, and by which version
WORKSPACE/names/HEX/                   the index of these works and names, under the hash of all that it is made of

The index is derived, so it is made when a text is first looked at: media need none. One that was changed is made anew.
A snapshot that leaves has the index itself: with names for everyone, with traits for the one developer that it was made
for, who sees only stems of words and hashes of them, and never with descriptions.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.names import Entry, Name, NamesIndex, TextEmbedder
from kyodaku.names.entry import MAX_NAME_LENGTH, MAX_NAMES, EntryKind
from kyodaku.registry._codec import canonical, digest, record_of
from kyodaku.registry._files import locked, sync_directory, write_whole
from kyodaku.registry._held import Held
from kyodaku.registry._named import Named, checked_names, names_id
from kyodaku.registry._signed import NAMES_FILE
from kyodaku.registry._statement import Statement
from kyodaku.rights import Party, RightsRecord, Work

__all__ = ["carried_names", "entries_of", "keep_names", "open_names", "write_names"]

INDEX: Final = "names"
_MANIFEST: Final = "names.json"
_NOTE: Final = "names.index"
_SHA256: Final = re.compile("[0-9a-f]{64}")
_KEPT: Final = 3
"""Indexes that a workspace keeps: the present one, and those that another process may be about to open."""
_FORM: Final = "kyodaku names of works v1"
_KINDS: Final[Mapping[str, EntryKind]] = {"character": "character", "person": "person"}


def entries_of(
    works: Iterable[Work], parties: Mapping[str, Party], named: Mapping[str, Mapping[str, Any]]
) -> Iterator[Entry]:
    """What is to be found in texts: each work under its titles and under what is `named` of it.

    A title that is longer than any name counts as its beginning.
    """
    for work in works:
        titles = [
            Name(text=text[:MAX_NAME_LENGTH], lang=lang, kind="title")
            for lang, text in work.title.items()
            if text[:MAX_NAME_LENGTH].strip()
        ]
        body = named.get(work.id, {})
        if titles or len(body) > 1:
            room = max(0, MAX_NAMES - len(body.get("names", ())))
            about = {*work.part_of, *work.derived_from, *_holders(work, parties)}
            kind = _KINDS.get(work.kind, "work")
            yield checked_names(work.id, body, titles=titles[:room], kind=kind, related=tuple(sorted(about)))


def keep_names(held: Held, folder: Path) -> None:
    """Write what is stated of names beside a snapshot of its own workspace."""
    if held.stated_names:
        lines = (canonical({"stated": text, "salt": salt}) + b"\n" for text, salt in held.stated_names)
        write_whole(folder / NAMES_FILE, b"".join(lines))


def kept_names(folder: Path, expected: str | None) -> dict[str, Mapping[str, Any]]:
    """The bodies that `keep_names` wrote, by work; IntegrityError unless they are the `expected` ones."""
    if expected is None:
        return {}
    path = folder / NAMES_FILE
    try:
        with path.open(encoding="utf-8") as lines:
            found = [Named.stored(held["stated"], held["salt"]) for held in map(json.loads, lines)]
        if names_id(each.public for each in found) == expected:
            return {each.work: each.body for each in found}
    except OSError as error:
        raise IntegrityError(f"is part of the snapshot: {error.strerror}", where=str(path)) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise IntegrityError("is not as it was when the snapshot was taken", where=str(path))


def open_names(rights: RightsRecord, named: str | None, folder: Path, embedder: TextEmbedder | None) -> NamesIndex:
    """The index of a snapshot's works and names, from its workspace if it is kept there, else made and kept."""
    kept = folder.parents[1] / INDEX
    try:
        kept.mkdir(exist_ok=True)
        with locked(kept / ".turn"):  # making one takes a minute of a large registry: nobody should do so twice
            try:
                return NamesIndex.open(kept / _noted(folder), embedder=embedder)
            except KyodakuError:
                path = kept / _made(rights, kept_names(folder, named), folder, kept)
        return NamesIndex.open(path, embedder=embedder)
    except OSError as error:
        raise KyodakuError(f"the index of names cannot be kept: {error.strerror}", where=str(kept)) from error


def _noted(folder: Path) -> str:
    """The index that was made of a snapshot by this version."""
    try:
        noted = (folder / _NOTE).read_text(encoding="ascii")
    except FileNotFoundError:
        noted = ""
    made_by, _, key = noted.strip().partition(" ")
    return key if made_by == version("kyodaku") and _SHA256.fullmatch(key) else "none"


def _made(rights: RightsRecord, named: Mapping[str, Mapping[str, Any]], folder: Path, kept: Path) -> str:
    """The key of the index, which is there then; another snapshot with the same works and names may have it already."""
    entries = list(entries_of(rights.works.values(), rights.parties, named))
    key = _key(entries)
    try:
        NamesIndex.open(kept / key)
    except KyodakuError:
        _make(entries, kept / key)
    write_whole(folder / _NOTE, f"{version('kyodaku')} {key}\n".encode())
    return key


def write_names(held: Held, folder: Path) -> None:
    """Write names and their index into the folder of a snapshot that leaves its workspace."""
    if held.names:
        write_whole(folder / NAMES_FILE, "".join(f"{line}\n" for line in held.names).encode())
    private = () if held.audience is None else ("traits",)
    bodies = (json.loads(text) for text, _ in held.stated_names)
    named = {
        body["id"]: {name: stated for name, stated in body.items() if name in ("id", "names", *private)}
        for body in bodies
    }
    works = _bodies(held, "works")
    parties = {each["id"]: Party(id=each["id"], name=each.get("name", {})) for each in _bodies(held, "parties")}
    NamesIndex.build(entries_of(map(_work, works), parties, named)).save(folder / INDEX)


def carried_names(folder: Path, statement: Statement) -> Path:
    """Where a snapshot from elsewhere has its index of names; KyodakuError if it was made without."""
    if f"{INDEX}/{_MANIFEST}" not in statement.files:
        what = "this snapshot has no names, so nothing can be found in a text"
        raise KyodakuError(what, where=str(folder), hint="ask who made it for a newer one")
    return folder / INDEX


def _make(entries: list[Entry], path: Path) -> None:
    draft = path.with_name(f".{token_hex(8)}.new")
    try:
        NamesIndex.build(entries).save(draft)
        shutil.rmtree(path, ignore_errors=True)  # one that was changed since
        draft.rename(path)
        sync_directory(path.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    others = [each for each in path.parent.iterdir() if each.is_dir() and each != path]
    for older in sorted(others, key=lambda each: each.stat().st_mtime, reverse=True)[_KEPT - 1 :]:
        shutil.rmtree(older, ignore_errors=True)


def _key(entries: Iterable[Entry]) -> str:
    """What the index is made of, and by which version: of nothing else does it depend."""
    said = [_FORM, version("kyodaku"), *map(repr, entries)]
    return digest("\n".join(said).encode("utf-8", "backslashreplace"))


def _holders(work: Work, parties: Mapping[str, Party]) -> Iterator[str]:
    """What those who hold the work are called: a studio's name beside a plain word tells that the title is meant."""
    for share in work.shares:
        if share.party in parties:
            yield from parties[share.party].name.values()


def _bodies(held: Held, section: str) -> Iterator[dict[str, Any]]:
    return (json.loads(text)["body"] for _, text in held.items[section])


def _work(body: Mapping[str, Any]) -> Work:
    """As much of a work as its names need."""
    made = record_of("work", body)
    assert isinstance(made, Work)
    return made

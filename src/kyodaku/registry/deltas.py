# SPDX-License-Identifier: Apache-2.0
"""What of a snapshot is new since an older one: sent in its place, and put together with the older one again.

    snapshot.dsse.json     of the newer snapshot, as it is there
    delta.json             which statement it follows, by its hash
    rights.changes         the lines of the record of rights that differ: `{"id", "item", "section"}`, null where gone
    index/..., ...         the files that the older one lacks or has otherwise

What is put together is compared, file by file, with what was signed of the newer snapshot. So a delta needs no
signature of its own: a wrong one gives nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.registry._bulk import without_collecting
from kyodaku.registry._codec import canonical
from kyodaku.registry._drafts import drafted, link
from kyodaku.registry._files import write_whole
from kyodaku.registry._held import SECTIONS, Items
from kyodaku.registry._lookup import LONGEST_LINE
from kyodaku.registry._signed import HASHES, RIGHTS, check_files, open_lookup
from kyodaku.registry._statement import STATEMENT, Statement, Trusted
from kyodaku.registry._stored_rights import stored_items, write_rights

__all__ = ["CHANGES", "DELTA", "Applied", "apply_delta", "is_delta", "write_delta"]

DELTA: Final = "delta.json"
CHANGES: Final = "rights.changes"
FORMAT: Final = 1
_MADE_ANEW: Final = frozenset({RIGHTS, HASHES})
"""Files that are made again from the changes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """A snapshot that was put together, and what its statement says."""

    path: Path
    statement: Statement

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready summary."""
        return {"path": str(self.path), "id": self.statement.id, "files": len(self.statement.files)}


def is_delta(folder: Path) -> bool:
    """Whether a folder holds what is new of a snapshot, and no whole one."""
    return (folder / DELTA).exists()


def write_delta(older: Path, newer: Path, delta: Path) -> None:
    """Fill the folder `delta` with what the snapshot in `newer` has and the one in `older` has not.

    UsageError if they were made for different developers.
    """
    old, new = Statement.read(older), Statement.read(newer)
    if old.audience != new.audience:
        what = f"it was made for {old.audience or 'anyone'}, and the new one is for {new.audience or 'anyone'}"
        raise UsageError(what, where=str(older), hint="make a whole one")
    for name, sha256 in new.files.items():
        if name not in _MADE_ANEW and old.files.get(name) != sha256:
            link(newer / name, delta / name)
    before, after = (stored_items(open_lookup(each, said)) for each, said in ((older, old), (newer, new)))
    write_whole(delta / CHANGES, b"".join(_changes(before, after)))
    write_whole(delta / DELTA, canonical({"format": FORMAT, "follows": old.sha256, "makes": new.sha256}) + b"\n")
    link(newer / STATEMENT, delta / STATEMENT)


def apply_delta(older: Path, delta: Path, out: Path, *, trust: Trusted | None = None) -> Applied:
    """Put an older snapshot and what is new since then together in the new folder `out`: byte for byte the newer one.

    With `trust` the newer one must be signed by that key. UsageError if the delta follows another snapshot,
    IntegrityError if what comes of it is not what was signed.
    """
    old, new = Statement.read(older), Statement.read(delta, trust)
    if _follows(delta) != old.sha256:
        raise UsageError("it follows another snapshot than this one", where=str(delta), hint=f"not {older}")
    with without_collecting(), drafted(out) as draft:
        for name, sha256 in new.files.items():
            if name not in _MADE_ANEW:
                source = older if old.files.get(name) == sha256 and not (delta / name).exists() else delta
                if not (source / name).is_file():
                    raise IntegrityError("is part of the snapshot, and is not there", where=str(source / name))
                link(source / name, draft / name)
        items = _changed(stored_items(open_lookup(older, old)), delta / CHANGES)
        try:
            write_rights(items, draft / RIGHTS, draft / HASHES)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise _no_changes(delta / CHANGES) from None
        check_files(draft, new.files)
        shutil.copyfile(delta / STATEMENT, draft / STATEMENT)
        if Statement.read(draft, trust).sha256 != new.sha256:
            raise IntegrityError("changed while it was read", where=str(delta / STATEMENT))
    return Applied(path=out, statement=new)


def _changes(before: Items, after: Items) -> Iterator[bytes]:
    for section in sorted(SECTIONS.values()):
        old, new = dict(before[section]), dict(after[section])
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield canonical({"section": section, "id": key, "item": new.get(key)}) + b"\n"


def _changed(items: Items, changes: Path) -> Items:
    found = {section: dict(held) for section, held in items.items()}
    try:
        with changes.open("rb") as file:
            while line := file.readline(LONGEST_LINE):
                stated = json.loads(line)
                _put(found[stated["section"]], stated)
    except OSError as error:
        raise IntegrityError(f"is part of the delta: {error.strerror}", where=str(changes)) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _no_changes(changes) from None
    return {section: sorted(held.items()) for section, held in found.items()}


def _no_changes(changes: Path) -> IntegrityError:
    return IntegrityError("does not list changes of a record of rights", where=str(changes))


def _put(held: dict[str, str], stated: Mapping[str, Any]) -> None:
    key, item = stated["id"], stated["item"]
    if item is None:
        del held[key]
    elif isinstance(key, str) and isinstance(item, str) and isinstance(json.loads(item)["body"], dict):
        held[key] = item
    else:
        raise TypeError


def _follows(delta: Path) -> str:
    try:
        stated = json.loads((delta / DELTA).read_bytes())
        if stated["format"] == FORMAT:
            return str(stated["follows"])
    except OSError as error:
        raise UsageError(f"there is no delta: {error.strerror}", where=str(delta)) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise IntegrityError("does not say what it follows", where=str(delta / DELTA))

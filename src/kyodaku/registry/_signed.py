# SPDX-License-Identifier: Apache-2.0
"""The folder of a snapshot that left its workspace, opened.

rights, rights.hashes     the record of rights, looked up where it is asked (`kyodaku.registry._lookup`)
references.json           each reference's work and what its fingerprint is
names.jsonl               what works are called, where it is stated: a line a work, without what is the holder's
names/                    the index that names are found with (`kyodaku.names`)
index/ID/                 the index of the references of a descriptor
regimes/                  the tables of the law in force when it was made
snapshot.dsse.json        what is signed (`kyodaku.registry._statement`)
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kyodaku.errors import IntegrityError
from kyodaku.ledger import file_sha256
from kyodaku.registry._codec import canonical, digest
from kyodaku.registry._held import Held
from kyodaku.registry._lookup import Lookup
from kyodaku.registry._statement import Statement, Trusted
from kyodaku.registry._stored_rights import open_rights, stored_items
from kyodaku.rights import RightsRecord

__all__ = [
    "HASHES",
    "NAMES_FILE",
    "REFERENCES",
    "RIGHTS",
    "Carried",
    "CarriedReference",
    "check_files",
    "check_state",
    "open_lookup",
    "open_signed",
    "references_json",
]

RIGHTS: Final = "rights"
HASHES: Final = "rights.hashes"
REFERENCES: Final = "references.json"
NAMES_FILE: Final = "names.jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class CarriedReference:
    """What a gate elsewhere may know of a reference: not where its medium lies."""

    work: str
    descriptor: str
    duration_s: float
    frames: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """What is in the folder, but for the index."""

    statement: Statement
    rights: RightsRecord
    references: Mapping[str, CarriedReference]

    @property
    def indexes(self) -> Mapping[str, list[str]]:
        """The ids of the references of each descriptor."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name, reference in self.references.items():
            found[reference.descriptor].append(name)
        return found


def open_signed(
    folder: Path, *, trust: Trusted | None, now: datetime | None, seen: int | None, verify: bool
) -> Carried:
    """Open the folder as `Snapshot.open` says."""
    statement = Statement.read(folder, trust)
    if trust is not None:
        statement.require_current(now, seen, folder)
    if verify:
        check_files(folder, statement.files)
    return Carried(
        statement=statement,
        rights=open_rights(open_lookup(folder, statement)),
        references=_references(folder, statement),
    )


def open_lookup(folder: Path, statement: Statement) -> Lookup:
    """The file of rights, whose blocks' hashes are those that were signed."""
    return Lookup(folder / RIGHTS, _signed_content(folder, HASHES, statement))


def check_state(folder: Path, index: str) -> None:
    """IntegrityError unless the snapshot's id is that of the state in its files, with an index of these contents."""
    statement = Statement.read(folder)
    lookup = open_lookup(folder, statement)
    references = _references(folder, statement)
    held = Held(
        items=stored_items(lookup),
        references=[
            {"id": name, "work": each.work, "descriptor": each.descriptor} for name, each in references.items()
        ],
        as_of=statement.as_of,
        as_of_others=statement.as_of,
        audience=statement.audience,
        names=_names(folder, statement),
    )
    if f"sha256:{digest(held.written(index))}" != statement.id:
        raise IntegrityError("the snapshot's id is not that of what is in it", where=str(folder))


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """IntegrityError names the first file that is gone, no file, or not as it was."""
    for name, sha256 in files.items():
        path = folder / name
        try:
            found = file_sha256(path)
        except OSError as error:
            raise IntegrityError(f"is part of the snapshot: {error.strerror}", where=str(path)) from None
        if found != sha256:
            raise IntegrityError("is not as it was when the snapshot was made", where=str(path))


def references_json(bodies: list[Mapping[str, Any]]) -> bytes:
    """What `references.json` says of declared references."""
    fields = CarriedReference.__slots__
    return canonical({body["id"]: asdict(CarriedReference(**{name: body[name] for name in fields})) for body in bodies})


def _references(folder: Path, statement: Statement) -> Mapping[str, CarriedReference]:
    content = _signed_content(folder, REFERENCES, statement)
    with suppress(ValueError, TypeError, AttributeError, RecursionError):
        found = {str(name): CarriedReference(**stated) for name, stated in json.loads(content).items()}
        if all(map(_is_sound, found.values())):
            return found
    raise IntegrityError("does not list references", where=str(folder / REFERENCES))


def _is_sound(stated: CarriedReference) -> bool:
    texts = all(isinstance(held, str) for held in (stated.work, stated.descriptor, stated.sha256))
    return texts and type(stated.frames) is int and type(stated.duration_s) in {int, float}


def _names(folder: Path, statement: Statement) -> tuple[str, ...]:
    """What is told of works' names, a line each."""
    if NAMES_FILE not in statement.files:
        return ()
    return tuple(_signed_content(folder, NAMES_FILE, statement).decode(errors="replace").splitlines())


def _signed_content(folder: Path, name: str, statement: Statement) -> bytes:
    """A small file, if it is as it was signed."""
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise IntegrityError(f"is part of the snapshot: {error.strerror}", where=str(folder / name)) from None
    if hashlib.sha256(content).hexdigest() != statement.files.get(name):
        raise IntegrityError("is not as it was when the snapshot was made", where=str(folder / name))
    return content

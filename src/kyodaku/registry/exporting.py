# SPDX-License-Identifier: Apache-2.0
"""A registry's state written into a folder for gates elsewhere: signed, for some days, for anyone or one developer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from kyodaku.errors import UsageError
from kyodaku.ledger import KeyHistory, Log, SigningKey, checkpoint, file_sha256
from kyodaku.registry._codec import KINDS, as_text, digest
from kyodaku.registry._drafts import drafted
from kyodaku.registry._files import write_whole
from kyodaku.registry._held import Held
from kyodaku.registry._named import NAMES
from kyodaku.registry._naming import write_names
from kyodaku.registry._references import KIND as REFERENCE
from kyodaku.registry._references import References
from kyodaku.registry._seen_by import seen_by
from kyodaku.registry._signed import HASHES, REFERENCES, RIGHTS, references_json
from kyodaku.registry._state import known_records
from kyodaku.registry._statement import STATEMENT, Statement
from kyodaku.registry._stored_rights import write_rights
from kyodaku.registry.deltas import write_delta
from kyodaku.rights import REGIMES, load_regime

__all__ = ["VALID", "Exported", "Maker", "write_snapshot"]

VALID: Final = timedelta(days=7)
"""How long a snapshot holds unless told otherwise: as long as a revocation may go unheard of."""
LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True, kw_only=True, slots=True)
class Maker:
    """Who makes snapshots: what holds the key that signs, the notes of keys before it, the ledger, its name, the time.

    The key is held while the ledger's size is signed, so that it is the one that signs for that size. A key that is
    replaced only afterwards signs the rest all the same: it stands for what was until then.
    """

    holding: Callable[[], AbstractContextManager[SigningKey]]
    history: Callable[[], KeyHistory]
    ledger: Log
    origin: str
    now: datetime

    def sign(self) -> tuple[SigningKey, str, tuple[str, ...]]:
        """The key, a checkpoint signed by it, and the notes that lead to it."""
        with self.holding() as key:
            notes = tuple(rotation.note for rotation in self.history().rotations)
            return key, checkpoint(self.ledger, key, self.origin), notes


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """A folder that was written, and what its statement says."""

    path: Path
    statement: Statement

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready summary."""
        said = self.statement
        return {
            "path": str(self.path),
            "id": said.id,
            "as_of": as_text(said.as_of),
            "made_at": as_text(said.made_at),
            "expires_at": as_text(said.expires_at),
            "for": said.audience,
            "ledger": {"origin": said.checkpoint.origin, "size": said.checkpoint.size},
            "files": len(said.files),
        }


def write_snapshot(
    connection: Connection,
    references: References,
    out: Path,
    maker: Maker,
    *,
    valid: timedelta = VALID,
    audience: str | None = None,
    since: Path | None = None,
) -> Exported:
    """Write the state that the connection sees; `out` must not be there, and is there whole or not at all.

    For an `audience`, a developer, it holds what that developer may see (`kyodaku.registry._seen_by`).
    With `since`, the folder of an older one, it holds only what is new (`kyodaku.registry.deltas`).
    """
    if not timedelta(0) < valid <= LONGEST:
        raise UsageError(f"a snapshot holds for at most {LONGEST.days} days", hint="e.g. 7d")
    held = Held.of(known_records(connection, None, *KINDS, REFERENCE, NAMES))
    key, note, rotations = maker.sign()  # after reading, so that all that was read is in it
    if audience is not None:
        held = seen_by(held, audience, key.seed)
    with drafted(out) as delta:
        draft = delta if since is None else delta / ".whole"
        index = references.link_index(held.references, draft / "index")
        _write_files(held, draft)
        write_names(held, draft)
        statement = Statement(
            id=f"sha256:{digest(held.written(index.content_id))}",
            as_of=held.as_of,
            made_at=maker.now,
            expires_at=maker.now + valid,
            audience=audience,
            index=index.content_id,
            regimes={name: load_regime(name).sha256 for name in REGIMES},
            note=note,
            rotations=rotations,
            files=_files_of(draft),
        )
        write_whole(draft / STATEMENT, statement.signed(key))
        if since is not None:
            write_delta(since, draft, delta)
            shutil.rmtree(draft)
    return Exported(path=out, statement=statement)


def _write_files(held: Held, draft: Path) -> None:
    write_rights(held.items, draft / RIGHTS, draft / HASHES)
    write_whole(draft / REFERENCES, references_json(held.references))
    (draft / "regimes").mkdir()
    for entry in resources.files("kyodaku.rights").joinpath("regimes").iterdir():
        if entry.name.endswith(".yaml"):
            write_whole(draft / "regimes" / entry.name, entry.read_bytes())


def _files_of(folder: Path) -> dict[str, str]:
    """Every file below a folder, with its hash."""
    paths = (Path(where) / name for where, _, names in os.walk(folder) for name in names)
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in sorted(paths)}

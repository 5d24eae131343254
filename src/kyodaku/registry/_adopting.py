# SPDX-License-Identifier: Apache-2.0
"""A snapshot from elsewhere taken in by a workspace: checked in full, kept, and never followed by an older one.

WORKSPACE/snapshots/HEX/      the snapshot, as links where the file system has them
WORKSPACE/makers.json         of each ledger that snapshots came from: the key, and how far it was
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, Self

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import PublicKey
from kyodaku.registry._codec import as_text, canonical, moment_of
from kyodaku.registry._drafts import link
from kyodaku.registry._files import locked, sync_directory, write_whole
from kyodaku.registry._signed import check_state
from kyodaku.registry._statement import CLOCKS_DIFFER, STATEMENT, Statement, is_signed
from kyodaku.registry.deltas import is_delta
from kyodaku.registry.snapshot import Snapshot

__all__ = ["MAKERS", "adopt"]

MAKERS: Final = "makers.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Maker:
    """What is remembered of who makes snapshots: its key, and its ledger at the newest one."""

    key: str
    size: int
    root: str
    made_at: str = ""
    """The latest moment at which any of them was made: no clock that is right stands before it."""

    def __post_init__(self) -> None:
        _ = self.made_at and moment_of(self.made_at)  # ValueError for what is none

    @classmethod
    def of(cls, statement: Statement, key: PublicKey, known: _Maker | None) -> Self:
        newest = statement.checkpoint
        latest = statement.followed(key).latest  # so that one that was replaced is not believed again
        before = known.made_at if known is not None else ""
        made_at = max(statement.made_at, moment_of(before)) if before else statement.made_at
        return cls(key=str(latest), size=newest.size, root=newest.root.hex(), made_at=as_text(made_at))

    def require_same(self, statement: Statement, key: PublicKey, where: str) -> None:
        """IntegrityError unless the key given is the one that is known, or one of the two leads to the other."""
        own = PublicKey.parse(self.key)
        later = [held for _, held in statement.followed(own).keys]
        if key not in later and own not in [held for _, held in statement.followed(key).keys]:
            what = f"snapshots of this ledger were signed by {own.label} before, which does not lead to {key.label}"
            raise IntegrityError(what, where=where, hint=f"if its maker lost that key, delete the ledger from {MAKERS}")


def adopt(
    workspace: Path, folder: Path, *, key: PublicKey | None, own: Mapping[str, PublicKey], now: datetime
) -> Snapshot:
    """Open the snapshot in a folder, if its maker's key signed it and it is not older than one seen before; keep it.

    The key is `key`, else the one with which a snapshot of the same ledger was taken in before, else `own` for that
    ledger. Raises UsageError when none is known, and IntegrityError as `Snapshot.open` does.
    """
    kept = workspace / "snapshots"
    kept.mkdir(exist_ok=True)
    with locked(workspace / f".{MAKERS}.lock"):
        makers = _read(workspace / MAKERS)
        origin = Statement.read(folder).checkpoint.origin  # believed once the signature was checked
        known = makers.get(origin)
        trust = key or (PublicKey.parse(known.key) if known else own.get(origin))
        if key is not None and known is not None:
            known.require_same(Statement.read(folder, key), key, str(folder))
        if trust is None:
            what = f"whose key signs snapshots of the ledger {origin!r} is not known here"
            raise UsageError(what, where=str(folder), hint="add --key FILE, the public key of who made it")
        draft = kept / f".{token_hex(8)}.new"
        try:
            Statement.read(folder, trust)  # nothing is copied at the word of a statement that nobody signed
            _copy(folder, draft)
            snapshot = Snapshot.open(draft, trust=trust, now=now, seen=None if known is None else known.size)
            assert snapshot.statement is not None
            _require_later(known, now, folder)
            made = _Maker.of(snapshot.statement, trust, known)
            _require_same_past(known, made, folder)
            check_state(draft, snapshot.references.content_id)
            path = kept / snapshot.id.removeprefix("sha256:")
            _keep(draft, path)
            write_whole(workspace / MAKERS, _written({**makers, origin: made}))
        except IntegrityError as error:  # of the folder that was named, not of the draft
            where = (error.where or "").replace(str(draft), str(folder))
            raise IntegrityError(error.what, where=where, hint=error.hint) from None
        except OSError as error:
            what = f"the snapshot cannot be taken in: {error.strerror}"
            raise KyodakuError(what, where=str(error.filename or folder)) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return Snapshot.open(path, verify=False)


def _copy(folder: Path, draft: Path) -> None:
    if is_delta(folder):
        hint = "put it together with the one it follows: kyodaku snapshot apply OLD DELTA -o NEW"
        raise UsageError("this is only what is new of a snapshot", where=str(folder), hint=hint)
    for name in (*Statement.read(folder).files, STATEMENT):
        if not (folder / name).is_file():
            raise IntegrityError("is part of the snapshot, and is not there", where=str(folder / name))
        link(folder / name, draft / name)


def _keep(draft: Path, path: Path) -> None:
    """Give the folder its name; one of the same state may have been signed before, for another time, or taken here."""
    if path.exists():
        if not is_signed(path) or Statement.read(path).sha256 == Statement.read(draft).sha256:
            return
        path.rename(draft.with_name(f".{token_hex(8)}.old"))
    draft.rename(path)
    sync_directory(path.parent)
    for older in path.parent.glob(".*.old"):
        shutil.rmtree(older, ignore_errors=True)


def _require_same_past(known: _Maker | None, made: _Maker, folder: Path) -> None:
    if known is not None and known.size == made.size and known.root != made.root:
        what = "its ledger has another past than when a snapshot of it was taken in before"
        raise IntegrityError(what, where=str(folder))


def _require_later(known: _Maker | None, now: datetime, folder: Path) -> None:
    if known is not None and known.made_at and now < moment_of(known.made_at) - CLOCKS_DIFFER:
        what = f"a snapshot that was taken in before was made on {known.made_at}, which is yet to come"
        raise IntegrityError(what, where=str(folder), hint="set this machine's clock")


def _read(path: Path) -> dict[str, _Maker]:
    try:
        stated: Any = json.loads(path.read_bytes())
        return {str(origin): _Maker(**held) for origin, held in stated.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        what = "what was seen of others' snapshots cannot be read"
        raise IntegrityError(what, where=str(path), hint="restore it from a backup") from None


def _written(makers: Mapping[str, _Maker]) -> bytes:
    fields = _Maker.__slots__
    return canonical({origin: {name: getattr(held, name) for name in fields} for origin, held in makers.items()})

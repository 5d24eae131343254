# SPDX-License-Identifier: Apache-2.0
"""Erasing what a declaration stated, as the law may ask for, so that the ledger still verifies.

Only what a later declaration of the same party, work, mandate or reference took the place of can be erased: then no
present answer changes. What a statement said is never erased while it counts: a grant is why something was permitted,
and without a revocation what it revoked would hold again.

The ledger says first that it is erased; then body, hash and salt go. Killed in between, the body is still there, and
erasing it again finishes the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.ledger import leaf_hash, parse_record, record
from kyodaku.registry._database import Turn
from kyodaku.registry._state import ERASED
from kyodaku.registry._tables import declarations

__all__ = ["ERASURE", "erase", "erasure_of"]

ERASURE: Final = "erasure"
"""The type of the ledger's entries for erasures."""


def erase(turn: Turn, index: int, now: datetime) -> int:
    """Erase what the declaration with this ledger entry stated; returns the entry that says so.

    Raises UsageError where there is none, where it was erased before, and where it is the latest of its id.
    """
    table = declarations.c
    row = turn.connection.execute(select(declarations).where(table.ledger_index == index)).first()
    if row is None:
        raise UsageError(f"entry {index} of the ledger is no declaration", hint="`kyodaku registry show ID --history`")
    if row.body == ERASED:
        raise UsageError(f"what entry {index} stated was erased before")
    same = (table.kind == row.kind, table.id == row.id)
    if turn.connection.scalar(select(func.max(table.seq)).where(*same)) == row.seq:
        hint = "declare it anew without what has to go, then erase this one; a statement can only be revoked"
        raise UsageError(f"entry {index} is what holds of {row.kind} {row.id!r}", hint=hint)
    erased = leaf_hash(turn.log.entry(index)).hex()
    said = turn.log.append(record(ERASURE, time=now, subject=row.id, sha256=erased, kind=row.kind, entry=index))
    if turn.connection.dialect.name == "sqlite":
        turn.connection.exec_driver_sql("PRAGMA secure_delete = ON")  # else the text stays on a page that is free
    blank = {"body": ERASED, "body_sha256": "", "salt": None}
    turn.connection.execute(update(declarations).where(table.seq == row.seq).values(**blank))
    return said


def erasure_of(entry: bytes) -> tuple[int, str] | None:
    """Which entry an entry erases, with the hash of that one; None of entries of other types."""
    try:
        stated: Mapping[str, object] = parse_record(entry)
    except IntegrityError:
        return None  # not ours to judge: the log takes what it is given
    index = stated.get("entry")
    return (index, str(stated["sha256"])) if stated["type"] == ERASURE and isinstance(index, int) else None

# SPDX-License-Identifier: Apache-2.0
"""Whether database, ledger, checkpoint and references still say what they said."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from kyodaku.errors import IntegrityError
from kyodaku.ledger import Log, Trust, check_log, commitment, kept_note, leaf_hash, parse_record, verify_checkpoint
from kyodaku.registry._codec import digest
from kyodaku.registry._erasing import erasure_of
from kyodaku.registry._references import References
from kyodaku.registry._rows import ENTRY_TYPE
from kyodaku.registry._state import ERASED, known_records
from kyodaku.registry._tables import declarations
from kyodaku.registry.reports import Soundness

__all__ = ["check_newest", "verify"]

_ROWS: Final = 1000
"""Rows read at once; the table may not fit into memory."""


def check_newest(connection: Connection, log: Log) -> None:
    """Raise IntegrityError unless the newest declaration is in the ledger, as when one of the two was put back."""
    newest = connection.execute(select(declarations).order_by(declarations.c.seq.desc()).limit(1)).first()
    if newest is None:
        return
    size = log.size
    if newest.ledger_index >= size:
        raise IntegrityError(
            f"the database knows entry {newest.ledger_index} of the ledger, which has {size}",
            where=str(log.directory),
            hint="restore database and ledger from the same backup",
        )
    _check_entry(newest, log.entry(newest.ledger_index), log.directory)


def verify(
    connection: Connection, log: Log, signer: tuple[Trust, str], references: References, *, one_commit: bool
) -> Soundness:
    """Recompute everything; raise IntegrityError naming the first thing that differs.

    `signer` is who may have signed the last checkpoint, and the ledger's origin. Where entry and row are `one_commit`,
    as in a shared registry, an entry without a row is a fault: the row was removed.
    """
    connection.scalar(select(func.max(declarations.c.seq)))  # fixes the view: the ledger may only be further on than it
    entries = log.verify()
    count, orphans, erased = _check_declarations(
        connection, log, entries
    )  # before the checkpoint, which names no entry
    if one_commit and orphans:
        what = f"entry {orphans[0]} of the ledger is a declaration that the database does not have: it was removed"
        raise IntegrityError(what, where=str(log.directory))
    note = kept_note(log)
    if note is not None:
        check_log(log, verify_checkpoint(note, *signer))
    elsewhere = 0
    known = list(known_records(connection, None, "reference"))
    for each in known:
        if references.is_elsewhere(each.body):
            elsewhere += 1
        else:
            references.load(each.body)
    here = len(known) - elsewhere
    return Soundness(
        entries=entries, declarations=count, references=here, orphans=orphans, elsewhere=elsewhere, erased=erased
    )


def _check_declarations(connection: Connection, log: Log, entries: int) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Walk ledger and table side by side: how many declarations, and the entries of those not there, and erased."""
    chosen = select(declarations).order_by(declarations.c.ledger_index).execution_options(yield_per=_ROWS)
    count, orphans = 0, []
    erased: dict[int, tuple[Row[Any], str]] = {}
    erasures: dict[int, str] = {}
    with connection.execute(chosen) as found:
        rows = iter(found)
        row = next(rows, None)
        for index, entry in enumerate(log.entries(0, entries)):
            if row is not None and row.ledger_index == index:
                _check_entry(row, entry, log.directory)
                if _is_erased(row):
                    erased[index] = row, leaf_hash(entry).hex()
                count += 1
                row = next(rows, None)
            elif _type_of(entry) == ENTRY_TYPE:
                orphans.append(index)
            else:
                erasures.update([erasure] if (erasure := erasure_of(entry)) else [])
        if row is not None:
            raise _differs(row, f"its entry {row.ledger_index} is not in the ledger of {entries} entries")
    for index, (gone, leaf) in erased.items():
        if erasures.get(index) != leaf:
            raise _differs(gone, "what it stated is gone, and the ledger does not say that it was erased")
        if not _is_superseded(connection, gone):
            raise _differs(gone, "it was erased, and is what still holds: nothing took its place")
    return count, tuple(orphans), tuple(erased)


def _is_superseded(connection: Connection, gone: Row[Any]) -> bool:
    """Whether a later declaration of the same id says what holds, as there must be one for every erasure."""
    table = declarations.c
    later = (table.kind == gone.kind, table.id == gone.id, table.seq > gone.seq, table.body != ERASED)
    return connection.scalar(select(func.max(table.seq)).where(*later)) is not None


def _type_of(entry: bytes) -> Any:
    try:
        return parse_record(entry)["type"]
    except IntegrityError:
        return None  # not ours to judge: the log takes what it is given


def _check_entry(row: Row[Any], entry: bytes, ledger: Path) -> None:
    stated = parse_record(entry)
    expected = {"type": ENTRY_TYPE, "kind": row.kind, "subject": row.id}
    if not _is_erased(row):
        if digest(row.body.encode()) != row.body_sha256:
            raise _differs(row, "its body does not hash to the recorded hash")
        expected["sha256"] = row.body_sha256 if row.salt is None else _committed(row)
    for name, value in expected.items():
        if stated.get(name) != value:
            what = f"entry {row.ledger_index} of the ledger ({ledger}) says {name} {stated.get(name)!r}, not {value!r}"
            raise _differs(row, what)


def _is_erased(row: Row[Any]) -> bool:
    return bool(row.body == ERASED and not row.body_sha256)


def _committed(row: Row[Any]) -> str:
    try:
        return commitment(row.body.encode(), bytes.fromhex(row.salt))
    except ValueError:
        raise _differs(row, "its salt is none") from None


def _differs(row: Row[Any], what: str) -> IntegrityError:
    return IntegrityError(what, where=f"declaration {row.seq} ({row.kind} {row.id})")

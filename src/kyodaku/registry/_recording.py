# SPDX-License-Identifier: Apache-2.0
"""Recording: within one transaction, what is new is found, checked, entered in the ledger, and stored.

The ledger comes first. Its entries are on disk before the rows that carry their indices are committed, so no row can
ever lack its entry. Killed in between, the registry is as it was, and the ledger has entries that no row carries: they
are hashes of declarations that were never made, and importing again makes them with new entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, insert, select

from kyodaku.errors import KyodakuError
from kyodaku.ledger import Log
from kyodaku.registry._candidate import Candidate
from kyodaku.registry._codec import as_text
from kyodaku.registry._rows import Declarable, entry_of, links_of, row_of
from kyodaku.registry._state import Known, State, in_chunks
from kyodaku.registry._tables import about, declarations
from kyodaku.registry.reports import Recorded

__all__ = ["moment_of_recording", "record_all", "split"]

_BACKWARDS: Final = timedelta(minutes=5)
"""How far a clock may be behind the newest declaration, as clocks are when they are set right."""
_ROWS: Final = 1000


def moment_of_recording(now: datetime, state: State) -> datetime:
    """The time to record at: `now`, but never before the newest declaration.

    Raises KyodakuError when the clock is so far behind that one of the two must be wrong.
    """
    if now.tzinfo is None:
        raise ValueError("the registry's clock gives times with a time zone")
    now = now.astimezone(UTC)
    last = state.last_recorded()
    if last is None or last <= now:
        return now
    if last - now > _BACKWARDS:
        what = f"the clock says {as_text(now)}, but the newest declaration is of {as_text(last)}"
        raise KyodakuError(what, hint="set the clock right; a later time cannot be recorded before an earlier one")
    return last


def split(candidates: Iterable[Candidate], state: State) -> tuple[list[Candidate], list[tuple[Candidate, Known]]]:
    """Those that are new or say something new, and those that are recorded as they are."""
    candidates = list(candidates)
    for kind in {candidate.kind for candidate in candidates}:
        state.fetch(kind, (candidate.id for candidate in candidates if candidate.kind == kind))
    new, unchanged = [], []
    for candidate in candidates:
        known = state.stored(candidate.kind, candidate.id)
        if known is not None and _is_recorded(candidate, known):
            unchanged.append((candidate, known))
        else:
            new.append(candidate)
    return new, unchanged


def _is_recorded(candidate: Candidate, known: Known) -> bool:
    """A mandate that was revoked since stays revoked when the file that gave it is imported again."""
    if candidate.kind == "mandate":
        return candidate.digest in known.digests
    return bool(candidate.digest == known.latest.body_sha256)


def record_all(new: Sequence[Declarable], connection: Connection, log: Log, now: datetime) -> list[Recorded]:
    """Enter in the ledger, and store, what is new."""
    if not new:
        return []
    indices = log.append_many(entry_of(each, now) for each in new)
    first = (connection.scalar(select(func.max(declarations.c.seq))) or 0) + 1
    rows, links = [], []
    for seq, (each, index) in enumerate(zip(new, indices, strict=True), first):
        rows.append(row_of(seq, each, now, index))
        links.extend(links_of(seq, each))
    for table, chunk_of in ((declarations, rows), (about, links)):
        for chunk in in_chunks(chunk_of, _ROWS):
            connection.execute(insert(table), chunk)
    return [
        Recorded(kind=each.kind, id=each.id, ledger_index=index, new=True)
        for each, index in zip(new, indices, strict=True)
    ]

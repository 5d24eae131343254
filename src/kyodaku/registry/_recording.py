# SPDX-License-Identifier: Apache-2.0
"""Recording: within one transaction, what is new is found, checked, entered in the ledger, and stored.

The ledger comes first, so that no row can ever lack its entry. Where ledger and rows are not one commit, an import that
is killed in between leaves entries that no row carries: they are hashes of declarations that were never made, and
importing again makes them with new entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from sqlalchemy import func, select

from kyodaku.errors import KyodakuError
from kyodaku.ledger import new_salt
from kyodaku.registry._candidate import Candidate
from kyodaku.registry._codec import KINDS, as_text
from kyodaku.registry._database import Turn
from kyodaku.registry._named import NAMES
from kyodaku.registry._rows import Declarable, entry_of, links_of, row_of
from kyodaku.registry._state import Known, State
from kyodaku.registry._tables import declarations, links, stored_moment
from kyodaku.registry.reports import Recorded

__all__ = ["moment_of_recording", "record_all", "split"]

_BACKWARDS: Final = timedelta(minutes=5)
"""How far a clock may be behind the newest declaration, as clocks are when they are set right."""


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
    for kind in (*KINDS, NAMES):
        state.fetch(kind, [candidate.id for candidate in candidates if candidate.kind == kind])
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


def record_all(new: Sequence[Declarable], turn: Turn, now: datetime) -> list[Recorded]:
    """Enter in the ledger, and store, what is new."""
    if not new:
        return []
    salts = [new_salt() for _ in new]
    indices = turn.log.append_many([entry_of(each, now, salt) for each, salt in zip(new, salts, strict=True)])
    first = (turn.connection.scalar(select(func.max(declarations.c.seq))) or 0) + 1
    numbered = list(zip(count(first), new, indices, strict=False))
    stored = stored_moment(now)
    rows = [row_of(seq, each, stored, index, salt) for (seq, each, index), salt in zip(numbered, salts, strict=True)]
    turn.put(declarations, rows)
    turn.put(links, [link for seq, each, _ in numbered for link in links_of(seq, each)])
    return [Recorded(kind=each.kind, id=each.id, ledger_index=index, new=True) for _, each, index in numbered]

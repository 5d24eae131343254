# SPDX-License-Identifier: Apache-2.0
"""What the registry holds, as looked up within one transaction, with what is about to be recorded laid over it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import groupby, islice
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from kyodaku.errors import KyodakuError
from kyodaku.registry._codec import KINDS, Body, Record, record_of
from kyodaku.registry._tables import declarations, links
from kyodaku.rights import RightsRecord

__all__ = ["ERASED", "Known", "State", "can_be_id", "erased", "in_chunks", "known_records", "rights_record"]

_HALF: Final = re.compile("[\ud800-\udfff]")
"""Halves of characters, as which Python passes on bytes that are no text."""
_CHUNK: Final = 500
"""Values in one `IN (...)`; SQLite takes 32,766 parameters, but plans few better than many."""
_ROWS: Final = 1000
"""Read at once where all are."""
_SUGGESTIONS: Final = 2000
"""Ids that are searched for the one somebody may have meant."""


ERASED: Final = "{}"
"""The body of a declaration that was erased, which has no hash either; no other is empty."""


def can_be_id(text: str) -> bool:
    """False for what no database stores as text: bytes of a command line that were none, and NUL."""
    return "\0" not in text and not _HALF.search(text)


def erased(kind: str, key: str) -> KyodakuError:
    """Why the state of an earlier moment cannot be told."""
    return KyodakuError(f"what {kind} {key!r} stated then was erased", hint="ask for a later moment")


class Known:
    """The declarations of one id: the latest says what holds; the first, since when it is known."""

    def __init__(self, rows: Sequence[Row[Any]]) -> None:
        self.latest = rows[-1]
        self.first = rows[0]
        self.digests = frozenset(row.body_sha256 for row in rows)

    @cached_property
    def body(self) -> Body:
        """What is stated, as it was stored."""
        body: Body = json.loads(self.latest.body)
        return body

    @cached_property
    def record(self) -> Record:
        """The law's record of it."""
        return record_of(self.latest.kind, self.body, self.first.recorded_at)


def current(as_of: datetime | None, *kinds: str) -> Select[Any]:
    """All declarations of these kinds recorded by `as_of`, of one id side by side, in the order they were made."""
    chosen = select(declarations).where(declarations.c.kind.in_(kinds))
    if as_of is not None:
        chosen = chosen.where(declarations.c.recorded_at <= as_of)
    return chosen.order_by(declarations.c.kind, declarations.c.id, declarations.c.seq)


class State:
    """Looks bodies up by id, in the transaction of `connection`; what is `put` comes before what is stored."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stored: dict[str, dict[str, Known | None]] = defaultdict(dict)
        self._put: dict[str, dict[str, Body]] = defaultdict(dict)
        self._put_parts: dict[str, set[str]] = defaultdict(set)
        self._put_mandates: dict[str, set[str]] = defaultdict(set)

    def fetch(self, kind: str, ids: Iterable[str]) -> None:
        """Read many at once, so that looking each up costs nothing."""
        stored = self._stored[kind]
        missing = sorted({key for key in ids if key not in stored})
        stored.update(dict.fromkeys(missing))
        for chunk in in_chunks([key for key in missing if can_be_id(key)], _CHUNK):
            rows = self._connection.execute(current(None, kind).where(declarations.c.id.in_(chunk)))
            for key, found in groupby(rows, key=lambda row: str(row.id)):
                stored[key] = Known(list(found))

    def stored(self, kind: str, key: str) -> Known | None:
        """What the registry holds under this id."""
        if key not in self._stored[kind]:
            self.fetch(kind, (key,))
        return self._stored[kind][key]

    def put(self, kind: str, key: str, body: Body) -> None:
        """Lay a body over what is stored."""
        self._put[kind][key] = body
        if kind == "work":
            for whole in body.get("part_of", ()):
                self._put_parts[whole].add(key)
        elif kind == "mandate":
            self._put_mandates[body["agent"]].add(key)

    def body(self, kind: str, key: str) -> Body | None:
        """What is stated under this id, or None."""
        found = self._put[kind].get(key)
        if found is not None:
            return found
        known = self.stored(kind, key)
        return None if known is None else known.body

    def wholes(self, key: str) -> set[str]:
        """The work and all that it is part of."""
        return self._reachable(key, self._wholes)

    def parts(self, key: str) -> set[str]:
        """The work and all its parts."""
        return self._reachable(key, self._parts)

    def mandates(self, agent: str) -> Iterator[Body]:
        """All mandates that the party was given."""
        ids = self._linked(agent, "agent") | self._put_mandates[agent]
        found = (self.body("mandate", key) for key in sorted(ids))
        yield from (mandate for mandate in found if mandate is not None and mandate["agent"] == agent)

    def ids(self, kind: str) -> list[str]:
        """Some ids of this kind, to suggest one of them."""
        chosen = select(declarations.c.id).where(declarations.c.kind == kind).distinct().limit(_SUGGESTIONS)
        return [*self._connection.scalars(chosen), *islice(self._put[kind], _SUGGESTIONS)]

    def last_recorded(self) -> datetime | None:
        """When the newest declaration was recorded."""
        newest = select(declarations.c.recorded_at).order_by(declarations.c.seq.desc()).limit(1)
        found: datetime | None = self._connection.scalar(newest)
        return found

    def _wholes(self, key: str) -> Iterable[str]:
        wholes: list[str] = (self.body("work", key) or {}).get("part_of", [])
        return wholes

    def _parts(self, key: str) -> Iterable[str]:
        ids = self._linked(key, "part_of") | self._put_parts[key]
        return (part for part in ids if key in self._wholes(part))

    def _linked(self, name: str, relation: str) -> set[str]:
        """The ids of all that was ever declared to be so related to the name."""
        chosen = select(declarations.c.id).join(links).where(links.c.name == name, links.c.relation == relation)
        return {str(key) for key in self._connection.scalars(chosen)}

    @staticmethod
    def _reachable(start: str, step: Callable[[str], Iterable[str]]) -> set[str]:
        reached, queue = {start}, [start]
        while queue:
            found = set(step(queue.pop())) - reached
            reached |= found
            queue.extend(found)
        return reached


def known_records(connection: Connection, as_of: datetime | None, *kinds: str) -> Iterator[Known]:
    """What was known of each id by `as_of`, in the order of kinds and ids."""
    chosen = current(as_of, *kinds).execution_options(yield_per=_ROWS)
    with connection.execute(chosen) as rows:
        for _, found in groupby(rows, key=lambda row: (row.kind, row.id)):
            known = Known(list(found))
            if known.latest.body == ERASED:  # as only what is superseded is, today's state never lacks anything
                raise erased(known.latest.kind, known.latest.id)
            yield known


def last_declared(connection: Connection) -> int:
    """The ledger's entry of the latest declaration; -1 before the first."""
    found = connection.scalar(select(func.max(declarations.c.seq)))
    return -1 if found is None else int(found)


def rights_record(connection: Connection, as_of: datetime | None, effective_at: datetime | None = None) -> RightsRecord:
    """Parties, works, mandates and statements recorded by `as_of`; the latter two in force at `effective_at`."""
    found: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for known in known_records(connection, as_of, *KINDS):
        if effective_at is None or _is_effective(known, effective_at):
            found[known.latest.kind][known.latest.id] = known.record
    statements = found["permission"]
    return RightsRecord(
        parties=found["party"].values(),
        works=found["work"].values(),
        mandates=found["mandate"].values(),
        permissions=[said for said in statements.values() if said.revokes is None or said.revokes in statements],
    )


def _is_effective(known: Known, at: datetime) -> bool:
    row = known.latest
    ends = [row.effective_until]
    if row.kind == "mandate":
        ends.append(known.record.revoked_at)  # type: ignore[union-attr]
    return (row.effective_from is None or row.effective_from <= at) and all(end is None or at < end for end in ends)


def in_chunks(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk

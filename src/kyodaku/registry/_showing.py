# SPDX-License-Identifier: Apache-2.0
"""One work in both times, from a few look-ups, whose cost grows with what concerns the work and with nothing else."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select

from kyodaku.registry._codec import Body
from kyodaku.registry._conflicts import Said, conflicts_of_grants, conflicts_of_shares, holders_left_out
from kyodaku.registry._state import can_be_id, erased, in_chunks
from kyodaku.registry._tables import declarations, links
from kyodaku.registry._withdrawing import Around, since, withdrawn
from kyodaku.registry.reports import Declaration
from kyodaku.registry.views import STANDINGS, Conflict, Standing, WorkView
from kyodaku.rights import ALL

__all__ = ["declaration_of", "view_of"]

_CHUNK: Final = 500
_MOST: Final = 1000
"""Conflicts of one work: who has more than that has another problem."""


def declaration_of(row: Row[Any]) -> Declaration:
    """A row as others see it."""
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's name for it
    del fields["subject"]
    return Declaration(**{**fields, "body": json.loads(row.body)})


def view_of(connection: Connection, work: str, as_of: datetime, effective_at: datetime) -> WorkView | None:
    """The work as it was known by `as_of` and stood at `effective_at`; None if nobody had declared it by then."""
    seen = _Seen(connection, as_of)
    declared = seen.under("work", [work])
    if not declared:
        return None
    latest = declared[-1]
    if latest.is_erased:
        raise erased("work", work)
    near = seen.wholes(latest)
    shares = [share for share in latest.body.get("shares", ()) if _holds(share, effective_at)]
    parties = {share[name] for share in shares for name in ("party", "acquired_from") if name in share}
    mandates = [each for each in seen.mandates(parties) if not near.isdisjoint(each.body["works"])]
    statements = seen.statements(near, parties | {mandate.body["agent"] for mandate in mandates})
    revocations = seen.revocations(statements)
    given = {(each.body["agent"], each.body["principal"]) for each in mandates}
    around = Around(works=near, holders={share["party"] for share in shares}, agents=given)
    return WorkView(
        work=work,
        as_of=as_of,
        effective_at=effective_at,
        declaration=latest,
        shares=tuple(shares),
        mandates=_ordered(_standing(each, effective_at, (False, None)) for each in mandates),
        statements=_ordered(
            _standing(each, effective_at, withdrawn(each, revocations[each.id], around, effective_at))
            for each in statements
        ),
        conflicts=_conflicts(declared, statements, revocations),
    )


class _Seen:
    """What was recorded by a moment."""

    def __init__(self, connection: Connection, as_of: datetime) -> None:
        self._connection = connection
        self._as_of = as_of

    def under(self, kind: str, ids: Collection[str]) -> list[Declaration]:
        """All declarations under these ids, in the order they were made."""
        chosen = select(declarations).where(declarations.c.kind == kind)
        return self._found(chosen, ids, declarations.c.id)

    def linked(self, relation: str, names: Collection[str]) -> list[Declaration]:
        """All declarations that stand so to one of the names, in the order they were made."""
        chosen = select(declarations).join(links).where(links.c.relation == relation)
        return self._found(chosen, names, links.c.name)

    def _found(self, chosen: Select[Any], names: Collection[str], column: Any) -> list[Declaration]:
        found: dict[int, Declaration] = {}
        for chunk in in_chunks(sorted(filter(can_be_id, names)), _CHUNK):
            asked = chosen.where(column.in_(chunk), declarations.c.recorded_at <= self._as_of)
            found.update((row.seq, declaration_of(row)) for row in self._connection.execute(asked))
        return [found[seq] for seq in sorted(found)]

    def wholes(self, work: Declaration) -> set[str]:
        """The work, all that it is part of, and `ALL`."""
        reached, queue = {work.id}, set(work.body.get("part_of", ()))
        while queue:
            reached |= queue
            latest = {each.id: each for each in self.under("work", queue)}
            queue = {whole for each in latest.values() for whole in each.body.get("part_of", ())} - reached
        return {*reached, ALL}

    def mandates(self, principals: Collection[str]) -> list[Declaration]:
        """The mandates of these, each as it was last declared."""
        return [*{each.id: each for each in self.linked("principal", principals)}.values()]

    def statements(self, works: Collection[str], speakers: Collection[str]) -> list[Declaration]:
        """Statements about these works, and of these parties about everything that is theirs."""
        found = [*self.linked("about", works), *self.linked("catalogue", speakers)]
        return sorted({each.id: each for each in found}.values(), key=lambda each: each.seq)

    def revocations(self, statements: Iterable[Declaration]) -> Mapping[str, list[Declaration]]:
        """What withdraws each of these, or some of it."""
        found: defaultdict[str, list[Declaration]] = defaultdict(list)
        for each in self.linked("revokes", [statement.id for statement in statements]):
            found[each.body["revokes"]].append(each)
        return found


def _standing(said: Declaration, at: datetime, revoked: tuple[bool, str | None]) -> Standing:
    ended = said.effective_until
    altogether, by = revoked
    if altogether or ("revoked_at" in said.body and datetime.fromisoformat(said.body["revoked_at"]) <= at):
        standing = "revoked"
    elif since(said) > at:
        standing = "not yet effective"
    else:
        standing = "expired" if ended is not None and ended <= at else "in force"
    return Standing(declaration=said, standing=standing, revoked_by=by)


def _ordered(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    return tuple(sorted(standings, key=lambda each: (STANDINGS.index(each.standing), each.declaration.seq)))


def _holds(share: Body, at: datetime) -> bool:
    begin, until = share.get("valid_from"), share.get("valid_until")
    return (begin is None or datetime.fromisoformat(begin) <= at) and (
        until is None or at < datetime.fromisoformat(until)
    )


def _conflicts(
    declared: list[Declaration], statements: Iterable[Declaration], revocations: Mapping[str, list[Declaration]]
) -> tuple[Conflict, ...]:
    said = []
    for each in statements:
        ends = [each.effective_until, *map(since, revocations.get(each.id, ()))]
        until = min((end for end in ends if end is not None), default=None)
        body = dict(each.body)
        said.append(Said(body=body, recorded_at=each.recorded_at, since=since(each), until=until))
    found = chain(
        conflicts_of_shares(dict(declared[-1].body)),
        holders_left_out([(each.ledger_index, dict(each.body)) for each in declared]),
        conflicts_of_grants(said),
    )
    return tuple(islice(found, _MOST))

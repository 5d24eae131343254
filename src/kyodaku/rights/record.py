# SPDX-License-Identifier: Apache-2.0
"""The whole record at one moment, checked as a whole, and the facts for one decision picked from it.

What is picked depends only on the works found: the cost of a decision, and its id, do not change with what else is
registered.
"""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from kyodaku.errors import UsageError
from kyodaku.rights._claim import claimed_works
from kyodaku.rights._closure import children_of, touched, wholes
from kyodaku.rights._cycles import find_cycle
from kyodaku.rights.facts import Basis, Facts, Finding, SignalFact
from kyodaku.rights.uses import NOTHING_STATED, Circumstances
from kyodaku.rights.vocabulary import ALL, ANYONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from kyodaku.rights.statements import Mandate, Permission
    from kyodaku.rights.works import Party, Work

__all__ = ["RightsRecord"]

_Named = TypeVar("_Named", "Party", "Work", "Mandate", "Permission")
_Stated = TypeVar("_Stated", "Mandate", "Permission")


class RightsRecord:
    """Parties, works, mandates and statements, indexed by id and by work.

    Raises `UsageError` for an id given twice, an id that nothing has, a work that is part of or derived from itself
    over others (the cycle is named), a revocation of something that cannot be revoked, and a sub-licence under what is
    no grant, or under itself over others.
    """

    def __init__(
        self,
        *,
        parties: Iterable[Party] = (),
        works: Iterable[Work] = (),
        mandates: Iterable[Mandate] = (),
        permissions: Iterable[Permission] = (),
    ) -> None:
        self._parties = _by_id(parties, "party")
        self._works = _by_id(works, "work")
        self._mandates = _by_id(mandates, "mandate")
        self._permissions = _by_id(permissions, "statement")
        self._check_references()
        self._check_graphs()
        self._parts = children_of(self._works.values())
        self._about: defaultdict[str, list[str]] = defaultdict(list)
        self._catalogues: defaultdict[str, list[str]] = defaultdict(list)
        self._revocations: defaultdict[str, list[str]] = defaultdict(list)
        self._sublicences: defaultdict[str, list[str]] = defaultdict(list)
        self._general: defaultdict[str, list[str]] = defaultdict(list)
        self._special: defaultdict[str, list[str]] = defaultdict(list)
        self._index()

    @classmethod
    def stored(
        cls, records: Mapping[str, Mapping[str, Any]], links: Mapping[str, Mapping[str, Sequence[str]]]
    ) -> RightsRecord:
        """A record that was checked when it was stored, over mappings that look up what is asked for and no more.

        `records` are `parties`, `works`, `mandates` and `permissions` by id. `links` lead from an id to ids: `parts` of
        a work; statements `about` a work, `catalogues` of a party, `revocations` of a statement, `sublicences` under
        one; mandates `general` of a principal, `special` for a work. Each has what `RightsRecord` would have indexed.
        """
        made = cls()
        for name, held in (*records.items(), *links.items()):
            setattr(made, f"_{name}", held)
        return made

    @property
    def parties(self) -> Mapping[str, Party]:
        """By id."""
        return MappingProxyType(self._parties)

    @property
    def works(self) -> Mapping[str, Work]:
        """By id."""
        return MappingProxyType(self._works)

    @property
    def mandates(self) -> Mapping[str, Mandate]:
        """By id."""
        return MappingProxyType(self._mandates)

    @property
    def permissions(self) -> Mapping[str, Permission]:
        """By id; every kind of statement."""
        return MappingProxyType(self._permissions)

    def about(self, work: str) -> tuple[Permission, ...]:
        """Every statement that names the work itself, in the order of their ids."""
        return tuple(self._permissions[name] for name in sorted(self._about.get(work, ())))

    def facts(
        self,
        findings: Iterable[Finding] = (),
        *,
        basis: Basis | None = None,
        developer: str = "",
        subject: str = "",
        examined: bool = True,
        error: str | None = None,
        unseen: tuple[str, ...] = (),
        matcher: str = "",
        snapshot: str = "",
        circumstances: Circumstances = NOTHING_STATED,
        signals: Iterable[SignalFact] = (),
        fetched_at: datetime | None = None,
    ) -> Facts:
        """All that a decision about these findings and this claim may need, and nothing else.

        A finding of a work that the record lacks is kept: the decision then says that the work is unknown. A statement
        or mandate about many works is given as far as it is about these. `developer` is who will use them, so that it
        is told by its name.
        """
        found = tuple(findings)
        named = {finding.work for finding in found}.union(claimed_works(basis, self._permissions))
        reached = touched(named, self._works, lambda work: self._parts.get(work, ()))
        near = {whole for work in reached for whole in wholes(work, self._works)}
        parties = self._speakers(reached)
        mandates = self._mandates_for(parties, near)
        parties.update(mandate.agent for mandate in mandates)
        statements = self._statements(near, parties)
        parties.update(said.by for said in statements)
        parties.add(developer)
        parties.update(name for work in reached if work in self._works for name in _named(self._works[work]))
        return Facts(
            works=tuple(self._works[work] for work in near if work in self._works),
            parties=tuple(self._parties[party] for party in parties if party in self._parties),
            mandates=tuple(_narrowed(mandates, self._special, near)),
            permissions=tuple(_narrowed(statements, self._about, near)),
            found=found,
            basis=basis,
            subject=subject,
            examined=examined,
            error=error,
            unseen=unseen,
            matcher=matcher,
            snapshot=snapshot,
            circumstances=circumstances,
            signals=tuple(signals),
            fetched_at=fetched_at,
        )

    # --- what a decision needs ----------------------------------------------------------------------------------------

    def _speakers(self, works: Iterable[str]) -> set[str]:
        shares = [share for work in works if work in self._works for share in self._works[work].shares]
        return {party for share in shares for party in (share.party, share.acquired_from) if party is not None}

    def _mandates_for(self, parties: set[str], works: set[str]) -> list[Mandate]:
        ids = {name for party in parties for name in self._general.get(party, ())}
        ids.update(name for work in works for name in self._special.get(work, ()))
        return [held for name in sorted(ids) if (held := self._mandates[name]).principal in parties]

    def _statements(self, works: set[str], parties: set[str]) -> list[Permission]:
        named = {name for work in works for name in self._about.get(work, ())}
        ids = named.union(name for party in parties for name in self._catalogues.get(party, ()))
        queue = list(ids)
        while queue:
            related = [name for name in self._related(queue.pop(), named) if name not in ids]
            ids.update(related)
            queue.extend(related)
        ids.update([name for held in ids for name in self._revocations.get(held, ())])
        return [self._permissions[name] for name in sorted(ids)]

    def _related(self, said: str, named: set[str]) -> Iterator[str]:
        """What a statement is licensed under, if that is about these works; what is licensed under it, naming none."""
        yield from self._sublicences.get(said, ())
        under = self._permissions[said].under
        if under is not None and (under in named or ALL in self._permissions[under].works):
            yield under

    # --- the record as a whole ----------------------------------------------------------------------------------------

    def _index(self) -> None:
        for said in self._permissions.values():
            if said.revokes is not None:
                self._revocations[said.revokes].append(said.id)
            elif ALL in said.works:
                self._catalogues[said.by].append(said.id)
                if said.under is not None:
                    self._sublicences[said.under].append(said.id)
            else:
                for work in said.works:
                    self._about[work].append(said.id)
        for mandate in self._mandates.values():
            if ALL in mandate.works:
                self._general[mandate.principal].append(mandate.id)
            else:
                for work in mandate.works:
                    self._special[work].append(mandate.id)

    def _check_references(self) -> None:
        known = {"party": set(self._parties), "work": set(self._works), "statement": set(self._permissions)}
        for where, kind, name in self._references():
            if name not in known[kind]:
                raise UsageError(f"there is no {kind} {name!r}", where=where)
        for said in self._permissions.values():
            if said.revokes is not None and self._permissions[said.revokes].kind == "revocation":
                hint = "make the withdrawn statement anew"
                raise UsageError("a revocation is final and cannot be revoked", where=f"statement {said.id}", hint=hint)
            if said.under is not None and self._permissions[said.under].kind != "grant":
                raise UsageError(f"{said.under!r} is no grant to license under", where=f"statement {said.id}")

    def _references(self) -> Iterator[tuple[str, str, str]]:
        for work in self._works.values():
            for share in work.shares:
                yield from ((f"work {work.id}", "party", held) for held in (share.party, share.acquired_from) if held)
            yield from ((f"work {work.id}", "work", held) for held in (*work.part_of, *work.derived_from))
        for mandate in self._mandates.values():
            where = f"mandate {mandate.id}"
            yield from ((where, "party", held) for held in (mandate.agent, mandate.principal))
            yield from ((where, "work", held) for held in mandate.works if held != ALL)
        for said in self._permissions.values():
            where = f"statement {said.id}"
            yield from ((where, "party", held) for held in (said.by, *said.to) if held != ANYONE)
            yield from ((where, "work", held) for held in said.works if held != ALL)
            yield from ((where, "statement", held) for held in (said.revokes, said.under) if held is not None)

    def _check_graphs(self) -> None:
        for relation, words in (("part_of", "part of"), ("derived_from", "derived from")):
            cycle = find_cycle({work.id: getattr(work, relation) for work in self._works.values()})
            if cycle:
                raise UsageError(f"works are {words} themselves: {' → '.join(cycle)}", where=f"work {cycle[0]}")
        under = {said.id: (said.under,) for said in self._permissions.values() if said.under is not None}
        cycle = find_cycle(under)
        if cycle:
            what = f"sub-licences rest on themselves: {' → '.join(cycle)}"
            raise UsageError(what, where=f"statement {cycle[0]}")


def _by_id(records: Iterable[_Named], what: str) -> dict[str, _Named]:
    found: dict[str, _Named] = {}
    for record in records:
        if found.setdefault(record.id, record) != record:
            raise UsageError(f"two different records have the id {record.id!r}", where=what)
    return found


def _named(work: Work) -> Iterator[str]:
    """Who is named in what is on file about its authors; some are no parties."""
    for record in work.moral:
        yield record.author
        if record.approver is not None:
            yield record.approver


def _narrowed(records: Iterable[_Stated], index: Mapping[str, list[str]], works: set[str]) -> Iterator[_Stated]:
    """The records, each with only those of its works that matter here; `index` has the records about each work."""
    kept: defaultdict[str, list[str]] = defaultdict(list)
    for work in sorted(works):
        for name in index.get(work, ()):
            kept[name].append(work)
    for record in records:
        named = kept.get(record.id, record.works)
        yield record if len(named) == len(record.works) else _with_works(record, tuple(named))


def _with_works(record: _Stated, works: tuple[str, ...]) -> _Stated:
    """As `replace`, for works in order that the record had already: nothing is checked or put in order again."""
    made: _Stated = object.__new__(type(record))
    for name in record.__dataclass_fields__:
        object.__setattr__(made, name, getattr(record, name))
    object.__setattr__(made, "works", works)
    return made

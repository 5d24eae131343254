# SPDX-License-Identifier: Apache-2.0
"""One act of a use, one medium, one regime: every ground for the verdict.

found works ─ closure ─► works touched ─ shares ─► holders to be asked ─ statements ─► where each stands
                                                                                          │
nothing found ─► the claimed basis ───────────────────────────────────────► regime tables ┴─► grounds
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, Any

from kyodaku.rights._claim import RULING_TERRITORY, claimed_works, stands_in, terms
from kyodaku.rights._closure import FOUND
from kyodaku.rights._holders import Holding, bystanders, holding
from kyodaku.rights._moral import Authored, authors
from kyodaku.rights._signals import hear
from kyodaku.rights._stance import Asking, Stance
from kyodaku.rights._voices import NOES, Hearing
from kyodaku.rights._wording import Speaker, Told, Wording
from kyodaku.rights.regime import MORAL_ACTS, NOTED, circumstance_facts
from kyodaku.rights.uses import Circumstances
from kyodaku.rights.vocabulary import ALL, POSSIBLE, PURGE, UNSEEN, WORLD, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kyodaku.rights._book import Book
    from kyodaku.rights.decision import Ground
    from kyodaku.rights.facts import Basis, Facts
    from kyodaku.rights.regime import Regime
    from kyodaku.rights.statements import Permission
    from kyodaku.rights.uses import Use
    from kyodaku.rights.works import Work

__all__ = ["Case"]


class Case:
    """Collects the grounds for one act."""

    def __init__(self, use: Use, facts: Facts, regime: Regime, book: Book) -> None:
        self._use = use
        self._facts = facts
        self._regime = regime
        self._book = book
        stated = use.circumstances.joined(facts.circumstances)
        heard = hear(facts, use.act)
        known = stated.joined(Circumstances(reservation=heard.reservation))
        self._given = {"act": use.act, **circumstance_facts(known)}
        self._wording = Wording(regime, book, use, Told(circumstance_facts(stated), heard.saying))

    def grounds(self) -> list[Ground]:
        """All of them, in no order."""
        found = {finding.work for finding in self._facts.found if finding.how != POSSIBLE}
        named = found.union(claimed_works(self._facts.basis, self._book.permissions))
        grounds = [ground for work, roles in self._book.touched(named).items() for ground in self._work(work, roles)]
        if named and self._facts.basis is not None:
            grounds.append(self._claim(self._facts.basis, sorted(named), grounds))
        if not self._is_examined():
            grounds.append(self._medium("unexamined"))
        elif not named:
            grounds.append(self._medium("nothing"))
        if self._is_examined() and self._facts.unseen:
            grounds.append(self._medium(UNSEEN))
        if self._is_examined() and self._matters_whether(self._possible()):
            grounds.append(self._medium(POSSIBLE))
        return grounds

    def _matters_whether(self, possible: list[str]) -> bool:
        """Whether being sure that these are shown would keep the use from going ahead."""
        would = [ground for work, roles in self._book.touched(possible).items() for ground in self._work(work, roles)]
        return any(_holds_up(ground) for ground in would)

    def _possible(self) -> list[str]:
        """Works that may be shown, and of which no more is known than that."""
        sure = {finding.work for finding in self._facts.found if finding.how != POSSIBLE}
        return sorted({finding.work for finding in self._facts.found} - sure)

    def _is_examined(self) -> bool:
        return self._facts.examined and self._facts.error is None

    # --- the medium and the claim -----------------------------------------------------------------------------------

    def _medium(self, found: str) -> Ground:
        basis, error = self._facts.basis, self._facts.error
        kind = basis.kind if basis else "none"
        facts = {"found": found, "basis": kind, "terms": terms(basis, self._use) if basis else "clear"}

        def say(speaker: Speaker) -> dict[str, str]:
            return {
                "claim": speaker.claim(basis),
                "error": error or speaker.word("phrases", "not_examined"),
                "unseen": speaker.words("unseen", self._facts.unseen),
                "duties": speaker.words("duties", basis.duties if basis else ()),
                "limits": speaker.words("limits", basis.limits if basis else ()),
                "works": speaker.works(self._possible()),
            }

        return self._wording.ground("medium", self._given | facts, say)

    def _claim(self, basis: Basis, named: list[str], grounds: list[Ground]) -> Ground:
        registry = "does_not_permit" if any(map(_holds_up, grounds)) else "permits"
        found = {finding.work for finding in self._facts.found if finding.how != POSSIBLE}

        def say(speaker: Speaker) -> dict[str, str]:
            works = [speaker.works([work]) if work in found else speaker.unfound(work) for work in named]
            return {"claim": speaker.claim(basis), "works": speaker.join(works)}

        return self._wording.ground("claim", self._given | {"basis": basis.kind, "registry": registry}, say)

    # --- one work -----------------------------------------------------------------------------------------------------

    def _work(self, work: str, roles: tuple[str, ...]) -> Iterator[Ground]:
        """Each role is asked about for itself, so that a second one never makes less of the first."""
        known = self._book.works.get(work)
        for role in roles or (FOUND,):
            if known is None:
                yield self._record("unknown", work, role)
            else:
                yield from self._known(known, role)

    def _known(self, work: Work, role: str) -> Iterator[Ground]:
        held = holding(work, self._use, *self._regime.rights(self._use.act, role))
        if held.over:
            yield self._record("term_over", work.id, role, places=held.over)
        yield from self._gaps(work.id, held, role)
        yield from self._disputes(work, held, role)
        yield from self._holders(work.id, held, role)
        if self._use.act in MORAL_ACTS:
            yield from (self._moral(work.id, role, author) for author in authors(work, self._use, role))

    def _gaps(self, work: str, held: Holding, role: str) -> Iterator[Ground]:
        """Rights of which no holder, not every holder, or one too many is known; a ruling stands in for the unknown."""
        ruled: set[str] = set()
        is_ruled = stands_in(self._facts.basis, work, self._use)
        for record, gaps in (("no_holder", held.missing), ("incomplete", held.incomplete)):
            ruled.update(right for right, places in gaps.items() if is_ruled and RULING_TERRITORY in places)
            yield from self._gap(record, work, role, _elsewhere(gaps) if is_ruled else gaps)
        yield from self._gap("overclaimed", work, role, held.overclaimed)
        yield from self._gap("ruling", work, role, dict.fromkeys(sorted(ruled), (RULING_TERRITORY,)))

    def _gap(self, record: str, work: str, role: str, gaps: Mapping[str, tuple[str, ...]]) -> Iterator[Ground]:
        places = {place for where in gaps.values() for place in where}
        if places:
            rights = tuple(right for right, where in gaps.items() if where)
            yield self._record(record, work, role, rights=rights, places=tuple(sorted(places)))

    def _record(
        self,
        record: str,
        work: str,
        role: str,
        *,
        rights: tuple[str, ...] = (),
        places: tuple[str, ...] = (),
        statement: Permission | None = None,
    ) -> Ground:
        party = statement.by if statement else None

        def say(speaker: Speaker) -> dict[str, str]:
            said = speaker.ruling(self._facts.basis) | (speaker.statement((statement,)) if statement else {})
            return said | {
                "work": speaker.work(work),
                "rights": speaker.words("rights", rights),
                "territory": speaker.places(places),
                "party": speaker.party(party) if party else "",
            }

        about: dict[str, Any] = {"work": work, "party": party, "permission": statement.id if statement else None}
        return self._wording.ground("work", self._given | {"record": record, "role": role}, say, **about)

    def _disputes(self, work: Work, held: Holding, role: str) -> Iterator[Ground]:
        """A no, in force, from a party of which nothing shows that it may say it."""
        named = [said for said in self._book.about(work.id) if said.kind in NOES and ALL not in said.works]
        if not named:
            return
        known = bystanders(work, self._use)
        known |= {name for party, line in held.asked for name in (party, *(former.party for former in line))}
        mandates = [mandate for holder in known for mandate in self._book.mandates.get(holder, ())]
        known |= {mandate.agent for mandate in mandates if self._book.is_about(mandate.works, work.id)}
        for party in sorted({said.by for said in named} - known):
            hearing = Hearing(party, work.id, self._use, self._book)
            noes = {Asking.of(hearing, place).objection() for place in self._use.territory} - {None}
            for statement in noes:
                yield self._record("disputed", work.id, role, statement=statement)

    def _moral(self, work: str, role: str, held: Authored) -> Ground:
        status = "on_file" if held.on_file else "absent"
        attribution = "stated" if held.attribution else "none"
        facts = {"moral": status, "attribution": attribution, "role": role}

        def say(speaker: Speaker) -> dict[str, str]:
            return speaker.author(held) | {"work": speaker.work(work)}

        party = held.author if held.author in self._book.parties else None
        return self._wording.ground("moral", self._given | facts, say, work=work, party=party)

    # --- its holders --------------------------------------------------------------------------------------------------

    def _holders(self, work: str, held: Holding, role: str) -> Iterator[Ground]:
        stances: dict[str, list[tuple[str, Stance]]] = defaultdict(list)
        for ((party, line), places), use in product(held.asked.items(), self._use.each_medium):
            hearing = Hearing(party, work, use, self._book, line)
            for place in places:
                stances[place].append((party, self._stance(hearing, place)))
        alike: dict[tuple[str, Stance, str], list[str]] = defaultdict(list)
        for place, found in stances.items():
            agreed = _agreed(said for other, said in stances.items() if other == place or WORLD in (other, place))
            for party, stance in dict.fromkeys(found):
                others = "granted" if agreed & held.together[party] else "not_granted"
                alike[party, stance, others].append(place)
        for (party, stance, others), where in alike.items():
            facts = {"statement": stance.statement, "role": role, "others": others}
            yield self._holder(facts, work, party, stance, sorted(where), keeps=party in held.keepers)

    def _stance(self, hearing: Hearing, place: str) -> Stance:
        stance = Asking.of(hearing, place).stance()
        is_ruled = place == RULING_TERRITORY and stands_in(self._facts.basis, hearing.work, self._use)
        return Stance("ruling") if is_ruled and stance.statement == "silence" else stance

    def _holder(
        self, facts: dict[str, str], work: str, party: str, stance: Stance, places: list[str], *, keeps: bool
    ) -> Ground:
        voice, revocation = stance.voice, stance.revocation

        def say(speaker: Speaker) -> dict[str, str]:
            said = speaker.ruling(self._facts.basis) if stance.statement == "ruling" else {}
            return {
                **said,
                **(speaker.statement(voice.all_said) if voice else {}),
                "party": speaker.party(party),
                "by": speaker.by(voice, party),
                "work": speaker.work(work),
                "territory": speaker.places(places),
                "scope": speaker.words("dimensions", stance.beyond),
                "revocation": revocation.id if revocation else "",
                "revoked_on": speaker.when(revocation.effective_from if revocation else None),
            }

        told = {"purge": revocation is not None and revocation.effect == PURGE, "retained": keeps}
        about: dict[str, Any] = {"work": work, "party": party, "permission": voice.said.id if voice else None}
        return self._wording.ground(
            "holder", self._given | facts, say, also=[phrase for phrase, holds in told.items() if holds], **about
        )


def _holds_up(ground: Ground) -> bool:
    """Whether the ground keeps the use from going ahead."""
    return ground.effect != NOTED and not Verdict(ground.effect).is_go


def _agreed(stances: Iterable[Iterable[tuple[str, Stance]]]) -> set[str]:
    """Who says yes wherever, and for whatever, it is asked."""
    said = [(party, stance.is_yes) for found in stances for party, stance in found]
    return {party for party, is_yes in said if is_yes} - {party for party, is_yes in said if not is_yes}


def _elsewhere(gaps: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Where no ruling reaches."""
    return {right: tuple(place for place in places if place != RULING_TERRITORY) for right, places in gaps.items()}

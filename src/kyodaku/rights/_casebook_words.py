# SPDX-License-Identifier: Apache-2.0
"""A case in words, in one language: what is registered, what somebody wants to do, what was found and stated.

Pieces are joined by middle dots, not made into sentences: a lawyer reads them as a table of facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from kyodaku.rights._book import Book
from kyodaku.rights._wording import Speaker
from kyodaku.rights.regime import CIRCUMSTANCE_FACTS, circumstance_facts
from kyodaku.rights.vocabulary import ALL, ANYONE, UNSTATED, WORLD

if TYPE_CHECKING:
    from kyodaku.rights._casebook_file import Case
    from kyodaku.rights.facts import Finding
    from kyodaku.rights.regime import Regime
    from kyodaku.rights.statements import Mandate, Permission
    from kyodaku.rights.uses import Use
    from kyodaku.rights.works import MoralRecord, Share, Work

__all__ = ["Teller"]

Labels = Mapping[str, Mapping[str, str]]

DOT: Final = " · "


class Teller:
    """Tells one case in one language; the law's own words are the regime's, all others the labels'."""

    def __init__(self, language: str, labels: Labels, case: Case, regime: Regime) -> None:
        self._language = language
        self._labels = labels
        self._case = case
        self._say = Speaker(language, regime, Book.of(case.facts), case.use)

    def label(self, name: str, **values: str) -> str:
        """One of the labels, filled in; a word that has none is said as it is."""
        held = self._labels.get(name)
        return held[self._language].format(**values) if held else name

    def rows(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """What there is to tell, each under its label, a line a record."""
        facts = self._case.facts
        yield "works", tuple(self._work(work) for work in facts.works)
        yield "mandates", tuple(self._mandate(mandate) for mandate in facts.mandates)
        yield "statements", tuple(self._statement(said) for said in self._in_time(facts.permissions))
        yield "use", tuple(self._use(use) for use in self._case.use.each_act)
        yield "found", tuple(self._finding(held) for held in facts.found) or (self._nothing(),)
        if facts.unseen:
            yield "not_seen", (self._say.words("unseen", facts.unseen),)
        yield "claimed", self._claimed()
        yield "stated", self._stated()
        yield "at", (self._say.when(self._case.use.at),)

    # --- what is registered -------------------------------------------------------------------------------------------
    def _work(self, work: Work) -> str:
        title = self.label("title_of", title=self._say.work(work.id), kind=self.label(work.kind))
        shares = [self._share(share) for share in work.shares] or [self.label("no_holder")]
        terms = [self._dotted(self._day("term_over", term.until), self._places(term.territory)) for term in work.terms]
        graph = [
            self.label(name, works=self._say.join(self._say.work(other) for other in works))
            for name, works in (("part_of", work.part_of), ("derived_from", work.derived_from))
            if works
        ]
        return "; ".join([self._dotted(title, *graph), *shares, *terms, *map(self._moral, work.moral)])

    def _share(self, share: Share) -> str:
        acquired = share.acquired_from
        return self._dotted(
            self.label("held_by", party=self._say.party(share.party)),
            self.label("portion", portion=str(share.portion)) if share.portion else "",
            "" if ALL in share.rights else self.label("rights", rights=self._say.words("rights", share.rights)),
            self._places(share.territory),
            self._day("from", share.valid_from),
            self._day("until", share.valid_until),
            self.label("acquired", party=self._say.party(acquired)) if acquired else "",
            self.label("named_27_28" if share.includes_27_28 else "unnamed_27_28") if acquired else "",
        )

    def _moral(self, held: MoralRecord) -> str:
        return self._dotted(
            self.label("consents", author=self._say.party(held.author), acts=self._acts(held.acts))
            if held.consent
            else self.label("consents_not", author=self._say.party(held.author)),
            self.label("attribution", text=held.attribution) if held.attribution else "",
            held.source,
        )

    def _mandate(self, held: Mandate) -> str:
        may = self.label("all_kinds") if ALL in held.may else self._say.join(self.label(kind) for kind in held.may)
        agent, principal = self._say.party(held.agent), self._say.party(held.principal)
        return self._dotted(
            self.label("mandate", agent=agent, principal=principal, may=may),
            "" if ALL in held.works else self._works(held.works),
            "" if ALL in held.acts else self._acts(held.acts),
            self._places(held.territories),
            self._day("from", held.valid_from),
            self._day("until", held.valid_until),
            self._day("ended", held.revoked_at),
        )

    def _statement(self, said: Permission) -> str:
        by, late = self._say.party(said.by), said.recorded_at != said.effective_from
        return self._dotted(
            self.label("revokes", by=by, what=str(said.revokes)) if said.revokes else self._spoken(said, by),
            "" if said.revokes else self._works(said.works),
            "" if said.revokes else self._acts(said.acts),
            self._places(said.territories),
            "" if ALL in said.purposes else self.label("purposes", purposes=self._say.join(said.purposes)),
            "" if ALL in said.models else self.label("models", models=self._say.join(said.models)),
            "" if ALL in said.media else self.label("media", media=self._say.join(said.media)),
            self.label("exclusive") if said.exclusive else "",
            self.label("sublicence") if said.sublicence else "",
            self.label("under", what=said.under) if said.under else "",
            self.label("duties", duties=self._say.words("duties", said.duties)) if said.duties else "",
            self.label("conditions", conditions=self._say.join(said.conditions)) if said.conditions else "",
            self.label("purge") if said.effect else "",
            self._day("from", said.effective_from),
            self._day("until", said.effective_until),
            self._day("recorded", said.recorded_at) if late else "",
            self._day("proven", said.proof.at) if said.proof else "",
            f"[{said.id}]",
        )

    def _spoken(self, said: Permission, by: str) -> str:
        to = self.label("anyone") if ANYONE in said.to else self._say.join(self._say.party(party) for party in said.to)
        return self.label("said", kind=self.label(said.kind), by=by, to=to)

    def _in_time(self, said: Iterable[Permission]) -> list[Permission]:
        return sorted(said, key=lambda held: (held.effective_from, held.recorded_at, held.id))

    # --- what is asked and known --------------------------------------------------------------------------------------
    def _use(self, use: Use) -> str:
        return self._dotted(
            f"{self._say.party(use.developer)}: {self._say.word('acts', use.act)}",
            self.label("territories", places=self._say.places(use.territory)),
            "" if use.purpose == ALL else self.label("purposes", purposes=use.purpose),
            "" if use.model == ALL else self.label("models", models=use.model),
            "" if ALL in use.media else self.label("media", media=self._say.join(use.media)),
        )

    def _finding(self, held: Finding) -> str:
        return self._dotted(self._say.works([held.work]), self.label(held.how))

    def _nothing(self) -> str:
        error = self._case.facts.error
        return self.label("not_read", error=error) if error else self.label("nothing_found")

    def _claimed(self) -> tuple[str, ...]:
        basis = self._case.facts.basis
        if basis is None:
            return ()
        return (
            self._dotted(
                self._say.claim(basis),
                *(text for text in (basis.source, basis.number or "", basis.fee or "")),
                self._works(basis.works) if basis.works else "",
                self._day("from", basis.valid_from),
                self._day("until", basis.valid_until),
            ),
        )

    def _stated(self) -> tuple[str, ...]:
        joined = self._case.use.circumstances.joined(self._case.facts.circumstances)
        told = [
            f"{self._say.word('circumstances', fact)}: {self._say.word('circumstances', f'{fact}.{word}')}"
            for fact, word in circumstance_facts(joined).items()
            if fact in CIRCUMSTANCE_FACTS and word != UNSTATED
        ]
        if self._case.facts.signals:
            told.append(self._say.signals(self._case.facts.signals).strip())
        policy = self._case.unidentified
        if policy:
            named = "review_policy" if policy == "review" else policy
            told.append(self.label("policy_set", policy=self.label(named)))
        return tuple(told)

    # --- pieces -------------------------------------------------------------------------------------------------------
    def _dotted(self, *pieces: str) -> str:
        return DOT.join(piece for piece in pieces if piece)

    def _works(self, works: Iterable[str]) -> str:
        return self._say.join(self.label("all_works") if work == ALL else self._titled(work) for work in works)

    def _titled(self, work: str) -> str:
        return self._say.word("phrases", "title").format(work=self._say.work(work))

    def _acts(self, acts: Iterable[str]) -> str:
        return self._say.join(self.label("all_acts") if act == ALL else self._say.word("acts", act) for act in acts)

    def _places(self, places: tuple[str, ...]) -> str:
        return "" if WORLD in places else self.label("territories", places=self._say.places(places))

    def _day(self, name: str, moment: object) -> str:
        return "" if moment is None else self.label(name, day=self._say.when(moment))  # type: ignore[arg-type]

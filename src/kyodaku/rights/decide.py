# SPDX-License-Identifier: Apache-2.0
"""The one decision function.

    found works ─ closure ─► works touched ─ shares ─► holders to be asked ─ statements ─► where each stands
                                                                                              │
    nothing found ─► the claimed basis ───────────────────────────────────────► regime tables ┴─► verdict, grounds

`decide` reads no clock, no file and no registry: the same use, facts and regime give the same decision, and the same
id, on any machine. It never raises on well-formed facts; what it does not know counts against the use.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from kyodaku.rights._book import Book
from kyodaku.rights._canonical import canonical, sha256_id
from kyodaku.rights._claim import claimed_grant, terms
from kyodaku.rights._closure import FOUND
from kyodaku.rights._holders import Holding, bystanders, holding, predecessors
from kyodaku.rights._stance import NOES, Asking, Stance
from kyodaku.rights._wording import Speaker, Wording
from kyodaku.rights.decision import Decision, Ground, Needed
from kyodaku.rights.regime import NOTED, circumstance_facts
from kyodaku.rights.vocabulary import ALL, POSSIBLE, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kyodaku.rights.facts import Basis, Facts
    from kyodaku.rights.regime import Regime, Row
    from kyodaku.rights.statements import Permission
    from kyodaku.rights.uses import Use
    from kyodaku.rights.works import Work

__all__ = ["decide", "decision_inputs"]


def decide(use: Use, facts: Facts, regime: Regime) -> Decision:
    """Answer whether the use is permitted on these facts under this regime, with every ground for the answer.

    The verdict is the strictest of its grounds. Under every regime a medium that was not examined, or only in part, is
    never permitted, whatever was found in it.
    """
    grounds = tuple(sorted(_Case(use, facts, regime).grounds(), key=_strictest_first))
    verdict = Verdict.strictest(Verdict(ground.effect) for ground in grounds if ground.effect != NOTED)
    return Decision(
        verdict=verdict,
        decision_id=sha256_id(decision_inputs(use, facts, regime)),
        regime=regime.id,
        regime_version=regime.version,
        grounds=grounds,
        needed=_needed(grounds, use.act),
        snapshot=facts.snapshot,
        error=facts.error,
    )


def decision_inputs(use: Use, facts: Facts, regime: Regime) -> bytes:
    """What the decision's id is the SHA-256 of: use, facts and the regime's digest in canonical JSON (RFC 8785)."""
    named = {"id": regime.id, "version": regime.version, "sha256": regime.sha256}
    if regime.unidentified is not None:
        named["unidentified"] = regime.unidentified.value
    return canonical({"decision": "kyodaku/1", "use": use, "facts": facts, "regime": named})


def _strictest_first(ground: Ground) -> tuple[Any, ...]:
    rank = -1 if ground.effect == NOTED else Verdict(ground.effect).rank
    return (-rank, ground.work or "", ground.party or "", ground.rule, ground.permission or "", ground.text["en"])


def _needed(grounds: tuple[Ground, ...], act: str) -> tuple[Needed, ...]:
    """Whose grant is missing: every ground about a work that keeps the use from going ahead."""
    open_points = {
        (ground.work, ground.party or "")
        for ground in grounds
        if ground.work is not None and ground.effect in {Verdict.REVIEW, Verdict.REFUSED}
    }
    return tuple(Needed(party=party or None, work=work, act=act) for work, party in sorted(open_points))


class _Case:
    """One use, one medium, one regime: collects the grounds."""

    def __init__(self, use: Use, facts: Facts, regime: Regime) -> None:
        self._use = use
        self._facts = facts
        self._regime = regime
        self._book = Book.of(facts)
        self._wording = Wording(regime, self._book, use)
        stated = use.circumstances.joined(facts.circumstances)
        self._given = {"act": use.act, **circumstance_facts(stated)}

    def grounds(self) -> list[Ground]:
        """All of them, in no order."""
        found = {finding.work for finding in self._facts.found if finding.how != POSSIBLE}
        claimed = claimed_grant(self._facts.basis, self._book.permissions)
        named = found.union(claimed.works if claimed else ())
        grounds = [ground for work, roles in self._book.touched(named).items() for ground in self._work(work, roles)]
        if named and self._facts.basis is not None:
            grounds.append(self._claim(self._facts.basis, sorted(named), grounds))
        if not self._is_examined():
            grounds.append(self._medium("unexamined"))
        elif not named:
            grounds.append(self._medium("nothing"))
        if self._is_examined() and self._matters_whether(self._possible()):
            grounds.append(self._medium(POSSIBLE))
        return grounds

    def _matters_whether(self, possible: list[str]) -> bool:
        """Whether being sure that these are shown would keep the use from going ahead."""
        would = [ground for work, roles in self._book.touched(possible).items() for ground in self._work(work, roles)]
        return any(ground.effect != NOTED and not Verdict(ground.effect).is_go for ground in would)

    def _possible(self) -> list[str]:
        """Works that may be shown, and of which no more is known than that."""
        sure = {finding.work for finding in self._facts.found if finding.how != POSSIBLE}
        return sorted({finding.work for finding in self._facts.found} - sure)

    def _is_examined(self) -> bool:
        return self._facts.examined and self._facts.error is None

    def _row(self, table: str, **facts: str) -> Row:
        return self._regime.tables[table].row({**self._given, **facts})

    # --- the medium and the claim -----------------------------------------------------------------------------------

    def _medium(self, found: str) -> Ground:
        basis, use, error = self._facts.basis, self._use, self._facts.error
        row = self._row(
            "medium",
            found=found,
            basis=basis.kind if basis else "none",
            terms=terms(basis, use) if basis else "clear",
        )

        def facts(say: Speaker) -> dict[str, str]:
            return {
                "claim": say.claim(basis),
                "error": error or say.word("phrases", "not_examined"),
                "duties": say.words("duties", basis.duties if basis else ()),
                "limits": say.words("limits", basis.limits if basis else ()),
                "works": say.works(self._possible()),
            }

        return self._wording.ground(row, facts)

    def _claim(self, basis: Basis, named: list[str], grounds: list[Ground]) -> Ground:
        permits = all(ground.effect == NOTED or Verdict(ground.effect).is_go for ground in grounds)
        registry = "permits" if permits else "does_not_permit"
        row = self._row("claim", basis=basis.kind, registry=registry)

        def facts(say: Speaker) -> dict[str, str]:
            return {"claim": say.claim(basis), "works": say.works(named)}

        return self._wording.ground(row, facts)

    # --- one work -----------------------------------------------------------------------------------------------------

    def _work(self, work: str, roles: tuple[str, ...]) -> Iterator[Ground]:
        role = roles[0] if roles else FOUND
        known = self._book.works.get(work)
        if known is None:
            yield self._record("unknown", work, role)
            return
        rights, neighbouring = self._regime.rights(self._use.act, roles)
        held = holding(known, self._use, rights, neighbouring)
        if held.over:
            yield self._record("term_over", work, role, places=held.over)
        if held.missing:
            places = sorted({place for where in held.missing.values() for place in where})
            yield self._record("no_holder", work, role, rights=tuple(held.missing), places=tuple(places))
        yield from self._disputes(known, held, role)
        yield from self._holders(work, held, role)

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
        row = self._row("work", record=record, role=role)
        party = statement.by if statement else None

        def facts(say: Speaker) -> dict[str, str]:
            said = say.statement(statement) if statement else {"permission": "", "since": ""}
            return said | {
                "work": say.work(work),
                "rights": say.words("rights", rights),
                "territory": say.places(places),
                "party": say.party(party) if party else "",
            }

        return self._wording.ground(row, facts, work=work, party=party, permission=statement.id if statement else None)

    def _disputes(self, work: Work, held: Holding, role: str) -> Iterator[Ground]:
        """A no, in force, from a party of which nothing shows that it may say it."""
        known = bystanders(work, self._use).union(held.asked)
        known |= {party for holder in held.asked for party in predecessors(holder, work)}
        mandates = [mandate for holder in known for mandate in self._book.mandates.get(holder, ())]
        known |= {mandate.agent for mandate in mandates if self._book.is_about(mandate.works, work.id)}
        named = [said for said in self._book.about(work.id) if said.kind in NOES and ALL not in said.works]
        for party in sorted({said.by for said in named} - known):
            asking = Asking.of(party, work.id, self._use, self._book).alone()
            stances = [asking.stance(place) for place in self._use.territory]
            for statement in {held.permission for held in stances if held.statement in NOES}:
                yield self._record("disputed", work.id, role, statement=statement)

    # --- its holders --------------------------------------------------------------------------------------------------

    def _holders(self, work: str, held: Holding, role: str) -> Iterator[Ground]:
        stances: dict[str, dict[Stance, list[str]]] = defaultdict(lambda: defaultdict(list))
        for party, places in held.asked.items():
            asking = Asking.of(party, work, self._use, self._book)
            for place in places:
                stances[party][asking.stance(place)].append(place)
        agreed = {party for party, found in stances.items() if all(stance.is_yes for stance in found)}
        for party, found in stances.items():
            others = "granted" if agreed - {party} else "not_granted"
            for stance, where in found.items():
                row = self._row("holder", statement=stance.statement, role=role, others=others)
                yield self._holder(row, work, party, stance, where)

    def _holder(self, row: Row, work: str, party: str, stance: Stance, places: list[str]) -> Ground:
        permission, revocation = stance.permission, stance.revocation

        def facts(say: Speaker) -> dict[str, str]:
            said = say.statement(permission) if permission else {}
            return said | {
                "party": say.party(party),
                "by": say.by(permission.by, party) if permission else say.party(party),
                "work": say.work(work),
                "territory": say.places(places),
                "scope": say.words("dimensions", stance.beyond),
                "revocation": revocation.id if revocation else "",
                "revoked_on": say.when(revocation.effective_from if revocation else None),
            }

        return self._wording.ground(
            row, facts, work=work, party=party, permission=permission.id if permission else None
        )

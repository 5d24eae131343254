# SPDX-License-Identifier: Apache-2.0
"""From a clip's claim and findings to its decisions: facts gathered, `rights.decide` asked, nothing decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from kyodaku.examine import Findings, SeenSignal, WorkMatch, matcher_id
from kyodaku.registry import Snapshot
from kyodaku.rights import (
    Basis,
    Circumstances,
    Decision,
    Facts,
    Finding,
    Regime,
    RightsRecord,
    SignalFact,
    Use,
    basis_from_claim,
    decide,
)
from kyodaku.training._circumstances import circumstances_of
from kyodaku.training._rulings import ruling_of

__all__ = ["Case", "Judge", "signal_fact"]

_NAMES_THE_CLIP_ALONE = frozenset({"own_work", "open_licence", "public_domain"})
"""Kinds of basis whose source is an address; of the others it names a grant or a ruling, and is decided on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What decisions rest on, without what names one medium alone: its hash, address, spans and scores.

    Media that are the same case get the same verdicts, rules and reasons; only the ids of their decisions differ.
    """

    found: frozenset[Finding]
    basis: Basis | None
    examined: bool
    error: str | None
    unseen: tuple[str, ...]
    circumstances: Circumstances
    signals: frozenset[SignalFact] = frozenset()
    fetched_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Decides media for one use, under one or more regimes, from one state of the registry."""

    use: Use
    regimes: Sequence[Regime]
    rights: RightsRecord
    snapshot: str
    matcher: str

    @classmethod
    def of(cls, snapshot: Snapshot, *, use: Use, regimes: Sequence[Regime]) -> Self:
        """The judge who decides from `snapshot`; UsageError if it was made for another developer."""
        snapshot.require_audience(use.developer)
        return cls(
            use=use,
            regimes=regimes,
            rights=snapshot.rights,
            snapshot=snapshot.id,
            matcher=matcher_id(snapshot.references),
        )

    def decisions(self, findings: Findings, claim: Mapping[str, str]) -> list[Decision]:
        """One decision for each regime, from the same facts."""
        facts = self.facts_of(findings, claim)
        return [decide(self.use, facts, regime) for regime in self.regimes]

    def facts_of(self, findings: Findings, claim: Mapping[str, str]) -> Facts:
        """What is known of a medium with these findings, for which the manifest's row claims this."""
        return self.facts(findings, self.basis(claim), circumstances_of(claim))

    def case(self, findings: Findings, claim: Mapping[str, str]) -> Case:
        """The case that this medium is."""
        basis = self.basis(claim)
        if basis is not None and basis.kind in _NAMES_THE_CLIP_ALONE:
            basis = replace(basis, source="")
        found = frozenset(Finding(work=match.work, how=_how(match)) for match in findings.matches or ())
        return Case(
            found=found,
            basis=basis,
            examined=findings.examined,
            error=findings.error,
            unseen=_unseen(findings),
            circumstances=circumstances_of(claim),
            signals=frozenset(replace(signal_fact(seen), sha256="") for seen in findings.signals),
            fetched_at=findings.fetched_at if any(seen.not_before for seen in findings.signals) else None,
        )

    def decisions_on(self, case: Case) -> list[Decision]:
        """One decision for each regime on all media that are this case."""
        facts = self.rights.facts(
            findings=sorted(case.found, key=repr),
            basis=case.basis,
            examined=case.examined,
            error=case.error,
            unseen=case.unseen,
            circumstances=case.circumstances,
            signals=sorted(case.signals, key=repr),
            fetched_at=case.fetched_at,
            snapshot=self.snapshot,
        )
        return [decide(self.use, facts, regime) for regime in self.regimes]

    def basis(self, claim: Mapping[str, str]) -> Basis | None:
        """The ground that the manifest's row claims, if it is one that Kyodaku knows; two that differ are none."""
        licences = {claim[name] for name in ("licence", "license") if name in claim}
        if len(licences) > 1:
            return None
        return ruling_of(claim) or basis_from_claim(
            licence=next(iter(licences), None),
            owner=claim.get("owner"),
            source=claim.get("source"),
            developer=self.use.developer,
        )

    def facts(self, findings: Findings, basis: Basis | None, circumstances: Circumstances) -> Facts:
        """All that the decision on this medium may look at."""
        return self.rights.facts(
            findings=[_finding(match) for match in findings.matches or ()],
            basis=basis,
            examined=findings.examined,
            error=findings.error,
            unseen=_unseen(findings),
            subject=f"sha256:{findings.sha256}" if findings.sha256 else "",
            matcher=self.matcher,
            snapshot=self.snapshot,
            circumstances=circumstances,
            signals=map(signal_fact, findings.signals),
            fetched_at=findings.fetched_at,
        )

    def result(self, findings: Findings, claim: Mapping[str, str]) -> dict[str, Any]:
        """Findings, basis and decisions as the journal keeps them."""
        basis = self.basis(claim)
        decided = zip(self.regimes, self.decisions(findings, claim), strict=True)
        return {
            "findings": findings.as_json(),
            "basis": None if basis is None else {"kind": basis.kind, "detail": basis.detail, "source": basis.source},
            "decisions": {regime.id: decision.as_json() for regime, decision in decided},
        }


def _finding(match: WorkMatch) -> Finding:
    fields = ("work", "reference", "score", "q_start", "q_end", "r_start", "r_end")
    return Finding(how=_how(match), **{name: getattr(match, name) for name in fields})


def signal_fact(seen: SeenSignal) -> SignalFact:
    """The signal in the words of the law's room."""
    said, origin = seen.signal, seen.signal.origin
    return SignalFact(
        act=said.act,
        says="deny" if said.says == "constrained" and said.terms is None else said.says,
        standard=said.standard,
        revision=said.revision,
        where=origin.where,
        sha256=origin.sha256,
        fetched_at=origin.fetched_at,
        signature=said.signature,
        not_before=seen.not_before,
    )


def _unseen(findings: Findings) -> tuple[str, ...]:
    """What could not be seen, in the words of the law's room; a medium that was not examined says why instead."""
    if not findings.examined:
        return ()
    return (*(("time",) if findings.is_hardly_seen else ()), *(("parts",) if findings.parts_omitted else ()))


def _how(match: WorkMatch) -> str:
    return "match" if match.band == "match" else "possible"

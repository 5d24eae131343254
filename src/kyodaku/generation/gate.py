# SPDX-License-Identifier: Apache-2.0
"""From a prompt to its decision: the text is read, `rights.decide` is asked, nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, Self

from kyodaku.errors import UsageError
from kyodaku.examine import TEXT_MATCHER, TextFindings, mention_json, read_text
from kyodaku.generation._reasons import reason
from kyodaku.generation.offers import Offer, offers_for
from kyodaku.generation.suggest import Suggestion, suggest
from kyodaku.names import NamesIndex, TextEmbedder
from kyodaku.registry import Snapshot
from kyodaku.rights import Decision, Facts, Regime, RightsRecord, Use, Work, decide

__all__ = ["PROMPT_ACTS", "PromptGate", "Prompted", "nobodys_use"]

PROMPT_ACTS: Final = frozenset({"generate", "input", "publish"})
"""What can be done with a prompt."""


def nobodys_use() -> Use:
    """Generation by a developer whom no grant names."""
    return Use(developer="an-unnamed-developer", act="generate", at=datetime.now(UTC))


@dataclass(frozen=True, kw_only=True)
class Prompted:
    """One text's findings, the decision on it, and what could be done instead."""

    text: str
    findings: TextFindings
    use: Use
    facts: Facts
    decision: Decision
    works: tuple[Work, ...] = ()
    """The registered works that are mentioned."""
    offers: tuple[Offer, ...] = ()

    @cached_property
    def suggestion(self) -> Suggestion | None:
        """Another wording, where the text may not be used as it is."""
        if self.decision.verdict.is_go:
            return None
        return suggest(self.text, self.findings.mentions or (), self.works)

    @property
    def mentioned(self) -> tuple[str, ...]:
        """The ids of what is mentioned, each once."""
        return tuple(sorted({mention.work for mention in self.findings.mentions or ()}))

    def as_json(self, *, suggest: bool = False) -> dict[str, Any]:
        """The JSON of one decision; each mention says in `text` what was read as what."""
        decision = self.decision.as_json()
        return {
            "verdict": decision["verdict"],
            "decision_id": decision["decision_id"],
            "regime": decision["regime"],
            "matches": [],
            "mentions": None if self.findings.mentions is None else [*self.mentions_json()],
            "signals": [],
            "grounds": decision["grounds"],
            "needed": decision["needed"],
            "offers": [offer.as_json() for offer in self.offers],
            "snapshot": decision["snapshot"],
            "error": self.findings.error,
            "sha256": self.findings.sha256,
            **({"suggestion": self.suggestion and self.suggestion.as_json()} if suggest else {}),
        }

    def mentions_json(self) -> Iterator[dict[str, Any]]:
        """The JSON of each mention."""
        titles = {work.id: work for work in self.works}
        for mention in self.findings.mentions or ():
            yield {**mention_json(mention), "text": reason(mention, titles.get(mention.work))}


@dataclass(frozen=True, kw_only=True)
class PromptGate:
    """Decides texts for one use, under one regime, from one state of the registry."""

    use: Use
    regime: Regime
    rights: RightsRecord
    names: NamesIndex
    snapshot: str

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        *,
        use: Use,
        regime: Regime,
        embedder: TextEmbedder | None = None,
        names: NamesIndex | None = None,
    ) -> Self:
        """The gate that decides from `snapshot`; `names` is its index, if that is open already.

        UsageError if the snapshot was made for another developer, or the use is none that a prompt can be for.
        """
        snapshot.require_audience(use.developer)
        others = {each.act for each in use.each_act} - PROMPT_ACTS
        if others:
            what = f"a prompt is for {', '.join(sorted(PROMPT_ACTS))}, and the use is to {', '.join(sorted(others))}"
            raise UsageError(what, where="use", hint="e.g. act: generate")
        names = snapshot.names(embedder=embedder) if names is None else names
        return cls(use=use, regime=regime, rights=snapshot.rights, names=names, snapshot=snapshot.id)

    def decide(self, text: str, *, at: datetime | None = None) -> Prompted:
        """The decision on one text, at the use's moment or at another."""
        use = self.use if at is None else replace(self.use, at=at)
        findings = read_text(text, self.names)
        facts = self.facts(findings)
        decision = decide(use, facts, self.regime)
        mentioned = {mention.work for mention in findings.mentions or ()}
        works = tuple(self.rights.works[work] for work in sorted(mentioned) if work in self.rights.works)
        offers = () if decision.verdict.is_go else offers_for(use, facts)
        return Prompted(
            text=text, findings=findings, use=use, facts=facts, decision=decision, works=works, offers=offers
        )

    def facts(self, findings: TextFindings) -> Facts:
        """All that the decision on a text may look at."""
        return self.rights.facts(
            findings=findings.findings(),
            developer=self.use.developer,
            subject=f"sha256:{findings.sha256}",
            examined=findings.examined,
            error=findings.error,
            matcher=TEXT_MATCHER,
            snapshot=self.snapshot,
        )

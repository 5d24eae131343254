# SPDX-License-Identifier: Apache-2.0
"""What comes out: the verdict, every ground for it in two languages, and what would clear the use."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from kyodaku.rights._check import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kyodaku.rights.vocabulary import Verdict

__all__ = ["Decision", "Ground", "Needed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """One reason: which rule, what it does to the verdict, in words, on what authority, and about whom.

    `effect` is a verdict, or `noted` for a fact that is told but moves nothing. `text` has `en` and `ja`, and so has
    `would_change`, if the effect does not let the use go ahead: what would change it. `work`, `party` and `permission`
    are ids, `act` is the act of the use that it is about.
    """

    rule: str
    effect: str
    text: Mapping[str, str]
    citation: str
    work: str | None = None
    party: str | None = None
    permission: str | None = None
    act: str
    would_change: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("text", "would_change"):
            object.__setattr__(self, name, Texts(getattr(self, name), where=self.rule))

    def as_json(self) -> dict[str, Any]:
        """The keys `rule, effect, text, citation, work, party, permission, act, would_change`."""
        return {
            "rule": self.rule,
            "effect": self.effect,
            "text": dict(self.text),
            "citation": self.citation,
            "work": self.work,
            "party": self.party,
            "permission": self.permission,
            "act": self.act,
            "would_change": dict(self.would_change),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Needed:
    """A grant, or an author's consent, that would clear the use: from whom, for what work, for which act.

    `party` is None if nobody is known.
    """

    party: str | None
    work: str | None
    act: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The answer, with an id that anyone can recompute from the same use, facts and regime.

    `grounds` come strictest first. `needed` is empty when the use may go ahead, and when no grant could help (a medium
    that cannot be read).
    """

    verdict: Verdict
    decision_id: str
    regime: str
    regime_version: str
    grounds: tuple[Ground, ...]
    needed: tuple[Needed, ...] = ()
    snapshot: str = ""
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The part of a decision's JSON that the law speaks to; the gates add what they saw."""
        return {
            "verdict": self.verdict.value,
            "decision_id": self.decision_id,
            "regime": self.regime,
            "grounds": [ground.as_json() for ground in self.grounds],
            "needed": [asdict(needed) for needed in self.needed],
            "snapshot": self.snapshot,
            "error": self.error,
        }

# SPDX-License-Identifier: Apache-2.0
"""The one decision function.

`decide` reads no clock, no file and no registry: the same use, facts and regime give the same decision, and the same
id, on any machine. It never raises on well-formed facts; what it does not know counts against the use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kyodaku.rights._book import Book
from kyodaku.rights._canonical import canonical, sha256_id
from kyodaku.rights._case import Case
from kyodaku.rights.decision import Decision, Ground, Needed
from kyodaku.rights.regime import NOTED, strictness
from kyodaku.rights.vocabulary import Verdict

if TYPE_CHECKING:
    from kyodaku.rights.facts import Facts
    from kyodaku.rights.regime import Regime
    from kyodaku.rights.uses import Use

__all__ = ["decide", "decision_inputs"]


def decide(use: Use, facts: Facts, regime: Regime) -> Decision:
    """Answer whether the use is permitted on these facts under this regime, with every ground for the answer.

    The verdict is the strictest of its grounds, over works, territories and acts: a plan of several acts goes ahead
    only as a whole. Under every regime a medium that was not examined, or only in part, is never permitted, whatever
    was found in it.
    """
    book = Book.of(facts)
    uses = use.each_act
    found = {ground for each in uses for ground in Case(each, facts, regime, book).grounds()}
    grounds = tuple(sorted(found, key=lambda ground: _strictest_first(ground, uses)))
    verdict = Verdict.strictest(Verdict(ground.effect) for ground in grounds if ground.effect != NOTED)
    return Decision(
        verdict=verdict,
        decision_id=sha256_id(decision_inputs(use, facts, regime)),
        regime=regime.id,
        regime_version=regime.version,
        grounds=grounds,
        needed=_needed(grounds),
        snapshot=facts.snapshot,
        error=facts.error,
    )


def decision_inputs(use: Use, facts: Facts, regime: Regime) -> bytes:
    """What the decision's id is the SHA-256 of: use, facts and the regime's digest in canonical JSON (RFC 8785)."""
    named = {"id": regime.id, "version": regime.version, "sha256": regime.sha256}
    if regime.unidentified is not None:
        named["unidentified"] = regime.unidentified.value
    return canonical({"decision": "kyodaku/1", "use": use, "facts": facts, "regime": named})


def _strictest_first(ground: Ground, uses: tuple[Use, ...]) -> tuple[Any, ...]:
    act = next(number for number, use in enumerate(uses) if use.act == ground.act)
    about = (ground.work or "", ground.party or "", ground.rule, ground.permission or "", ground.text["en"])
    return (-strictness(ground.effect), act, *about)


def _needed(grounds: tuple[Ground, ...]) -> tuple[Needed, ...]:
    """Whose grant is missing: every ground about a work that keeps the use from going ahead."""
    open_points = {
        (ground.work, ground.party or "", ground.act)
        for ground in grounds
        if ground.work is not None and ground.effect in {Verdict.REVIEW, Verdict.REFUSED}
    }
    return tuple(Needed(party=party or None, work=work, act=act) for work, party, act in sorted(open_points))

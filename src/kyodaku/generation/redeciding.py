# SPDX-License-Identifier: Apache-2.0
"""A decision of the generation gate made again from what the workspace keeps of it, and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.generation.entering import batches_entered, check_entered
from kyodaku.registry import Registry
from kyodaku.rights import Decision, Facts, Regime, Use, canonical, decide, facts_from_json, load_regime, use_from_json

__all__ = ["RedecidedMoment", "UnknownDecisionError", "redecide_moment"]


class UnknownDecisionError(UsageError):
    """No decision of this id was entered here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RedecidedMoment:
    """A decision that came out as it was recorded, and what it was made from; `log_index` is its batch's entry."""

    moment: str
    log_index: int
    use: Use
    facts: Facts
    regime: Regime
    decision: Decision

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        named = {"id": self.regime.id, "version": self.regime.version, "sha256": self.regime.sha256}
        return {
            "moment": self.moment,
            "log_index": self.log_index,
            **self.decision.as_json(),
            "regime": named,
            "use": json.loads(canonical(self.use)),
            "facts": json.loads(canonical(self.facts)),
            "same_as_recorded": True,
        }


def redecide_moment(registry: Registry, decision_id: str) -> RedecidedMoment:
    """Find a decision among those that were entered here, and make it again.

    Raises UnknownDecisionError when it is not among them, UsageError when the regime is no longer what it was, and
    IntegrityError when what is kept does not lead to it.
    """
    if not decision_id.isprintable():
        raise UsageError(f"no decision is called {decision_id!r}")
    index, line = _found(registry, decision_id)
    try:
        use, facts = use_from_json(line["use"]), facts_from_json(line["facts"])
        regime = _regime(line["regime"])
    except KeyError:
        what = "of this decision nothing is kept that it could be made from again"
        raise UsageError(what, where=decision_id) from None
    decision = decide(use, facts, regime)
    if decision.decision_id != decision_id or decision.verdict.value != line["verdict"]:
        what = f"what the workspace keeps leads to {decision.verdict.value} ({decision.decision_id})"
        raise IntegrityError(what, where=decision_id)
    return RedecidedMoment(
        moment=str(line["moment"]), log_index=index, use=use, facts=facts, regime=regime, decision=decision
    )


def _found(registry: Registry, decision_id: str) -> tuple[int, Mapping[str, Any]]:
    """The latest line with this decision: the same question at the same moment has the same answer."""
    for index in reversed(batches_entered(registry)):
        for line in _with(registry, index, decision_id):
            return index, line
    raise UnknownDecisionError(f"no prompt, reference or video was decided here as {decision_id}")


def _with(registry: Registry, index: int, decision_id: str) -> Iterator[Mapping[str, Any]]:
    lines = check_entered(registry, index, holding=decision_id)
    yield from (line for line in lines if line["decision_id"] == decision_id)


def _regime(stated: Mapping[str, Any]) -> Regime:
    regime = load_regime(str(stated["id"]))
    if regime.sha256 != stated["sha256"]:
        what = f"the regime {regime.id} is {regime.version} by now, and was {stated['version']}"
        raise UsageError(what, hint="a version of Kyodaku that ships it makes the decision again")
    return regime

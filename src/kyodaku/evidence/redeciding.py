# SPDX-License-Identifier: Apache-2.0
"""A decision of a run made again from what the workspace keeps: its journal, its snapshot and the law of its time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.evidence._gathering import facts_at
from kyodaku.registry import Registry
from kyodaku.rights import Decision, Facts, Regime, Use, canonical, decide
from kyodaku.training import finished_run
from kyodaku.training.runs import find_decision

__all__ = ["Redecided", "redecide"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Redecided:
    """A decision that came out as it was recorded, with all that it was made from.

    `log_index` is the ledger's entry of the batch that the decision is in.
    """

    run: str
    place: int
    log_index: int
    row: Mapping[str, Any]
    use: Use
    facts: Facts
    regime: Regime
    decision: Decision

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        named = {"id": self.regime.id, "version": self.regime.version, "sha256": self.regime.sha256}
        return {
            "run": self.run,
            "place": self.place,
            "log_index": self.log_index,
            "clip_id": self.row["clip_id"],
            "uri": self.row["uri"],
            "sha256": self.row["sha256"],
            "matches": self.row["matches"],
            **self.decision.as_json(),
            "regime": named,
            "use": json.loads(canonical(self.use)),
            "facts": json.loads(canonical(self.facts)),
            "same_as_recorded": True,
        }


def redecide(registry: Registry, decision_id: str) -> Redecided:
    """Find a decision among the recorded runs and make it again.

    Raises UsageError when no run whose folder is here has it, or when the regime is no longer what it was;
    IntegrityError when what the workspace keeps does not lead to the decision that was recorded.
    """
    if not decision_id.isprintable():
        raise UsageError(f"no decision is called {decision_id!r}")
    recorded, place = find_decision(registry, decision_id)
    with finished_run(recorded.out, registry) as run:
        judge, row = run.judge(), run.rows.row(place)
        facts = facts_at(run, judge, place)
        regime = judge.regimes[0]
        decision = decide(judge.use, facts, regime)
        if decision.decision_id != decision_id or decision.verdict != row["verdict"]:
            what = f"what the workspace keeps leads to {decision.verdict} ({decision.decision_id}), not to what it says"
            raise IntegrityError(what, where=f"{recorded.out}: {row['clip_id']}")
        return Redecided(
            run=run.id,
            place=place,
            log_index=run.rows.log_index(place),
            row=row,
            use=judge.use,
            facts=facts,
            regime=regime,
            decision=decision,
        )

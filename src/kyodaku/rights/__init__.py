# SPDX-License-Identifier: Apache-2.0
"""The law as data, and one pure function that answers: who must say yes to this use, and did they, before.

```python
from datetime import UTC, datetime
from kyodaku.rights import Finding, Permission, Party, RightsRecord, Share, Use, Work, decide, load_regime

new_year = datetime(2026, 1, 1, tzinfo=UTC)
record = RightsRecord(
    parties=[Party(id="studio", name={"en": "Example Studio", "ja": "例スタジオ"}), Party(id="lab", kind="developer")],
    works=[Work(id="film-1", kind="film", title={"en": "First Film"}, shares=(Share(party="studio"),))],
    permissions=[
        Permission(id="p-1", kind="grant", by="studio", to=("lab",), works=("film-1",), acts=("train",),
                   recorded_at=new_year, effective_from=new_year),
    ],
)
use = Use(developer="lab", act="train", model="video-1", territory=("JP",), at=datetime(2026, 6, 1, tzinfo=UTC))
decision = decide(use, record.facts([Finding(work="film-1", score=0.97)]), load_regime("jp-prior"))
decision.verdict                    # Verdict.PERMITTED
decision.grounds[0].text["en"]      # "Example Studio granted “First Film” for training, from 2026-01-01 (p-1), ..."
```
"""

from __future__ import annotations

from kyodaku.rights._canonical import canonical, rfc3339
from kyodaku.rights._claim import claimed_works
from kyodaku.rights._reading import RECORDS, Shelf, facts_from_json, use_from_json
from kyodaku.rights.basis import basis_from_claim
from kyodaku.rights.carrying import RegimeFiles, carried_regime
from kyodaku.rights.decide import decide, decision_inputs
from kyodaku.rights.decision import Decision, Ground, Needed
from kyodaku.rights.facts import Basis, Facts, Finding, SignalFact
from kyodaku.rights.loading import DEFAULT_REGIME, REGIMES, load_regime
from kyodaku.rights.record import RightsRecord
from kyodaku.rights.regime import Regime
from kyodaku.rights.statements import Mandate, Permission, Proof
from kyodaku.rights.uses import AlsoAct, Circumstances, Use
from kyodaku.rights.vocabulary import (
    ACTS,
    ALL,
    ANYONE,
    BASIS_KINDS,
    CIRCUMSTANCES,
    MEDIA,
    PARTY_KINDS,
    PERMISSION_KINDS,
    RIGHTS,
    WORLD,
    Verdict,
)
from kyodaku.rights.works import MoralRecord, Party, Share, Term, Work

__all__ = [
    "ACTS",
    "ALL",
    "ANYONE",
    "BASIS_KINDS",
    "CIRCUMSTANCES",
    "DEFAULT_REGIME",
    "MEDIA",
    "PARTY_KINDS",
    "PERMISSION_KINDS",
    "RECORDS",
    "REGIMES",
    "RIGHTS",
    "WORLD",
    "AlsoAct",
    "Basis",
    "Circumstances",
    "Decision",
    "Facts",
    "Finding",
    "Ground",
    "Mandate",
    "MoralRecord",
    "Needed",
    "Party",
    "Permission",
    "Proof",
    "Regime",
    "RegimeFiles",
    "RightsRecord",
    "Share",
    "Shelf",
    "SignalFact",
    "Term",
    "Use",
    "Verdict",
    "Work",
    "basis_from_claim",
    "canonical",
    "carried_regime",
    "claimed_works",
    "decide",
    "decision_inputs",
    "facts_from_json",
    "load_regime",
    "rfc3339",
    "use_from_json",
]

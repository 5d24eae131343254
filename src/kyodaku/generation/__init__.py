# SPDX-License-Identifier: Apache-2.0
"""The generation gate: whether a prompt may become a video.

```python
gate = PromptGate.of(registry.snapshot(), use=use, regime=load_regime("jp-prior"))
prompted = gate.decide("a walrus plays the accordion")
prompted.decision.verdict       # permitted, permitted_with_duties, review or refused
prompted.as_json()["mentions"]  # which words of the prompt name or describe which work
```
"""

from kyodaku.generation.batch import Line, bad_line, batches, read_lines
from kyodaku.generation.demand import Demand, demand
from kyodaku.generation.entering import MOST_ENTERED, Entered, check_entered, enter
from kyodaku.generation.gate import PROMPT_ACTS, Prompted, PromptGate, nobodys_use
from kyodaku.generation.offers import Offer
from kyodaku.generation.pacing import Pacer, Pacing, is_near
from kyodaku.generation.redeciding import RedecidedMoment, UnknownDecisionError, redecide_moment
from kyodaku.generation.suggest import Suggestion, suggest

__all__ = [
    "MOST_ENTERED",
    "PROMPT_ACTS",
    "Demand",
    "Entered",
    "Line",
    "Offer",
    "Pacer",
    "Pacing",
    "PromptGate",
    "Prompted",
    "RedecidedMoment",
    "Suggestion",
    "UnknownDecisionError",
    "bad_line",
    "batches",
    "check_entered",
    "demand",
    "enter",
    "is_near",
    "nobodys_use",
    "read_lines",
    "redecide_moment",
    "suggest",
]

# SPDX-License-Identifier: Apache-2.0
"""From evidence to a probability, and what a probability calls for: what every calibration has."""

from __future__ import annotations

import math
from typing import Final, Literal

__all__ = ["Band", "Curve"]

Band = Literal["match", "review", "none"]

_LOGIT_LIMIT: Final = 30.0
"""Beyond it a float says 0 or 1."""


class Curve:
    """`logit(score) = slope * evidence + intercept`, and two thresholds of the score."""

    __slots__ = ()

    slope: float
    intercept: float
    match: float
    review: float

    def score(self, evidence: float) -> float:
        """How probably so much evidence is a copy; strictly between 0 and 1."""
        logit = self.slope * evidence + self.intercept
        return 1 / (1 + math.exp(-min(max(logit, -_LOGIT_LIMIT), _LOGIT_LIMIT)))

    def evidence_at(self, score: float) -> float:
        """The evidence that has this score: what `score` undoes."""
        if not 0 < score < 1:
            return -math.inf if score <= 0 else math.inf
        return (math.log(score / (1 - score)) - self.intercept) / self.slope

    def band(self, score: float) -> Band:
        """What a score calls for."""
        return "match" if score >= self.match else "review" if score >= self.review else "none"

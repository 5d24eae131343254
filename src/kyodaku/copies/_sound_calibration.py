# SPDX-License-Identifier: Apache-2.0
"""What evidence of sound means, measured: `data/kyodaku-sound-v1.json`, and the code that makes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import numpy as np

from kyodaku.copies import _statistics
from kyodaku.copies._curve import Curve
from kyodaku.copies._sound_print import SOUND_ID
from kyodaku.errors import UsageError

__all__ = ["SoundCalibration", "SoundMeasured", "calibrate_sound", "load_sound_calibration"]

_DIGITS: Final = 4
_CAUTION: Final = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundMeasured:
    """What the thresholds were measured to do, and on what."""

    how: str
    negative_clips: int
    """Clips whose sound is of nothing in the registry that they were searched in."""
    false_matches: int
    false_match_rate_at_most: float
    """Per clip: one-sided 95 % bound, as if the clips were independent."""
    false_reviews: int
    greatest_false_evidence: float
    """Nats."""
    positive_clips: int
    recall_by_edit: Mapping[str, float]
    recall_by_seconds: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundCalibration(Curve):
    """From nats to a probability, and what a probability calls for."""

    descriptor: str
    slope: float
    intercept: float
    """`logit(score) = slope * evidence + intercept`."""
    match: float
    """From this score on a match is a finding."""
    review: float
    """From this score on a person should listen."""
    measured: SoundMeasured

    def __post_init__(self) -> None:
        if not 0 <= self.review <= self.match <= 1 or not self.slope > 0:
            raise UsageError("a calibration's thresholds or curve are out of order", where=self.descriptor)

    def to_json(self) -> str:
        """The data file's text; the same numbers give the same text."""
        return json.dumps(_rounded(asdict(self)), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> SoundCalibration:
        """Read a data file; `UsageError` when it lacks something or has something else."""
        try:
            document = json.loads(text)
            return cls(measured=SoundMeasured(**document.pop("measured")), **document)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UsageError(f"this is not a calibration of sound: {error}") from None


@lru_cache(maxsize=1)
def load_sound_calibration() -> SoundCalibration:
    """The calibration shipped for `kyodaku-sound-v1`."""
    file = resources.files("kyodaku.copies") / "data" / f"{SOUND_ID}.json"
    return SoundCalibration.from_json(file.read_text(encoding="utf-8"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """The evidence of one clip's best match, of the right work for a copy and of any for a stranger; 0 for none."""

    edit: str
    seconds: float
    evidence: float


def calibrate_sound(
    positives: Sequence[Sample], negatives: Sequence[float], *, margin: float, review_margin: float, how: str
) -> SoundCalibration:
    """Fit the curve, and set the thresholds so many times above the greatest evidence that a stranger had.

    The curve is moved and flattened from where a logistic regression puts it: its even odds to the review threshold,
    its slope to half. A registry of a thousand films has more lines that chance can follow than the one measured with.
    """
    every = np.array([sample.evidence for sample in positives])
    none = np.asarray(negatives, dtype=np.float64)
    if not (every > 0).any() or not (none > 0).any():
        raise UsageError("calibrating needs copies and strangers, and evidence in some of each")
    slope = _CAUTION * _statistics.logistic(every, none)[0]
    intercept = -slope * review_margin * float(none.max())
    measured = SoundMeasured(
        how=how,
        negative_clips=len(none),
        false_matches=0,
        false_match_rate_at_most=1.0,
        false_reviews=0,
        greatest_false_evidence=float(none.max()),
        positive_clips=len(every),
        recall_by_edit={},
        recall_by_seconds={},
    )
    fitted = SoundCalibration(
        descriptor=SOUND_ID, slope=slope, intercept=intercept, match=1.0, review=0.0, measured=measured
    )
    match = round(fitted.score(margin * float(none.max())), _DIGITS)
    review = round(fitted.score(review_margin * float(none.max())), _DIGITS)
    return measure_sound(replace(fitted, match=match, review=review), positives, negatives, how=how)


def measure_sound(
    calibration: SoundCalibration, positives: Sequence[Sample], negatives: Sequence[float], *, how: str
) -> SoundCalibration:
    """The same calibration with the error rates that it has on these clips, at best of works it was not fitted to."""
    scores = [calibration.score(evidence) for evidence in negatives]
    false = sum(score >= calibration.match for score in scores)
    measured = SoundMeasured(
        how=how,
        negative_clips=len(scores),
        false_matches=false,
        false_match_rate_at_most=_statistics.rate_at_most(false, len(scores)),
        false_reviews=sum(calibration.match > score >= calibration.review for score in scores),
        greatest_false_evidence=max(negatives),
        positive_clips=len(positives),
        recall_by_edit=_recall(calibration, positives, "edit"),
        recall_by_seconds=_recall(calibration, positives, "seconds"),
    )
    return replace(calibration, measured=measured)


def _recall(calibration: SoundCalibration, positives: Sequence[Sample], by: str) -> dict[str, float]:
    groups: dict[str, list[bool]] = {}
    for sample in sorted(positives, key=lambda sample: (sample.seconds, sample.edit)):
        value = getattr(sample, by)
        name = value if isinstance(value, str) else f"{value:g} s"
        groups.setdefault(name, []).append(calibration.score(sample.evidence) >= calibration.match)
    return {name: sum(found) / len(found) for name, found in groups.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    return value

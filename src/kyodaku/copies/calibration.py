# SPDX-License-Identifier: Apache-2.0
"""What distances and scores mean, measured: one data file beside each descriptor, and the code that makes it.

Evidence is counted in nats. A frame found at some distance in a reference is worth the logarithm of how much likelier
that distance is for a copy than for another film (`evidence_by_distance`). A match adds up its frames, and the sum
becomes a score between 0 and 1 by a logistic curve fitted to labelled clips (`calibrate`). The error rates measured
at the thresholds are kept beside them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kyodaku.copies import _statistics
from kyodaku.copies._curve import Band, Curve
from kyodaku.copies.brought import calibration_text
from kyodaku.errors import KyodakuError, UsageError

__all__ = [
    "Band",
    "Calibration",
    "Measured",
    "calibrate",
    "evidence_by_distance",
    "load_calibration",
    "logistic_weights",
    "measure",
    "rarity_by_distance",
]

"""Beyond it a float says 0 or 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What the thresholds were measured to do, and on what."""

    how: str
    """The sets, the split and the edits, in words."""
    negative_clips: int
    """Clips that copy nothing in the registry they were searched in."""
    negative_works: int
    """The works that these clips come from: clips of one work are not independent."""
    false_matches: int
    """Negative clips with a score at or above `match`."""
    false_match_rate: float
    """Per clip."""
    false_match_rate_at_most: float
    """One-sided 95 % bound on the rate, as if the clips were independent."""
    false_reviews: int
    """Negative clips with a score at or above `review`."""
    positive_clips: int
    recall: float
    """The share of positive clips with a score at or above `match` for the right work."""
    recall_by_edit: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration(Curve):
    """Everything in searching that depends on the descriptor."""

    descriptor: str
    radius: int
    """The largest Hamming distance at which a frame counts as found."""
    minimum_quality: int
    """Frames with less to see are kept in fingerprints but not searched for and not found."""
    evidence: tuple[float, ...]
    """Nats by distance, `radius + 1` of them, never rising."""
    absence: float
    """Nats that a frame costs which should have been found between others and was not."""
    alike: int
    """The distance below which frames of one clip are partly one and the same picture."""
    corroboration: float
    """So many different frames must agree for full weight, when query and reference have as many."""
    rarity: tuple[float, ...]
    """Nats by distance: minus the logarithm of the share of unrelated frames that are at most so far away."""
    slope: float
    intercept: float
    """`logit(score) = slope * evidence + intercept`."""
    match: float
    """From this score on a match is a finding."""
    review: float
    """From this score on a person should look."""
    measured: Measured
    nearest: int = 0
    """With a finer form: so many codes nearest to a frame's are measured by it. 0: all within the radius are hits."""
    reach: int = 0
    """The largest Hamming distance of those; `radius` then counts in steps of the finer form."""
    surely: int = 0
    """The Hamming distance up to which every code is looked at, however many there are."""
    likeness: float = 0.0
    """With a finer form, the nats of a mean cosine of 1 along a span, ..."""
    pictures: float = 0.0
    """... and those of each unit of the logarithm of the number of different pictures in it."""
    base: float = 0.0
    """The cosine that a frame usually has with the most alike frames of other works, ..."""
    cap: float = 0.0
    """... and the most that counts as being like several works rather than being the same as one of them."""

    def __post_init__(self) -> None:
        for table in (self.evidence, self.rarity):
            falling = all(later <= earlier for earlier, later in pairwise(table))
            if len(table) != self.radius + 1 or not falling or not table[-1] >= 0:
                raise UsageError(
                    "a calibration's tables must fall from distance 0 to its radius", where=self.descriptor
                )
        if not 0 <= self.review <= self.match <= 1 or self.slope <= 0:
            raise UsageError("a calibration's thresholds or curve are out of order", where=self.descriptor)

        if self.nearest and not (
            self.likeness > 0
            and self.pictures >= 0
            and 0 <= self.base <= self.cap <= 1
            and 0 < self.surely <= self.reach
        ):
            raise UsageError(
                "a calibration by the finer form does not say what likeness is worth", where=self.descriptor
            )
        numbers = (self.absence, self.corroboration, self.slope, self.intercept, self.likeness, self.pictures)
        if self.alike < 1 or not all(map(math.isfinite, numbers)):
            raise UsageError("a calibration's numbers are out of range", where=self.descriptor)

    def evidence_of(self, distance: NDArray[np.int64]) -> NDArray[np.float64]:
        """Nats of each distance; none beyond the radius."""
        table = np.append(np.asarray(self.evidence), 0.0)
        return table[np.minimum(distance, self.radius + 1)]

    def evidence_of_likeness(self, likeness: float, pictures: float) -> float:
        """Nats of a span by the finer form: how alike its pictures are, and how many there are."""
        return self.likeness * likeness + self.pictures * math.log(max(pictures, 1.0))

    def needed(self, different: float) -> float:
        """How many different frames must agree where this many are there to do so."""
        return max(1.0, min(self.corroboration, different))

    def to_json(self) -> str:
        """The data file's text; floats are kept to four digits after the point."""
        return json.dumps(_rounded(asdict(self)), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Read a data file; `UsageError` when it lacks something or has something else."""
        try:
            document = json.loads(text)
            measured = Measured(**document.pop("measured"))
            return cls(
                measured=measured,
                evidence=tuple(document.pop("evidence")),
                rarity=tuple(document.pop("rarity")),
                **document,
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UsageError(f"this is not a calibration: {error}") from None


@lru_cache(maxsize=8)
def load_calibration(descriptor: str) -> Calibration:
    """The calibration of a descriptor's id, shipped or brought with it; `KyodakuError` when there is none."""
    file = resources.files("kyodaku.copies") / "data" / f"{descriptor}.json"
    if not descriptor.replace("-", "").replace("_", "").isalnum() or not file.is_file():
        text = calibration_text(descriptor)
        if text is None:
            raise KyodakuError(f"there is no calibration for {descriptor!r}", hint="pass one of your own")
        return _calibration_of(text, descriptor)
    return Calibration.from_json(file.read_text(encoding="utf-8"))


def _calibration_of(text: str, descriptor: str) -> Calibration:
    """A user's own; it must be for this descriptor."""
    calibration = Calibration.from_json(text)
    if calibration.descriptor != descriptor:
        raise UsageError(f"this calibration is for {calibration.descriptor}", where=descriptor)
    return calibration


def evidence_by_distance(same: ArrayLike, other: ArrayLike, *, radius: int, most: float) -> tuple[float, ...]:
    """Nats by distance, from distances of frames of copies to their originals and of frames of different works.

    Counts are smoothed, the result never rises with distance, never exceeds `most` (one frame proves no copy) and is
    never negative.
    """
    return _statistics.falling_log_ratio(np.asarray(same), np.asarray(other), radius=radius, most=most)


def rarity_by_distance(other: ArrayLike, *, radius: int) -> tuple[float, ...]:
    """Nats by distance, from distances of frames of different works; beyond what can be counted the tail goes on."""
    return _statistics.log_survival(np.asarray(other), radius=radius)


def calibrate(
    base: Calibration,
    *,
    positives: Mapping[str, Sequence[float]],
    negatives: Sequence[float],
    negative_works: int,
    target_false_rate: float,
    target_review_rate: float,
    how: str,
) -> Calibration:
    """Fit the curve and set the thresholds, from the evidence of each clip's best match (0 where there was none).

    `positives` by edit, the right work only; `negatives` of clips that copy nothing. The match threshold lets at most
    `target_false_rate` of the negatives through and stands half-way in logit between the last that is kept out and
    the next positive above it, at least; with fewer than `1 / target_false_rate` negatives none passes, and
    `false_match_rate_at_most` says what that is worth.
    """
    every = np.concatenate([np.asarray(values, dtype=np.float64) for values in positives.values()])
    none = np.asarray(negatives, dtype=np.float64)
    if not (every > 0).any() or not (none > 0).any():
        raise UsageError("calibrating needs positive and negative clips, and evidence in some of each")
    slope, intercept = _statistics.logistic(every, none)
    fitted = replace(base, slope=slope, intercept=intercept, match=1.0, review=0.0)
    match = fitted.score(_statistics.least_above(none, every, target_false_rate))
    review = min(match, fitted.score(_statistics.least_above(none, every, target_review_rate)))
    ready = replace(fitted, match=match, review=review)
    return measure(ready, positives=positives, negatives=negatives, negative_works=negative_works, how=how)


def logistic_weights(features: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """How much likeness and the logarithm of the number of pictures say, from right spans and wrong ones.

    `features` are `(spans, 2)`; `UsageError` when there are none of a kind.
    """
    if not right.any() or right.all():
        raise UsageError("weighing spans needs right ones and wrong ones")
    likeness, pictures = _statistics.weights_of(features, right)
    return float(likeness), float(pictures)


def measure(
    calibration: Calibration,
    *,
    positives: Mapping[str, Sequence[float]],
    negatives: Sequence[float],
    negative_works: int,
    how: str,
) -> Calibration:
    """The same calibration with the error rates that it has on these clips, at best of works it was not fitted to."""
    scores = {edit: [calibration.score(value) for value in values] for edit, values in sorted(positives.items())}
    every = [score for values in scores.values() for score in values]
    none = [calibration.score(value) for value in negatives]
    false = sum(score >= calibration.match for score in none)
    measured = Measured(
        how=how,
        negative_clips=len(none),
        negative_works=negative_works,
        false_matches=false,
        false_match_rate=false / len(none),
        false_match_rate_at_most=_statistics.rate_at_most(false, len(none)),
        false_reviews=sum(score >= calibration.review for score in none),
        positive_clips=len(every),
        recall=_share(every, calibration.match),
        recall_by_edit={edit: _share(values, calibration.match) for edit, values in scores.items()},
    )
    return replace(calibration, measured=measured)


def _share(scores: Sequence[float], threshold: float) -> float:
    return sum(score >= threshold for score in scores) / len(scores)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value

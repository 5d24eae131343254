# SPDX-License-Identifier: Apache-2.0
"""Calibrating a descriptor: fitted on the works of the tuning side, measured on those that are held out.

Three things are fitted, in this order: what a distance between two frames is worth (from pairs of frames whose truth is
known), what the summed evidence of a clip means (a logistic curve), and the thresholds (from clips that copy nothing).
Then everything is fixed, and the error rates are counted on the other works.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from kyodaku.bench.asking import ask
from kyodaku.bench.collection import Collection
from kyodaku.bench.copies import Outcome, Trial
from kyodaku.bench.frame_pairs import FramePairs, frame_pairs
from kyodaku.bench.own import Kyodaku
from kyodaku.bench.systems import Found
from kyodaku.bench.tables import table
from kyodaku.copies import (
    Calibration,
    Descriptor,
    calibrate,
    evidence_by_distance,
    measure,
    rarity_by_distance,
)
from kyodaku.copies.calibration import logistic_weights

__all__ = [
    "FALSE_RATE",
    "Observed",
    "Tables",
    "calibrated",
    "calibration_markdown",
    "fitted_tables",
    "observed",
    "weighed",
]

FALSE_RATE: Final = 0.001
"""Of clips that copy nothing: so many may be called a match ..."""
REVIEW_RATE: Final = 0.01
"""... and so many may be shown to a person."""


# --- clips ------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """The evidence of each clip's best match: for the right film by edit (0 where there was none), and for any film."""

    positives: Mapping[str, Sequence[float]]
    negatives: Sequence[float]
    negative_works: int


def observed(outcome: Outcome, asked: Iterable[Trial], calibration: Calibration) -> Observed:
    """What Kyodaku answered, as evidence; a clip that shows several works counts once for each."""
    positives: defaultdict[str, list[float]] = defaultdict(list)
    negatives: list[float] = []
    works: set[str] = set()
    for trial in asked:
        best: defaultdict[str, float] = defaultdict(float)
        for found in outcome.answers.get(trial.id, ()):
            if found.reference not in trial.beside:
                best[found.reference] = max(best[found.reference], _evidence(found, calibration))
        for target in sorted(trial.targets):
            positives[f"{trial.query.family}, {trial.query.strength}"].append(best[target])
        if trial.kind == "clean":
            negatives.append(max(best.values(), default=0.0))
            works.add(trial.query.work)
    return Observed(positives=dict(positives), negatives=negatives, negative_works=len(works))


def _evidence(found: Found, calibration: Calibration) -> float:
    """Of one answer, as the calibration now weighs it."""
    if calibration.nearest and found.alike is not None:
        return calibration.evidence_of_likeness(*found.alike)
    return found.evidence or 0.0


# --- frames -----------------------------------------------------------------
Tables: TypeAlias = Callable[[Calibration, FramePairs, FramePairs], Calibration]
"""From a calibration, pairs of frames that show the same and pairs that do not, to one with tables fitted to them."""


def fitted_tables(base: Calibration, same: FramePairs, other: FramePairs) -> Calibration:
    """By whichever form the calibration measures: steps of the finer one where it has one, or Hamming distances."""
    near, far = (pairs.steps if base.nearest else pairs.hamming for pairs in (same, other))
    return replace(
        base,
        evidence=evidence_by_distance(near, far, radius=base.radius, most=base.evidence[0]),
        rarity=rarity_by_distance(far, radius=base.radius),
    )


def weighed(base: Calibration, outcome: Outcome, asked: Iterable[Trial]) -> Calibration:
    """What likeness and number of pictures weigh, by a logistic curve through all spans that were found.

    Right spans and wrong ones count the same in sum, however many there are of each.
    """
    rows: list[tuple[float, float]] = []
    right: list[bool] = []
    for trial in asked:
        for found in outcome.answers.get(trial.id, ()):
            if found.alike is not None and found.reference not in trial.beside:
                rows.append((found.alike[0], math.log(max(found.alike[1], 1.0))))
                right.append(found.reference in trial.targets)
    likeness, pictures = logistic_weights(np.asarray(rows), np.asarray(right))
    return replace(base, likeness=likeness, pictures=max(pictures, 0.0))


# --- all of it --------------------------------------------------------------
def calibrated(
    descriptor: Descriptor,
    base: Calibration,
    tuning: tuple[Collection, Sequence[Trial]],
    held_out: tuple[Collection, Sequence[Trial]],
    directory: Path,
    *,
    tables: Tables = fitted_tables,
    false_rate: float = FALSE_RATE,
    workers: int = 1,
    progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None,
) -> Calibration:
    """A calibration fitted to one side and measured on the other.

    `base` has what is not fitted: radius, least quality and the like.
    """
    copies = [trial for trial in tuning[1] if trial.kind == "copy"]
    same, other = frame_pairs(
        descriptor, tuning[0], copies, minimum_quality=base.minimum_quality, workers=workers,
        progress=lambda done, of: progress("describing frames", done, of),
    )  # fmt: skip
    fitted = tables(base, same, other)

    def look(with_: Calibration, side: tuple[Collection, Sequence[Trial]], name: str) -> Outcome:
        collection, asked = side
        (outcome,) = ask(
            partial(Kyodaku, descriptor, calibration=with_), collection, asked, directory / name, workers=workers,
            progress=lambda done, of: progress(f"asking, {name}", done, of),
        )  # fmt: skip
        return outcome

    outcome = look(fitted, tuning, "tuning")
    if base.nearest:
        fitted = weighed(fitted, outcome, tuning[1])
    seen = observed(outcome, tuning[1], fitted)
    ready = calibrate(
        fitted,
        positives=seen.positives,
        negatives=seen.negatives,
        negative_works=seen.negative_works,
        target_false_rate=false_rate,
        target_review_rate=max(false_rate, REVIEW_RATE),
        how="",
    )
    own = [trial for trial in held_out[1] if trial.query.side == "held-out"]
    kept = observed(look(ready, (held_out[0], own), "held-out"), own, ready)
    return measure(
        ready,
        positives=kept.positives,
        negatives=kept.negatives,
        negative_works=kept.negative_works,
        how=_how(base.descriptor, tuning[0], seen, kept, false_rate),
    )


def _how(descriptor: str, tuning: Collection, seen: Observed, kept: Observed, false_rate: float) -> str:
    works = len({film.work for film in tuning.films})
    positives = sum(map(len, seen.positives.values()))
    return (
        f"{descriptor}: `kyodaku bench calibrate`, on films split in two by a hash of the work's id. Tables, curve and "
        f"thresholds were fitted on one side ({works} works, {positives:,} copies, {len(seen.negatives):,} clips that "
        f"copy nothing, of which at most 1 in {math.ceil(1 / false_rate):,} is falsely matched); the figures here are "
        f"those of {kept.negative_works} works of the other side, with everything fixed."
    )


def calibration_markdown(made: Calibration) -> str:
    """The error rates at the thresholds, and recall by edit."""
    done = made.measured
    facts = [
        ("match from a score of", f"{made.match:.4f}"),
        ("review from", f"{made.review:.4f}"),
        ("clips that copy nothing", f"{done.negative_clips:,} of {done.negative_works} works"),
        ("of them falsely matched", f"{done.false_matches} (≤ {100 * done.false_match_rate_at_most:.2f} %)"),
        ("of them shown to a person", f"{done.false_reviews}"),
        ("copies found", f"{100 * done.recall:.1f} % of {done.positive_clips:,}"),
    ]
    edits = [(name, f"{100 * value:.0f} %") for name, value in done.recall_by_edit.items()]
    head = f"# Calibration of {made.descriptor}\n\n{done.how}\n"
    return "\n".join(
        [head, table(("measured on works it was not fitted to", ""), facts), table(("edit", "found"), edits)]
    )

# SPDX-License-Identifier: Apache-2.0
"""Who else shows a span: found along the query's time, as if every match were held against every other."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest

from kyodaku.copies import Match, load_calibration
from kyodaku.copies._shared import with_company

CALIBRATION = load_calibration("kyodaku-frame-v1")


def matches(seed: int, count: int, within_s: float, references: int) -> list[Match]:
    """Best first."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        start, length = random.uniform(0, within_s), random.uniform(0.5, 6)
        made.append(
            Match(
                reference=f"film-{random.integers(references):02d}",
                q_start=float(start),
                q_end=float(start + length),
                r_start=0.0,
                r_end=float(length),
                score=0.99,
                speed=1.0,
                mirrored=False,
                frames=4,
                view="whole",
                evidence=float(random.uniform(10, 18)),
                band="match",
                descriptor="kyodaku-frame-v1",
            )
        )
    return sorted(made, key=lambda match: -match.evidence)


def work_of(reference: str) -> str:
    """Two references show each work."""
    return f"work-{int(reference[-2:]) // 2}"


def by_all_pairs(match: Match, every: Sequence[Match]) -> set[str]:
    others: dict[str, str] = {}
    for other in every:
        work = work_of(other.reference)
        common = min(match.q_end, other.q_end) - max(match.q_start, other.q_start)
        as_well = common >= 0.6 * (match.q_end - match.q_start) and other.evidence >= match.evidence - 3
        if work != work_of(match.reference) and as_well:
            others.setdefault(work, other.reference)
    return set(others.values()) if len(others) > 1 else set()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("count", "within_s"), [(30, 4.0), (80, 40.0), (120, 20.0)])
def test_the_company_is_that_of_all_pairs(seed: int, count: int, within_s: float) -> None:
    every = matches(seed, count, within_s, references=16)
    named = with_company(every, work_of, CALIBRATION)
    assert [set(match.shared_with) for match in named] == [by_all_pairs(match, every) for match in every]
    lowered = [match for match in named if match.band == "review"]
    assert all(match.shared_with and match.q_end - match.q_start < 2 for match in lowered)


def test_of_many_sixteen_are_named() -> None:
    named = with_company(matches(1, 400, 0.1, references=60), work_of, CALIBRATION)
    assert max(len(match.shared_with) for match in named) == 16


def test_thousands_of_matches_at_one_moment_take_no_time() -> None:
    every = matches(1, 4000, 3.0, references=60)
    begun = time.process_time()
    with_company(every, work_of, CALIBRATION)
    assert time.process_time() - begun < 3

# SPDX-License-Identifier: Apache-2.0
"""Time: whatever stamps come in, time runs forward from zero, and sound stamps pass unchanged."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyodaku.media._clock import Clock

STEP = 0.04
stamps = st.one_of(st.none(), st.floats(-1e7, 1e7), st.sampled_from([0.0, STEP, 26.5 * 3600, -1e6]))


def placed(values: list[float | None], declared_s: float | None = None) -> list[float]:
    clock = Clock(step_s=STEP, declared_s=declared_s)
    return [round(clock.place(value), 6) for value in values]


@given(values=st.lists(stamps, min_size=1, max_size=60), declared=st.one_of(st.none(), st.floats(0.1, 1e4)))
def test_time_begins_at_zero_and_only_goes_forward(values: list[float | None], declared: float | None) -> None:
    clock = Clock(step_s=STEP, declared_s=declared)
    times = [clock.place(value) for value in values]
    assert times[0] == 0
    assert all(later > earlier for earlier, later in pairwise(times))


@given(
    start=st.floats(-1e5, 1e5),
    gaps=st.lists(st.floats(0.001, 9.9), max_size=50),
)
def test_stamps_that_rise_pass_as_they_are(start: float, gaps: list[float]) -> None:
    values = [start]
    for gap in gaps:
        values.append(values[-1] + gap)
    clock = Clock(step_s=STEP, declared_s=None)
    for value in values:
        assert clock.place(value) == pytest.approx(value - start, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([None, None, None], [0.0, 0.04, 0.08]),  # no stamps: the film's own step
        ([5.0, None, 5.08], [0.0, 0.04, 0.08]),  # one missing
        ([0.0, 0.04, 0.03, 0.08], [0.0, 0.04, 0.041, 0.08]),  # one late
        ([0.0, 1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 2.0, 2.04, 3.04]),  # the count begins again: a join
        ([9e4, 9e4 + 1, 0.0, 1.0], [0.0, 1.0, 1.04, 2.04]),  # the count of a recorder wraps round
        ([0.0, 40.0, 80.0], [0.0, 40.0, 80.0]),  # a slide show
    ],
)
def test_odd_stamps_are_made_sense_of(values: list[float | None], expected: list[float]) -> None:
    assert placed(values) == expected


def test_a_leap_beyond_the_declared_end_is_a_new_count_not_a_pause() -> None:
    assert placed([0.0, 0.04, 1e5, 1e5 + 0.04], declared_s=10) == [0.0, 0.04, 0.08, 0.12]


def test_a_leap_within_the_declared_length_is_a_pause() -> None:
    assert placed([0.0, 0.04, 3000.0], declared_s=3600) == [0.0, 0.04, 3000.0]


def test_after_a_seek_the_count_stays() -> None:
    clock = Clock(step_s=STEP, declared_s=100)
    clock.place(7.0)
    clock.place(57.0)
    clock.jump()
    assert clock.place(17.0) == 10.0
    assert clock.stamp(10.0) == 17.0
    assert clock.position(17.0) == 10.0


def test_a_seek_to_before_the_first_frame_is_its_start() -> None:
    clock = Clock(step_s=STEP, declared_s=100)
    clock.place(7.0)
    clock.jump()
    assert clock.place(6.9) == 0.0
    clock.jump()
    assert clock.place(None) == 0.0

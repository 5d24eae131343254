# SPDX-License-Identifier: Apache-2.0
"""A search for a way through is slowed, and nobody else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyodaku.generation import Pacer, Pacing, PromptGate, is_near
from support.walrus import DESCRIBED

PACING = Pacing(free=3, first_s=1.0, longest_s=8.0, forgotten_s=60.0, keys=2)


def test_near_tries_cost_nothing_then_more_and_more_up_to_a_limit() -> None:
    pacer, waits = Pacer(PACING), []
    for _ in range(10):
        waits.append(round(pacer.wait_s("a", 0.0), 3))
        pacer.told("a", 0.0, near=True)
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 8, 8]
    assert pacer.wait_s("b", 0.0) == 0


def test_what_is_plain_costs_nothing() -> None:
    pacer = Pacer(PACING)
    for _ in range(1000):
        pacer.told("a", 0.0, near=False)
    assert pacer.wait_s("a", 0.0) == 0


def test_tries_are_forgotten() -> None:
    pacer = Pacer(PACING)
    for _ in range(5):
        pacer.told("a", 0.0, near=True)
    assert pacer.wait_s("a", 0.0) == 2
    assert pacer.wait_s("a", 1.5) == pytest.approx(0.5, abs=0.1)
    assert pacer.wait_s("a", 130.0) == 0


def test_no_more_is_remembered_than_so_many_keys() -> None:
    pacer = Pacer(PACING)
    for key in ("a", "b", "c"):
        for _ in range(5):
            pacer.told(key, 0.0, near=True)
    assert [pacer.wait_s(key, 0.0) > 0 for key in ("a", "b", "c")] == [False, True, True]


def test_a_clock_set_back_locks_nobody_out() -> None:
    pacer = Pacer(PACING)
    for _ in range(9):
        pacer.told("a", 5000.0, near=True)
    assert pacer.wait_s("a", 1000.0) == 8
    assert pacer.wait_s("a", 1008.0) == 0
    pacer.told("a", 900.0, near=True)
    assert pacer.wait_s("a", 901.0) == 7


@given(tries=st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), max_size=60))
def test_a_wait_is_never_longer_than_the_longest(tries: list[tuple[float, bool]]) -> None:
    pacer = Pacer(PACING)
    for at, near in sorted(tries):
        assert 0 <= pacer.wait_s("a", at) <= PACING.longest_s
        pacer.told("a", at, near=near)


@pytest.mark.parametrize(
    ("text", "near"),
    [("a heron", False), ("Borro Tidewhisker", False), ("B0rro T1dewhisker", True), (DESCRIBED, True)],
)
def test_what_is_near_is_what_a_searcher_would_go_on_from(gate: PromptGate, text: str, near: bool) -> None:  # noqa: FBT001
    assert is_near(gate.decide(text).findings) == near

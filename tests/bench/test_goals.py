# SPDX-License-Identifier: Apache-2.0
"""The goals, line by line, from figures by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kyodaku.bench.copies import Costs, Outcome, Trial
from kyodaku.bench.goals import GoalRow, goals
from kyodaku.bench.metrics import Span
from kyodaku.bench.queries import Query
from kyodaku.bench.summary import Summary, summarise
from kyodaku.bench.systems import Found
from kyodaku.bench.tables import goals_table, markdown

COSTS = Costs(
    reference_hours=1,
    reference_cpu_s=1,
    query_hours=1,
    query_cpu_s=1,
    searches=1,
    search_cpu_s=1,
    stored_bytes=3600 * 500,
    fine_bytes=3600 * 450,
    stored_hours=1,
    unreadable=0,
    wall_s=1,
)


def trial(name: str, family: str, strength: str = "mild", *, clean: bool = False, side: str = "held-out") -> Trial:
    query = Query(
        id=name,
        path=Path(name),
        family=family,
        strength=strength,
        side=side,  # type: ignore[arg-type]
        work="x",
        duration_s=4,
        targets=(Span(name, "x", 0, 4, 20, 24),),
        beside=frozenset(),
    )
    targets = frozenset() if clean else frozenset({"x"})
    return Trial(fold="A", query=query, kind="clean" if clean else "copy", targets=targets, beside=frozenset())


ASKED = [
    trial("a", "blur"),
    trial("b", "crop", "area-40"),
    trial("c", "crop", "mild"),
    trial("d", "chain", "2"),
    trial("e", "excerpt", "strong"),
    trial("f", "several", "3"),
    trial("g", "pip", "area-50"),
    trial("n", "natural", "whole"),
    trial("s", "series", "start, 4 s", side="tuning"),
    trial("t", "series", "start, 4 s", side="tuning", clean=True),
    trial("z", "clip", clean=True),
]

GOOD = {f"A/{name}": (Found("x", 0.9, (0, 4, 20, 24)),) for name in "abcdefgns"}


def summary(
    answers: Mapping[str, tuple[Found, ...]], *, system: str = "kyodaku, by hand", crowd: int = 0, drawn: float = 0.0
) -> Summary:
    outcome = Outcome(
        system=system,
        threshold=0.5,
        answers=answers,
        costs=COSTS,
        crowd=crowd,
        drawn=((), (Found("x", drawn),)),
    )
    return summarise(outcome, ASKED, rounds=5)


def row(rows: tuple[GoalRow, ...], begins: str) -> GoalRow:
    (found,) = (one for one in rows if one.name.startswith(begins))
    return found


def test_every_goal_is_met_by_a_system_that_finds_everything() -> None:
    rows = goals([summary(GOOD), summary(GOOD, crowd=10)])
    unmet = {row.name for row in rows if row.met is False}
    unknown = {row.name for row in rows if row.met is None}
    assert not unmet
    assert unknown == {
        "recall, excerpts of 2 s",
        "recall, excerpts of 1 s",
        "recall, split screens",
        "recall, picture in picture at 30 % of the area",
        "recall, picture in picture at 15 % of the area",
        "recall, crops to 60 % of the area",
        "recall, crops to 60 % of the sides",
        "recall, crops to 40 % of the sides",
    }


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        ("a", "recall, single edits, the family found least: blur"),
        ("b", "recall, crops to 40 % of the area"),
        ("c", "recall, single edits, all together"),
        ("d", "recall, chains"),
        ("e", "recall, excerpts of 4 s"),
        ("f", "recall, compilations"),
        ("g", "recall, picture in picture at 50 %"),
        ("n", "natural copies"),
    ],
)
def test_what_is_missed_shows_in_the_line_it_belongs_to(missing: str, name: str) -> None:
    less = {key: value for key, value in GOOD.items() if key != f"A/{missing}"}
    found = row(goals([summary(less)]), name)
    assert found.met is False
    assert found.measured is not None
    assert found.measured < 1


def test_a_hard_crop_does_not_count_among_the_single_edits() -> None:
    less = {key: value for key, value in GOOD.items() if key != "A/b"}
    assert row(goals([summary(less)]), "recall, single edits, all").met


def test_misplaced_spans_are_seen_on_their_own_axis() -> None:
    shifted = {**GOOD, "A/n": (Found("x", 0.9, (0, 4, 23, 27)),)}
    rows = goals([summary({key: shifted[key] for key in shifted})])
    assert row(rows, "natural copies").met is False
    assert row(rows, "mean temporal IoU in the query").measured == pytest.approx(1)
    assert row(rows, "mean temporal IoU in the reference").measured == pytest.approx((7 + 1 / 7) / 8)


def test_false_blocks_count_by_where_they_come_from() -> None:
    wrong = (Found("y", 0.8, (0, 2, 0, 2)),)
    rows = goals([summary({**GOOD, "A/t": wrong}, drawn=0.7)])
    assert row(rows, "drawn clips blocked as shipped").measured == 0.5
    assert row(rows, "clips of a series").met is False
    assert row(rows, "clean clips blocked as shipped").met is True
    assert row(goals([summary({**GOOD, "A/z": wrong})]), "clean clips").met is False


def test_a_crowd_may_not_cost_anything_much() -> None:
    less = {key: value for key, value in GOOD.items() if key != "A/d"}
    found = row(goals([summary(GOOD), summary(less, crowd=1000)]), "largest fall")
    assert found.name.endswith("beside 1,000 drawn codes: recall, chains of 2 to 4 edits")
    assert found.measured == 1.0
    assert found.met is False


def test_a_peer_and_bytes_are_compared() -> None:
    third = {key: GOOD[key] for key in ("A/a", "A/b", "A/c")}
    rows = goals([summary(GOOD), summary(third, system="vpdq")])
    assert row(rows, "times the recall of vpdq, at no clean").measured == pytest.approx(8 / 3)
    assert row(rows, "bytes in the index").measured == 50
    assert row(rows, "bytes of the finer").measured == 450
    assert goals([summary(third, system="vpdq")]) == ()


def test_the_table_says_what_is_met() -> None:
    text = goals_table(goals([summary({**GOOD, "A/z": (Found("y", 0.8),)})]))
    assert "| clean clips blocked as shipped | ≤ 0.001 | 1.000 (≤ 1.0000) | 1 | 1.000 | **no** |" in text
    assert "| recall, chains of 2 to 4 edits | ≥ 0.95 | 1.000 (0.207–1.000) | 1 | 1.000 | yes |" in text


def test_all_parts_are_printed() -> None:
    text = markdown([summary(GOOD, drawn=0.7), summary(GOOD, crowd=1000)])
    for said in (
        "## Goals",
        "| n | x | 0.900 | found | found | 0.0–4.0 of 20.0–24.0 s | 0.0–4.0 of 20.0–24.0 s | 1.00 | 1.00 |",
        "| x, start, 4 s | 100 % (21–100) |",
        "kyodaku, by hand among 1,000 drawn codes",
        "| 4 s | 1 | 100 %",
        "| 1 of 2 (≤",
    ):
        assert said in text, said

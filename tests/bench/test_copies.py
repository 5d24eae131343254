# SPDX-License-Identifier: Apache-2.0
"""Trials, answers and figures, with a real peer over drawn films."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kyodaku.bench.asking import ask
from kyodaku.bench.collection import Collection
from kyodaku.bench.copies import Costs, Outcome, Trial, trials
from kyodaku.bench.metrics import Span, share
from kyodaku.bench.output import as_json, draw, write_answers
from kyodaku.bench.peers import PdqFrames
from kyodaku.bench.plan import Sizes, plan_questions
from kyodaku.bench.queries import Query, make_queries
from kyodaku.bench.split import folds
from kyodaku.bench.summary import Summary, summarise
from kyodaku.bench.systems import Found, Index, Unreadable
from kyodaku.bench.tables import counted, markdown, percent

COSTS = Costs(
    reference_hours=1,
    reference_cpu_s=1,
    query_hours=1,
    query_cpu_s=1,
    searches=1,
    search_cpu_s=1,
    stored_bytes=1,
    unreadable=0,
    wall_s=1,
)


def made(name: str, *targets: str, side: str = "held-out", beside: tuple[str, ...] = (), family: str = "crop") -> Query:
    return Query(
        id=name,
        path=Path(name),
        family=family,
        strength="mild",
        side=side,  # type: ignore[arg-type]
        work=targets[0].removesuffix(".mp4") if targets else "nothing",
        duration_s=10,
        targets=tuple(Span(name, target, 0, 10, 20, 30) for target in targets),
        beside=frozenset(beside),
    )


# --- trials -----------------------------------------------------------------
def test_each_query_is_a_copy_in_one_half_and_clean_in_the_other(collection: Collection) -> None:
    half = folds(film.work for film in collection.of_role("work", "generated"))
    one, two = trials(collection, [made("q", "second.mp4")])
    assert {one.kind, two.kind} == {"copy", "clean"}
    copy = one if one.kind == "copy" else two
    assert copy.fold == half["second"]
    assert copy.targets == {"second.mp4"}


def test_clips_of_the_other_side_are_only_asked_where_nothing_of_them_is_registered(collection: Collection) -> None:
    (trial,) = trials(collection, [made("q", "second.mp4", side="tuning")])
    assert trial.kind == "clean"
    assert len(trials(collection, [made("q", "second.mp4", side="tuning")], side="tuning")) == 2


def test_clips_of_a_series_are_asked_as_copies_too_whatever_their_side(collection: Collection) -> None:
    both = trials(collection, [made("q", "made_1.mp4", side="tuning", family="series")])
    assert {trial.kind for trial in both} == {"copy", "clean"}


def test_a_half_that_knows_only_the_film_beside_is_not_asked(collection: Collection) -> None:
    half = folds(film.work for film in collection.of_role("work", "generated"))
    other = next(work for work in half if half[work] != half["second"])
    (trial,) = trials(collection, [made("q", "second.mp4", beside=(f"{other}.mp4",))])
    assert trial.kind == "copy"
    same = next(work for work in half if half[work] == half["second"] and work != "second")
    copy, clean = trials(collection, [made("q", "second.mp4", beside=(f"{same}.mp4",))])
    assert {copy.kind, clean.kind} == {"copy", "clean"}
    assert (copy if copy.kind == "copy" else clean).beside == {f"{same}.mp4"}


def test_films_of_one_series_may_share_shots_and_generated_ones_may_not(collection: Collection) -> None:
    half = folds(film.work for film in collection.of_role("work", "generated"))
    for one, other, share_shots in (("first_a", "first_b", True), ("made_1", "made_2", False)):
        found = {trial.fold: trial for trial in trials(collection, [made("q", f"{one}.mp4")])}
        if half[one] == half[other]:
            assert (f"{other}.mp4" in found[half[one]].beside) == share_shots
        else:
            assert (half[other] in found) != share_shots


# --- figures by hand --------------------------------------------------------
def trial(query: Query, *targets: str) -> Trial:
    return Trial(
        fold="A", query=query, kind="copy" if targets else "clean", targets=frozenset(targets), beside=query.beside
    )


def outcome(answers: Mapping[str, tuple[Found, ...]]) -> Outcome:
    return Outcome(system="by hand", threshold=0.5, answers=answers, costs=COSTS)


@pytest.fixture
def by_hand() -> Summary:
    asked = [
        trial(made("a", "x"), "x"),
        trial(made("b", "x", family="mirror"), "x"),
        trial(made("c", "y", family="mirror", beside=("z",)), "y"),
        trial(made("d", "y")),
        trial(made("e", "y")),
        trial(made("t", "w", side="tuning")),
    ]
    answers = {
        "A/a": (Found("x", 0.9, (0, 10, 20, 30)), Found("x", 0.2, (0, 10, 20, 30))),
        "A/b": (Found("x", 0.6, (5, 10, 25, 30)), Found("y", 0.55, (0, 1, 0, 1))),
        "A/c": (Found("z", 0.99, (0, 10, 0, 10)), Found("y", 0.3, (0, 10, 20, 30))),
        "A/d": (Found("x", 0.5, (0, 1, 0, 1)),),
        "A/t": (Found("y", 0.7, (0, 1, 0, 1)),),
    }
    return summarise(outcome(answers), asked, rounds=20)


def test_recall_and_false_blocks_at_each_operating_point_by_hand(by_hand: Summary) -> None:
    shipped, zero, precise = (by_hand.points[name] for name in ("as shipped", "zero", "precision"))
    assert shipped.recall[:2] == (2, 3)
    assert shipped.blocked[:2] == (1, 2)
    assert shipped.strangers[:2] == (1, 1)
    assert shipped.wrong[:2] == (2, 4)
    assert zero.threshold == math.nextafter(0.5, 1)
    assert zero.recall[:2] == (2, 3)
    assert zero.blocked[:2] == (0, 2)
    assert precise.threshold == 0.6
    assert by_hand.points["per mille"] == zero
    assert by_hand.points["zero of all"].threshold == math.nextafter(0.7, 1)
    assert by_hand.points["zero of all"].recall[:2] == (1, 3)


def test_average_precision_of_the_pooled_list_by_hand(by_hand: Summary) -> None:
    # x right, x right, y wrong, x wrong, y right; z stands beside
    assert by_hand.average_precision == pytest.approx((1 + 1 + 3 / 5) / 3)
    low, high = by_hand.interval
    assert low <= by_hand.average_precision <= high


def test_families_and_their_spans_by_hand(by_hand: Summary) -> None:
    rows = {(row.family, row.strength): row for row in by_hand.families}
    assert set(rows) == {("crop", None), ("crop", "mild"), ("mirror", None), ("mirror", "mild")}
    assert rows["mirror", None].recall["zero"][:2] == (1, 2)
    assert rows["mirror", None].iou == pytest.approx((0.5, 0.5))
    assert rows["crop", None].iou == (1.0, 1.0)
    assert by_hand.segment_ap is not None


def test_a_system_without_spans_has_no_segment_figures() -> None:
    summary = summarise(outcome({"A/a": (Found("x", 0.9),)}), [trial(made("a", "x"), "x")], rounds=5)
    assert summary.segment_ap is None
    assert all(row.iou is None for row in summary.families)


# --- a real system ----------------------------------------------------------
@pytest.fixture(scope="module")
def asked(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trial, ...]:
    sizes = Sizes(per_edit=1, chains=0, compilations=0, clips=1, strangers=1)
    wanted = {"reencode", "mirror", "excerpt", "exact", "natural", "clip"}
    questions = [q for q in plan_questions(collection, sizes, untouched=True) if q.family in wanted]
    return trials(collection, make_queries(collection, questions, tmp_path_factory.mktemp("queries")))


def test_a_peer_finds_re_encoded_copies_and_misses_mirrored_ones(
    collection: Collection, asked: tuple[Trial, ...], tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    (result,) = ask(PdqFrames, collection, asked, tmp_path, progress=lambda done, of: seen.append((done, of)))
    summary = summarise(result, asked, rounds=20)
    recall = {row.family: row.recall["as shipped"].value for row in summary.families if row.strength is None}
    assert recall["reencode"] == recall["exact"] == recall["natural"] == 1.0
    assert recall["mirror"] == 0.0
    assert summary.points["as shipped"].blocked.hits == 0
    assert result.costs.stored_bytes / result.costs.reference_hours == pytest.approx(2 * 32 * 3600, rel=0.3)
    assert result.costs.unreadable == 0
    assert min(result.costs.query_cpu_s, result.costs.reference_cpu_s, result.costs.search_cpu_s) > 0
    assert seen[-1] == (len(seen), len(seen))


def test_answers_misses_and_silence_are_all_kept(
    collection: Collection, asked: tuple[Trial, ...], tmp_path: Path
) -> None:
    first = next(trial for trial in asked if trial.kind == "copy")
    clean = next(trial for trial in asked if trial.kind == "clean")
    (target,) = first.targets
    write_answers(tmp_path / "a.parquet", [outcome({first.id: (Found("other", 0.4, (0, 1, 2, 3)),)})], [first, clean])
    rows = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert [(row["reference"], row["target"], row["score"]) for row in rows] == [
        ("other", False, 0.4),
        (target, True, None),
        (None, None, None),
    ]
    assert [rows[0][name] for name in ("q_start", "q_end", "r_start", "r_end")] == [0, 1, 2, 3]


class Blind:
    """A system that can read nothing."""

    name = "blind"
    threshold = 0.5

    def describe(self, path: Path, *, query: bool) -> Any:
        raise Unreadable(str(path))

    def index(self, references: Mapping[str, Any], directory: Path) -> Index:
        assert not references
        return PdqFrames().index({}, directory)


def test_files_that_a_system_cannot_read_are_counted_and_found_nowhere(
    collection: Collection, asked: tuple[Trial, ...], tmp_path: Path
) -> None:
    (result,) = ask(Blind, collection, asked, tmp_path)
    queries = {trial.query.id for trial in asked}
    assert result.costs.unreadable == len(queries) + 7
    assert not any(result.answers.values())


# --- output -----------------------------------------------------------------
def test_tables_and_pictures_show_every_system(by_hand: Summary) -> None:
    text = markdown([by_hand])
    assert "| by hand | 0.867" in text
    assert "| mirror | 2 | 50 % (9–91) | 0.50 | 0.50 |" in text
    assert "| mirror, mild | 2 | 50 % (9–91) |" in text
    assert "| by hand, as shipped | 0.5 | 1 of 2" in text


def test_the_picture_is_drawn_where_matplotlib_is_installed(by_hand: Summary, tmp_path: Path) -> None:
    path = tmp_path / "curves.png"
    drawn = draw(path, [by_hand])
    assert drawn == (importlib.util.find_spec("matplotlib") is not None)
    assert path.exists() == drawn
    assert not drawn or path.read_bytes().startswith(b"\x89PNG")


def test_json_has_no_number_that_json_lacks() -> None:
    (document,) = as_json([summarise(outcome({}), [trial(made("a", "x"), "x")], rounds=5)])
    assert document["points"]["precision"]["threshold"] is None
    assert document["points"]["zero"]["recall"] == {
        "hits": 0,
        "total": 1,
        "low": 0.0,
        "high": pytest.approx(0.793, abs=1e-3),
    }
    assert "curve" not in document


def test_shares_are_written_with_their_uncertainty() -> None:
    assert percent(share(8, 10)) == "80 % (49–94)"
    assert percent(share(0, 0)) == "—"
    assert counted(share(0, 400)) == "0 of 400 (≤ 0.75 %)"
    assert counted(share(0, 0)) == "—"

# SPDX-License-Identifier: Apache-2.0
"""Clips and codes that are drawn so that nothing is to be found in them."""

from __future__ import annotations

import importlib.util
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kyodaku.bench.asking import ask
from kyodaku.bench.collection import Collection
from kyodaku.bench.copies import Trial, trials
from kyodaku.bench.drawn_clips import CLIP_S, drawn_clips
from kyodaku.bench.own import Kyodaku
from kyodaku.bench.plan import Excerpt, Question
from kyodaku.bench.queries import make_queries
from kyodaku.bench.summary import summarise
from kyodaku.bench.systems import Picture
from kyodaku.copies import PDQ, QueryFingerprint
from kyodaku.edits import edit
from kyodaku.errors import UsageError


def coarse(number: int) -> Picture:
    """Blocks of chance colours."""
    blocks = np.random.default_rng(number).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.kron(blocks, np.ones((32, 32, 1), np.uint8))


def test_a_drawn_clip_is_the_same_each_time_and_moves() -> None:
    first, second = drawn_clips(2, draw=coarse)
    frames = list(first(2.0))
    again = list(first(2.0))
    assert [time for time, _ in frames] == [number / 2 for number in range(int(2 * CLIP_S))]
    assert all((one == two).all() for (_, one), (_, two) in zip(frames, again, strict=True))
    assert all((one != two).any() for (_, one), (_, two) in pairwise(frames))
    assert (frames[0][1] != next(iter(second(2.0)))[1]).any()
    assert frames[0][1].shape == (144, 256, 3)


def test_some_clips_have_cuts() -> None:
    jumps = []
    for clip in drawn_clips(40, draw=coarse):
        pictures = [picture.astype(int) for _, picture in clip(4.0)]
        steps = [np.abs(one - two).mean() for one, two in pairwise(pictures)]
        jumps.append(sum(step > 60 for step in steps))
    assert {0, 1, 2} <= set(jumps)


@pytest.mark.skipif(importlib.util.find_spec("cv2") is not None, reason="OpenCV is installed")
def test_what_drawing_takes_is_said_where_it_is_missing() -> None:
    assert list(drawn_clips(0)) == []
    with pytest.raises(UsageError, match="takes what training a descriptor does"):
        list(drawn_clips(1))


def test_pictures_of_the_trainings_kind_are_drawn_where_opencv_is_installed() -> None:
    pytest.importorskip("cv2")
    (clip,) = drawn_clips(1)
    assert all(picture.std() > 1 for _, picture in clip(1.0))


@pytest.fixture(scope="module")
def asked(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trial, ...]:
    questions = [
        Question(
            family="reencode",
            strength="mild",
            side="held-out",
            seed=1,
            excerpts=(Excerpt(film=collection.by_id[f"{name}.mp4"], start_s=1.0, duration_s=6.0),),
            edit=edit("reencode", "mild"),
        )
        for name in ("second", "third", "fourth")
    ]
    return trials(collection, make_queries(collection, questions, tmp_path_factory.mktemp("queries")))


def test_a_crowd_of_codes_and_clips_changes_nothing(
    collection: Collection, asked: tuple[Trial, ...], tmp_path: Path
) -> None:
    clips = list(drawn_clips(6, draw=coarse))
    alone, crowded = ask(partial(Kyodaku, PDQ), collection, asked, tmp_path, crowds=(0, 5000), drawn=clips)
    assert (alone.crowd, crowded.crowd) == (0, 5000)
    assert len(alone.drawn) == len(crowded.drawn) == 6
    one, two = (summarise(outcome, asked, rounds=5) for outcome in (alone, crowded))
    assert one.points["as shipped"].recall == two.points["as shipped"].recall
    assert one.points["as shipped"].drawn.hits == two.points["as shipped"].drawn.hits == 0
    assert one.points["as shipped"].drawn.total == 6
    assert crowded.costs.stored_bytes > alone.costs.stored_bytes + 2 * 5000 * 32
    assert crowded.costs.stored_hours == pytest.approx(alone.costs.stored_hours + 5000 / 3600)
    assert 64 < crowded.costs.bytes_per_second < alone.costs.bytes_per_second
    assert crowded.costs.query_cpu_s == alone.costs.query_cpu_s
    assert len(list((tmp_path / "crowd-5000").glob("with-*"))) == 2


def test_two_processes_answer_as_one_does(collection: Collection, asked: tuple[Trial, ...], tmp_path: Path) -> None:
    one, two = (
        ask(partial(Kyodaku, PDQ), collection, asked, tmp_path / str(workers), crowds=(0, 2000), workers=workers)
        for workers in (1, 2)
    )
    assert [outcome.answers for outcome in two] == [outcome.answers for outcome in one]
    assert any(found for outcome in two for found in outcome.answers.values())
    assert [outcome.costs.stored_bytes for outcome in two] == [outcome.costs.stored_bytes for outcome in one]
    assert two[0].costs.searches == one[0].costs.searches


def test_a_crowd_stands_in_the_index(collection: Collection, tmp_path: Path) -> None:
    system = Kyodaku(PDQ)
    film = collection.by_id["second.mp4"]
    opened = system.crowded_index({film.id: system.describe(film.path, query=False)}, tmp_path, codes=3000)
    assert len(opened.index) == 1 + 3
    assert opened.index.codes == 3000 + 18
    described = system.describe(film.path, query=True)
    assert isinstance(described, QueryFingerprint)
    assert opened.search(described)[0].reference == film.id

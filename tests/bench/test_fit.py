# SPDX-License-Identifier: Apache-2.0
"""Calibrating on one part of drawn films, measuring on the other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from kyodaku.bench.collection import Collection
from kyodaku.bench.copies import Costs, Outcome, Trial, trials
from kyodaku.bench.drawing import draw_film
from kyodaku.bench.fit import calibration_markdown, fitted_tables, observed
from kyodaku.bench.frame_pairs import frame_pairs, paired
from kyodaku.bench.metrics import Span
from kyodaku.bench.plan import Excerpt, Question
from kyodaku.bench.queries import Query, make_queries
from kyodaku.bench.systems import Found
from kyodaku.cli.bench import bench
from kyodaku.copies import PDQ, Calibration, Fingerprint, load_calibration
from kyodaku.edits import compile_excerpts, edit
from kyodaku.errors import UsageError

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


def trial(name: str, *targets: str, beside: tuple[str, ...] = ()) -> Trial:
    query = Query(
        id=name,
        path=Path(name),
        family="crop",
        strength="mild",
        side="tuning",
        work=name,
        duration_s=4,
        targets=tuple(Span(name, target, 0, 4, 0, 4) for target in targets),
        beside=frozenset(beside),
    )
    return Trial(
        fold="A",
        query=query,
        kind="copy" if targets else "clean",
        targets=frozenset(targets),
        beside=frozenset(beside),
    )


def test_evidence_is_gathered_by_hand() -> None:
    asked = [trial("a", "x", "y"), trial("b", "x", beside=("z",)), trial("c"), trial("d")]
    answers = {
        "A/a": (Found("x", 0.9, None, 9.0), Found("x", 0.5, None, 5.0), Found("z", 0.8, None, 8.0)),
        "A/b": (Found("z", 0.9, None, 9.0), Found("x", 0.2, None, 2.0)),
        "A/c": (Found("x", 0.3, None, 3.0), Found("y", 0.4, None, 4.0)),
    }
    seen = observed(
        Outcome(system="by hand", threshold=0.5, answers=answers, costs=COSTS), asked, load_calibration("pdq-v1")
    )
    assert seen.positives == {"crop, mild": [9.0, 0.0, 2.0]}
    assert seen.negatives == [4.0, 0.0]
    assert seen.negative_works == 2


@pytest.fixture(scope="module")
def asked(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trial, ...]:
    questions = [
        Question(
            family="speed",
            strength="strong",
            side="held-out",
            seed=1,
            excerpts=(Excerpt(film=collection.by_id[f"{name}.mp4"], start_s=1.0, duration_s=7.0),),
            edit=edit("speed", "strong"),
        )
        for name in ("second", "third")
    ]
    queries = make_queries(collection, questions, tmp_path_factory.mktemp("queries"))
    return tuple(trial for trial in trials(collection, queries) if trial.kind == "copy")


def test_frames_are_paired_by_the_truth(collection: Collection, asked: tuple[Trial, ...]) -> None:
    same, other = frame_pairs(PDQ, collection, asked, minimum_quality=0)
    assert same.by_steps is None
    assert len(same.hamming) >= 2 * 7
    assert len(other.hamming) > 20 * len(same.hamming)
    assert np.median(same.hamming) < 40 < 90 < np.median(other.hamming)
    with pytest.raises(UsageError, match="without a finer form"):
        _ = same.steps


def described(seed: int, frames: int) -> Fingerprint:
    random = np.random.default_rng(seed)
    return Fingerprint(
        descriptor="drawn-v1",
        duration_s=frames / 2,
        times=(np.arange(frames) / 2).astype(np.float32),
        codes=random.integers(0, 256, (frames, 32), dtype=np.uint8),
        quality=np.where(np.arange(frames) % 10, 90, 5).astype(np.uint8),
        fine=random.integers(-127, 128, (frames, 16), dtype=np.int8),
    )


def by_all_pairs(query: Fingerprint, films: Iterable[Fingerprint]) -> tuple[list[int], list[int]]:
    """Hamming distances and steps of all frames that show enough, counted one by one."""
    hamming, apart = [], []
    assert query.fine is not None
    for film in films:
        assert film.fine is not None
        for i in np.flatnonzero(query.quality >= 40):
            for j in np.flatnonzero(film.quality >= 40):
                hamming.append(int(np.bitwise_count(query.codes[i] ^ film.codes[j]).sum()))
                one, two = query.fine[i].astype(float), film.fine[j].astype(float)
                apart.append(round(128 * (1 - max(0.0, one @ two / np.linalg.norm(one) / np.linalg.norm(two)))))
    return hamming, apart


def test_strangers_are_all_frames_of_other_series() -> None:
    films = {name: described(seed, 30) for seed, name in enumerate(("show_1", "show_2", "shuttle", "stream", "beside"))}
    works = {name: name for name in films}
    asked = replace(trial("q", "show_1").query, work="show_1", beside=frozenset({"beside"}))
    query = described(99, 20)
    same, other = paired(films, [(asked, query)], works, minimum_quality=40)
    hamming, apart = by_all_pairs(query, [films["shuttle"], films["stream"]])
    assert np.array_equal(other.hamming, sorted(hamming))
    assert np.array_equal(other.steps, sorted(apart))
    assert len(same.hamming) == 7  # of the eight frames in the four seconds that it shows, one shows too little
    part = [paired(films, [(asked, query)] * 3, works, minimum_quality=40, pairs=500)[1] for _ in range(2)]
    assert len(part[0].hamming) == pytest.approx(500, rel=0.05)
    assert np.array_equal(part[0].hamming, part[1].hamming)


def test_several_processes_describe_the_same(collection: Collection, asked: tuple[Trial, ...]) -> None:
    alone, several = (frame_pairs(PDQ, collection, asked, minimum_quality=0, workers=count) for count in (1, 2))
    assert [pairs.by_hamming.tolist() for pairs in alone] == [pairs.by_hamming.tolist() for pairs in several]


def test_tables_follow_the_pairs(collection: Collection, asked: tuple[Trial, ...]) -> None:
    same, other = frame_pairs(PDQ, collection, asked, minimum_quality=0)
    base = load_calibration("pdq-v1")
    fitted = fitted_tables(base, same, other)
    assert len(fitted.evidence) == base.radius + 1
    assert fitted.evidence[0] <= base.evidence[0]
    assert (fitted.slope, fitted.match) == (base.slope, base.match)


@pytest.fixture(scope="module")
def sharing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films of which two on either side begin with the same drawing: what copies nothing has evidence too."""
    folder, parts = tmp_path_factory.mktemp("sharing"), tmp_path_factory.mktemp("parts")
    opening = draw_film(parts / "opening.mp4", seed=99, seconds=2.0)
    for seed, work in enumerate(("second", "fourth", "seventh", "third", "fifth", "sixth")):
        film = draw_film(parts / f"{work}.mp4", seed=seed, seconds=6.0)
        compile_excerpts([(opening, 0, 2), (film, 0, 6)], folder / f"{work}.mp4")
    return folder


@pytest.mark.usefixtures("few_edits")
def test_the_command_writes_a_calibration(sharing: Path, tmp_path: Path) -> None:
    arguments = ["calibrate", str(sharing), "-o", str(tmp_path), "--descriptor", "pdq-v1", "--per-edit", "1"]
    told = CliRunner().invoke(bench, [*arguments, "--clips", "4", "--workers", "1", "--json"])
    assert told.exit_code == 0, told.output
    made = Calibration.from_json((tmp_path / "pdq-v1.json").read_text(encoding="utf-8"))
    assert made.measured.positive_clips > 20
    assert made.measured.recall > 0.2
    assert 0 < made.review <= made.match < 1
    assert json.loads(told.stdout)["measured"]["negative_works"] == made.measured.negative_works > 0
    assert "| copies found |" in calibration_markdown(made)
    refused = CliRunner().invoke(bench, [*arguments, "--untouched"])
    assert isinstance(refused.exception, UsageError)

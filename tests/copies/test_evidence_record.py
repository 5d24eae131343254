# SPDX-License-Identifier: Apache-2.0
"""What a match rests on: which frames agree, on which line, what else it could be, and what was looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku.copies import (
    PDQ,
    Fingerprint,
    IndexWriter,
    QueryFingerprint,
    ReferenceIndex,
    load_calibration,
    open_index,
    query_fingerprint,
)
from kyodaku.copies import writer as writing
from kyodaku.copies.descriptor import Pixels
from kyodaku.copies.evidence_record import (
    MOST_FRAMES,
    candidates,
    counts_from,
    evidence_of,
    likeness_to_stored,
    line_of,
    nearest_of_all,
    shown_by,
    similarity_matrix,
)
from kyodaku.copies.layout import Region
from kyodaku.copies.part_seen import Box, part_seen, picture_in
from kyodaku.copies.query import Placed

Codes = NDArray[np.uint8]
Stream = Callable[..., Codes]
Print = Callable[..., Fingerprint]
Query = Callable[..., QueryFingerprint]
Indexed = Callable[..., ReferenceIndex]
Edited = Callable[..., Codes]
Draw = Callable[..., Pixels]


@pytest.fixture
def index(indexed: Indexed, printed: Print, stream: Stream) -> ReferenceIndex:
    return indexed({f"film-{seed}": printed(stream(seed, 60)) for seed in (1, 2, 3)})


def test_every_frame_of_a_copy_agrees_where_it_should(
    index: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    query = asked(edited(stream(2, 60)[20:36], 20))
    (match,) = index.search(query)
    evidence = evidence_of(match, query, index)
    assert (evidence.sampled, evidence.agreeing, evidence.blank) == (16, 16, 0)
    assert evidence.offset_s == pytest.approx(10.0, abs=0.1)
    assert not evidence.finer
    for frame in evidence.frames:
        assert frame.r_time == frame.q_time + 10.0
        assert frame.likeness is not None
        assert frame.other is not None
        assert frame.likeness > 0.9 > frame.least > frame.other.likeness
        assert frame.other.reference in {"film-1", "film-3"}


def test_frames_that_show_something_else_do_not_agree(
    index: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    shown = edited(stream(1, 60)[8:28], 10)
    shown[9:11] = stream(77, 2)
    query = asked(shown)
    (match,) = index.search(query)
    evidence = evidence_of(match, query, index)
    assert [frame.q_time for frame in evidence.frames if not frame.agrees] == [4.5, 5.0]
    assert evidence.agreeing == 18


def test_blank_frames_are_counted_and_not_compared(index: ReferenceIndex, stream: Stream, printed: Print) -> None:
    quality = [100] * 20
    quality[5] = quality[6] = 0
    query = QueryFingerprint.of(printed(stream(3, 60)[30:50], quality=quality))
    (match,) = index.search(query)
    evidence = evidence_of(match, query, index)
    assert (evidence.sampled, evidence.blank) == (18, 2)


def test_a_line_has_the_speed_of_its_match(index: ReferenceIndex, stream: Stream, asked: Query) -> None:
    query = asked(stream(1, 60)[10:50:2])
    (match,) = index.search(query)
    evidence = evidence_of(match, query, index)
    assert match.speed == pytest.approx(2.0, abs=0.05)
    assert [frame.r_time for frame in evidence.frames[:3]] == [5.0, 6.0, 7.0]
    assert line_of(match) == pytest.approx(5.0, abs=0.3)


def test_a_span_cut_at_the_first_frame_of_its_reference_lies_on_the_line_of_its_end(
    index: ReferenceIndex, stream: Stream, asked: Query
) -> None:
    (match,) = index.search(asked(np.concatenate([stream(88, 6), stream(1, 60)[:20]])))
    assert line_of(replace(match, r_start=0.0)) == pytest.approx(-3.0, abs=0.3)


def test_the_rival_is_the_best_of_another_work_at_the_same_moment(
    tmp_path: Path, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    film, remake = stream(1, 60), edited(stream(1, 60), 60, seed=5)
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        for name, codes in {"film": film, "again": film, "remake": remake}.items():
            writer.add(name, printed(codes, fps=2 if name != "again" else 2.01))
    index = open_index(tmp_path / "index", works={"film": "one", "again": "one", "remake": "two"})
    query = asked(film[10:30])
    spans = candidates(query, index)
    match = next(span for span in spans if span.reference == "film")
    rival = evidence_of(match, query, index, others=spans).rival
    assert rival is not None
    assert rival.reference == "remake"
    assert evidence_of(match, query, index).rival is None


def test_candidates_go_below_the_threshold(index: ReferenceIndex, stream: Stream, edited: Edited, asked: Query) -> None:
    query = asked(np.concatenate([stream(55, 12), edited(stream(1, 60)[20:22], 60)]))
    assert index.search(query) == ()
    assert [span.reference for span in candidates(query, index)] == ["film-1"]
    assert candidates(query, index)[0].score < index.calibration.review


def test_a_long_span_is_told_by_frames_that_are_spread_over_it(
    indexed: Indexed, stream: Stream, printed: Print
) -> None:
    codes = stream(1, 3 * MOST_FRAMES)
    index = indexed({"film": printed(codes), "other": printed(stream(2, 40))})
    query = QueryFingerprint.of(printed(codes))
    match = index.search(query)[0]
    evidence = evidence_of(match, query, index)
    assert evidence.sampled == evidence.agreeing == 3 * MOST_FRAMES
    assert len(evidence.frames) == MOST_FRAMES
    assert evidence.frames[-1].q_time == pytest.approx(codes.shape[0] / 2 - 0.5)
    compared = [frame for frame in evidence.frames if frame.other is not None]
    assert 90 <= len(compared) <= 96
    assert compared[-1] is evidence.frames[-1]


def test_the_nearest_frame_of_all_is_found_for_frames_of_a_stranger(
    index: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    shown = stream(66, 10)
    shown[4] = edited(stream(3, 60)[17:18], 50)[0]
    nearest = nearest_of_all(asked(shown), index)
    assert [time for time, _ in nearest] == [number / 2 for number in range(10)]
    _, found = nearest[4]
    assert found is not None
    assert (found.reference, found.time_s) == ("film-3", 8.5)
    assert (
        found.likeness
        > counts_from(asked(shown), index)
        > max(one.likeness for time, one in nearest if one and time != 2.0)
    )


def test_the_matrix_is_regular_in_time_and_brightest_along_the_line(
    index: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    query = asked(edited(stream(2, 60)[20:36], 20))
    matrix = similarity_matrix("film-2", ["whole"], query, index, q_span=(0.0, 8.0), r_span=(0.0, 30.0))
    assert matrix.values.shape == (16, 60)
    assert (matrix.q_step, matrix.r_step) == (0.5, 0.5)
    assert matrix.values.argmax(axis=1).tolist() == list(range(20, 36))


def test_the_matrix_is_as_small_as_asked_and_shows_its_neighbourhood_alone(
    index: ReferenceIndex, stream: Stream, asked: Query
) -> None:
    query = asked(stream(2, 60)[20:36])
    matrix = similarity_matrix("film-2", ["whole"], query, index, q_span=(2.0, 6.0), r_span=(9.0, 17.0), most=8)
    assert matrix.values.shape == (8, 8)
    assert (matrix.q_start, matrix.r_start, matrix.r_step) == (2.0, 9.0, 1.0)
    times = matrix.q_start + (np.arange(8) + 0.5) * matrix.q_step + 10.0
    places = matrix.r_start + (matrix.values.argmax(axis=1) + 0.5) * matrix.r_step
    assert np.abs(times - places).max() <= 1.0


def test_the_matrix_takes_the_best_of_several_views_and_leaves_out_what_is_blank(
    index: ReferenceIndex, stream: Stream, printed: Print
) -> None:
    codes = stream(1, 60)[10:22]
    half = np.concatenate([codes[:6], stream(91, 6)])
    other = np.concatenate([stream(92, 6), codes[6:]])
    quality = [100] * 12
    quality[2:5] = [0, 0, 0]
    query = QueryFingerprint(
        views={"whole": printed(half, quality=quality), "mirror": printed(other, quality=[0] * 6 + [100] * 6)}
    )
    matrix = similarity_matrix("film-1", ["whole", "mirror"], query, index, q_span=(0.0, 6.0), r_span=(0.0, 30.0))
    assert np.isnan(matrix.values[3]).all()
    clear = [0, 1, *range(6, 12)]
    assert matrix.values[clear].argmax(axis=1).tolist() == [10 + number for number in clear]
    nothing = similarity_matrix("film-1", ["region-1"], query, index, q_span=(0.0, 6.0), r_span=(0.0, 30.0))
    assert np.isnan(nothing.values).all()


def test_a_picture_is_compared_with_what_was_registered_at_its_time(
    tmp_path: Path, film: Callable[..., list[tuple[float, Pixels]]], scene: Draw
) -> None:
    frames = film(1, 12)
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        writer.add("film", query_fingerprint(frames, descriptor=PDQ).views["whole"])
    index = open_index(tmp_path / "index")
    assert likeness_to_stored("film", 8.0, frames[16][1], index) == pytest.approx(1.0)
    strange = likeness_to_stored("film", 8.0, scene(4242, 90, 160), index)
    assert strange is not None
    assert strange < 0.4


def test_a_view_that_was_never_seen_is_none(asked: Query, stream: Stream) -> None:
    assert shown_by(asked(stream(1, 4)), "region-3") is None


# --- by the finer form ----------------------------------------------------------------------------------------------

FINE = replace(
    load_calibration("pdq-v1"),
    descriptor="drawn-v1",
    radius=96,
    evidence=tuple(np.linspace(8.0, 0.1, 97)),
    rarity=tuple(np.linspace(20.0, 1.0, 97)),
    minimum_quality=10,
    corroboration=4.0,
    alike=24,
    nearest=16,
    reach=110,
    surely=20,
    base=0.4,
    cap=0.72,
    likeness=24.0,
    pictures=2.0,
    slope=1.0,
    intercept=-14.0,
    match=0.9,
    review=0.5,
)


def drawn(seed: int, frames: int) -> NDArray[np.float64]:
    vectors = np.random.default_rng(seed).standard_normal((frames, 256))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def finely(vectors: NDArray[np.float64]) -> Fingerprint:
    return Fingerprint(
        descriptor="drawn-v1",
        duration_s=len(vectors) / 2,
        times=(np.arange(len(vectors)) / 2).astype(np.float32),
        codes=np.packbits(vectors > 0, axis=1),
        quality=np.full(len(vectors), 90, dtype=np.uint8),
        fine=np.clip(np.rint(vectors * 400), -127, 127).astype(np.int8),
    )


def test_with_a_finer_form_likeness_is_its_cosine_and_what_all_works_share_must_be_exceeded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "load_calibration", lambda _: FINE)
    monkeypatch.setattr(writing, "get_descriptor", lambda _: type("Drawn", (), {"dims": 256})())
    scene, film = drawn(9, 16), drawn(1, 40)
    shared = film.copy()
    shared[20:36] = 0.75 * scene + 0.66 * drawn(3, 16)
    with IndexWriter(tmp_path / "index", descriptor="drawn-v1") as writer:
        writer.add("film", finely(film))
        for number in range(5):
            writer.add(f"episode-{number}", finely(0.75 * scene + 0.66 * drawn(10 + number, 16)))
    index = open_index(tmp_path / "index", calibration=FINE)
    query = QueryFingerprint.of(finely(film[4:20]))
    match = index.search(query)[0]
    evidence = evidence_of(match, query, index)
    assert evidence.finer
    assert evidence.agreeing == 16
    assert min(frame.likeness or 0.0 for frame in evidence.frames) > 0.99
    # 16 different pictures: 24 x likeness + 2 x ln 16 reach the 14 nats of an even chance from 0.35 on
    assert [frame.least for frame in evidence.frames] == pytest.approx([0.35] * 16, abs=0.02)
    series = QueryFingerprint.of(finely(0.75 * scene + 0.66 * drawn(99, 16)))
    likely = candidates(series, index)
    if likely:
        told = evidence_of(likely[0], series, index)
        assert min(frame.least for frame in told.frames) > 0.4
    matrix = similarity_matrix("film", ["whole"], query, index, q_span=(0.0, 8.0), r_span=(0.0, 20.0))
    assert matrix.values.argmax(axis=1).tolist() == list(range(4, 20))


# --- what was looked at ---------------------------------------------------------------------------------------------


def test_borders_are_outside_of_what_was_seen(scene: Draw, asked: Query, stream: Stream) -> None:
    framed = np.zeros((160, 160, 3), dtype=np.uint8)
    framed[40:130] = scene(1, 90, 160)
    seen = part_seen(asked(stream(1, 4)), "whole", 0.0, framed)
    assert (seen.box.x, seen.box.width) == (0.0, 1.0)
    assert seen.box.y == pytest.approx(40 / 160, abs=0.02)
    assert seen.box.height == pytest.approx(90 / 160, abs=0.03)
    assert np.array_equal(seen.picture, framed[round(seen.box.y * 160) :][: seen.picture.shape[0]])
    assert picture_in(framed) == seen.box
    assert part_seen(asked(stream(1, 4)), "framed", 0.0, framed).box.is_all


def test_a_part_of_the_picture_is_found_inside_its_borders(scene: Draw, asked: Query, stream: Stream) -> None:
    picture = scene(3, 100, 200)
    seen = part_seen(asked(stream(1, 4)), "bottom-right", 0.0, picture)
    assert seen.box == Box(x=0.4, y=0.4, width=0.6, height=0.6)
    assert np.array_equal(seen.picture, picture[40:, 80:])


def test_a_region_is_where_it_lay_at_that_time(scene: Draw, asked: Query, stream: Stream) -> None:
    def at(x: float) -> Region:
        return Region(kind="pane", x=x, y=0.0, width=0.5, height=1.0, strength=1.0)

    placed = [Placed(start_s=0.0, region=at(0.0)), Placed(start_s=6.0, region=at(0.5))]
    query = replace(asked(stream(1, 4)), regions={"region-1": placed})
    picture = scene(3, 100, 200)
    assert [part_seen(query, "region-1", time, picture).box.x for time in (0.0, 5.9, 6.0, 60.0)] == [0, 0, 0.5, 0.5]
    assert part_seen(query, "region-2", 0.0, picture).box.is_all

# SPDX-License-Identifier: Apache-2.0
"""Searching: copies of every kind are found where they are, and what is no copy is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kyodaku.copies import PDQ, Fingerprint, Match, QueryFingerprint, ReferenceIndex, fingerprint, query_fingerprint
from kyodaku.copies.descriptor import Pixels
from kyodaku.errors import UsageError

Codes = NDArray[np.uint8]
Stream = Callable[..., Codes]
Edited = Callable[..., Codes]
Print = Callable[..., Fingerprint]
Query = Callable[..., QueryFingerprint]
Indexed = Callable[..., ReferenceIndex]
Film = Callable[..., list[tuple[float, Pixels]]]


@pytest.fixture
def films(indexed: Indexed, stream: Stream, printed: Print) -> ReferenceIndex:
    """Ten films of a minute each."""
    return indexed({f"film-{seed}": printed(stream(seed, 120)) for seed in range(10)})


def spans(matches: tuple[Match, ...]) -> list[tuple[str, float, float, float, float]]:
    return sorted((m.reference, m.q_start, m.q_end, m.r_start, m.r_end) for m in matches)


def near(*bounds: float) -> Any:
    return pytest.approx(bounds, abs=0.5)


def test_an_excerpt_is_found_where_it_is(films: ReferenceIndex, stream: Stream, edited: Edited, asked: Query) -> None:
    clip = edited(stream(3, 120)[40:56], 30)
    (match,) = films.search(asked(clip))
    assert match.reference == "film-3"
    assert (match.q_start, match.q_end, match.r_start, match.r_end) == near(0, 8, 20, 28)
    assert match.score > 0.99
    assert films.calibration.band(match.score) == "match"
    assert (match.speed, match.mirrored, match.view, match.frames) == (1.0, False, "whole", 16)


def test_a_mirrored_copy_is_found_and_said_to_be_one(
    films: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    clip = edited(stream(3, 120)[40:56], 30)
    (match,) = films.search(asked(stream(77, 16), clip))
    assert (match.reference, match.mirrored, match.view) == ("film-3", True, "mirror")


def test_what_is_seen_in_two_views_is_reported_once(
    films: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    clip = stream(3, 120)[40:56]
    (match,) = films.search(asked(clip, edited(clip, 40)))
    assert not match.mirrored


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.8, 1.25, 2.0, 4.0])
def test_a_copy_at_another_speed_is_found(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query, speed: float
) -> None:
    dense = np.repeat(stream(3, 240, step=100), 2, axis=0)
    fine = np.array(
        [
            a if number % 2 == 0 else b
            for number, (a, b) in enumerate(zip(dense, np.roll(dense, -1, axis=0), strict=True))
        ]
    )
    index = indexed({"film": printed(fine[::2], fps=2.0), "other": printed(stream(4, 200))})
    rows = np.round((20 + speed * np.arange(20) / 2) * 4).astype(int)
    (match,) = index.search(asked(edited(fine[rows], 20)))
    assert match.reference == "film"
    assert match.speed == pytest.approx(speed, rel=0.12)
    assert match.r_start == pytest.approx(20, abs=0.5)
    assert match.r_end == pytest.approx(20 + speed * 10, abs=max(0.5, 0.3 * speed))


def test_a_compilation_shows_each_of_its_sources(
    films: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    pieces = [stream(1, 120)[10:22], stream(55, 10), stream(8, 120)[100:116], stream(1, 120)[60:70]]
    found = spans(films.search(asked(edited(np.concatenate(pieces), 25))))
    assert [bounds[1:] for bounds in found] == [near(0, 6, 5, 11), near(19, 24, 30, 35), near(11, 19, 50, 58)]
    assert [bounds[0] for bounds in found] == ["film-1", "film-1", "film-8"]


def test_a_loop_shows_each_of_its_turns(films: ReferenceIndex, stream: Stream, edited: Edited, asked: Query) -> None:
    turn = stream(2, 120)[30:40]
    found = spans(films.search(asked(edited(np.concatenate([turn] * 3), 25))))
    assert [bounds[1:] for bounds in found] == [near(0, 5, 15, 20), near(5, 10, 15, 20), near(10, 15, 15, 20)]


def test_strong_edits_are_carried_by_agreement_in_time(
    films: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    (match,) = films.search(asked(edited(stream(5, 120)[20:44], 74)))
    assert (match.r_start, match.r_end) == near(10, 22)


@given(start=st.integers(0, 100), length=st.integers(8, 20), bits=st.integers(0, 60), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_every_excerpt_is_found_to_within_half_a_second(
    start: int, length: int, bits: int, seed: int, many: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    clip = edited(stream(seed, 120)[start : start + length], bits, seed)
    match = many.search(asked(clip))[0]
    end = min(start + length, 120)
    assert match.reference == f"film-{seed}"
    assert (match.q_start, match.q_end, match.r_start, match.r_end) == near(0, (end - start) / 2, start / 2, end / 2)


@pytest.fixture(scope="module")
def many(stream: Stream, printed: Print, tmp_path_factory: pytest.TempPathFactory) -> ReferenceIndex:
    from kyodaku.copies import IndexWriter, open_index  # noqa: PLC0415

    directory = tmp_path_factory.mktemp("many")
    with IndexWriter(directory, descriptor="pdq-v1") as writer:
        for seed in range(10):
            writer.add(f"film-{seed}", printed(stream(seed, 120)))
    return open_index(directory)


@given(seed=st.integers(1000, 9999), length=st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_other_films_are_never_found(
    seed: int, length: int, many: ReferenceIndex, stream: Stream, asked: Query
) -> None:
    assert many.search(asked(stream(seed, length), stream(seed + 10_000, length))) == ()


def test_matches_come_best_first_and_the_same_every_time(
    films: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    query = asked(np.concatenate([edited(stream(1, 120)[10:16], 60), edited(stream(8, 120)[40:80], 20)]))
    first, second = films.search(query), films.search(query)
    assert first == second
    assert [match.reference for match in first] == ["film-8", "film-1"]
    assert first[0].evidence > first[1].evidence


def test_the_order_of_references_and_segments_does_not_matter(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    made = {f"film-{seed}": printed(stream(seed, 60)) for seed in range(6)}
    query = asked(np.concatenate([edited(stream(seed, 60)[20:30], 30) for seed in range(6)]))
    one, other = indexed(made), indexed(dict(reversed(made.items())))
    assert one.search(query) == other.search(query)


def test_a_stored_fingerprint_is_a_query_too(films: ReferenceIndex, stream: Stream, printed: Print) -> None:
    (match,) = films.search(printed(stream(6, 120)[:30]))
    assert (match.reference, match.view) == ("film-6", "whole")


def test_a_still_of_a_film_is_found(films: ReferenceIndex, stream: Stream, edited: Edited, asked: Query) -> None:
    still = asked(edited(stream(6, 120)[50:51], 12), times=[0.0])
    (match,) = films.search(still)
    assert match.reference == "film-6"
    assert match.r_start <= 25 <= match.r_end
    assert match.frames == 1
    assert films.calibration.band(match.score) == "match"


def test_a_registered_still_is_found_in_a_clip(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    index = indexed({"poster": printed(stream(1, 1), times=[0.0]), "film": printed(stream(2, 60))})
    clip = np.concatenate([stream(50, 10), edited(np.repeat(stream(1, 1), 4, axis=0), 8), stream(51, 10)])
    (match,) = index.search(asked(clip))
    assert match.reference == "poster"
    assert 4.5 <= match.q_start <= match.q_end <= 7.5


def test_one_shared_picture_is_little_evidence_between_two_films(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    clip = stream(1, 20)
    other = np.concatenate([edited(clip[:1], 5), stream(2, 59)])
    index = indexed({"other": printed(other)})
    assert index.search(asked(clip)) == ()
    (weak,) = index.find(asked(clip), least_score=0.0).matches
    assert (weak.frames, weak.r_start) == (1, 0.0)
    assert weak.q_end - weak.q_start <= 1.0


def test_a_still_picture_repeated_proves_no_more_than_once(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    slide = np.repeat(stream(1, 1), 120, axis=0)
    index = indexed({"slides": printed(edited(slide, 3))})
    (short,) = index.find(asked(edited(slide[:2], 3)), least_score=0.0).matches
    (long,) = index.find(asked(edited(slide[:100], 3)), least_score=0.0).matches
    assert long.evidence <= 1.3 * short.evidence


def test_a_still_opening_of_two_films_is_not_a_copy_of_either(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    opening = np.repeat(stream(1, 1), 6, axis=0)
    index = indexed({"other": printed(np.concatenate([edited(opening, 3), stream(2, 60)]))})
    assert index.search(asked(np.concatenate([edited(opening, 3), stream(3, 30)]))) == ()


def test_a_picture_that_many_films_show_counts_less(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    logo = stream(1, 3)
    few = indexed({f"film-{n}": printed(np.concatenate([edited(logo, 4), stream(n + 10, 40)])) for n in range(1)})
    lots = indexed({f"film-{n}": printed(np.concatenate([edited(logo, 4), stream(n + 10, 40)])) for n in range(32)})
    query = asked(np.concatenate([logo, stream(99, 20)]))
    assert (
        lots.find(query, least_score=0.0).matches[0].evidence
        < 0.8 * few.find(query, least_score=0.0).matches[0].evidence
    )


def test_a_work_that_was_registered_many_times_is_still_found(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    index = indexed({f"version-{n}": printed(edited(stream(1, 40), 6, n)) for n in range(64)})
    matches = index.search(asked(edited(stream(1, 40)[10:26], 20)))
    assert len(matches) == 64
    assert all(index.calibration.band(match.score) == "match" for match in matches)


@pytest.mark.parametrize("quality", [0, 29])
def test_frames_with_little_to_see_are_not_searched_for(
    films: ReferenceIndex, stream: Stream, asked: Query, quality: int
) -> None:
    assert films.search(asked(stream(3, 120)[40:56], quality=quality)) == ()


def test_dark_frames_between_others_cost_nothing(
    films: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    clip = edited(stream(3, 120)[40:56], 20)
    quality = [100] * 4 + [0] * 6 + [100] * 6
    (match,) = films.search(asked(clip, quality=quality))
    assert (match.q_start, match.q_end) == near(0, 8)


@pytest.mark.parametrize("picture", [np.zeros((90, 160, 3), np.uint8), np.full((90, 160, 3), (200, 30, 30), np.uint8)])
def test_a_black_or_single_coloured_film_matches_nothing_not_even_itself(
    indexed: Indexed, film: Film, picture: Pixels
) -> None:
    frames = [(number / 2, picture) for number in range(20)]
    index = indexed({"black": fingerprint(frames, descriptor=PDQ), "film": fingerprint(film(1, 20), descriptor=PDQ)})
    assert index.search(query_fingerprint(frames, descriptor=PDQ)) == ()


def test_no_frames_match_nothing(films: ReferenceIndex, stream: Stream, asked: Query) -> None:
    result = films.find(asked(stream(1, 0)))
    assert (result.matches, result.complete) == ((), True)


def test_a_query_sampled_at_key_frames_is_found(
    films: ReferenceIndex, stream: Stream, edited: Edited, asked: Query
) -> None:
    rows = np.array([0, 5, 9, 16, 20, 27, 33, 38])
    (match,) = films.search(asked(edited(stream(4, 120)[30 + rows], 15), times=rows / 2))
    assert match.r_start == pytest.approx(15, abs=1.6)
    assert match.frames == 8


def test_sparse_references_are_found_with_a_wider_line(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    dense = stream(4, 120)
    index = indexed({"film": printed(dense[::4], fps=0.5)})
    (match,) = index.search(asked(edited(dense[20:60], 10)))
    assert match.r_start == pytest.approx(10, abs=2)


def test_spans_end_with_their_media(films: ReferenceIndex, stream: Stream, edited: Edited, printed: Print) -> None:
    clip = np.concatenate([stream(50, 6), edited(stream(3, 120)[:12], 10)])
    (match,) = films.search(printed(clip))
    assert match.r_start == 0.0
    assert match.q_end == 9.0
    tail = films.search(printed(edited(stream(3, 120)[108:], 10)))[0]
    assert tail.r_end == 60.0


def test_approximate_search_finds_the_copies_that_exact_search_finds(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    made = {f"film-{seed}": printed(stream(seed, 400, step=40)) for seed in range(40)}
    exact = indexed(made, kind="exact")
    approximate = indexed(made, kind="approximate", approximate_from=1000)
    assert not approximate.parts[0].codes.exact
    for seed in range(12):
        query = asked(edited(stream(seed, 400, step=40)[100:116], 30, seed))
        (one,), (other,) = exact.search(query), approximate.search(query)
        assert (other.reference, other.r_start, other.r_end) == (one.reference, one.r_start, one.r_end)


@pytest.mark.parametrize("still", [False, True])
def test_ten_thousand_near_identical_references_stay_bounded_and_say_so(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query, *, still: bool
) -> None:
    source = np.repeat(stream(1, 1), 20, axis=0) if still else stream(1, 20)
    all_versions = edited(np.tile(source, (10_000, 1)), 6).reshape(10_000, 20, 32)
    index = indexed({f"version-{n:05}": printed(codes) for n, codes in enumerate(all_versions)})
    started = time.process_time()
    result = index.find(asked(edited(source, 6)))
    assert time.process_time() - started < 10
    assert not result.complete
    assert result.references_omitted > 0
    assert result.hits_omitted > 0
    assert len(result.matches) <= 256
    assert result.matches or still


def test_a_crowd_of_codes_asks_for_more_evidence_from_far_frames(
    indexed: Indexed, stream: Stream, edited: Edited, printed: Print, asked: Query
) -> None:
    index = indexed({"film": printed(stream(1, 60))})
    weak = asked(edited(stream(1, 60)[10:20], 82))
    alone = index.find(weak, least_score=0.0).matches[0]
    object.__setattr__(index, "codes", 10**12)
    crowded = index.find(weak, least_score=0.0).matches
    assert not crowded or crowded[0].evidence < alone.evidence


@pytest.mark.parametrize("view", ["whole", "mirror"])
@pytest.mark.parametrize("start", [0.0, 6.3])
def test_drawn_films_are_found_through_everything(indexed: Indexed, film: Film, start: float, view: str) -> None:
    index = indexed({f"film-{seed}": fingerprint(film(seed, 30), descriptor=PDQ) for seed in range(1, 5)})
    frames = []
    for moment, pixels in film(2, 8, start=start):
        canvas = np.full((150, 160, 3), 16, dtype=np.uint8)
        canvas[30:120] = np.clip(pixels.astype(int) + 25, 0, 255)
        frames.append((moment, canvas[:, ::-1] if view == "mirror" else canvas))
    match = index.search(query_fingerprint(frames, descriptor=PDQ))[0]
    assert match.reference == "film-2"
    assert match.view == view
    assert (match.r_start, match.r_end) == near(start, start + 8)


def test_a_query_of_other_codes_is_refused(films: ReferenceIndex, stream: Stream) -> None:
    with pytest.raises(UsageError, match="made with x-v1"):
        films.search(
            Fingerprint(
                descriptor="x-v1",
                duration_s=1.0,
                times=np.zeros(1, np.float32),
                codes=stream(1, 1),
                quality=np.full(1, 90, np.uint8),
            )
        )

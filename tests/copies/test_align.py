# SPDX-License-Identifier: Apache-2.0
"""Lines among likenesses, on made-up hits whose truth is known."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kyodaku.copies import Clock, Hits, Line, Settings, Span, align
from kyodaku.copies import _align_line as fitting
from kyodaku.copies import _align_vote as voting
from kyodaku.copies._align_line import best_run, followed, largest_sum
from kyodaku.copies._align_vote import elected, promises

Floats = NDArray[np.float64]


def clock(frames: int, *, fps: float = 2.0) -> Clock:
    return Clock(times=np.arange(frames) / fps, worth=np.ones(frames))


def hits_of(*stretches: tuple[range, float, float], fps: float = 2.0, weight: float = 3.0, step: float = 0.5) -> Hits:
    """For each stretch of frames the samples of the reference nearest to its line, and their neighbours, less alike."""
    found = []
    for frames, speed, offset in stretches:
        for frame in frames:
            moment = speed * frame / fps + offset
            nearest = round(moment / step) * step
            found.extend(
                [(frame, nearest, weight), (frame, nearest + step, weight / 3), (frame, nearest - step, weight / 3)]
            )
    return as_hits(found)


def as_hits(found: list[tuple[int, float, float]]) -> Hits:
    frames, times, weights = zip(*found, strict=True) if found else ((), (), ())
    return Hits(
        frames=np.array(frames, dtype=np.intp),
        times=np.array(times, dtype=np.float64),
        weights=np.array(weights, dtype=np.float64),
    )


def with_noise(
    hits: Hits, count: int, frames: int, *, seed: int = 0, longest: float = 300.0, weight: float = 1.0
) -> Hits:
    rng = np.random.default_rng(seed)
    return Hits(
        frames=np.concatenate([hits.frames, rng.integers(0, frames, count)]),
        times=np.concatenate([hits.times, rng.uniform(0, longest, count)]),
        weights=np.concatenate([hits.weights, np.full(count, weight)]),
    )


def bounds(span: Span, when: Clock) -> tuple[float, float, float, float]:
    """Query and reference times of the first and last frame."""
    start, end = when.times[span.frames[0]], when.times[span.frames[-1]]
    return start, end, span.line.at(start), span.line.at(end)


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("offset", [0.0, 17.3, 240.8])
@pytest.mark.parametrize("noise", [0, 60])
def test_a_copy_at_any_speed_is_found_to_within_half_a_second(speed: float, offset: float, noise: int) -> None:
    frames = 24
    when = clock(frames)
    (span, *_) = sorted(
        align(with_noise(hits_of((range(frames), speed, offset)), noise, frames), when, Settings()),
        key=lambda span: -span.gain,
    )
    q_start, q_end, r_start, r_end = bounds(span, when)
    assert (q_start, q_end) == (0.0, when.times[-1])
    assert r_start == pytest.approx(offset, abs=0.5)
    assert r_end == pytest.approx(speed * when.times[-1] + offset, abs=0.5)
    assert span.line.speed == pytest.approx(speed, rel=0.1, abs=0.05)


def test_a_copy_inside_other_film_is_found_where_it_is() -> None:
    when = clock(60)
    (span,) = align(with_noise(hits_of((range(20, 36), 1.0, 100.0)), 50, 60, weight=0.3), when, Settings())
    assert bounds(span, when) == pytest.approx((10.0, 17.5, 110.0, 117.5), abs=0.5)


def test_a_cut_up_and_re_ordered_copy_is_several_spans() -> None:
    when = clock(36)
    spans = align(
        hits_of((range(12), 1.0, 80.0), (range(12, 24), 1.0, 3.0), (range(24, 36), 1.0, 45.0)), when, Settings()
    )
    found = [bounds(span, when) for span in spans]
    assert found == [
        pytest.approx((0, 5.5, 80, 85.5), abs=0.5),
        pytest.approx((6, 11.5, 9, 14.5), abs=0.5),
        pytest.approx((12, 17.5, 57, 62.5), abs=0.5),
    ]


def test_a_looped_copy_is_a_span_for_each_turn() -> None:
    when = clock(24)
    spans = align(hits_of((range(8), 1.0, 10.0), (range(8, 16), 1.0, 6.0), (range(16, 24), 1.0, 2.0)), when, Settings())
    assert [bounds(span, when)[2] for span in spans] == pytest.approx([10, 10, 10], abs=0.5)
    assert [(span.frames[0], span.frames[-1]) for span in spans] == [(0, 7), (8, 15), (16, 23)]


def test_no_frame_is_in_two_spans() -> None:
    when = clock(20)
    spans = align(hits_of((range(20), 1.0, 10.0), (range(20), 1.0, 40.0), (range(20), 1.0, 70.0)), when, Settings())
    assert len(spans) == 1


def test_a_still_scene_gives_one_span_at_speed_one() -> None:
    when = clock(20)
    hits = as_hits([(frame, moment / 2, 3.0) for frame, moment in product(range(20), range(60))])
    (span,) = align(hits, when, Settings())
    assert span.line.speed == 1
    assert len(span.frames) == 20


def test_frames_that_repeat_each_other_count_little() -> None:
    still = Clock(times=np.arange(20) / 2, worth=np.full(20, 0.05))
    (span,) = align(hits_of((range(20), 1.0, 10.0)), still, Settings(least_gain=0.5))
    assert span.gain < 0.06 * 20 * 3.0


def test_a_gap_of_missing_frames_costs_and_a_long_one_parts() -> None:
    when = clock(40)
    short = align(hits_of((range(10), 1.0, 10.0), (range(14, 24), 1.0, 10.0)), when, Settings())
    assert [(span.frames[0], span.frames[-1]) for span in short] == [(0, 23)]
    assert short[0].gain == pytest.approx(20 * 3.0 - 4 * 0.5, abs=0.5)
    long = align(hits_of((range(10), 1.0, 10.0), (range(20, 30), 1.0, 10.0)), when, Settings())
    assert [(span.frames[0], span.frames[-1]) for span in long] == [(0, 9), (20, 29)]


def test_neighbours_on_one_line_become_one_span() -> None:
    when = clock(30)
    interrupted = hits_of((range(12), 1.0, 10.0), (range(12, 14), 1.0, 90.0), (range(14, 30), 1.0, 10.0), weight=3.0)
    expensive = Settings(absence=40.0)
    spans = align(interrupted, when, expensive)
    assert [(int(span.frames[0]), int(span.frames[-1])) for span in spans] == [(0, 11), (12, 13), (14, 29)]
    without = hits_of((range(12), 1.0, 10.0), (range(14, 30), 1.0, 10.0))
    (span,) = align(without, when, expensive)
    assert (span.frames[0], span.frames[-1]) == (0, 29)
    assert span.gain == pytest.approx(28 * 3.0, rel=0.05)
    np.testing.assert_array_equal(without.frames[span.hits], span.frames)


def test_the_longer_neighbour_gives_the_line() -> None:
    when = clock(30)
    (span,) = align(hits_of((range(18), 1.0, 10.0), (range(20, 30), 1.0, 10.0)), when, Settings(absence=60.0))
    assert len(span.frames) == 28
    assert span.line.at(0.0) == pytest.approx(10.0, abs=0.3)


@pytest.mark.parametrize("hits", [as_hits([]), as_hits([(0, 5.0, 0.4)])])
def test_where_little_or_nothing_is_alike_there_is_no_span(hits: Hits) -> None:
    assert align(hits, clock(4), Settings()) == ()


def test_one_frame_is_a_span_at_speed_one() -> None:
    (span,) = align(as_hits([(0, 42.0, 5.0), (0, 99.0, 3.0)]), clock(1), Settings())
    assert span.line.speed == 1.0
    assert span.line.offset == pytest.approx(42.0, abs=0.1)
    assert list(span.hits) == [0]


def test_frames_at_the_same_time_have_no_speed() -> None:
    when = Clock(times=np.zeros(3), worth=np.ones(3))
    (span,) = align(as_hits([(0, 7.0, 3.0), (1, 7.0, 3.0), (2, 7.1, 3.0)]), when, Settings())
    assert span.line.speed == 1


def test_there_are_never_more_spans_than_asked_for() -> None:
    pieces = [(range(4 * k, 4 * k + 4), 1.0, float(37 * (k * 7 % 10))) for k in range(10)]
    assert len(align(hits_of(*pieces), clock(40), Settings(most_spans=3))) == 3


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_spans_keep_to_their_rules_whatever_the_hits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frames = int(rng.integers(1, 40))
    when = Clock(times=np.sort(rng.uniform(0, 30, frames)), worth=rng.uniform(0.05, 1, frames))
    hits = with_noise(as_hits([]), int(rng.integers(1, 200)), frames, seed=seed, longest=60, weight=2.0)
    spans = align(hits, when, Settings())
    seen = [int(frame) for span in spans for frame in span.frames]
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)
    for span in spans:
        np.testing.assert_array_equal(hits.frames[span.hits], span.frames)
        assert 0.25 <= span.line.speed <= 4
        away = np.abs(hits.times[span.hits] - (span.line.speed * when.times[span.frames] + span.line.offset))
        assert away.max() <= 2 * Settings().tolerance_s


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_order_of_hits_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    hits = with_noise(hits_of((range(4, 14), 1.25, 20.0)), 40, 20, seed=seed)
    shuffled = hits.taken(rng.permutation(len(hits.frames)))
    one, other = align(hits, clock(20), Settings()), align(shuffled, clock(20), Settings())
    assert [(span.line, list(span.frames)) for span in one] == [(span.line, list(span.frames)) for span in other]


def brute_largest(gains: Floats, costs: Floats) -> float:
    return max(
        float(gains[first : last + 1].sum() - costs[first:last].sum())
        for first in range(len(gains))
        for last in range(first, len(gains))
    )


@given(st.lists(st.tuples(st.floats(0.01, 10), st.floats(0, 10)), min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_the_largest_sum_is_that_of_trying_all(pairs: list[tuple[float, float]]) -> None:
    gains, costs = np.array([gain for gain, _ in pairs]), np.array([cost for _, cost in pairs])[:-1]
    first, last, total = largest_sum(gains, costs)
    assert total == pytest.approx(brute_largest(gains, costs))
    assert total == pytest.approx(float(gains[first : last + 1].sum() - costs[first:last].sum()))


def brute_votes(hits: Hits, when: Clock, speed: float, width: float) -> float:
    """The most votes of any two neighbouring bins at this speed, each frame once in each bin."""
    places: dict[int, dict[int, float]] = {}
    for frame, moment, weight in zip(hits.frames.tolist(), hits.times.tolist(), hits.weights.tolist(), strict=True):
        place = int(np.floor((moment - speed * when.times[frame]) / width))
        ballots = places.setdefault(place, {})
        ballots[frame] = max(ballots.get(frame, 0.0), weight * float(when.worth[frame]))
    return max(sum(ballots.values()) + sum(places.get(place + 1, {}).values()) for place, ballots in places.items())


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_reference_s_promise_is_the_most_votes_of_counting_one_by_one(seed: int) -> None:
    when = clock(12)
    two = [
        with_noise(hits_of((range(3, 9), 1.1, 15.0)), 30, 12, seed=seed),
        with_noise(as_hits([]), 12, 12, seed=seed + 1),
    ]
    together = Hits(
        frames=np.concatenate([one.frames for one in two]),
        times=np.concatenate([one.times for one in two]),
        weights=np.concatenate([one.weights for one in two]),
    )
    groups = np.repeat([0, 1], [len(one.frames) for one in two])
    expected = [max(brute_votes(one, when, speed, 1.2) for speed in voting._COARSE_SPEEDS.tolist()) for one in two]
    np.testing.assert_allclose(promises(groups, together, when, 0.6), expected)


def test_with_very_many_hits_a_promise_is_what_could_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voting, "_MOST_BALLOTS", 10)
    hits = as_hits([(0, 5.0, 3.0), (0, 80.0, 2.0), (1, 20.0, 1.0), (0, 5.0, 4.0)])
    np.testing.assert_allclose(promises(np.array([0, 0, 0, 1]), hits, clock(2), 0.6), [4.0, 4.0])


def test_of_many_hits_some_elect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voting, "_MOST_VOTERS", 50)
    hits = with_noise(hits_of((range(100), 1.0, 12.0)), 100, 100)
    assert elected(hits, clock(100), 0.6).at(0.0) == pytest.approx(12.0, abs=0.7)


def test_a_line_without_hits_has_an_empty_run() -> None:
    run = best_run(Line(speed=1.0, offset=500.0), hits_of((range(4), 1.0, 0.0)), clock(4), Settings())
    assert (len(run.frames), run.gain) == (0, 0.0)


def test_a_line_that_no_one_speaks_for_is_not_followed() -> None:
    run = followed(Line(speed=1.0, offset=500.0), hits_of((range(4), 1.0, 0.0)), clock(4), Settings())
    assert run.gain == 0.0


def test_a_line_is_not_fitted_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "_ROUNDS", 1)
    hits = hits_of((range(40), 1.3, 10.0))
    run = followed(Line(speed=1.25, offset=10.0), hits, clock(40), Settings())
    assert 1.2 < run.line.speed < 1.35


def test_a_line_at_another_speed_gives_way_to_a_plain_one_that_says_as_much() -> None:
    hits = hits_of((range(4), 1.0, 10.0))
    run = followed(Line(speed=1.12, offset=9.9), hits, clock(4), Settings())
    assert run.line.speed == 1
    quick = hits_of((range(16), 2.0, 10.0))
    assert followed(Line(speed=2.08, offset=9.9), quick, clock(16), Settings()).line.speed == pytest.approx(
        2.0, abs=0.05
    )


def test_speed_one_is_the_most_plausible() -> None:
    plausible = [Line(speed=speed, offset=0.0).plausibility for speed in (1.0, 1.05, 2.0, 4.0)]
    assert plausible == sorted(plausible, reverse=True)
    assert Line(speed=0.5, offset=0.0).plausibility == pytest.approx(Line(speed=2.0, offset=0.0).plausibility)
    assert plausible[0] == 1.0
    assert plausible[-1] > 0.3

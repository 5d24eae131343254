# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyodaku import edits
from kyodaku.edits import Piece, TrueSpan
from kyodaku.edits._timeline import cut, played, retime, spans, to_frames
from kyodaku.errors import UsageError

FILM = Piece(source="film", start_s=5.0, length_s=20.0)
OTHER = Piece(source="other", start_s=0.0, length_s=30.0)

seconds = st.floats(0, 40)
pieces_of_film = st.lists(
    st.builds(
        Piece,
        source=st.sampled_from(["film", "other"]),
        start_s=st.floats(0, 100),
        length_s=st.floats(0.1, 20),
        speed=st.floats(0.5, 2),
    ),
    min_size=1,
    max_size=6,
)


@given(pieces=pieces_of_film, start=seconds, length=seconds)
def test_a_cut_lasts_as_long_as_what_it_was_cut_from_allows(pieces: list[Piece], start: float, length: float) -> None:
    wanted = max(0.0, min(start + length, played(pieces)) - start)
    assert played(cut(pieces, start, length)) == pytest.approx(wanted, abs=1e-4)


@given(pieces=pieces_of_film, fps=st.sampled_from([12.0, 23.976, 30.0]))
def test_spans_follow_each_other_without_gaps(pieces: list[Piece], fps: float) -> None:
    found = spans(to_frames(pieces, fps), fps, mirrored=False)
    ends = [0.0, *(span.q_end for span in found)]
    assert [span.q_start for span in found] == pytest.approx(ends[:-1])
    assert all(span.q_end > span.q_start for span in found)


@given(seed=st.integers(0, 10_000), strength=st.sampled_from(["mild", "medium", "strong"]))
def test_reordering_loses_nothing_and_leaves_no_neighbours_together(seed: int, strength: str) -> None:
    parts = retime(edits.edit("reorder", strength), (FILM,), None, np.random.default_rng(seed))
    assert played(parts) == pytest.approx(played([FILM]))
    assert all(abs(a.start_s + a.length_s - b.start_s) > 1e-6 for a, b in pairwise(parts))
    ordered = sorted(parts, key=lambda piece: piece.start_s)
    assert ordered[0].start_s == FILM.start_s
    assert all(a.start_s + a.length_s == pytest.approx(b.start_s) for a, b in pairwise(ordered))


def test_two_pieces_can_only_be_swapped() -> None:
    for seed in range(10):
        parts = retime(edits.edit("reorder", pieces=2), (FILM,), None, np.random.default_rng(seed))
        assert parts[0].start_s > parts[1].start_s


def test_a_film_too_short_to_cut_up_stays_whole() -> None:
    short = Piece(source="film", start_s=0, length_s=0.4)
    assert retime(edits.edit("reorder"), (short,), None, np.random.default_rng(1)) == (short,)


@given(seed=st.integers(0, 10_000), strength=st.sampled_from(["mild", "medium", "strong"]))
def test_an_inserted_piece_has_its_share(seed: int, strength: str) -> None:
    edit = edits.edit("insert", strength)
    parts = retime(edit, (FILM,), OTHER, np.random.default_rng(seed))
    mine = [part for part in parts if part.source == "film"]
    assert [part.source for part in parts] == ["other", "film", "other"]
    assert played(mine) / played(parts) == pytest.approx(edit["share"])


def test_a_compilation_takes_both_films_in_turn() -> None:
    parts = retime(edits.edit("compilation", "strong"), (FILM,), OTHER, np.random.default_rng(3))
    assert [part.source for part in parts] == ["other", "film"] * 3
    assert all(part.length_s == pytest.approx(3) for part in parts)


def test_what_is_no_edit_of_time_is_refused() -> None:
    random = np.random.default_rng(0)
    with pytest.raises(UsageError, match="not an edit of time"):
        retime(edits.edit("crop"), (FILM,), None, random)
    with pytest.raises(UsageError, match="needs another film"):
        retime(edits.edit("insert"), (FILM,), None, random)


def test_a_true_span_knows_speed_and_place() -> None:
    span = TrueSpan(source="film", q_start=2, q_end=6, r_start=10, r_end=18)
    assert span.speed == 2
    assert span.source_time(3) == 12

# SPDX-License-Identifier: Apache-2.0
"""What the films must be to serve as references: moving, cut, rich in structure, unlike each other."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pdqhash
import pytest
from numpy.typing import NDArray

from kyodaku import demo

SMALL = demo.Detail(width=160, height=90, fps=4)
REGISTERED = [film.id for film in demo.FILMS.values() if film.registered]


@cache
def drawn(film: str) -> list[NDArray[np.float64]]:
    return [np.asarray(picture.convert("RGB"), dtype=float) for picture in demo.pictures(film, SMALL)]


def cuts(film: str) -> list[int]:
    ends = np.cumsum([round(scene.seconds * SMALL.fps) for scene in demo.FILMS[film].scenes])
    return [int(end) for end in ends[:-1]]


def steps(film: str) -> NDArray[np.float64]:
    pictures = drawn(film)
    return np.array([np.abs(a - b).mean() for a, b in pairwise(pictures)])


@pytest.mark.parametrize("film", REGISTERED)
def test_a_registered_film_has_eight_scenes_or_more_in_half_a_minute_to_a_minute(film: str) -> None:
    scenes = demo.FILMS[film].scenes
    assert len(scenes) >= 8
    assert 30 <= sum(scene.seconds for scene in scenes) <= 60
    assert set(demo.FILMS[film].title) == {"en", "ja"}


@pytest.mark.parametrize("film", list(demo.FILMS))
def test_something_moves_from_each_picture_to_the_next(film: str) -> None:
    assert steps(film).min() > 0.1


@pytest.mark.parametrize("film", REGISTERED)
def test_cuts_stand_out_from_motion(film: str) -> None:
    change = steps(film)
    at = [cut - 1 for cut in cuts(film)]
    within = np.delete(change, at)
    assert change[at].min() > 2 * np.median(within)


@pytest.mark.parametrize("film", REGISTERED)
def test_pictures_have_structure_enough_for_a_perceptual_hash(film: str) -> None:
    qualities = [pdqhash.compute(picture.astype(np.uint8))[1] for picture in drawn(film)[::3]]
    assert min(qualities) >= 50


def test_no_picture_of_a_film_hashes_like_one_of_another_film() -> None:
    codes = {
        film: np.array([pdqhash.compute(picture.astype(np.uint8))[0] for picture in drawn(film)[::4]], dtype=bool)
        for film in demo.FILMS
    }
    for one, mine in codes.items():
        for two, theirs in codes.items():
            if one < two:
                distances = (mine[:, None] != theirs[None]).sum(axis=-1)
                assert distances.min() > 60, (one, two)


def test_scenes_of_a_film_differ_from_each_other() -> None:
    for film in REGISTERED:
        middles = [drawn(film)[(a + b) // 2] for a, b in zip([0, *cuts(film)], cuts(film), strict=False)]
        codes = np.array([pdqhash.compute(picture.astype(np.uint8))[0] for picture in middles], dtype=bool)
        distances = (codes[:, None] != codes[None]).sum(axis=-1)
        assert distances[~np.eye(len(codes), dtype=bool)].min() > 60, film

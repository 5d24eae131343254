# SPDX-License-Identifier: Apache-2.0
"""Films are found inside frames, beside each other and laid on each other; plain films are left alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from kyodaku.copies.descriptor import Pixels
from kyodaku.copies.layout import MOST_REGIONS, Region, find_regions
from support.films import frame

Box = tuple[float, float, float, float]
Draw = Callable[..., Pixels]
WIDTH, HEIGHT = 384, 216


@lru_cache(maxsize=512)
def film(seed: int, count: int = 6, *, width: int = WIDTH, height: int = HEIGHT) -> list[Pixels]:
    """Frames of a drawn film, three a second, with a little grain; there are boxes in it."""
    random = np.random.default_rng(seed)
    frames = []
    for number in range(count):
        picture = resized(frame(seed, 0.1 + number / 3), width, height).astype(np.int64)
        frames.append(np.clip(picture + random.integers(-3, 4, picture.shape), 0, 255).astype(np.uint8))
    return frames


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))


def laid(ground: Sequence[Pixels], pictures: Sequence[Pixels], x: int, y: int) -> tuple[list[Pixels], Box]:
    """Pictures on a ground, and where they lie."""
    (height, width), (rows, columns) = pictures[0].shape[:2], ground[0].shape[:2]
    made = []
    for below, picture in zip(ground, pictures, strict=True):
        canvas = below.copy()
        canvas[y : y + height, x : x + width] = picture
        made.append(canvas)
    return made, (x / columns, y / rows, width / columns, height / rows)


def inset(area: float, across: float, down: float, *, seed: int, count: int = 6) -> tuple[list[Pixels], Box]:
    """One film small on another."""
    width, height = round(WIDTH * area**0.5), round(HEIGHT * area**0.5)
    picture = film(seed, count, width=width, height=height)
    return laid(film(seed + 100, count), picture, round((WIDTH - width) * across), round((HEIGHT - height) * down))


def share_of_both(region: Region, box: Box) -> float:
    """Intersection over union."""
    x, y, width, height = box
    wide = min(region.x + region.width, x + width) - max(region.x, x)
    tall = min(region.y + region.height, y + height) - max(region.y, y)
    shared = max(wide, 0.0) * max(tall, 0.0)
    return shared / (region.width * region.height + width * height - shared)


def best(regions: Sequence[Region], box: Box) -> float:
    return max((share_of_both(region, box) for region in regions), default=0.0)


@pytest.mark.parametrize("area", [0.75, 0.6, 0.45, 0.3, 0.15])
def test_most_insets_are_found_where_they_are(area: float) -> None:
    found = 0
    for seed in range(10):
        frames, box = inset(area, 0.2 + 0.06 * seed, 0.8 - 0.06 * seed, seed=seed)
        found += best(find_regions(frames), box) >= 0.85
    assert found >= 9


def test_an_inset_is_found_in_a_single_frame() -> None:
    windows = [inset(0.3, 0.3, 0.6, seed=seed, count=1) for seed in range(10)]
    assert sum(best(find_regions(frames), box) >= 0.85 for frames, box in windows) >= 8


def test_an_inset_is_found_on_a_still_ground() -> None:
    picture = film(4, width=190, height=106)
    frames, box = laid(film(5, 1) * 6, picture, 100, 60)
    found = find_regions(frames)
    assert best(found, box) >= 0.9


@pytest.mark.parametrize("boxes", [
    [(0, 0, 0.5, 1), (0.5, 0, 0.5, 1)],
    [(0, 0, 1, 0.5), (0, 0.5, 1, 0.5)],
    [(0, 0, 0.5, 0.5), (0.5, 0, 0.5, 0.5), (0, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5)],
    [(0, 0, 1 / 3, 1), (1 / 3, 0, 1 / 3, 1), (2 / 3, 0, 1 / 3, 1)],
    [(0, 0, 0.625, 1), (0.625, 0, 0.375, 1)],
])  # fmt: skip
def test_the_panes_of_a_split_screen_are_found(boxes: list[Box]) -> None:
    found = total = 0
    for seed in range(0, 40, 8):
        frames: list[Pixels] = [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 6
        for number, (x, y, width, height) in enumerate(boxes):
            picture = film(seed + number, width=round(width * WIDTH), height=round(height * HEIGHT))
            frames, _ = laid(frames, picture, round(x * WIDTH), round(y * HEIGHT))
        regions = find_regions(frames)
        assert len(regions) <= MOST_REGIONS
        total += len(boxes)
        found += sum(best(regions, box) >= 0.85 for box in boxes)
    assert found >= 0.9 * total


def test_panes_that_have_borders_lose_them() -> None:
    frames: list[Pixels] = [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 6
    frames, left = laid(frames, film(1, width=192, height=108), 0, 54)
    frames, right = laid(frames, film(2, width=192, height=108), 192, 54)
    regions = find_regions(frames)
    assert min(best(regions, left), best(regions, right)) >= 0.9


@pytest.mark.parametrize("colour", [(0, 0, 0), (232, 216, 176), (38, 50, 74)])
@pytest.mark.parametrize("sides", [(60, 60, 0, 0), (0, 0, 70, 70), (30, 30, 50, 50), (80, 20, 0, 0)])
def test_the_picture_within_borders_is_found(sides: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    top, bottom, left, right = sides
    ground = np.full((HEIGHT + top + bottom, WIDTH + left + right, 3), colour, np.uint8)
    frames, box = laid([ground] * 6, film(3), left, top)
    assert best(find_regions(frames), box) >= 0.95


def test_a_dark_film_does_not_hide_its_border_for_ever() -> None:
    shades = (0.02, 0.02, 0.03, 1, 0.02, 0.02)
    dark = [(pixels * shade).astype(np.uint8) for pixels, shade in zip(film(3), shades, strict=True)]
    frames, box = laid([np.zeros((HEIGHT + 120, WIDTH, 3), np.uint8)] * 6, dark, 0, 60)
    assert best(find_regions(frames), box) >= 0.95


def test_a_picture_on_its_own_blurred_enlargement_is_found() -> None:
    found = 0
    for seed in range(5):
        pictures = film(seed)
        wide, high = round(WIDTH * 1.4), round(HEIGHT * 1.4)
        behind = [
            np.asarray(Image.fromarray(resized(pixels, wide, high)).filter(ImageFilter.BoxBlur(15)))
            for pixels in pictures
        ]
        frames, box = laid(behind, pictures, (wide - WIDTH) // 2, (high - HEIGHT) // 2)
        inner = [region for region in find_regions(frames) if region.kind == "inner"]
        found += best(inner, box) >= 0.85
    assert found >= 4


def test_a_wide_film_is_found_in_a_tall_frame_of_itself() -> None:
    found = 0
    for seed in range(5):
        pictures = film(seed, 3)
        behind = [
            np.asarray(Image.fromarray(resized(pixels, 1200, 680)[:, 408:792]).filter(ImageFilter.BoxBlur(20)))
            for pixels in pictures
        ]
        frames, box = laid(behind, pictures, 0, 232)
        found += best(find_regions(frames), box) >= 0.85
    assert found >= 4


def test_plain_films_without_straight_edges_have_no_regions(scene: Draw) -> None:
    films = [[scene(seed, 144, 256, number / 3) for number in range(frames)] for seed in range(6) for frames in (1, 3)]
    assert sum(len(find_regions(frames)) for frames in films) <= 1


def test_plain_films_with_drawn_boxes_mostly_have_no_regions() -> None:
    counts = [len(find_regions(film(seed, frames))) for seed in range(10) for frames in (2, 6)]
    assert np.median(counts) == 0
    assert np.mean(counts) <= 1.25


def test_regions_come_clearest_first() -> None:
    frames, _ = inset(0.45, 0.4, 0.6, seed=6)
    strengths = [region.strength for region in find_regions(frames)]
    assert strengths
    assert strengths == sorted(strengths, reverse=True)
    assert 0 < strengths[-1] <= strengths[0] <= 1


@given(x=st.integers(24, 160), y=st.integers(16, 80), width=st.integers(160, 200), height=st.integers(90, 120))
@settings(max_examples=15, deadline=None)
def test_the_region_goes_where_the_inset_goes(x: int, y: int, width: int, height: int) -> None:
    ground = [np.full((HEIGHT, WIDTH, 3), (58, 107, 76), np.uint8)] * 3
    frames, box = laid(ground, film(11, 3, width=width, height=height), x, y)
    assert best(find_regions(frames), box) >= 0.93


@given(seed=st.integers(0, 40), across=st.floats(0.1, 0.9), down=st.floats(0.1, 0.9))
@settings(max_examples=15, deadline=None)
def test_mirrored_frames_have_mirrored_regions(seed: int, across: float, down: float) -> None:
    frames, box = inset(0.4, across, down, seed=seed)
    x, y, width, height = box
    plain = best(find_regions(frames), box)
    mirrored = best(find_regions([pixels[:, ::-1] for pixels in frames]), (1 - x - width, y, width, height))
    assert (plain >= 0.9) == (mirrored >= 0.9)


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (16, 400), (31, 400), (40, 33), (33, 512), (512, 33), (288, 512)])
@pytest.mark.parametrize("value", [0, 255, 97])
@pytest.mark.parametrize("count", [1, 3, 24])
def test_one_colour_of_any_size_has_no_regions(size: tuple[int, int], value: int, count: int) -> None:
    assert find_regions([np.full((*size, 3), value, np.uint8)] * count) == ()


@given(height=st.integers(1, 90), width=st.integers(1, 90), count=st.integers(0, 5), seed=st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_nothing_is_found_in_noise_of_any_size(height: int, width: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    regions = find_regions([random.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(count)])
    assert regions == ()


@given(seed=st.integers(0, 30), height=st.integers(32, 200), width=st.integers(32, 200), count=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_regions_lie_within_the_frame(seed: int, height: int, width: int, count: int) -> None:
    box = (width // 5, height // 5)
    inner = film(seed, count, width=width // 2 + 1, height=height // 2 + 1)
    frames, _ = laid(film(seed + 50, count, width=width, height=height), inner, *box)
    for region in find_regions(frames):
        assert 0 <= region.x < region.x + region.width <= 1 + 1e-9
        assert 0 <= region.y < region.y + region.height <= 1 + 1e-9


def test_frames_of_another_size_are_passed_over() -> None:
    frames, _ = inset(0.4, 0.5, 0.5, seed=3)
    assert find_regions([*frames, film(1, 1, width=64, height=64)[0]]) == find_regions(frames)

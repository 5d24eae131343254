# SPDX-License-Identifier: Apache-2.0
"""What a query says beside its codes: which parts were looked into, which way round it is, what shows nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku.copies import (
    FRAME,
    Fingerprint,
    IndexWriter,
    QueryFingerprint,
    ReferenceIndex,
    fingerprint,
    load_calibration,
    open_index,
    open_references,
    query_fingerprint,
)
from kyodaku.copies import query as asking
from kyodaku.copies.layout import MOST_REGIONS, Region
from kyodaku.copies.query import Placed, placed_at
from kyodaku.copies.views import REGIONS

Pixels = NDArray[np.uint8]
Timed = list[tuple[float, Pixels]]
Film = Callable[..., Timed]
Codes = NDArray[np.uint8]

ID = "kyodaku-frame-v1"
LEAST = load_calibration(ID).minimum_quality


@pytest.fixture(scope="module")
def films(film: Film, tmp_path_factory: pytest.TempPathFactory) -> ReferenceIndex:
    """Ten masters of one film, and another film."""
    folder = tmp_path_factory.mktemp("index") / ID
    with IndexWriter(folder, descriptor=ID) as index:
        for number in range(10):
            master = [(time, pixels) for time, pixels in film(1, 10 + number / 2)]
            index.add(f"master-{number}", fingerprint(master, descriptor=FRAME))
        index.add("another", fingerprint(film(2, 12), descriptor=FRAME))
    return open_index(folder, works={f"master-{number}": "the film" for number in range(10)})


def inset(ground: Timed, laid: Timed) -> Timed:
    """Every second row and column of one film in the middle of another."""
    made = []
    for (time, below), (_, above) in zip(ground, laid, strict=True):
        pixels = below.repeat(2, axis=0).repeat(2, axis=1)
        pixels[20:110, 40:200] = above
        made.append((time, pixels))
    return made


def turned(frames: Timed) -> Timed:
    return [(time, np.ascontiguousarray(pixels[:, ::-1])) for time, pixels in frames]


@pytest.mark.parametrize("mirrored", [True, False])
def test_every_match_says_which_way_round_the_copy_is(film: Film, films: ReferenceIndex, *, mirrored: bool) -> None:
    clip = film(1, 6, fps=4, start=1)
    matches = films.search(query_fingerprint(turned(clip) if mirrored else clip, descriptor=FRAME))
    assert len(matches) == 10
    assert {match.mirrored for match in matches} == {mirrored}


@pytest.mark.parametrize("mirrored", [True, False])
def test_an_inset_too(film: Film, films: ReferenceIndex, *, mirrored: bool) -> None:
    clip = film(1, 6, fps=4, start=1)
    query = query_fingerprint(inset(film(7, 6, fps=4), turned(clip) if mirrored else clip), descriptor=FRAME)
    matches = [match for match in films.search(query) if match.view in REGIONS]
    assert matches
    assert {match.mirrored for match in matches} == {mirrored}


def test_a_region_lies_where_it_was_found_last() -> None:
    boxes = [Region(kind="inset", x=x, y=0.1, width=0.3, height=0.3, strength=1.0) for x in (0.1, 0.5)]
    placed = [Placed(start_s=2.0, region=boxes[0]), Placed(start_s=8.0, region=boxes[1])]
    assert [placed_at(placed, time) for time in (0.0, 2.0, 7.9, 8.0, 99.0)] == [*boxes[:1] * 3, *boxes[1:] * 2]
    assert placed_at([], 1.0) is None


def test_parts_that_nobody_looked_into_are_counted(
    film: Film, films: ReferenceIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = [
        Region(kind="pane", x=x / 4, y=y / 4, width=0.25, height=0.25, strength=1.0) for x in range(4) for y in range(4)
    ]
    monkeypatch.setattr(asking, "find_regions", lambda _frames, most: tuple(wall[:most]))
    query = query_fingerprint(film(3, 2, fps=4), descriptor=FRAME)
    assert sorted(query.regions) == sorted(REGIONS)
    assert query.parts_omitted == 16 - MOST_REGIONS
    found = films.find(query)
    assert (found.parts_omitted, found.complete) == (4, True)


def test_nothing_is_omitted_where_there_are_few_parts(film: Film, films: ReferenceIndex) -> None:
    assert films.find(query_fingerprint(film(3, 2, fps=4), descriptor=FRAME)).parts_omitted == 0


BLACK = np.zeros((90, 160, 3), dtype=np.uint8)


@pytest.mark.parametrize(("black_s", "share"), [(6.0, 1.0), (3.0, 0.5), (0.0, 0.0)])
def test_the_time_in_which_there_is_nothing_to_see_is_told(
    film: Film, films: ReferenceIndex, black_s: float, share: float
) -> None:
    frames = [(time, BLACK if time < black_s else pixels) for time, pixels in film(3, 6, fps=4)]
    assert films.find(query_fingerprint(frames, descriptor=FRAME)).unseen == pytest.approx(share, abs=0.02)


def test_time_counts_and_not_the_number_of_frames(printed: Callable[..., Fingerprint]) -> None:
    times = [0.0, 0.25, 0.5, 0.75, 1.0, 4.0]  # looked at often in the beginning
    made = printed(np.zeros((6, 32), np.uint8), times=times, quality=[90] * 4 + [5] * 2)
    made = Fingerprint(
        descriptor=made.descriptor, duration_s=7.0, times=made.times, codes=made.codes, quality=made.quality
    )
    assert QueryFingerprint.of(made).unseen(30) == pytest.approx(6 / 7, abs=1e-3)


def test_a_part_may_show_what_the_whole_does_not(printed: Callable[..., Fingerprint]) -> None:
    codes = np.zeros((4, 32), np.uint8)
    query = QueryFingerprint(
        views={"whole": printed(codes, quality=5), "region-1": printed(codes[:2], quality=[90, 5])}
    )
    assert query.unseen(30) == 0.75


def test_without_frames_nothing_was_seen(printed: Callable[..., Fingerprint]) -> None:
    assert QueryFingerprint.of(printed(np.zeros((0, 32), np.uint8))).unseen(30) == 1.0


def test_what_one_descriptor_sees_is_seen(film: Film, films: ReferenceIndex, tmp_path: Path) -> None:
    with IndexWriter(tmp_path / ID, descriptor=ID) as index:
        index.add("film", fingerprint(film(1, 4), descriptor=FRAME))
    references = open_references(tmp_path, {ID: ["film"]})
    assert references.find([query_fingerprint([(0.0, BLACK)], descriptor=FRAME)]).unseen == 1.0
    assert references.find([]).unseen == 0.0

# SPDX-License-Identifier: Apache-2.0
"""Searching by codes and measuring by the finer form: what is found, what is discounted, what is never left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku.copies import Fingerprint, IndexWriter, QueryFingerprint, ReferenceIndex, load_calibration
from kyodaku.copies import writer as writing
from kyodaku.copies._measure import STEPS, from_hamming, lifts, steps, within
from kyodaku.copies.index import open_index

Vectors = NDArray[np.float64]
Opened = Callable[..., ReferenceIndex]

ID = "drawn-v1"
CALIBRATION = replace(
    load_calibration("pdq-v1"),
    descriptor=ID,
    radius=96,
    evidence=tuple(np.linspace(8.0, 0.1, 97)),
    rarity=tuple(np.linspace(20.0, 1.0, 97)),
    minimum_quality=10,
    corroboration=4.0,
    absence=0.5,
    alike=24,
    nearest=16,
    reach=110,
    surely=60,
    base=0.4,
    cap=0.72,
    likeness=24.0,
    pictures=2.0,
    slope=1.0,
    intercept=-14.0,
    match=0.9,
    review=0.5,
)


def film(seed: int, frames: int) -> Vectors:
    """Descriptions of frames of which none is like another."""
    return unit(np.random.default_rng(seed).standard_normal((frames, 256)))


def like(vectors: Vectors, cosine: float, seed: int = 0) -> Vectors:
    """The same frames edited, so that about this cosine is left."""
    noise = unit(np.random.default_rng([seed, 7]).standard_normal(vectors.shape))
    noise = unit(noise - (noise * vectors).sum(axis=1, keepdims=True) * vectors)
    return cosine * vectors + np.sqrt(1 - cosine**2) * noise


def unit(vectors: Vectors) -> Vectors:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def printed(vectors: Vectors, *, finer: bool = True, fps: float = 2.0) -> Fingerprint:
    return Fingerprint(
        descriptor=ID,
        duration_s=len(vectors) / fps,
        times=(np.arange(len(vectors)) / fps).astype(np.float32),
        codes=np.packbits(vectors > 0, axis=1),
        quality=np.full(len(vectors), 90, dtype=np.uint8),
        fine=np.clip(np.rint(vectors * 400), -127, 127).astype(np.int8) if finer else None,
    )


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """`opened({id: fingerprint}, works={id: work})`: an index of these, searched with `CALIBRATION`."""
    monkeypatch.setattr(writing, "load_calibration", lambda _: CALIBRATION)
    monkeypatch.setattr(writing, "get_descriptor", lambda _: type("Drawn", (), {"dims": 256})())

    def make(references: Mapping[str, Fingerprint], works: Mapping[str, str] | None = None) -> ReferenceIndex:
        with IndexWriter(tmp_path / "index", descriptor=ID) as index:
            for name, reference in references.items():
                index.add(name, reference)
        return open_index(tmp_path / "index", calibration=CALIBRATION, works=works)

    return make


def test_an_edited_excerpt_is_found_where_it_is_and_strangers_are_not(opened: Opened) -> None:
    index = opened({f"film-{n}": printed(film(n, 60)) for n in range(6)})
    query = printed(like(film(2, 60)[20:32], 0.6))
    matches = index.search(query)
    assert [match.reference for match in matches] == ["film-2"]
    assert matches[0].r_start == pytest.approx(10.0, abs=0.5)
    assert matches[0].r_end == pytest.approx(16.0, abs=0.5)
    assert matches[0].band == "match"
    assert index.search(printed(film(99, 12))) == ()


@pytest.mark.parametrize(("left", "right"), [(True, False), (False, True), (False, False)])
def test_a_side_without_the_finer_form_is_measured_by_its_codes(opened: Opened, *, left: bool, right: bool) -> None:
    index = opened({"film-1": printed(film(1, 40), finer=right), "film-2": printed(film(2, 40), finer=right)})
    (match,) = index.search(printed(like(film(1, 40)[8:24], 0.8), finer=left))
    assert (match.reference, match.band) == ("film-1", "match")


def test_what_is_like_several_works_alike_says_little_about_any(opened: Opened) -> None:
    scene = film(5, 16)
    episodes = {f"episode-{n}": printed(like(scene, 0.85, seed=n)) for n in range(8)}
    stranger = like(scene, 0.85, seed=50)  # another episode of the series, which is not registered
    index = opened(episodes)
    assert all(match.band != "match" for match in index.find(printed(stranger), least_score=0).matches)
    own = next(iter(index.search(printed(like(like(scene, 0.85, seed=3), 0.95)))))
    assert (own.reference, own.band) == ("episode-3", "match")


def test_references_of_one_work_do_not_count_against_each_other(opened: Opened) -> None:
    scene = film(5, 16)
    works = {f"cut-{n}": "the film" for n in range(8)}
    index = opened({name: printed(like(scene, 0.9, seed=n)) for n, name in enumerate(works)}, works)
    matches = index.search(printed(like(scene, 0.9, seed=50)))
    assert {match.band for match in matches} == {"match"}
    assert all(match.shared_with == () for match in matches)


def test_everyone_who_registered_the_same_pictures_is_found_however_many_they_are(opened: Opened) -> None:
    scene = film(5, 16)
    index = opened({f"film-{n:03d}": printed(like(scene, 0.999, seed=n)) for n in range(60)})
    found = index.find(printed(scene))
    assert len(found.matches) == 60
    assert len(found.matches[0].shared_with) == 16
    assert found.complete


def test_removed_references_take_nobodys_place(opened: Opened, tmp_path: Path) -> None:
    scene = film(5, 16)
    index = opened({f"film-{n:03d}": printed(like(scene, 0.999, seed=n)) for n in range(40)})
    (match,) = index.selecting(["film-017"]).search(printed(scene))
    assert match.reference == "film-017"


def test_a_first_frame_that_several_works_share_is_for_a_person(opened: Opened) -> None:
    first = film(1, 2)
    works = {f"clip-{n}": printed(np.concatenate([first, film(10 + n, 14)])) for n in range(4)}
    index = opened(works)
    query = printed(np.concatenate([first, film(99, 6)]))
    matches = index.find(query, least_score=0).matches
    assert {match.reference for match in matches} == set(works)
    assert all(match.band != "match" and len(match.shared_with) == 3 for match in matches)
    long = np.concatenate([film(2, 12), film(98, 4)])  # an opening of six seconds is no accident
    index = opened({f"episode-{n}": printed(np.concatenate([film(2, 12), film(30 + n, 20)])) for n in range(4)})
    assert {match.band for match in index.search(printed(long))} == {"match"}


def test_further_views_are_asked_for_only_while_the_query_is_undecided(opened: Opened) -> None:
    index = opened({"film-1": printed(film(1, 40)), "film-2": printed(film(2, 40))})
    asked: list[str] = []

    class Kept:
        def described(self, *_: object) -> Mapping[str, Fingerprint]:
            asked.append("further")
            return {"uncropped": printed(film(2, 40)[4:20])}

        def moments(self, *_: object) -> list[object]:
            return []

    decided = QueryFingerprint(views={"whole": printed(film(1, 40)[4:20])}, kept=Kept())  # type: ignore[arg-type]
    assert [match.view for match in index.search(decided)] == ["whole"]
    assert not asked
    undecided = QueryFingerprint(views={"whole": printed(film(77, 16))}, kept=Kept())  # type: ignore[arg-type]
    assert [(match.reference, match.view) for match in index.search(undecided)] == [("film-2", "uncropped")]


def test_steps_count_cosines_and_nothing_is_further_than_nothing_in_common() -> None:
    assert steps(np.array([1.0, 0.5, 0.0, -1.0])).tolist() == [0, STEPS // 2, STEPS, STEPS]


def test_codes_stand_for_angles() -> None:
    assert from_hamming(np.array([0, 64, 128, 256]), 256) == pytest.approx([1, 2**-0.5, 0, -1], abs=1e-6)


def test_a_lift_is_what_the_second_to_fourth_work_have_in_common_with_a_frame() -> None:
    frame, group = np.zeros(5, dtype=np.int64), np.array([0, 0, 1, 2, 3])
    cosine = np.array([0.95, 0.9, 0.6, 0.5, 0.8])
    assert lifts(2, frame, group, cosine, base=0.4, cap=0.72) == pytest.approx([(0.72 + 0.6 + 0.5) / 3 - 0.4, 0.0])


def test_within_finds_all_pairs_and_only_these() -> None:
    rows = printed(film(3, 50)).fine
    assert rows is not None
    query, row, distance = within(rows[:5], rows, np.zeros(5), 96)
    assert [(int(q), int(r)) for q, r, d in zip(query, row, distance, strict=True) if d == 0] == [
        (n, n) for n in range(5)
    ]
    assert (distance <= 96).all()

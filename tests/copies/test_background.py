# SPDX-License-Identifier: Apache-2.0
"""Strangers: what a first film is held against, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kyodaku.copies import FRAME, IndexWriter, ReferenceIndex, fingerprint, open_index, query_fingerprint
from kyodaku.copies._measure import COMPANY, lifts
from kyodaku.copies.background import Background, _loaded, background_of
from kyodaku.copies.brought import VARIABLE
from kyodaku.errors import IntegrityError

Film = Callable[..., list[tuple[float, np.ndarray]]]

NONE = np.zeros(0, dtype=np.int64)
PLAIN = (31, 33)
"""Of drawn films: two of those that the network describes nearly as it does the first."""


@pytest.fixture(scope="module")
def first_film(film: Film, tmp_path_factory: pytest.TempPathFactory) -> ReferenceIndex:
    """A registry of one film."""
    folder = tmp_path_factory.mktemp("index")
    with IndexWriter(folder, descriptor="kyodaku-frame-v1") as index:
        index.add("first", fingerprint(film(1, 12), descriptor=FRAME))
    return open_index(folder)


def without_strangers(index: ReferenceIndex) -> ReferenceIndex:
    alone = index.selecting(list(index))
    alone.__dict__["background"] = None
    return alone


@pytest.mark.parametrize("seed", PLAIN)
def test_a_plain_film_is_no_copy_of_the_only_one_that_is_registered(
    film: Film, first_film: ReferenceIndex, seed: int
) -> None:
    query = query_fingerprint(film(seed, 6, fps=4), descriptor=FRAME)
    assert first_film.search(query) == ()
    held = first_film.find(query, least_score=0).matches
    alone = without_strangers(first_film).find(query, least_score=0).matches
    assert held[0].evidence < alone[0].evidence


def test_a_copy_of_the_only_film_is_found(film: Film, first_film: ReferenceIndex) -> None:
    cropped = [(time, np.ascontiguousarray(pixels[10:80, 18:142])) for time, pixels in film(1, 4, fps=4, start=2)]
    (match,) = first_film.search(query_fingerprint(cropped, descriptor=FRAME))
    assert match.band == "match"


def test_strangers_fill_the_places_of_works_that_are_missing() -> None:
    strangers = np.array([[0.5, 0.6, 0.7], [0.1, 0.2, 0.3]])
    alone = lifts(2, NONE, NONE, np.zeros(0), base=0.4, cap=0.65, strangers=strangers)
    assert alone == pytest.approx([(0.5 + 0.6 + 0.65) / 3 - 0.4, 0.0])
    frame, group, cosine = np.zeros(3, dtype=np.int64), np.arange(3), np.array([0.9, 0.64, 0.45])
    among = lifts(2, frame, group, cosine, base=0.4, cap=0.65, strangers=strangers)
    assert among == pytest.approx([(0.6 + 0.64 + 0.65) / 3 - 0.4, 0.0])


def test_one_more_work_never_changes_much() -> None:
    strangers = np.full((1, COMPANY), 0.55)
    lift = [
        float(lifts(1, np.zeros(n, dtype=np.int64), np.arange(n), np.full(n, 0.55), base=0.4, cap=0.7,
                    strangers=strangers)[0])
        for n in range(8)
    ]  # fmt: skip
    assert lift == pytest.approx([0.15] * 8)


def test_the_most_alike_are_found_and_a_small_bank_leaves_places_empty() -> None:
    rows = np.eye(4, dtype=np.int8) * 100
    bank = Background(rows[:2])
    assert sorted(bank.most_alike(np.array([[60, 80, 0, 0]], dtype=np.int8), 3)[0]) == pytest.approx([0, 0.6, 0.8])


def test_the_shipped_bank_belongs_to_the_shipped_network() -> None:
    bank = background_of("kyodaku-frame-v1")
    assert bank is not None
    assert bank.rows.shape == (2048, FRAME.fine_dims)
    assert background_of("kyodaku-frame-v1") is bank


def test_descriptors_without_a_bank_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = json.loads(FRAME.path.with_suffix(".card.json").read_text())
    del card["background"]
    (tmp_path / "mine.card.json").write_text(json.dumps({**card, "name": "mine"}))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert [background_of(name) for name in ("mine-v1", "pdq-v1", "nobodys-v1")] == [None, None, None]


@pytest.mark.parametrize("harm", ["gone", "altered", "huge"])
def test_another_bank_than_the_cards_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    card = json.loads(FRAME.path.with_suffix(".card.json").read_text())
    (tmp_path / "mine.card.json").write_text(json.dumps({**card, "name": "mine"}))
    bank = tmp_path / card["background"]["file"]
    shutil.copy(FRAME.path.with_name(bank.name), bank)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert background_of("mine-v1") is not None
    _loaded.cache_clear()
    if harm == "gone":
        bank.unlink()
    elif harm == "altered":
        bank.write_bytes(bank.read_bytes()[:-1] + b"\x01")
    else:
        monkeypatch.setattr("kyodaku.copies.background._MOST_BYTES", 1000)
    with pytest.raises(IntegrityError, match="not the strangers that the descriptor's card names"):
        background_of("mine-v1")

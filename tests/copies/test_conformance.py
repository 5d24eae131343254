# SPDX-License-Identifier: Apache-2.0
"""The shipped vectors are right, and every check can fail."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pdqhash
import pytest

from kyodaku.copies import DEFAULT_DESCRIPTOR, PDQ, descriptor_id, get_descriptor
from kyodaku.copies import _conformance_drawing as drawing
from kyodaku.copies import _conformance_search as searching
from kyodaku.copies import conformance as module
from kyodaku.copies import descriptor as table
from kyodaku.copies._conformance_drawing import PICTURES, Drawn, draw, draw_film
from kyodaku.copies.conformance import Check, conforming, made_common, made_vectors, run_checks, vectors
from kyodaku.copies.descriptor import Described
from kyodaku.errors import KyodakuError


def ran(name: str) -> Check:
    (planned,) = (planned for planned in module._plan() if planned[0] == name)
    return module._checked(*planned)


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The vectors as a test may change them."""
    held = {name: copy.deepcopy(vectors(name)) for name in ("common", *conforming())}
    monkeypatch.setattr(module, "vectors", held.__getitem__)
    monkeypatch.setattr(module, "conforming", lambda: tuple(sorted(set(held) - {"common"})))
    return held


def test_all_is_well_on_this_machine() -> None:
    checks = {check.name: check for check in run_checks()}
    assert [(name, check.detail) for name, check in checks.items() if not check.ok] == []
    assert {"pictures", "pdq-v1 codes", "fingerprint file", "alignment", "index", "pdq-v1 search"} <= set(checks)
    assert not any(check.advice for check in checks.values())


def test_the_descriptor_that_is_used_has_vectors() -> None:
    assert descriptor_id(DEFAULT_DESCRIPTOR) in conforming()
    for name in conforming():
        assert vectors(name)["descriptor"] == descriptor_id(get_descriptor(name)) == name
        assert set(vectors(name)["pictures"]) == {picture.name for picture in PICTURES}


def test_vectors_can_be_made_again() -> None:
    assert made_vectors(PDQ) == vectors("pdq-v1")
    again, held = made_common(), vectors("common")
    assert again["pictures"] == held["pictures"]
    assert again["alignment"] == held["alignment"]
    assert again["fingerprint"]["sha256"] == held["fingerprint"]["sha256"]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_the_codes_are_the_reference_implementation_s_and_hang_on_no_rounding(picture: Drawn) -> None:
    pixels = draw(picture)
    bits, quality = pdqhash.compute(pixels)
    wanted = vectors("pdq-v1")["pictures"][picture.name]
    assert np.packbits(bits).tobytes().hex() == wanted["code"]
    assert abs(quality - wanted["quality"]) <= 1
    numbers, _ = pdqhash.compute_float(pixels)
    middle = np.sort(numbers)[126:129]
    assert np.diff(middle).min() > 2e-4 * np.abs(numbers).max()


def test_a_film_moves_between_its_cuts() -> None:
    film = draw_film("one", 17)
    assert film[0].shape == (144, 256, 3)
    apart = [np.abs(one.astype(int) - other).mean() for one, other in pairwise(film)]
    assert min(apart) > 0
    assert min(apart[7], apart[15]) > np.median(apart)
    np.testing.assert_array_equal(draw_film("one", 3, first=9)[0], film[9])


# --- each check can fail --------------------------------------------------------------------------------------------
def told(name: str) -> Check:
    check = ran(name)
    assert not check.ok
    assert check.advice
    return check


def test_a_picture_drawn_otherwise_is_noticed(shipped: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_SHAPES", 8)
    assert "drawn otherwise" in told("pictures").detail
    assert not ran("pdq-v1 codes").ok


def test_one_bit_is_noticed(shipped: dict[str, Any]) -> None:
    wanted = shipped["pdq-v1"]["pictures"]["odd"]
    wanted["code"] = f"{int(wanted['code'], 16) ^ 1:064x}"
    assert told("pdq-v1 codes").detail.startswith("at most 1 bits apart")


@pytest.mark.parametrize("change", [{"quality": 3}, {"code": "00"}, {"fine": "00"}])
def test_other_qualities_widths_and_forms_are_noticed(shipped: dict[str, Any], change: dict[str, Any]) -> None:
    shipped["pdq-v1"]["pictures"]["odd"] |= change
    told("pdq-v1 codes")


def test_an_unknown_descriptor_is_noticed(shipped: dict[str, Any]) -> None:
    shipped["grid-v9"] = shipped["pdq-v1"]
    assert "unknown descriptor 'grid-v9'" in told("grid-v9 codes").detail


@pytest.mark.parametrize("part", ["sha256", "file"])
def test_another_file_is_noticed(shipped: dict[str, Any], part: str) -> None:
    text = shipped["common"]["fingerprint"][part]
    shipped["common"]["fingerprint"][part] = text[:-2] + ("00" if text[-2:] != "00" else "01")
    told("fingerprint file")


@pytest.mark.parametrize(("part", "value"), [("first", 7), ("last", 26), ("offset", 121.0), ("speed", 1.05)])
def test_another_span_is_noticed(shipped: dict[str, Any], part: str, value: float) -> None:
    shipped["common"]["alignment"][0]["spans"][0][part] = value
    assert "'an excerpt'" in told("alignment").detail


def test_a_span_too_many_is_noticed(shipped: dict[str, Any]) -> None:
    shipped["common"]["alignment"][3]["spans"] = shipped["common"]["alignment"][0]["spans"]
    assert "'nothing but chance'" in told("alignment").detail


class _Silent:
    """An index in which nothing, or always the same, is found."""

    def __init__(self, found: list[Any]) -> None:
        self._found = found

    def search(self, query: object) -> list[Any]:
        return self._found


@pytest.mark.parametrize("check", ["index", "pdq-v1 search"])
def test_a_copy_that_is_not_found_is_noticed(monkeypatch: pytest.MonkeyPatch, check: str) -> None:
    monkeypatch.setattr(searching, "open_index", lambda _: _Silent([]))
    assert told(check).detail == "the copy is not found"


@pytest.mark.parametrize(("place", "detail"), [((5, 12), "not where it lies"), ((None, None), "taken for a copy")])
@pytest.mark.parametrize(("check", "film", "true"), [("index", "film-7", (5, 15)), ("pdq-v1 search", "two", (10, 22))])
def test_a_copy_in_a_wrong_place_and_one_too_many_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
    check: str,
    film: str,
    true: tuple[float, float],
    place: tuple[float | None, float | None],
    detail: str,
) -> None:
    start, end = (given if given is not None else real for given, real in zip(place, true, strict=True))

    class Match:
        reference, r_start, r_end, band = film, start, end, "match"

    monkeypatch.setattr(searching, "open_index", lambda _: _Silent([Match]))
    assert detail in told(check).detail


def test_a_library_that_breaks_is_told_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("illegal instruction")

    monkeypatch.setattr(module, "align", broken)
    assert told("alignment").detail == "RuntimeError: illegal instruction"


# --- descriptors with a finer form ----------------------------------------------------------------------------------
class Rough:
    """A descriptor with a finer form, which may be a little off."""

    name, version, metric, max_side, mirror_tolerant, dims, fine_dims = "rough", 1, "hamming", 64, False, 128, 64

    def __init__(self) -> None:
        self.bits, self.numbers = 0, 0

    def describe(self, frames: list[Any]) -> Described:
        codes = np.zeros((len(frames), 16), dtype=np.uint8)
        codes[:, : self.bits] = 1
        fine = np.tile(np.arange(-32, 32, dtype=np.int8), (len(frames), 1))
        fine[:, : self.numbers] = 0
        return Described(codes=codes, quality=np.full(len(frames), 90, dtype=np.uint8), fine=fine)


@pytest.fixture
def rough(shipped: dict[str, Any]) -> Iterator[Rough]:
    known = dict(table._KNOWN)
    made: Any = Rough()
    table.register(made)
    shipped["rough-v1"] = made_vectors(made)
    yield made
    table._KNOWN.clear()
    table._KNOWN.update(known)


@pytest.mark.parametrize(("bits", "numbers", "ok"), [(0, 0, True), (1, 0, True), (2, 0, False), (0, 8, False)])
def test_networks_may_be_off_by_a_stated_little(rough: Rough, bits: int, numbers: int, ok: bool) -> None:  # noqa: FBT001
    rough.bits, rough.numbers = bits, numbers
    check = ran("rough-v1 codes")
    assert check.ok == ok, check.detail
    assert "cosine at least" in check.detail


def test_a_descriptor_without_a_calibration_cannot_search(rough: Rough) -> None:
    assert "there is no calibration for 'rough-v1'" in told("rough-v1 search").detail


def test_vectors_are_made_by_a_command(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "__file__", str(tmp_path / "conformance.py"))
    (tmp_path / "data").mkdir()
    making: Callable[[list[str]], None] = module._main
    making(["pdq-v1", "common"])
    made = {path.name for path in (tmp_path / "data" / "conformance").iterdir()}
    assert made == {"pdq-v1.json", "common.json"}
    with pytest.raises(KyodakuError, match="unknown descriptor"):
        making(["nobodys-v1"])

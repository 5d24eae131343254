# SPDX-License-Identifier: Apache-2.0
"""The table of descriptors, which another one may join."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from kyodaku.copies import (
    DEFAULT_DESCRIPTOR,
    PDQ,
    Described,
    Descriptor,
    IndexWriter,
    descriptor_id,
    fingerprint,
    get_descriptor,
    known_descriptors,
    load_calibration,
    open_index,
    query_fingerprint,
    register,
)
from kyodaku.copies import descriptor as table
from kyodaku.copies import writer as writing
from kyodaku.copies.descriptor import Pixels
from kyodaku.errors import KyodakuError, UsageError


class Grid:
    """A rough 512-bit descriptor: which of 512 blocks are brighter than the middle one."""

    name: Final = "grid"
    version: Final = 7
    metric: Final = "hamming"
    fine_dims: Final = 0
    mirror_tolerant: Final = False
    max_side: Final = 64

    def __init__(self, dims: int = 512) -> None:
        self.dims = dims

    def describe(self, frames: Sequence[Pixels]) -> Described:
        codes = np.zeros((len(frames), self.dims // 8), dtype=np.uint8)
        for number, frame in enumerate(frames):
            rows = np.linspace(0, frame.shape[0] - 1, 16).astype(int)
            columns = np.linspace(0, frame.shape[1] - 1, 32).astype(int)
            block = frame[np.ix_(rows, columns)].mean(axis=2)
            codes[number] = np.packbits(block > np.median(block))
        return Described(codes=codes, quality=np.full(len(frames), 90, dtype=np.uint8))


@pytest.fixture
def grid() -> Iterator[Descriptor]:
    known = dict(table._KNOWN)
    descriptor = Grid()
    register(descriptor)
    yield descriptor
    table._KNOWN.clear()
    table._KNOWN.update(known)


def test_pdq_is_known_by_its_id() -> None:
    assert get_descriptor("pdq-v1") is PDQ
    assert "pdq-v1" in known_descriptors()


def test_an_unknown_id_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown descriptor 'pdq-v9' \(known: .*pdq-v1"):
        get_descriptor("pdq-v9")


def test_the_first_descriptor_under_an_id_stays(grid: Descriptor) -> None:
    register(Grid())
    assert get_descriptor("grid-v7") is grid


def test_codes_must_be_whole_words() -> None:
    with pytest.raises(UsageError, match="multiple of 64 bits"):
        register(Grid(dims=100))


def test_another_descriptor_needs_nothing_but_itself_and_a_calibration(
    grid: Descriptor,
    film: Callable[..., list[tuple[float, Pixels]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = load_calibration("pdq-v1").to_json().replace('"pdq-v1"', '"grid-v7"')
    calibration = type(load_calibration("pdq-v1")).from_json(own)
    monkeypatch.setattr(writing, "load_calibration", lambda _: calibration)
    reference = fingerprint(film(1, 20), descriptor=grid)
    assert reference.codes.shape[1] == 64
    with IndexWriter(tmp_path / "index", descriptor="grid-v7") as writer:
        writer.add("film", reference)
        writer.add("other", fingerprint(film(2, 20), descriptor=grid))
    index = open_index(tmp_path / "index", calibration=calibration)
    (best, *_) = index.search(query_fingerprint(film(1, 8, start=6), descriptor=grid))
    assert best.reference == "film"
    assert best.r_start == pytest.approx(6, abs=0.5)


def test_codes_of_two_descriptors_are_never_compared(
    grid: Descriptor, film: Callable[..., list[tuple[float, Pixels]]], tmp_path: Path
) -> None:
    with (
        IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer,
        pytest.raises(UsageError, match="made with grid-v7"),
    ):
        writer.add("film", fingerprint(film(1, 4), descriptor=grid))
    with pytest.raises(UsageError, match="the query was made with grid-v7"):
        open_index(tmp_path / "index").search(query_fingerprint(film(1, 4), descriptor=grid))


def test_a_descriptor_without_a_calibration_says_so() -> None:
    with pytest.raises(KyodakuError, match="there is no calibration for 'grid-v7'"):
        load_calibration("grid-v7")
    with pytest.raises(KyodakuError, match="there is no calibration"):
        load_calibration("../data/pdq-v1")


def test_what_names_no_descriptor_uses_that_of_the_gates(
    tmp_path: Path, film: Callable[..., list[tuple[float, Pixels]]]
) -> None:
    frames = film(1, 4)
    reference = fingerprint(frames)
    with IndexWriter(tmp_path / "index") as writer:
        writer.add("film", reference)
    query = query_fingerprint(frames)
    assert {reference.descriptor, query.descriptor} == {descriptor_id(DEFAULT_DESCRIPTOR)} == {"kyodaku-frame-v1"}
    assert [match.reference for match in open_index(tmp_path / "index").search(query)] == ["film"]

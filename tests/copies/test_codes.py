# SPDX-License-Identifier: Apache-2.0
"""Near codes: each way of finding them against comparing all with all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kyodaku.bench._processes import mapped_bytes
from kyodaku.copies import _codes_lists, _codes_scan, _files
from kyodaku.copies._codes import (
    ApproximateCodes,
    ExactCodes,
    Near,
    Ranges,
    distances,
    open_listed,
    open_lists,
    use_threads,
    write_lists,
)
from kyodaku.copies._codes_listed import let_go
from kyodaku.copies._codes_types import contains, counted, pieces
from kyodaku.errors import IntegrityError

Codes = NDArray[np.uint8]
Pair = tuple[int, int, int]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """As in a worker: threads that wait for a processor which others use take many times as long."""
    before = faiss.omp_get_max_threads()
    use_threads(1)
    yield
    use_threads(before)


def clustered(seed: int, count: int, *, scene: int = 10, bits: int = 24, width: int = 32) -> Codes:
    """Codes as films have them: scenes of like frames."""
    rng = np.random.default_rng(seed)
    centres = np.repeat(rng.integers(0, 256, (-(-count // scene), width), dtype=np.uint8), scene, axis=0)[:count]
    return centres ^ np.packbits(rng.random((count, width * 8)) < bits / (8 * width), axis=1)


def brute(queries: Codes, codes: Codes, radius: int, limit: int) -> tuple[list[Pair], int]:
    """All pairs within the radius; of more than the limit for a query the nearest, then the first."""
    kept: list[Pair] = []
    omitted = 0
    for number, query in enumerate(queries):
        near = sorted((int(np.bitwise_count(query ^ code).sum()), row) for row, code in enumerate(codes))
        near = [(distance, row) for distance, row in near if distance <= radius]
        kept += [(number, row, distance) for distance, row in near[:limit]]
        omitted += len(near[limit:])
    return sorted(kept), omitted


def pairs(found: Near) -> list[Pair]:
    return list(zip(found.query.tolist(), found.row.tolist(), found.distance.tolist(), strict=True))


@given(
    seed=st.integers(0, 999),
    radius=st.integers(0, 130),
    limit=st.sampled_from([1, 3, 1000]),
    width=st.sampled_from([8, 32, 64]),
)
@settings(max_examples=60, deadline=None)
def test_the_exact_scan_finds_what_comparing_all_with_all_finds(seed: int, radius: int, limit: int, width: int) -> None:
    codes = clustered(seed, 150, width=width)
    queries = np.concatenate([codes[::40], clustered(seed + 1, 3, width=width)])
    found = ExactCodes(codes).near(queries, radius=radius, limit=limit)
    expected, omitted = brute(queries, codes, radius, limit)
    assert pairs(found) == expected
    assert found.omitted == omitted


def brute_nearest(queries: Codes, codes: Codes, k: int, radius: int) -> list[Pair]:
    """By query, distance and row."""
    found: list[Pair] = []
    for number, query in enumerate(queries):
        near = sorted((int(np.bitwise_count(query ^ code).sum()), row) for row, code in enumerate(codes))
        found += [(number, row, distance) for distance, row in near[:k] if distance <= radius]
    return found


@given(
    seed=st.integers(0, 999),
    radius=st.integers(0, 256),
    k=st.sampled_from([1, 2, 7, 1000]),
    bits=st.sampled_from([0, 2, 24]),
    width=st.sampled_from([8, 32, 64]),
)
@settings(max_examples=60, deadline=None)
def test_the_nearest_of_the_scan_are_the_nearest_of_all(seed: int, radius: int, k: int, bits: int, width: int) -> None:
    codes = clustered(seed, 150, width=width, bits=bits)  # with few bits many are equally near
    queries = np.concatenate([codes[::40], clustered(seed + 1, 3, width=width)])
    found = ExactCodes(codes).nearest(queries, k=k, radius=radius)
    expected = brute_nearest(queries, codes, k, radius)
    assert pairs(found) == expected


def test_it_is_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = clustered(3, 500)
    queries = codes[::7]
    whole = [ExactCodes(codes).near(queries, radius=90, limit=limit) for limit in (2, 100)]
    nearest = ExactCodes(codes).nearest(queries, k=3, radius=90)
    monkeypatch.setattr(_codes_scan, "_ROWS_AT_ONCE", 37)
    monkeypatch.setattr(_codes_scan, "_QUERIES_AT_ONCE", 5)
    monkeypatch.setattr(_codes_scan, "_ANSWERS_AT_ONCE", 12)
    assert pairs(ExactCodes(codes).nearest(queries, k=3, radius=90)) == pairs(nearest)
    pieces = [ExactCodes(codes).near(queries, radius=90, limit=limit) for limit in (2, 100)]
    assert [pairs(one) for one in whole] == [pairs(one) for one in pieces]
    assert [one.omitted for one in whole] == [one.omitted for one in pieces]


@pytest.mark.parametrize(("queries", "codes"), [(0, 10), (10, 0), (0, 0)])
def test_of_nothing_nothing_is_found(queries: int, codes: int) -> None:
    found = ExactCodes(clustered(1, codes)).near(clustered(2, queries), radius=256, limit=10)
    assert pairs(found) == []
    assert pairs(ExactCodes(clustered(1, codes)).nearest(clustered(2, queries), radius=256, k=5)) == []
    assert pairs(ExactCodes(clustered(1, codes)).nearest(clustered(2, queries), radius=256, k=0)) == []


def test_distances_are_counted_bit_by_bit() -> None:
    left, right = clustered(1, 20), clustered(2, 20)
    expected = [int.from_bytes((a ^ b).tobytes(), "big").bit_count() for a, b in zip(left, right, strict=True)]
    assert distances(left, right).tolist() == expected


@pytest.fixture(scope="module")
def inverted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Codes, Path]:
    """So many lists that a search reads a fifth of them."""
    codes = clustered(5, 60_000)
    folder = tmp_path_factory.mktemp("lists")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_codes_lists, "_CODES_A_LIST", 200)
        write_lists(codes, folder)
    return codes, folder


def approximate(inverted: tuple[Codes, Path]) -> ApproximateCodes:
    codes, folder = inverted
    return ApproximateCodes(codes, open_lists(folder))


def test_the_inverted_file_finds_most_of_what_the_scan_finds_and_nothing_else(inverted: tuple[Codes, Path]) -> None:
    codes, _ = inverted
    rng = np.random.default_rng(0)
    queries = codes[rng.integers(0, len(codes), 200)] ^ np.packbits(rng.random((200, 256)) < 20 / 256, axis=1)
    exact = set(pairs(ExactCodes(codes).near(queries, radius=70, limit=1000)))
    found = pairs(approximate(inverted).near(queries, radius=70, limit=1000))
    assert set(found) <= exact
    assert len(found) >= 0.8 * len(exact)
    assert found == sorted(found)
    assert all(int(distances(queries[q][None], codes[r][None])[0]) == d for q, r, d in found[::50])


def test_the_nearest_of_the_inverted_file_are_mostly_those_of_the_scan(inverted: tuple[Codes, Path]) -> None:
    codes, _ = inverted
    rng = np.random.default_rng(0)
    queries = codes[rng.integers(0, len(codes), 200)] ^ np.packbits(rng.random((200, 256)) < 20 / 256, axis=1)
    exact = pairs(ExactCodes(codes).nearest(queries, k=5, radius=70))
    found = pairs(approximate(inverted).nearest(queries, k=5, radius=70))
    assert len(set(found) & set(exact)) >= 0.8 * len(exact)
    assert found == sorted(found, key=lambda pair: (pair[0], pair[2], pair[1]))
    assert all(int(distances(queries[q][None], codes[r][None])[0]) == d <= 70 for q, r, d in found)
    assert max(np.bincount([q for q, _, _ in found])) == 5


def test_the_inverted_file_is_bounded_too(inverted: tuple[Codes, Path]) -> None:
    codes, _ = inverted
    found = approximate(inverted).near(codes[:3], radius=80, limit=2)
    assert np.bincount(found.query).max() == 2
    assert found.omitted > 0


def test_equal_codes_do_not_make_it_slow_or_large(tmp_path: Path) -> None:
    same = np.repeat(clustered(1, 1), 20_000, axis=0)
    write_lists(same, tmp_path)
    for index in (ExactCodes(same), ApproximateCodes(same, open_lists(tmp_path))):
        found = index.near(same[:40], radius=60, limit=100)
        assert found.row.tolist() == list(range(100)) * 40
        assert found.omitted == 40 * 19_900
        nearest = index.nearest(same[:40], k=100, radius=60)
        assert nearest.row.tolist() == list(range(100)) * 40


def test_lists_are_the_same_however_they_are_gathered(
    inverted: tuple[Codes, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, folder = inverted
    monkeypatch.setattr(_codes_lists, "_CODES_A_LIST", 200)
    monkeypatch.setattr(_codes_lists, "_WRITTEN_AT_ONCE", 700)
    monkeypatch.setattr(_codes_lists, "_CODES_AT_ONCE", 1000)
    write_lists(codes, tmp_path)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_looking_centres_up_in_groups_puts_codes_where_they_are_found(
    inverted: tuple[Codes, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, _ = inverted
    monkeypatch.setattr(_codes_lists, "_CODES_A_LIST", 30)
    monkeypatch.setattr(_codes_lists, "_GROUPED_FROM", 1000)
    write_lists(codes, tmp_path)
    index = ApproximateCodes(codes, open_lists(tmp_path))
    found = index.nearest(codes[::60], k=1, radius=0)
    assert len(found.row) >= 0.97 * len(codes[::60])


def test_every_code_is_in_one_list(inverted: tuple[Codes, Path]) -> None:
    codes, folder = inverted
    sizes = np.load(folder / "sizes.npy")
    data = (folder / "lists.bin").read_bytes()
    seen: list[int] = []
    at = 0
    for size in sizes.tolist():
        listed = np.frombuffer(data, np.uint8, 32 * size, at).reshape(size, 32)
        rows = np.frombuffer(data, "<i8", size, at + 32 * size)
        assert np.array_equal(codes[rows], listed)
        seen += rows.tolist()
        at += 40 * size
    assert at == len(data)
    assert sorted(seen) == list(range(len(codes)))


def test_codes_are_read_from_the_lists_by_row(inverted: tuple[Codes, Path]) -> None:
    codes, folder = inverted
    lists = open_lists(folder)
    listed = open_listed(folder, lists.sizes, lists.entries, 32)
    assert (listed.shape, len(listed)) == (codes.shape, len(codes))
    rows = np.random.default_rng(0).integers(0, len(codes), 500)
    for some in (slice(None), slice(100, 220), slice(7, 7), rows, rows[:0]):
        assert np.array_equal(listed[some], codes[some])
    for index in (ExactCodes(listed), ApproximateCodes(listed, lists)):
        other = ExactCodes(codes) if index.exact else ApproximateCodes(codes, lists)
        for among in (None, np.array([[50, 400], [900, 30_000]])):
            found = [each.nearest(codes[::9000], k=5, radius=90, among=among) for each in (index, other)]
            assert pairs(found[0]) == pairs(found[1])
        found = [each.near(codes[::9000], radius=70, limit=20) for each in (index, other)]
        assert pairs(found[0]) == pairs(found[1])


def test_lists_that_hold_other_codes_than_their_places_are_refused(inverted: tuple[Codes, Path]) -> None:
    _, folder = inverted
    lists = open_lists(folder)
    turned = np.concatenate([[-1, lists.sizes[:2].sum() + 1], lists.sizes[2:]])
    for sizes, width in ((lists.sizes[:-1], 32), (lists.sizes, 24), (turned, 32)):
        with pytest.raises(IntegrityError, match=r"lists\.bin: the inverted file belongs to other codes"):
            open_listed(folder, sizes, lists.entries, width)


def test_pages_that_codes_were_read_from_are_given_back(inverted: tuple[Codes, Path], tmp_path: Path) -> None:
    shutil.copytree(inverted[1], tmp_path / "lists")
    lists = open_lists(tmp_path / "lists")
    listed = open_listed(tmp_path / "lists", lists.sizes, lists.entries, 32)
    assert len(listed[:]) == 60_000
    before = mapped_bytes(tmp_path)
    let_go(listed)
    assert mapped_bytes(tmp_path) < before - 1_000_000


def test_an_inverted_file_of_other_codes_is_refused(inverted: tuple[Codes, Path]) -> None:
    codes, folder = inverted
    with pytest.raises(IntegrityError, match=r"lists\.bin: the inverted file belongs to other codes"):
        ApproximateCodes(codes[:-1], open_lists(folder))
    with pytest.raises(IntegrityError, match=r"lists\.bin: the inverted file belongs to other codes"):
        ApproximateCodes(codes[:, :24], open_lists(folder))


@pytest.fixture
def damaged(inverted: tuple[Codes, Path], tmp_path: Path) -> tuple[Codes, Path]:
    codes, folder = inverted
    shutil.copytree(folder, tmp_path / "copy")
    return codes, tmp_path / "copy"


def test_lists_that_were_cut_off_or_miscounted_are_named(damaged: tuple[Codes, Path]) -> None:
    codes, folder = damaged
    sizes = np.load(folder / "sizes.npy")
    sizes[0], sizes[1] = -1, sizes[0] + sizes[1] + 1
    np.save(folder / "sizes.npy", sizes)
    with pytest.raises(IntegrityError, match=r"lists\.bin: has another size than its lists"):
        ApproximateCodes(codes, open_lists(folder))
    np.save(folder / "sizes.npy", np.load(folder / "sizes.npy")[::-1])
    (folder / "lists.bin").write_bytes((folder / "lists.bin").read_bytes()[:-8])
    with pytest.raises(IntegrityError, match=r"lists\.bin: has another size than its lists"):
        ApproximateCodes(codes, open_lists(folder))
    (folder / "centres.npy").unlink()
    with pytest.raises(IntegrityError, match=r"centres\.npy: missing from the index"):
        open_lists(folder)
    (folder / "centres.npy").write_bytes(b"no array")
    with pytest.raises(IntegrityError, match=r"centres\.npy: is not the array"):
        open_lists(folder)


@pytest.mark.parametrize("row", [60_000, -7, 2**62])
def test_rows_that_do_not_exist_are_named_and_never_followed(damaged: tuple[Codes, Path], row: int) -> None:
    codes, folder = damaged
    size = int(np.load(folder / "sizes.npy")[0])
    data = bytearray((folder / "lists.bin").read_bytes())
    code = np.frombuffer(bytes(data[:32]), np.uint8)[None]
    data[32 * size : 32 * size + 8] = row.to_bytes(8, "little", signed=True)
    (folder / "lists.bin").write_bytes(data)
    index = ApproximateCodes(codes, open_lists(folder))
    with pytest.raises(IntegrityError, match=r"lists\.bin: was altered: it names codes that are not there"):
        index.nearest(code, k=3, radius=40)
    with pytest.raises(IntegrityError, match=r"lists\.bin: was altered: it names codes that are not there"):
        index.near(code, radius=40, limit=3)


def test_whatever_is_in_the_lists_a_pair_is_as_near_as_it_says(damaged: tuple[Codes, Path]) -> None:
    codes, folder = damaged
    path = folder / "lists.bin"
    data = np.frombuffer(path.read_bytes(), np.uint8).copy()
    size = int(np.load(folder / "sizes.npy")[0])
    data[: 32 * size] = np.random.default_rng(1).integers(0, 256, 32 * size, dtype=np.uint8)
    path.write_bytes(data.tobytes())
    index = ApproximateCodes(codes, open_lists(folder))
    found = index.nearest(data[: 32 * size].reshape(size, 32)[:50], k=5, radius=100)
    measured = distances(data[: 32 * size].reshape(size, 32)[found.query], codes[found.row])
    assert measured.tolist() == found.distance.tolist()


def test_an_inverted_file_is_mapped_not_loaded(inverted: tuple[Codes, Path], resident: Callable[[], int]) -> None:
    codes, folder = inverted
    lists = open_lists(folder)
    before = resident()
    index = ApproximateCodes(codes, lists)
    assert resident() - before < lists.entries.stat().st_size / 2
    index.near(codes[:1], radius=60, limit=10)


# --- when only some rows count ----------------------------------------------
ranges = st.lists(st.integers(0, 150), min_size=0, max_size=12, unique=True).map(
    lambda edges: np.array(sorted(edges)[: len(edges) // 2 * 2], dtype=np.int64).reshape(-1, 2)
)


@given(ranges=ranges, most=st.integers(1, 40))
def test_ranges_come_apart_into_their_rows(ranges: Ranges, most: int) -> None:
    rows = [row for first, last in ranges.tolist() for row in range(first, last)]
    parts = [part.tolist() for part in pieces(ranges, most)]
    assert [row for part in parts for row in part] == rows
    assert all(len(part) <= most for part in parts)
    assert counted(ranges) == len(rows)
    assert np.flatnonzero(contains(ranges, np.arange(200))).tolist() == rows


@given(seed=st.integers(0, 99), ranges=ranges, k=st.sampled_from([1, 3, 200]), radius=st.sampled_from([60, 256]))
@settings(max_examples=60, deadline=None)
def test_the_scan_gives_the_nearest_of_those_that_count(seed: int, ranges: Ranges, k: int, radius: int) -> None:
    codes = clustered(seed, 150)
    queries = codes[::30]
    rows = np.flatnonzero(contains(ranges, np.arange(150)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_codes_scan, "_CHOSEN_AT_ONCE", 17)
        found = ExactCodes(codes).nearest(queries, k=k, radius=radius, among=ranges)
    expected = [(query, int(rows[row]), d) for query, row, d in brute_nearest(queries, codes[rows], k, radius)]
    assert pairs(found) == expected


def test_rows_that_do_not_count_are_in_nobodys_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_codes_lists, "_SCANNED_TO", 0)
    picture = clustered(1, 1)
    codes = np.concatenate([np.repeat(picture, 5000, axis=0), clustered(2, 2000)])
    codes[4999, 0] ^= 1  # the only one of them that counts, and a little farther away
    write_lists(codes, tmp_path)
    index = ApproximateCodes(codes, open_lists(tmp_path))
    among = np.array([[4999, 7000]])
    found = index.nearest(np.concatenate([picture, codes[6000:6001]]), k=2, radius=40, among=among)
    assert [(q, r) for q, r, d in pairs(found) if d < 30 and q == 0] == [(0, 4999)]
    assert (1, 6000, 0) in pairs(found)
    assert contains(among, found.row).all()


def test_few_rows_that_count_are_all_compared(inverted: tuple[Codes, Path]) -> None:
    codes, _ = inverted
    among = np.array([[100, 140], [59_000, 59_010]])
    found = approximate(inverted).nearest(codes[:5], k=50, radius=256, among=among)
    assert pairs(found) == pairs(ExactCodes(codes).nearest(codes[:5], k=50, radius=256, among=among))
    assert len(found.row) == 5 * 50


def test_pages_that_hits_were_measured_on_are_given_back(
    inverted: tuple[Codes, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, folder = inverted
    np.save(tmp_path / "codes.npy", codes)
    expected = pairs(approximate(inverted).nearest(codes[::100], k=3, radius=60))
    held = []
    for first in (len(codes) + 1, 1):
        monkeypatch.setattr(_codes_lists, "_LET_GO_FROM", first)
        mapped = _files.map_array(tmp_path / "codes.npy", np.uint8, 2)
        index = ApproximateCodes(mapped, open_lists(folder))
        assert pairs(index.nearest(codes[::100], k=3, radius=60)) == expected
        held.append(mapped_bytes(tmp_path))
        del mapped, index
    assert held[0] > 1_000_000
    assert held[1] < 200_000


def test_threads_are_what_the_caller_wants() -> None:
    before = faiss.omp_get_max_threads()
    use_threads(1)
    assert faiss.omp_get_max_threads() == 1
    use_threads(before)

# SPDX-License-Identifier: Apache-2.0
"""Near codes: each way of finding them against comparing all with all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kyodaku.copies import _codes
from kyodaku.copies._codes import ApproximateCodes, ExactCodes, Near, build_inverted_file, distances, use_threads
from kyodaku.errors import IntegrityError

Codes = NDArray[np.uint8]
Pair = tuple[int, int, int]


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
    assert found.crowded == sum(count >= k for count in np.bincount([query for query, _, _ in expected]))


def test_it_is_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = clustered(3, 500)
    queries = codes[::7]
    whole = [ExactCodes(codes).near(queries, radius=90, limit=limit) for limit in (2, 100)]
    nearest = ExactCodes(codes).nearest(queries, k=3, radius=90)
    monkeypatch.setattr(_codes, "_ROWS_AT_ONCE", 37)
    monkeypatch.setattr(_codes, "_QUERIES_AT_ONCE", 5)
    monkeypatch.setattr(_codes, "_NEAREST_AT_ONCE", 5)
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
    codes = clustered(5, 60_000)
    path = tmp_path_factory.mktemp("lists") / "lists.faiss"
    build_inverted_file(codes, path)
    return codes, path


def test_the_inverted_file_finds_most_of_what_the_scan_finds_and_nothing_else(inverted: tuple[Codes, Path]) -> None:
    codes, path = inverted
    rng = np.random.default_rng(0)
    queries = codes[rng.integers(0, len(codes), 200)] ^ np.packbits(rng.random((200, 256)) < 20 / 256, axis=1)
    exact = set(pairs(ExactCodes(codes).near(queries, radius=70, limit=1000)))
    approximate = pairs(ApproximateCodes(codes, path).near(queries, radius=70, limit=1000))
    assert set(approximate) <= exact
    assert len(approximate) >= 0.8 * len(exact)
    assert approximate == sorted(approximate)
    assert all(int(distances(queries[q][None], codes[r][None])[0]) == d for q, r, d in approximate[::50])


def test_the_nearest_of_the_inverted_file_are_mostly_those_of_the_scan(inverted: tuple[Codes, Path]) -> None:
    codes, path = inverted
    rng = np.random.default_rng(0)
    queries = codes[rng.integers(0, len(codes), 200)] ^ np.packbits(rng.random((200, 256)) < 20 / 256, axis=1)
    exact = pairs(ExactCodes(codes).nearest(queries, k=5, radius=70))
    found = pairs(ApproximateCodes(codes, path).nearest(queries, k=5, radius=70))
    assert len(set(found) & set(exact)) >= 0.8 * len(exact)
    assert found == sorted(found, key=lambda pair: (pair[0], pair[2], pair[1]))
    assert all(int(distances(queries[q][None], codes[r][None])[0]) == d <= 70 for q, r, d in found)
    assert max(np.bincount([q for q, _, _ in found])) == 5


def test_the_inverted_file_is_bounded_too(inverted: tuple[Codes, Path]) -> None:
    codes, path = inverted
    found = ApproximateCodes(codes, path).near(codes[:3], radius=80, limit=2)
    assert np.bincount(found.query).max() == 2
    assert found.omitted > 0


def test_equal_codes_do_not_make_it_slow_or_large(tmp_path: Path) -> None:
    same = np.repeat(clustered(1, 1), 20_000, axis=0)
    build_inverted_file(same, tmp_path / "lists.faiss")
    for index in (ExactCodes(same), ApproximateCodes(same, tmp_path / "lists.faiss")):
        found = index.near(same[:40], radius=60, limit=100)
        assert found.row.tolist() == list(range(100)) * 40
        assert found.omitted == 40 * 19_900


def test_an_inverted_file_of_other_codes_is_refused(inverted: tuple[Codes, Path]) -> None:
    codes, path = inverted
    with pytest.raises(IntegrityError, match=r"lists\.faiss: the inverted file belongs to other codes"):
        ApproximateCodes(codes[:-1], path)


def test_an_inverted_file_is_mapped_not_loaded(inverted: tuple[Codes, Path], resident: Callable[[], int]) -> None:
    codes, path = inverted
    before = resident()
    index = ApproximateCodes(codes, path)
    assert resident() - before < path.stat().st_size / 2
    index.near(codes[:1], radius=60, limit=10)


def test_threads_are_what_the_caller_wants() -> None:
    before = faiss.omp_get_max_threads()
    use_threads(1)
    assert faiss.omp_get_max_threads() == 1
    use_threads(before)

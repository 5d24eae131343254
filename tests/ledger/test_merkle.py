# SPDX-License-Identifier: Apache-2.0
"""Roots and proofs against the recursive definitions of RFC 9162 §2.1 and the vectors of Certificate Transparency."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.errors import IntegrityError
from kyodaku.ledger import merkle
from kyodaku.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    nodes_of,
    root,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from support.rfc9162 import Oracle

ALL_SIZES = range(301)
ENTRIES = [f"entry {i}".encode() for i in range(5000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NODES = nodes_of(LEAVES)

# The tree of certificate-transparency's own tests: its eight entries and the roots of the first 1 to 8.
VECTOR_ENTRIES = [
    bytes.fromhex(entry)
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
VECTOR_ROOTS = [
    bytes.fromhex(value)
    for value in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
VECTOR_NODES = nodes_of([leaf_hash(entry) for entry in VECTOR_ENTRIES])


ORACLE = Oracle(ENTRIES)
mth = ORACLE.mth


# --- roots -----------------------------------------------------------------------------------------------------------
def test_the_published_roots_come_out() -> None:
    assert [root(size, VECTOR_NODES) for size in range(9)] == VECTOR_ROOTS


def test_every_small_root_is_as_defined() -> None:
    assert [root(size, NODES) for size in ALL_SIZES] == [mth(0, size) for size in ALL_SIZES]
    assert [root_of(iter(LEAVES[:size])) for size in ALL_SIZES] == [mth(0, size) for size in ALL_SIZES]


@pytest.mark.parametrize("size", [1023, 1024, 1025, 4095, 4999, 5000])
def test_larger_roots_are_as_defined(size: int) -> None:
    assert root(size, NODES) == mth(0, size)


def test_a_growing_tree_has_the_same_root_and_completes_the_same_subtrees() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for size, leaf in enumerate(LEAVES[:300], start=1):
        completed = frontier.append(leaf)
        assert (frontier.size, frontier.root()) == (size, mth(0, size))
        assert completed == [mth(size - 2**level, size) for level in range(len(completed))]
        assert size % 2 ** len(completed)  # no larger subtree ends here


def test_a_tree_goes_on_growing_from_its_remembered_edge() -> None:
    for size in (0, 1, 6, 7, 8, 100):
        frontier = Frontier(size, [NODES(level, index) for level, index in merkle.complete_subtrees(0, size)])
        frontier.append(LEAVES[size])
        assert frontier.root() == mth(0, size + 1)


# --- proofs ----------------------------------------------------------------------------------------------------------
def test_every_inclusion_proof_of_every_small_tree_is_as_defined_and_verifies() -> None:
    for size in ALL_SIZES:
        for index in range(size):
            proof = inclusion_proof(index, size, NODES)
            assert proof == ORACLE.inclusion(index, size)
            verify_inclusion(LEAVES[index], index, size, proof, mth(0, size))


def test_every_consistency_proof_between_small_trees_is_as_defined_and_verifies() -> None:
    for new in ALL_SIZES:
        for old in range(new + 1):
            proof = consistency_proof(old, new, NODES)
            assert proof == ORACLE.consistency(old, new)
            verify_consistency(old, new, proof, mth(0, old), mth(0, new))


@given(st.integers(1, len(ENTRIES)), st.data())
@settings(deadline=None)  # the first example computes the whole tree
def test_proofs_of_larger_trees_are_as_defined_and_verify(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, NODES)
    assert proof == ORACLE.inclusion(index, size)
    verify_inclusion(LEAVES[index], index, size, proof, mth(0, size))
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, size, NODES)
    assert proof == ORACLE.consistency(old, size)
    verify_consistency(old, size, proof, mth(0, old), mth(0, size))


def test_the_published_proofs_come_out() -> None:
    assert [proof.hex() for proof in consistency_proof(6, 8, VECTOR_NODES)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [proof.hex() for proof in consistency_proof(2, 5, VECTOR_NODES)] == [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]


# --- what must not verify --------------------------------------------------------------------------------------------
def flipped(value: bytes, rng: random.Random) -> bytes:
    position = rng.randrange(len(value) * 8)
    return bytes(byte ^ (1 << position % 8 if i == position // 8 else 0) for i, byte in enumerate(value))


def bend(proof: list[bytes], i: int, rng: random.Random) -> list[bytes]:
    return [*proof[:i], flipped(proof[i], rng), *proof[i + 1 :]]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 64, 100])
def test_an_altered_inclusion_proof_never_verifies(size: int) -> None:
    rng = random.Random(size)
    whole = mth(0, size)
    for index in range(size):
        proof = list(inclusion_proof(index, size, NODES))
        wrong = [
            (flipped(LEAVES[index], rng), index, size, proof, whole),
            (LEAVES[index], index, size, proof, flipped(whole, rng)),
            (LEAVES[index], index, size, [*proof, whole], whole),
            (LEAVES[index], index, size, [whole, *proof], whole),
            (LEAVES[index], size, size, proof, whole),
            (LEAVES[index], -1, size, proof, whole),
            *((LEAVES[index], other, size, proof, whole) for other in range(size) if other != index),
            *((LEAVES[index], index, size, bend(proof, i, rng), whole) for i in range(len(proof))),
            *((LEAVES[index], index, size, proof[:i] + proof[i + 1 :], whole) for i in range(len(proof))),
        ]
        for case in wrong:
            with pytest.raises(IntegrityError):
                verify_inclusion(*case)


@pytest.mark.parametrize("new", [1, 2, 3, 7, 8, 13, 64, 100])
def test_an_altered_consistency_proof_never_verifies(new: int) -> None:
    rng = random.Random(new)
    for old in range(1, new + 1):
        proof = list(consistency_proof(old, new, NODES))
        before, after = mth(0, old), mth(0, new)
        wrong = [
            (old, new, proof, flipped(before, rng), after),
            (old, new, [*proof, after], before, after),
            (old, new, [after, *proof], before, after),
            (new + 1, new, proof, before, after),
            (-1, new, proof, before, after),
            *((old, new, bend(proof, i, rng), before, after) for i in range(len(proof))),
            *((old, new, proof[:i] + proof[i + 1 :], before, after) for i in range(len(proof))),
        ]
        if old < new:
            wrong.append((old, new, proof, before, flipped(after, rng)))
        for case in wrong:
            with pytest.raises(IntegrityError):
                verify_consistency(*case)


def test_nothing_can_be_claimed_of_an_empty_log() -> None:
    verify_consistency(0, 3, [], EMPTY_ROOT, mth(0, 3))
    with pytest.raises(IntegrityError, match="do not agree"):
        verify_consistency(0, 3, [], mth(0, 1), mth(0, 3))
    with pytest.raises(IntegrityError, match="cannot be among 0"):
        verify_inclusion(LEAVES[0], 0, 0, [], EMPTY_ROOT)


def test_a_power_of_two_needs_a_proof_all_the_same() -> None:
    with pytest.raises(IntegrityError, match="too short"):
        verify_consistency(4, 7, [], mth(0, 4), mth(0, 7))
    with pytest.raises(IntegrityError, match="empty"):
        verify_consistency(3, 7, [], mth(0, 3), mth(0, 7))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_for_an_entry_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not among"):
        inclusion_proof(index, size, NODES)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_there_is_no_proof_that_a_log_shrank(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no proof"):
        consistency_proof(old, new, NODES)

# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree of RFC 9162 §2.1 with SHA-256: roots, proofs and their verification, as pure functions.

A tree is read through `Nodes`, a function that gives the hash of any *complete* subtree, so that the same code proves
over a list in memory and over a log of millions of entries on disk: every root and proof needs O(log n) such hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Protocol

from kyodaku.errors import IntegrityError

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "Frontier",
    "Nodes",
    "complete_subtrees",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "nodes_of",
    "root",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()
"""The root of a log without entries (RFC 9162 §2.1.1)."""


class Nodes(Protocol):
    """Reads the hashes of a tree."""

    def __call__(self, level: int, index: int, /) -> bytes:
        """The hash of the complete subtree over the `2**level` leaves from `index * 2**level` on."""
        ...


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry, prefixed 0x00 so that no entry can pass for an inner node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node, prefixed 0x01."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: what must be remembered to append, one hash per set bit of the size.

    Start at `size` entries with the hashes of the complete subtrees, largest first (none for an empty tree).
    """

    def __init__(self, size: int = 0, subtrees: Iterable[bytes] = ()) -> None:
        self.size = size
        self._subtrees = list(subtrees)

    def append(self, leaf: bytes) -> list[bytes]:
        """Append one leaf hash; the hashes that this completes, the leaf first, then each larger subtree."""
        completed = [leaf]
        for _ in range(_trailing_ones(self.size)):
            completed.append(node_hash(self._subtrees.pop(), completed[-1]))
        self._subtrees.append(completed[-1])
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The root hash over everything appended so far."""
        return _fold(self._subtrees)


def nodes_of(leaves: Sequence[bytes]) -> Nodes:
    """Read the tree over these leaf hashes; every inner hash is computed once, here."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return lambda level, index, /: levels[level][index]


def root(size: int, nodes: Nodes) -> bytes:
    """The root hash of the first `size` entries."""
    return _range_hash(0, size, nodes)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root hash over these leaf hashes, in one pass and O(log n) memory."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The path from entry `index` to the root of the first `size` entries, leaf end first (RFC 9162 §2.1.3.1).

    Raises ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"entry {index} is not among the first {size}")
    proof = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_range_hash(middle, high, nodes))
            high = middle
        else:
            proof.append(_range_hash(low, middle, nodes))
            low = middle
    return tuple(reversed(proof))


def consistency_proof(old: int, new: int, nodes: Nodes) -> tuple[bytes, ...]:
    """What shows that the first `old` of `new` entries are unchanged (RFC 9162 §2.1.4.1); empty for 0 and for `new`.

    Raises ValueError unless 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"there is no proof from {old} to {new} entries")
    if old in (0, new):
        return ()
    proof = []
    low, high = 0, new
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_range_hash(middle, high, nodes))
            high = middle
        else:
            proof.append(_range_hash(low, middle, nodes))
            low = middle
    if low:  # the subtree where both trees meet is the old root itself, known to the verifier, when it starts at 0
        proof.append(_range_hash(low, high, nodes))
    return tuple(reversed(proof))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> None:
    """Check that the entry hashed to `leaf` is entry `index` of the `size` under `root_hash` (RFC 9162 §2.1.3.2).

    Raises IntegrityError if it is not, or if the proof has the wrong length.
    """
    if not 0 <= index < size:
        raise IntegrityError(f"entry {index} cannot be among {size} entries")
    position, last = index, size - 1
    computed = leaf
    for sibling in proof:
        if last == 0:
            raise IntegrityError(f"the inclusion proof of entry {index} is too long for {size} entries")
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            while not position & 1:  # a subtree without a right sibling rises unchanged; ends, for position == last > 0
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    if last or computed != root_hash:
        raise IntegrityError(f"entry {index} is not in the log of {size} entries with root {root_hash.hex()}")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of `new` entries only appends to that of `old` entries (RFC 9162 §2.1.4.2).

    Raises IntegrityError if anything before `old` was changed, or if the proof has the wrong length.
    """
    if not 0 <= old <= new:
        raise IntegrityError(f"the log cannot shrink from {old} to {new} entries")
    if old in (0, new):
        expected = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != expected:
            raise IntegrityError(f"the logs of {old} and {new} entries do not agree")
        return
    computed_old, computed_new = _consistent_roots(old, new, list(proof), old_root)
    if (computed_old, computed_new) != (old_root, new_root):
        raise IntegrityError(f"the log of {new} entries does not continue the log of {old} entries")


def _consistent_roots(old: int, new: int, proof: list[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    if old & (old - 1) == 0:  # a power of two: the old root is a node of the new tree
        proof.insert(0, old_root)
    if not proof:
        raise IntegrityError(f"the consistency proof from {old} to {new} entries is empty")
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    computed_old = computed_new = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            raise IntegrityError(f"the consistency proof from {old} to {new} entries is too long")
        if position & 1 or position == last:
            computed_old = node_hash(sibling, computed_old)
            computed_new = node_hash(sibling, computed_new)
            while not position & 1:
                position, last = position >> 1, last >> 1
        else:
            computed_new = node_hash(computed_new, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise IntegrityError(f"the consistency proof from {old} to {new} entries is too short")
    return computed_old, computed_new


def _range_hash(low: int, high: int, nodes: Nodes) -> bytes:
    """Hash leaves [low, high), where `low` is a multiple of the largest power of two that fits."""
    return _fold([nodes(level, index) for level, index in complete_subtrees(low, high)])


def complete_subtrees(low: int, high: int) -> Iterator[tuple[int, int]]:
    """Level and index of the fewest complete subtrees that cover leaves [low, high), largest first."""
    while low < high:
        level = (high - low).bit_length() - 1
        yield level, low >> level
        low += 1 << level


def _fold(subtrees: Sequence[bytes]) -> bytes:
    """Join complete subtrees, largest first, into one root."""
    if not subtrees:
        return EMPTY_ROOT
    *rest, folded = subtrees
    for left in reversed(rest):
        folded = node_hash(left, folded)
    return folded


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (>= 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def _trailing_ones(number: int) -> int:
    return (~number & (number + 1)).bit_length() - 1

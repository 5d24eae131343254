# SPDX-License-Identifier: Apache-2.0
"""How far apart two frames are, in whole steps, by whichever form of their description is at hand.

By codes it is the Hamming distance. By the finer form it is the cosine, counted in steps from 0 (the same) so that
`STEPS` of them are a cosine of 0: what is further apart than that has nothing in common, and is never a hit.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._codes import distances

__all__ = ["STEPS", "Fine", "cosines", "from_hamming", "hamming", "lifts", "steps", "within"]

Fine: TypeAlias = NDArray[np.int8]
"""`(frames, dims)`."""
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

STEPS: Final = 128
_RANKS: Final = (1, 2, 3)
"""The second to the fourth work, counted from 0: one other may be an unknown copy of the first."""
_ROWS_AT_ONCE: Final = 1 << 14
"""16 MB of floats: the rows of a reference of two hours."""
_PAIRS_AT_ONCE: Final = 1 << 14

hamming = distances


def steps(cosine: NDArray[np.floating]) -> Ints:
    """Cosines as whole steps, 0 for 1 and `STEPS` for 0 or less."""
    found: Ints = np.rint(STEPS * (1 - np.clip(cosine, 0, 1))).astype(np.int64)
    return found


def cosines(queries: Fine, rows: Fine, query: Ints, row: Ints) -> Floats:
    """The cosine of each pair of a query and a row."""
    unit = _unit(queries)
    found = np.empty(len(query))
    for at in range(0, len(query), _PAIRS_AT_ONCE):
        some = slice(at, at + _PAIRS_AT_ONCE)
        found[some] = np.einsum("ij,ij->i", unit[query[some]], _unit(rows[row[some]]))
    return found


def within(queries: Fine, rows: Fine, lift: Floats, radius: int) -> tuple[Ints, Ints, Ints]:
    """All pairs of a query and a row that are at most `radius` steps apart, by query and row, and the steps.

    `lift`, for each query, is taken off its cosines.
    """
    unit = _unit(queries)
    parts = []
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        apart = steps(unit @ _unit(rows[first : first + _ROWS_AT_ONCE]).T - lift[:, None].astype(np.float32))
        query, row = np.nonzero(apart <= radius)
        parts.append(np.stack([query, row + first, apart[query, row]]))
    pairs = np.concatenate([np.zeros((3, 0), dtype=np.int64), *parts], axis=1)
    query, row, distance = pairs[:, np.lexsort((pairs[1], pairs[0]))]
    return query, row, distance


def from_hamming(distance: Ints, bits: int) -> Floats:
    """The cosine that codes so far apart stand for: signs differ in proportion to the angle (Charikar 2002)."""
    cosine: Floats = np.cos(np.pi * distance / bits)
    return cosine


def lifts(frames: int, frame: Ints, group: Ints, cosine: Floats, *, base: float, cap: float) -> Floats:
    """How much each frame's cosines are lifted by being like everything.

    A frame that is like several works at once (the same characters in another episode, a plain title) says little
    about any of them: what it has in common with the second to the fourth work, as far as that is between `base` and
    `cap`, counts for nothing. Beyond the cap two pictures are the same, however many works show them.
    """
    keys = frame * (int(group.max(initial=0)) + 1) + group
    order = np.lexsort((-cosine, keys))
    first = np.flatnonzero(np.diff(keys[order], prepend=-1))
    best, owner = cosine[order][first], frame[order][first]
    order = np.lexsort((-best, owner))
    best, owner = best[order], owner[order]
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
    company = np.full((frames, len(_RANKS)), base)
    for column, wanted in enumerate(_RANKS):
        here = rank == wanted
        company[owner[here], column] = best[here]
    lift: Floats = np.clip(company, base, cap).mean(axis=1) - base
    return lift


def _unit(fine: Fine) -> NDArray[np.float32]:
    """Vectors of length 1; one of zeros stays as it is, and is like nothing."""
    wide = fine.astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    unit: NDArray[np.float32] = wide / np.maximum(length, 1.0)[:, None]
    return unit

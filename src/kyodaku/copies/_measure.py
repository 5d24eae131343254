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

__all__ = ["COMPANY", "STEPS", "Fine", "cosines", "from_hamming", "hamming", "lifts", "steps", "unit", "within"]

Fine: TypeAlias = NDArray[np.int8]
"""`(frames, dims)`."""
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

STEPS: Final = 128
_RANKS: Final = (1, 2, 3)
"""The second to the fourth work, counted from 0: one other may be an unknown copy of the first."""
COMPANY: Final = len(_RANKS)
"""So many others a frame is held against."""
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
    units = unit(queries)
    found = np.empty(len(query))
    for at in range(0, len(query), _PAIRS_AT_ONCE):
        some = slice(at, at + _PAIRS_AT_ONCE)
        found[some] = np.einsum("ij,ij->i", units[query[some]], unit(rows[row[some]]))
    return found


def within(queries: Fine, rows: Fine, lift: Floats, radius: int) -> tuple[Ints, Ints, Ints]:
    """All pairs of a query and a row that are at most `radius` steps apart, by query and row, and the steps.

    `lift`, for each query, is taken off its cosines.
    """
    units = unit(queries)
    parts = []
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        apart = steps(units @ unit(rows[first : first + _ROWS_AT_ONCE]).T - lift[:, None].astype(np.float32))
        query, row = np.nonzero(apart <= radius)
        parts.append(np.stack([query, row + first, apart[query, row]]))
    pairs = np.concatenate([np.zeros((3, 0), dtype=np.int64), *parts], axis=1)
    query, row, distance = pairs[:, np.lexsort((pairs[1], pairs[0]))]
    return query, row, distance


def from_hamming(distance: Ints, bits: int) -> Floats:
    """The cosine that codes so far apart stand for: signs differ in proportion to the angle (Charikar 2002)."""
    cosine: Floats = np.cos(np.pi * distance / bits)
    return cosine


def lifts(
    frames: int, frame: Ints, group: Ints, cosine: Floats, *, base: float, cap: float, strangers: Floats | None = None
) -> Floats:
    """How much each frame's cosines are lifted by being like everything.

    A frame that is like several works at once (the same characters in another episode, a plain title) says little
    about any of them: what it has in common with the second to the fourth work, as far as that is between `base` and
    `cap`, counts for nothing. Beyond the cap two pictures are the same, however many works show them.

    `strangers`, `(frames, COMPANY)`, are cosines with pictures that nothing is a copy of; where fewer works than
    these, or less like the frame, are at hand, they are what it has in common with others.
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
    if strangers is not None:
        company = np.sort(np.concatenate([company, strangers], axis=1), axis=1)[:, -COMPANY:]
    lift: Floats = np.clip(company, base, cap).mean(axis=1) - base
    return lift


def unit(fine: Fine) -> NDArray[np.float32]:
    """Vectors of length 1; one of zeros stays as it is, and is like nothing."""
    wide = fine.astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    made: NDArray[np.float32] = wide / np.maximum(length, 1.0)[:, None]
    return made

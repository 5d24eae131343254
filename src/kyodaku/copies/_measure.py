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

__all__ = ["STEPS", "Fine", "hamming", "of_pairs", "steps", "within"]

Fine: TypeAlias = NDArray[np.int8]
"""`(frames, dims)`."""
Ints: TypeAlias = NDArray[np.int64]

STEPS: Final = 128
_ROWS_AT_ONCE: Final = 1 << 14
"""16 MB of floats: the rows of a reference of two hours."""
_PAIRS_AT_ONCE: Final = 1 << 14

hamming = distances


def steps(cosine: NDArray[np.float32]) -> Ints:
    """Cosines as whole steps, 0 for 1 and `STEPS` for 0 or less."""
    return np.rint(STEPS * (1 - np.clip(cosine, 0, 1))).astype(np.int64)


def of_pairs(queries: Fine, rows: Fine, query: Ints, row: Ints, radius: int) -> Ints:
    """Steps between the pairs of a query and a row; `radius + 1` where they are more."""
    unit = _unit(queries)
    found = np.empty(len(query), dtype=np.int64)
    for at in range(0, len(query), _PAIRS_AT_ONCE):
        some = slice(at, at + _PAIRS_AT_ONCE)
        found[some] = steps(np.einsum("ij,ij->i", unit[query[some]], _unit(rows[row[some]])))
    return np.minimum(found, radius + 1)


def within(queries: Fine, rows: Fine, radius: int) -> tuple[Ints, Ints, Ints]:
    """All pairs of a query and a row that are at most `radius` steps apart, by query and row, and the steps."""
    unit = _unit(queries)
    parts = []
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        apart = steps(unit @ _unit(rows[first : first + _ROWS_AT_ONCE]).T)
        query, row = np.nonzero(apart <= radius)
        parts.append(np.stack([query, row + first, apart[query, row]]))
    pairs = np.concatenate([np.zeros((3, 0), dtype=np.int64), *parts], axis=1)
    query, row, distance = pairs[:, np.lexsort((pairs[1], pairs[0]))]
    return query, row, distance


def _unit(fine: Fine) -> NDArray[np.float32]:
    """Vectors of length 1; one of zeros stays as it is, and is like nothing."""
    wide = fine.astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    unit: NDArray[np.float32] = wide / np.maximum(length, 1.0)[:, None]
    return unit

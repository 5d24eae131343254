# SPDX-License-Identifier: Apache-2.0
"""Strangers: descriptions of drawn pictures of which no film is a copy, beside a descriptor that has some.

How alike a frame is to the most alike works beside the one it is found in says how little that likeness means
(`kyodaku.copies._measure.lifts`). Who registers a first film has no such works; plain pictures, which a network
describes all rather alike, would then seem copies of each other. The bank stands in for what is missing: it names
nothing, is found by nobody, and every frame is held against it, in a registry of one work or of a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _files, _measure
from kyodaku.copies.descriptor import find_descriptor
from kyodaku.copies.onnx import OnnxDescriptor
from kyodaku.errors import IntegrityError

__all__ = ["Background", "background_of"]

_MOST_BYTES: Final = 1 << 24
"""65,536 strangers of 256 numbers; the shipped bank has 2,048."""
_FRAMES_AT_ONCE: Final = 1 << 10
"""8 MB of cosines."""


@dataclass(frozen=True, eq=False)
class Background:
    """A bank of strangers in the finer form of one descriptor."""

    rows: _measure.Fine

    @cached_property
    def _unit(self) -> NDArray[np.float32]:
        return _measure.unit(self.rows)

    def most_alike(self, fine: _measure.Fine, count: int) -> NDArray[np.float64]:
        """`(frames, count)`: the cosines of each frame with the strangers that are most like it, in any order."""
        some = min(count, len(self.rows))
        found = np.zeros((len(fine), count))
        for first in range(0, len(fine), _FRAMES_AT_ONCE):
            part = _measure.unit(fine[first : first + _FRAMES_AT_ONCE]) @ self._unit.T
            found[first : first + len(part), :some] = np.partition(part, -some, axis=1)[:, -some:]
        return found


def background_of(identifier: str) -> Background | None:
    """The strangers of a descriptor; None of one that is not known here or has none.

    `IntegrityError` when the file is not the one that the descriptor's card names.
    """
    descriptor = find_descriptor(identifier)
    if not isinstance(descriptor, OnnxDescriptor) or descriptor.card.background is None:
        return None
    named = descriptor.card.background
    return _loaded(descriptor.path.with_name(named.file), named.sha256, descriptor.fine_dims)


@lru_cache(maxsize=8)
def _loaded(path: Path, sha256: str, dims: int) -> Background:
    size = path.stat().st_size if path.is_file() else 0
    if not 0 < size <= _MOST_BYTES or _files.file_sha256(path) != sha256:
        raise IntegrityError("these are not the strangers that the descriptor's card names", where=str(path))
    rows = _files.map_array(path, np.int8, 2)
    if rows.shape[1] != dims or not len(rows):
        raise IntegrityError("the strangers were described in another way than the card says", where=str(path))
    return Background(rows)

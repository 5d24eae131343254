# SPDX-License-Identifier: Apache-2.0
"""A detector without weights: colours where they stand, and coarse shape. It knows flat drawings, little more.

For tests and for trying the way; a real deployment brings an ONNX model (`onnx`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.generation.detectors.detector import Pixels, Vectors

__all__ = ["PlainDetector"]

_CELLS: Final = 4
_BINS: Final = 4


class PlainDetector:
    """Histograms of colour in a grid of cells, with gradients by direction, one vector a picture."""

    id: Final = "plain-v1"
    weights_sha256: Final = None
    licence: Final = "Apache-2.0"
    trained_on: Final = "nothing: it has no weights"
    side: Final = 64

    def embed(self, pictures: Pixels) -> Vectors:
        """Vectors of 4 x 4 cells, each with 64 colours and 8 directions."""
        count = len(pictures)
        cells = [self._cell(pictures, row, column) for row in range(_CELLS) for column in range(_CELLS)]
        vectors = np.concatenate(cells, axis=1) if count else np.zeros((0, _CELLS**2 * (_BINS**3 + 8)), np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        scaled: Vectors = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
        return scaled

    def _cell(self, pictures: Pixels, row: int, column: int) -> Vectors:
        size = self.side // _CELLS
        part = pictures[:, row * size : (row + 1) * size, column * size : (column + 1) * size].astype(np.int32)
        bins = part * _BINS // 256
        colours = (bins[..., 0] * _BINS + bins[..., 1]) * _BINS + bins[..., 2]
        grey = part.mean(axis=3)
        down, across = np.gradient(grey, axis=(1, 2))
        directions = ((np.arctan2(down, across) + np.pi) / (2 * np.pi) * 8).astype(np.int32) % 8
        shape = _histogram(directions, 8, np.hypot(down, across))
        parts: Vectors = np.concatenate([_histogram(colours, _BINS**3, None), 0.5 * shape], axis=1)
        return parts**0.5


def _histogram(values: NDArray[Any], size: int, weights: NDArray[Any] | None) -> Vectors:
    """One histogram a picture, summing to one."""
    count = len(values)
    places = (values.reshape(count, -1) + size * np.arange(count)[:, None]).ravel()
    counted = np.bincount(places, None if weights is None else weights.ravel(), minlength=size * count)
    table = counted.reshape(count, size)
    shares: Vectors = (table / np.maximum(table.sum(axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return shares

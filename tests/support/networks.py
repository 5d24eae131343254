# SPDX-License-Identifier: Apache-2.0
"""A small network as an ONNX file, written byte by byte: one convolution whose kernel is as large as the picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["DIMS", "SIDE", "field", "kernel", "network", "tensor"]

SIDE = 8
DIMS = 64


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def tensor(name: str, numbers: np.ndarray[Any, Any], more: bytes = b"") -> bytes:
    dims = b"".join(field(1, side) for side in numbers.shape)
    return dims + field(2, 1) + field(8, name) + field(9, numbers.astype("<f4").tobytes()) + more


def value_info(name: str, shape: Iterable[int]) -> bytes:
    sides = b"".join(field(1, field(1, side)) for side in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, sides)))


def kernel(seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(size=(DIMS, 3, SIDE, SIDE))


def network(weights: bytes | None = None, *, graph: bytes = b"", op: str = "Conv", domain: str = "") -> bytes:
    node = field(1, "x") + field(1, "w") + field(2, "y") + field(4, op) + field(7, domain)
    whole = (
        field(1, node)
        + field(2, "net")
        + field(5, weights or tensor("w", kernel()))
        + field(11, value_info("x", (1, 3, SIDE, SIDE)))
        + field(12, value_info("y", (1, DIMS, 1, 1)))
        + graph
    )
    return field(1, 8) + field(7, whole) + field(8, field(2, 13))

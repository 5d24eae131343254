# SPDX-License-Identifier: Apache-2.0
"""The bytes of an ONNX file, looked at before any runtime sees them.

An ONNX file is a protobuf message, and a weight in it may say that its numbers lie elsewhere: in another file, named
by path, or at an address in memory. Neither belongs to a file that is known by its hash, so both are refused. The walk
knows only the fields that lead to weights (`onnx/onnx.proto`, IR version 10); everything else is skipped unread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kyodaku.errors import UsageError

__all__ = ["check_self_contained"]

_Route = dict[int, str]

_ROUTES: Final[dict[str, _Route]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
"""Which field of which message holds which message, as far as weights lie behind it."""

_EXTERNAL_DATA: Final = 13
_DATA_LOCATION: Final = 14
"""Of a tensor: where its numbers are; 0, or nothing, is here."""

_DEEPEST: Final = 32
"""Graphs within graphs; real ones nest two or three deep, as four messages each."""
_MOST_FIELDS: Final = 2_000_000
"""Fields that are stepped over; a large network has a few thousand."""

_VARINT, _LONG, _BYTES, _SHORT = 0, 1, 2, 5


def check_self_contained(data: bytes) -> None:
    """`UsageError` when this is no ONNX file, or one whose weights lie outside of it."""
    reader = _Reader(memoryview(data))
    if not reader.visit("model", 0, len(data), 0):
        raise UsageError("this is not an ONNX file: it holds no graph")


class _Reader:
    """One walk over a file."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._steps = 0

    def visit(self, message: str, at: int, end: int, depth: int) -> bool:
        """Whether any field led further; raises for what must not be there."""
        if depth > _DEEPEST:
            raise UsageError("this ONNX file nests its graphs too deeply")
        led = False
        for field, wire, value, size in self._fields(at, end):
            if message == "tensor" and (field == _EXTERNAL_DATA or (field == _DATA_LOCATION and value)):
                raise UsageError(
                    "this ONNX file keeps weights outside of itself", hint="save it with its weights in one file"
                )
            follows = _ROUTES[message].get(field)
            if follows is not None and wire == _BYTES:
                self.visit(follows, value, value + size, depth + 1)
                led = True
        return led

    def _fields(self, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Field number, wire type, value or position, and size of what lies at the position."""
        while at < end:
            self._steps += 1
            if self._steps > _MOST_FIELDS:
                raise UsageError("this ONNX file has too many parts to be a network")
            key, at = self._varint(at, end)
            field, wire = key >> 3, key & 7
            value, size = at, {_LONG: 8, _SHORT: 4}.get(wire, 0)
            if wire == _VARINT:
                value, at = self._varint(at, end)
            elif wire == _BYTES:
                size, value = self._varint(at, end)
                at = value
            elif not size:
                raise _broken()
            at += size
            if at > end:
                raise _broken()
            yield field, wire, value, size

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        value = 0
        for shift in range(0, 70, 7):
            if at >= end:
                break
            byte = self._data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, at
        raise _broken()


def _broken() -> UsageError:
    return UsageError("this is not an ONNX file, or it is cut off")

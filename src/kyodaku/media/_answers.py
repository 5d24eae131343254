# SPDX-License-Identifier: Apache-2.0
"""The last words of a decoder process, checked field by field: whoever broke the decoder writes them."""

from __future__ import annotations

from dataclasses import replace

from pydantic import TypeAdapter

from kyodaku.media._fault import one_line
from kyodaku.media._records import MediaError, MediaInfo, Sampled, Sandbox

__all__ = ["decode_document"]

_SHAPES: dict[str, TypeAdapter[MediaInfo | MediaError | Sampled | Sandbox]] = {
    shape.__name__: TypeAdapter(shape) for shape in (MediaInfo, MediaError, Sampled, Sandbox)
}


def decode_document(body: bytes) -> MediaInfo | MediaError | Sampled | Sandbox:
    """The record that `_wire.encode_document` wrote; raises ValueError for anything else."""
    name, _, fields = body.partition(b"\n")
    shape = _SHAPES.get(name.decode("ascii", "replace"))
    if shape is None:
        raise ValueError("no known record")
    return _tame(shape.validate_json(fields))


def _tame(record: MediaInfo | MediaError | Sampled | Sandbox) -> MediaInfo | MediaError | Sampled | Sandbox:
    if isinstance(record, MediaError):
        return replace(record, message=one_line(record.message))
    if isinstance(record, Sampled) and record.error is not None:
        return replace(record, error=replace(record.error, message=one_line(record.error.message)))
    return record

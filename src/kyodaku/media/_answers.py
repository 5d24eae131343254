# SPDX-License-Identifier: Apache-2.0
"""The last words of a decoder process, checked field by field: whoever broke the decoder writes them."""

from __future__ import annotations

from dataclasses import replace

from pydantic import TypeAdapter

from kyodaku.media._fault import one_line
from kyodaku.media._records import MediaError, MediaInfo, Sampled, Sandbox
from kyodaku.media._sound_records import MOST_TRACKS, Heard

__all__ = ["decode_document"]

_SHAPES: dict[str, TypeAdapter[MediaInfo | MediaError | Sampled | Sandbox | Heard]] = {
    shape.__name__: TypeAdapter(shape) for shape in (MediaInfo, MediaError, Sampled, Sandbox, Heard)
}


def decode_document(body: bytes) -> MediaInfo | MediaError | Sampled | Sandbox | Heard:
    """The record that `_wire.encode_document` wrote; raises ValueError for anything else."""
    name, _, fields = body.partition(b"\n")
    shape = _SHAPES.get(name.decode("ascii", "replace"))
    if shape is None:
        raise ValueError("no known record")
    return _tame(shape.validate_json(fields))


def _tame(
    record: MediaInfo | MediaError | Sampled | Sandbox | Heard,
) -> MediaInfo | MediaError | Sampled | Sandbox | Heard:
    if isinstance(record, MediaError):
        return _tame_error(record)
    if isinstance(record, Sampled) and record.error is not None:
        return replace(record, error=_tame_error(record.error))
    if isinstance(record, Heard):
        return _tame_heard(record)
    return record


def _tame_heard(heard: Heard) -> Heard:
    if len(heard.tracks) > MOST_TRACKS:
        raise ValueError("more tracks than may be asked for")
    tracks = []
    for track in heard.tracks:
        error = None if track.error is None else _tame_error(track.error)
        tracks.append(replace(track, codec=one_line(track.codec), error=error))
    return replace(heard, tracks=tuple(tracks), error=None if heard.error is None else _tame_error(heard.error))


def _tame_error(error: MediaError) -> MediaError:
    return replace(error, message=one_line(error.message))

# SPDX-License-Identifier: Apache-2.0
"""Pictures that a video file holds and does not show: MP4 edit lists (ISO/IEC 14496-12, 8.6.6) leave out anything.

The gate examines what a player shows. A player that knows no edit lists, or anyone with an editor, shows the rest,
which nobody has looked at. What is allowed is what encoders write: one edit that begins where reordered frames begin.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from kyodaku.errors import KyodakuError

__all__ = ["require_all_shown"]

_MAX_MOOV: Final = 64 << 20
"""Bytes; the index of a generated clip has a few thousand."""
_MOST_BOXES: Final = 10_000
_HEADER: Final = 8
_SLACK_FRAMES: Final = 2
_LARGEST_SLACK: Final = 4
"""Parts of a second: so much is allowed where frames are long, and in fragmented files, which name no lengths here."""
_NORMAL_RATE: Final = 0x10000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Track:
    """What an edit list is held against: durations and times in units of the track."""

    scale: int
    duration: int
    step: int
    delay: int


def require_all_shown(video: Path) -> None:
    """Raise KyodakuError for an MP4 file that leaves out pictures it holds; other containers have no edit lists."""
    try:
        with video.open("rb") as file:
            moov = _moov(file)
        if moov is None:
            return
        scale = _scale(moov, b"mvhd")[0]
        for track in _boxes(moov, b"trak"):
            if bytes(_inner(track, b"mdia", b"hdlr")[8:12]) == b"vide":
                _require_plain(track, scale)
    except (OSError, struct.error, ArithmeticError, IndexError) as error:
        raise KyodakuError("the video's index cannot be read") from error


def _require_plain(track: memoryview, movie_scale: int) -> None:
    edits = list(_edits(_inner(track, b"edts", b"elst")))
    shown = [edit for edit in edits if edit[1] >= 0]  # the others are pauses before the first picture
    if not shown:
        return
    found = _track(track)
    ((length, start, rate),) = shown if len(shown) == 1 else ((0, -1, 0),)
    slack = found.scale // _LARGEST_SLACK
    slack = min(slack, _SLACK_FRAMES * found.step) if found.step else slack
    covered = length * found.scale // movie_scale
    is_whole = length == 0 or covered >= found.duration - slack
    if rate != _NORMAL_RATE or not 0 <= start <= found.delay + slack or not is_whole:
        raise KyodakuError("the video holds pictures that it does not show")


def _track(track: memoryview) -> _Track:
    scale, duration = _scale(_inner(track, b"mdia"), b"mdhd")
    stbl = _inner(track, b"mdia", b"minf", b"stbl")
    steps, delays = _inner(stbl, b"stts"), _inner(stbl, b"ctts")
    step = struct.unpack_from(">I", steps, 12)[0] if len(steps) >= 16 else 0
    return _Track(scale=scale, duration=duration, step=step, delay=_earliest(steps, delays))


def _earliest(steps: memoryview, delays: memoryview) -> int:
    """When the first picture is on screen by the track's own times: frames are stored in the order of decoding.

    Both tables count in runs; within one of the same delay the first frame is the earliest.
    """
    lengths = _runs(steps, ">II")
    left, length = next(lengths, (0, 0))
    now, earliest = 0, None
    for count, delay in _runs(delays, ">Ii"):
        earliest = now + delay if earliest is None else min(earliest, now + delay)
        while count:
            taken = min(count, left)
            now, count, left = now + taken * length, count - taken, left - taken  # noqa: PLW2901 - used up
            if not left:
                left, length = next(lengths, (count, 0))
    return earliest or 0


def _runs(table: memoryview, form: str) -> Iterator[tuple[int, int]]:
    if len(table) > _HEADER:
        stated = struct.unpack_from(">I", table, 4)[0]
        yield from islice(struct.iter_unpack(form, table[8 : 8 + (len(table) - 8) // 8 * 8]), stated)


def _edits(elst: memoryview) -> Iterator[tuple[int, int, int]]:
    """Length (in the movie's units), start (in the track's) and rate of each edit."""
    if not elst:
        return
    count = min(struct.unpack_from(">I", elst, 4)[0], _MOST_BOXES)
    form = struct.Struct(">QqI" if elst[0] == 1 else ">IiI")
    for number in range(count):
        yield form.unpack_from(elst, 8 + number * form.size)


def _scale(holder: memoryview, name: bytes) -> tuple[int, int]:
    """Units a second and duration, of a header of the movie or of a track."""
    box = _inner(holder, name)
    scale, duration = struct.unpack_from(">IQ", box, 20) if box[0] == 1 else struct.unpack_from(">II", box, 12)
    return scale, duration


def _inner(holder: memoryview, *names: bytes) -> memoryview:
    """The first box of this name, within the first of the name before; empty if there is none."""
    for name in names:
        holder = next(_boxes(holder, name), memoryview(b""))
    return holder


def _boxes(holder: memoryview, name: bytes) -> Iterator[memoryview]:
    at = 0
    for _ in range(_MOST_BOXES):
        if at + _HEADER > len(holder):
            return
        size, kind = struct.unpack_from(">I4s", holder, at)
        size = len(holder) - at if size == 0 else size
        if size < _HEADER:
            raise struct.error("a box without a length")
        if kind == name:
            yield holder[at + _HEADER : at + size]
        at += size


def _moov(file: BinaryIO) -> memoryview | None:
    """The index of an MP4 file; None for what is none."""
    head = file.read(_HEADER)
    if head[4:8] not in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp"):
        return None
    file.seek(0)
    for _ in range(_MOST_BOXES):
        header = file.read(_HEADER)
        if len(header) < _HEADER:
            return None
        size, kind = struct.unpack(">I4s", header)
        held = _HEADER
        if size == 1:
            size, held = struct.unpack(">Q", file.read(8))[0], 16
        if size and size < held:
            raise struct.error("a box without a length")
        if kind == b"moov":
            if size > _MAX_MOOV:
                raise struct.error("a large index")
            return memoryview(file.read(size - held if size else _MAX_MOOV))
        if size == 0:
            return None
        file.seek(size - held, 1)
    raise struct.error("too many boxes")

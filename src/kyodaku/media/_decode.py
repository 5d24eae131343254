# SPDX-License-Identifier: Apache-2.0
"""From an open file to finished pictures, in this process: what the decoder process runs, and benchmarks call bare."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from av.error import FFmpegError

from kyodaku.media._album import Album
from kyodaku.media._fault import Fault, as_value
from kyodaku.media._film import Film
from kyodaku.media._picture import Painter
from kyodaku.media._records import Sampled
from kyodaku.media._select import select
from kyodaku.media._sniff import HEAD_BYTES, still_format

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import BinaryIO

    import numpy as np
    from numpy.typing import NDArray

    from kyodaku.media._fault import LogLine
    from kyodaku.media._records import Limits, MediaError, MediaInfo, Sampling

__all__ = ["Picture", "probe_file", "read_pictures"]

Picture = tuple[float, "NDArray[np.uint8]"]


def probe_file(
    file: BinaryIO, limits: Limits, *, beat: Callable[[], None] = lambda: None, logs: list[LogLine] | None = None
) -> MediaInfo | MediaError:
    """What a file is, from its headers and its first frames (two of an animation, which may hold but one)."""
    try:
        with closing(_open(file, limits, beat, [] if logs is None else logs, small=None)) as source:
            for _ in islice(source.shots(), 2 if source.info.kind == "animation" else 1):
                pass
            return _finished(source)
    except Exception as error:  # noqa: BLE001 - every fault is an answer
        return as_value(error, limits)


def read_pictures(
    file: BinaryIO,
    sampling: Sampling,
    limits: Limits,
    *,
    beat: Callable[[], None] = lambda: None,
    logs: list[LogLine] | None = None,
) -> Generator[Picture, None, Sampled]:
    """The pictures that `sampling` asks for; returns how the reading ended. Never raises for what the file is.

    One and the same array stands for one and the same picture: a caller can tell a repeat by identity.
    """
    source: Film | Album | None = None
    frames, error = 0, None
    try:
        small = sampling.max_side if sampling.reduced else None
        source = _open(file, limits, beat, [] if logs is None else logs, small=small)
        for picture in _paint(source, sampling):
            yield picture
            frames += 1
    except Exception as raised:  # noqa: BLE001 - every fault is an answer
        error = as_value(raised, limits)
    finally:
        if source is not None:
            source.close()
    return _ending(source, sampling, frames, error)


def _ending(source: Film | Album | None, sampling: Sampling, frames: int, error: MediaError | None) -> Sampled:
    if source is None:
        return Sampled(info=None, frames=frames, skipped_packets=0, duration_s=0.0, error=error)
    info = _finished(source)
    measured = source.end_s if info.kind != "image" else 0.0
    whole = sampling.mode in ("interval", "all")
    return Sampled(
        info=info,
        frames=frames,
        skipped_packets=source.bad,
        duration_s=measured if whole else max(info.duration_s or 0.0, measured),
        error=error,
        truncated=source.truncated,
    )


def _open(
    file: BinaryIO, limits: Limits, beat: Callable[[], None], logs: list[LogLine], *, small: int | None
) -> Film | Album:
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if not head:
        raise Fault("empty", "the file holds no bytes")
    if kind := still_format(head):
        return Album(file, kind, limits, beat=beat, small=small)
    return Film(file, limits, beat=beat, logs=logs, small=small)


def _paint(source: Film | Album, sampling: Sampling) -> Iterator[Picture]:
    painter = Painter(sampling.max_side)
    last, pixels = None, None
    for time, shot in select(source, sampling):
        if shot is not last or pixels is None:
            try:
                pixels = painter.paint(shot.frame, aspect=source.aspect, orientation=source.orientation)
            except MemoryError:
                raise
            except FFmpegError as error:
                source.count_bad(error)
                continue
            last = shot
        yield time, pixels


def _finished(source: Film | Album) -> MediaInfo:
    """The facts, with what only reading to the end tells: an animation of one frame is a picture."""
    info = source.info
    if info.kind == "animation" and source.packets <= 1:
        return replace(info, kind="image", duration_s=0.0, fps=None)
    return info

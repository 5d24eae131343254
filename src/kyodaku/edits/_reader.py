# SPDX-License-Identifier: Apache-2.0
"""Trusted films in: frames at given times, upright, with square pixels, fitted into a canvas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from kyodaku.edits._graph import Board, Canvas, even
from kyodaku.errors import KyodakuError

__all__ = ["Film", "frames_at", "look"]

MAX_FPS = 30
"""Copies are written at no more than this: nothing that compares films looks closer."""

_TURNED = {90: "cclock", -270: "cclock", -90: "clock", 270: "clock"}
"""Display rotation (degrees counter-clockwise) to the filter that sets the picture upright."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """What must be known of a source: display size in pixels, display rotation, rate and seconds.

    `first_s` is the time stamp of the first picture, which is not always the one that the stream announces.
    """

    width: float
    height: float
    rotation: int
    rate: Fraction
    duration_s: float
    first_s: float = 0.0

    def canvas(self, max_side: int) -> Canvas:
        """The display size, shrunk so that the longer side is at most `max_side`; both sides even."""
        shrink = min(1.0, max_side / max(self.width, self.height))
        return Canvas(even(self.width * shrink), even(self.height * shrink))


def _open(path: Path) -> tuple[InputContainer, VideoStream]:
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise KyodakuError("cannot be read as a film", where=str(path)) from error
    if not container.streams.video:
        container.close()
        raise KyodakuError("has no pictures", where=str(path))
    return container, container.streams.video[0]


def look(path: Path) -> Film:
    """Read the display size, rate and length of a film; raises `KyodakuError` if it is none."""
    container, stream = _open(path)
    with container:
        frame = next(container.decode(stream), None)
        if frame is None:
            raise KyodakuError("has no pictures", where=str(path))
        width, height = frame.width * float(stream.sample_aspect_ratio or 1), float(frame.height)
        if frame.rotation % 180:
            width, height = height, width
        return Film(
            width=width,
            height=height,
            rotation=frame.rotation,
            rate=min(Fraction(stream.average_rate or 25), Fraction(MAX_FPS)),
            duration_s=_seconds(container, stream),
            first_s=frame.time or 0.0,
        )


def _seconds(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / av.time_base


def frames_at(
    path: Path, film: Film, times: Iterable[float], canvas: Canvas, *, fill: bool = False
) -> Iterator[av.VideoFrame]:
    """For each of the rising `times` (seconds from the first frame), the frame on show then, as yuv420p on the canvas.

    Another shape than the canvas gets black bars, or is cut to `fill` it. Beyond the end the last frame stays.
    """
    container, stream = _open(path)
    with container:
        stream.thread_type = "AUTO"
        ahead = _Ahead(container, stream, film.first_s)
        fit = _Fit(film, canvas, fill=fill)
        shown: av.VideoFrame | None = None
        fitted: av.VideoFrame | None = None
        for time_s in times:
            frame = ahead.until(time_s)
            if fitted is None or frame is not shown:
                shown, fitted = frame, fit(frame)
            yield fitted


class _Ahead:
    """Decodes just far enough: one frame beyond the one asked for."""

    def __init__(self, container: InputContainer, stream: VideoStream, first_s: float) -> None:
        self._container = container
        self._stream = stream
        self._tick = float(stream.time_base or 1)
        self._first = first_s
        self._frames: Iterator[av.VideoFrame] | None = None
        self._now: av.VideoFrame | None = None
        self._next: av.VideoFrame | None = None

    def until(self, time_s: float) -> av.VideoFrame:
        """The last frame that begins at or before `time_s`."""
        if self._frames is None:
            self._begin(time_s)
        assert self._frames is not None
        while self._next is not None and (self._now is None or self._begins(self._next) <= time_s + 1e-4):
            self._now, self._next = self._next, next(self._frames, None)
        if self._now is None:
            raise KyodakuError("has no pictures there", where=self._container.name)
        return self._now

    def _begin(self, time_s: float) -> None:
        """Start at the key frame before `time_s`; some containers overshoot, then at the start of the film."""
        if time_s > 1.0:
            self._container.seek(int((time_s + self._first) / self._tick), stream=self._stream)
        self._frames = self._container.decode(self._stream)
        self._next = next(self._frames, None)
        if self._next is None or self._begins(self._next) > time_s:
            self._container.seek(0)
            self._frames = self._container.decode(self._stream)
            self._next = next(self._frames, None)

    def _begins(self, frame: av.VideoFrame) -> float:
        return (frame.time or 0.0) - self._first


class _Fit:
    """Sets frames of one film upright, scales them to a canvas, and pads with black or cuts what is over."""

    def __init__(self, film: Film, canvas: Canvas, *, fill: bool) -> None:
        shrink = (max if fill else min)(canvas.width / film.width, canvas.height / film.height)
        size = Canvas(even(film.width * shrink), even(film.height * shrink))
        if abs(size.width - canvas.width) <= 4 and abs(size.height - canvas.height) <= 4:
            size = canvas
        self._film = film
        self._size = size
        self._canvas = canvas
        self._fill = fill
        self._board: Board | None = None
        self._made_for: tuple[int, int, str] | None = None
        self._number = 0

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        if self._film.rotation % 360 == 0 and self._size == self._canvas:
            return frame.reformat(*self._canvas, format="yuv420p", interpolation="BICUBIC")
        key = (frame.width, frame.height, frame.format.name)
        if self._board is None or key != self._made_for:
            self._board, self._made_for, self._number = self._build(frame), key, 0
        self._number += 1
        return next(self._board.run(frame, self._number))

    def _build(self, frame: av.VideoFrame) -> Board:
        board = Board(Canvas(frame.width, frame.height), self._film.rate, frame.format.name)
        if self._film.rotation in _TURNED:
            board.add("transpose", f"dir={_TURNED[self._film.rotation]}")
        elif self._film.rotation % 360:
            board.add("hflip")
            board.add("vflip")
        board.add("scale", f"{self._size.width}:{self._size.height}:flags=bicubic")
        size = f"{self._canvas.width}:{self._canvas.height}"
        board.add(*(("crop", size) if self._fill else ("pad", f"{size}:-1:-1")), size=self._canvas)
        return board

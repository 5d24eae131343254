# SPDX-License-Identifier: Apache-2.0
"""A filter graph that is built step by step and knows the size of the picture that leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple, cast

import av
from av.filter import Graph as FilterGraph
from av.filter.context import FilterContext

__all__ = ["Board", "Canvas", "even"]


class Canvas(NamedTuple):
    """Width and height of a picture in square pixels, both even."""

    width: int
    height: int


def even(length: float) -> int:
    """The nearest even number, at least 16: H.264 with 4:2:0 colour has no odd sides."""
    return max(16, 2 * round(length / 2))


class Board:
    """One picture stream in, filters in a row, one out; further streams and still pictures may be laid in.

    `head` is the last filter so far, `canvas` the size of what it gives, `beside_canvas` the size at which the second
    film is wanted, if it is. After the first `run` nothing can be added.
    """

    def __init__(self, canvas: Canvas, rate: Fraction, pixel_format: str = "yuv420p") -> None:
        self._graph = FilterGraph()
        self._tick = 1 / rate
        self._stills: list[tuple[FilterContext, list[tuple[int, av.VideoFrame]]]] = []
        self._sink: FilterContext | None = None
        self._main = self.stream(canvas, pixel_format)
        self._beside: FilterContext | None = None
        self.beside_canvas: Canvas | None = None
        self.head = self._main
        self.canvas = canvas

    def stream(self, canvas: Canvas, pixel_format: str = "yuv420p") -> FilterContext:
        """A new input."""
        return self._graph.add_buffer(
            width=canvas.width,
            height=canvas.height,
            format=av.VideoFormat(pixel_format, canvas.width, canvas.height),
            time_base=self._tick,
        )

    def beside(self, canvas: Canvas) -> FilterContext:
        """The input of the second film; `run` must then be given its frames too."""
        self._beside, self.beside_canvas = self.stream(canvas), canvas
        return self._beside

    def add(self, name: str, args: str = "", *, size: Canvas | None = None) -> None:
        """Append a filter; `size` is what it gives, if it changes the size."""
        self.head = self.after(self.head, name, args)
        self.canvas = size or self.canvas

    def after(self, node: FilterContext, name: str, args: str = "", *, pad: int = 0) -> FilterContext:
        """A filter that takes output `pad` of `node`, off the main row."""
        following = self._graph.add(name, args)
        node.link_to(following, pad, 0)
        return following

    def join(self, first: FilterContext, second: FilterContext, name: str, args: str = "") -> FilterContext:
        """A filter that takes two pictures."""
        joint = self._graph.add(name, args)
        first.link_to(joint, 0, 0)
        second.link_to(joint, 0, 1)
        return joint

    def overlay(self, stills: list[tuple[int, av.VideoFrame]], x: int, y: int) -> None:
        """Lay still pictures with alpha, all of one size, over the main row, each from its frame number on."""
        first = stills[0][1]
        source = self.stream(Canvas(first.width, first.height), first.format.name)
        self._stills.append((source, stills))
        self.head = self.join(self.head, source, "overlay", f"x={x}:y={y}:eof_action=repeat")

    def add_with(self, name: str, stills: list[av.VideoFrame], args: str = "") -> None:
        """Append a filter that takes still pictures beside the main row."""
        joint = self._graph.add(name, args)
        self.head.link_to(joint, 0, 0)
        for pad, still in enumerate(stills, start=1):
            source = self.stream(Canvas(still.width, still.height), still.format.name)
            source.link_to(joint, 0, pad)
            self._stills.append((source, [(0, still)]))
        self.head = joint

    def run(self, frame: av.VideoFrame, number: int, beside: av.VideoFrame | None = None) -> Iterator[av.VideoFrame]:
        """Give the picture with its frame number; take what is ready."""
        self._configure()
        self._push(self._main, frame, number)
        if self._beside is not None and beside is not None:
            self._push(self._beside, beside, number)
        yield from self._ready()

    def finish(self) -> Iterator[av.VideoFrame]:
        """Take what is left."""
        for source in filter(None, (self._main, self._beside)):
            source.push(None)
        yield from self._ready()

    def _configure(self) -> None:
        if self._sink is not None:
            return
        last = self.after(self.head, "setsar", "1")
        last = self.after(last, "format", "yuv420p")
        self._sink = self.after(last, "buffersink")
        self._graph.configure()
        for source, stills in self._stills:
            for number, still in stills:
                self._push(source, still, number)
            source.push(None)

    def _push(self, source: FilterContext, frame: av.VideoFrame, number: int) -> None:
        frame.pts, frame.time_base = number, self._tick
        source.push(frame)

    def _ready(self) -> Iterator[av.VideoFrame]:
        assert self._sink is not None
        while True:
            try:
                yield cast("av.VideoFrame", self._sink.pull())
            except (av.BlockingIOError, av.EOFError):
                return

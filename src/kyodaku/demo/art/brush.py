# SPDX-License-Identifier: Apache-2.0
"""The brush: smooth outlined shapes in a coordinate system that can be moved, turned, scaled and flipped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from kyodaku import edits

__all__ = ["INK", "Brush", "Colour", "Point", "Points", "join", "mix", "rgb", "smooth"]

Colour = str | tuple[int, int, int] | tuple[int, int, int, int]
Point = tuple[float, float]
Points = Sequence[Point] | NDArray[np.float64]

INK = "#1d1730"
"""Outlines are a dark violet, as in painted cels: pure black would cut holes into the colours."""

STEPS = 7
"""Points on the curve between two given points."""

_MATRIX = 0.5 * np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]], dtype=float)
_T = np.arange(STEPS) / STEPS
_BASIS = np.stack([_T**0, _T, _T**2, _T**3], axis=1) @ _MATRIX
_CIRCLE = np.stack([np.cos(np.arange(32) * math.tau / 32), np.sin(np.arange(32) * math.tau / 32)], axis=1)


@lru_cache(4096)
def rgb(colour: Colour) -> tuple[int, ...]:
    """`#rgb`, `#rrggbb` or `#rrggbbaa` (or a tuple as it is) as numbers."""
    if not isinstance(colour, str):
        return colour
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return tuple(bytes.fromhex(digits))


def mix(first: Colour, second: Colour, share: float) -> tuple[int, int, int]:
    """`share` (0 to 1) of the second colour in the first."""
    a, b = rgb(first), rgb(second)
    red, green, blue = (round(a[i] + (b[i] - a[i]) * share) for i in range(3))
    return red, green, blue


def smooth(points: ArrayLike, *, closed: bool) -> NDArray[np.float64]:
    """A Catmull-Rom curve through the points."""
    p = np.asarray(points, dtype=float)
    around = np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([p[:1], p, p[-1:]])
    windows = np.stack([around[i : len(around) - 3 + i] for i in range(4)], axis=1)
    curve = np.einsum("tk,wkd->wtd", _BASIS, windows).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, p[-1:]])


def join(*runs: ArrayLike) -> NDArray[np.float64]:
    """Several smooth curves, one after the other, with a corner where each begins; for `Brush.cut`."""
    return np.concatenate([smooth(run, closed=False) for run in runs])


class _Frame(NamedTuple):
    """Where a brush's units lie on the image: the canvas, the two axes and the origin, in pixels."""

    draw: ImageDraw.ImageDraw
    axes: NDArray[np.float64]
    origin: NDArray[np.float64]


class Brush:
    """Draws on an image in units of its own; `at` gives a brush whose units are moved, turned, scaled or flipped.

    Colours with alpha are blended. Angles are degrees, clockwise as the picture is seen.
    """

    def __init__(self, image: Image.Image, scale: float, *, frame: _Frame | None = None) -> None:
        self.image = image
        self._frame = frame or _Frame(
            draw=ImageDraw.Draw(image, "RGBA") if image.mode == "RGB" else ImageDraw.Draw(image),
            axes=np.eye(2) * scale,
            origin=np.zeros(2),
        )
        self._draw = self._frame.draw
        self._size = scale

    def at(self, x: float = 0.0, y: float = 0.0, scale: float = 1.0, *, turn: float = 0.0, flip: bool = False) -> Brush:
        """A brush with its origin at `(x, y)` of this one's units."""
        cos, sin = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale
        own = np.array([[-cos if flip else cos, -sin], [-sin if flip else sin, cos]])
        draw, axes, origin = self._frame
        frame = _Frame(draw=draw, axes=axes @ own, origin=origin + axes @ np.array([x, y], dtype=float))
        return Brush(self.image, self._size * scale, frame=frame)

    def _put(self, points: ArrayLike) -> list[float]:
        placed = np.asarray(points, dtype=float) @ self._frame.axes.T + self._frame.origin
        flat: list[float] = placed.ravel().tolist()
        return flat

    def _width(self, width: float) -> int:
        return max(1, round(width * self._size))

    def shape(
        self,
        points: Points,
        fill: Colour | None,
        *,
        line: Colour | None = None,
        width: float = 1.0,
        curved: bool = True,
    ) -> None:
        """A closed shape through the points, `curved` or with corners, with an outline of `width` units."""
        flat = self._put(smooth(points, closed=True) if curved else points)
        if fill is not None:
            self._draw.polygon(flat, fill=rgb(fill))
        if line is not None:
            self._draw.line(flat + flat[:4], fill=rgb(line), width=self._width(width))

    def cut(self, points: Points, fill: Colour, width: float | None = None) -> None:
        """A closed shape with corners, as if cut from paper; with a `width` it has an outline."""
        self.shape(points, fill, line=None if width is None else INK, width=width or 1.0, curved=False)

    def line(self, points: Points, colour: Colour, width: float = 1.0, *, curved: bool = True) -> None:
        """An open line through the points, with round ends where it is thick enough for them to show."""
        flat = self._put(smooth(points, closed=False) if curved and len(points) > 2 else points)
        thick = self._width(width)
        self._draw.line(flat, fill=rgb(colour), width=thick, joint="curve" if thick > 5 else None)
        if thick > 4 and len(rgb(colour)) == 3:
            half = thick / 2
            for x, y in ((flat[0], flat[1]), (flat[-2], flat[-1])):
                self._draw.ellipse((x - half, y - half, x + half, y + half), fill=rgb(colour))

    def taper(self, points: Points, colour: Colour, width: float) -> None:
        """A stroke that is thick in the middle and runs out at both ends."""
        curve = smooth(points, closed=False)
        along = np.gradient(curve, axis=0)
        normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-9)
        swell = (np.sin(np.linspace(0, math.pi, len(curve))) * width / 2)[:, None] * normal
        self._draw.polygon(self._put(np.concatenate([curve + swell, (curve - swell)[::-1]])), fill=rgb(colour))

    def limb(self, points: Points, width: float, fill: Colour, *, line: Colour = INK, rim: float = 1.0) -> None:
        """An arm, leg or tail: a thick outlined line with round ends."""
        self.line(points, line, width + 2 * rim)
        self.line(points, fill, width)

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float | None = None,
        *,
        fill: Colour | None,
        line: Colour | None = None,
        width: float = 1.0,
    ) -> None:
        """An ellipse around `(x, y)`."""
        flat = self._put(_CIRCLE * np.array([rx, rx if ry is None else ry]) + np.array([x, y]))
        if fill is not None:
            self._draw.polygon(flat, fill=rgb(fill))
        if line is not None:
            self._draw.line(flat + flat[:4], fill=rgb(line), width=self._width(width))

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        fill: Colour | None,
        *,
        line: Colour | None = None,
        width: float = 1.0,
    ) -> None:
        """A rectangle with its top left at `(x, y)`."""
        corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
        self.shape(corners, fill, line=line, width=width, curved=False)

    def dots(self, points: NDArray[np.float64], radius: float, colour: Colour) -> None:
        """Many small round dots at once."""
        half = max(0.5, radius * self._size)
        paint = rgb(colour)
        flat = self._put(points)
        for x, y in zip(flat[::2], flat[1::2], strict=True):
            self._draw.ellipse((x - half, y - half, x + half, y + half), fill=paint)

    def dashes(self, starts: NDArray[np.float64], step: Point, colour: Colour, width: float = 1.0) -> None:
        """Many equal short lines at once: rain, speed lines."""
        paint, thick = rgb(colour), self._width(width)
        first, last = self._put(starts), self._put(starts + np.array(step))
        for i in range(0, len(first), 2):
            self._draw.line((first[i], first[i + 1], last[i], last[i + 1]), fill=paint, width=thick)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        fill: Colour,
        *,
        rim: Colour | None = None,
        weight: float = 0.1,
    ) -> None:
        """Words with their middle at `x` and their top at `y`; turning and flipping are not applied."""
        tall = size * self._size
        px, py = self._put([(x, y)])
        style: dict[str, Any] = {"size": tall, "fill": rgb(fill), "outline": None if rim is None else rgb(rim)}
        edits.write(self._draw, (px - edits.measure(words, tall) / 2, py), words, weight=weight, **style)

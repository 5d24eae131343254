# SPDX-License-Identifier: Apache-2.0
"""Edits that put something around the picture: frames, bars to another shape, bars with words."""

from __future__ import annotations

import numpy as np

from kyodaku.edits import _stills
from kyodaku.edits._graph import Board, Canvas, even
from kyodaku.edits.model import Edit

__all__ = ["bars", "border", "letterbox"]

BLACK, COLOURED, BLURRED = 0, 1, 2
"""What fills the space: the parameter `style`."""

_COLOURS = ("0xE8D8B0", "0x26324A", "0xB03050", "0xF4F4F4", "0x3A6B4C")
_BAR_COLOURS = ((255, 255, 255), (10, 10, 12), (250, 224, 90))


def border(board: Board, step: Edit, random: np.random.Generator) -> None:
    """A frame of one width on every side."""
    size = Canvas(*(even(side * (1 + 2 * step["share"])) for side in board.canvas))
    if step["style"] == BLURRED:
        _pad_blurred(board, size)
    else:
        _pad(board, size, "black" if step["style"] == BLACK else str(random.choice(_COLOURS)))


def letterbox(board: Board, step: Edit, _: np.random.Generator) -> None:
    """Bars above and below, or left and right, to a given shape."""
    width, height = board.canvas
    aspect = step["aspect"]
    wanted = Canvas(width, even(width / aspect)) if width / height > aspect else Canvas(even(height * aspect), height)
    size = Canvas(max(wanted.width, width), max(wanted.height, height))
    if step["style"] == BLURRED:
        _pad_blurred(board, size)
    else:
        _pad(board, size, "black")


def bars(board: Board, step: Edit, random: np.random.Generator) -> None:
    """A bar above and perhaps one below, outside the picture, with words that do not change."""
    width, height = board.canvas
    colour = _BAR_COLOURS[int(random.integers(len(_BAR_COLOURS)))]
    above, below = (even(height * step[name]) if step[name] else 0 for name in ("above", "below"))
    size = Canvas(width, height + above + below)
    board.add("pad", f"{size.width}:{size.height}:0:{above}:color=black", size=size)
    first = int(random.integers(len(_stills.LINES)))
    for place, (tall, top) in enumerate(((above, 0), (below, above + height))):
        if tall:
            board.overlay([(0, _stills.bar(Canvas(width, tall), colour, first + 2 * place))], 0, top)


def _pad(board: Board, size: Canvas, colour: str) -> None:
    board.add("pad", f"{size.width}:{size.height}:-1:-1:color={colour}", size=size)


def _pad_blurred(board: Board, size: Canvas) -> None:
    """The film itself fills the frame behind: enlarged until it covers it, cut to its shape, and blurred."""
    cover = max(size.width / board.canvas.width, size.height / board.canvas.height) / 8
    small = Canvas(*(even(side / 8) for side in size))
    grown = Canvas(
        max(small.width, even(board.canvas.width * cover)), max(small.height, even(board.canvas.height * cover))
    )
    fork = board.after(board.head, "split")
    node = board.after(fork, "scale", f"{grown.width}:{grown.height}:flags=area")
    node = board.after(node, "crop", f"{small.width}:{small.height}")
    node = board.after(node, "gblur", "sigma=2")
    behind = board.after(node, "scale", f"{size.width}:{size.height}:flags=bicubic")
    front = board.after(fork, "null", pad=1)
    board.head = board.join(behind, front, "overlay", "x=(W-w)/2:y=(H-h)/2")
    board.canvas = size

# SPDX-License-Identifier: Apache-2.0
"""Picture edits: each family appends its filters to a board; sizes stay even."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from av.filter.context import FilterContext

from kyodaku.edits import _screen, _stills, _surround
from kyodaku.edits._graph import Board, Canvas, even
from kyodaku.edits.model import Edit

__all__ = ["COMPOSITES", "PICTURE_FAMILIES", "mirrors"]

COMPOSITES = frozenset({"pip", "split"})
"""Picture edits that show a second film at the same time."""

CAPTION_FRAMES = 60
"""A subtitle stays for about two and a half seconds."""

Draw = Callable[[Board, Edit, np.random.Generator], None]


def mirrors(step: Edit) -> bool:
    """Whether the edit turns left into right."""
    return step.family == "mirror"


def _rescale(board: Board, step: Edit, _: np.random.Generator) -> None:
    width, height = (even(side * step["share"]) for side in board.canvas)
    board.add("scale", f"{width}:{height}:flags=bilinear", size=Canvas(width, height))


def _blur(board: Board, step: Edit, _: np.random.Generator) -> None:
    board.add("gblur", f"sigma={step['sigma'] * board.canvas.height:.4f}")


def _noise(board: Board, step: Edit, random: np.random.Generator) -> None:
    board.add("noise", f"alls={step['grain']:.0f}:allf=t:all_seed={int(random.integers(1, 100_000))}")


def _levels(board: Board, contrast: float, brightness: float, saturation: float) -> None:
    light = f"clip((val-128)*{contrast:.4f}+128+{brightness:.2f},0,255)"
    hue = f"clip((val-128)*{saturation:.4f}+128,0,255)"
    board.add("lutyuv", f"y='{light}':u='{hue}':v='{hue}'")


def _colour(board: Board, step: Edit, random: np.random.Generator) -> None:
    sign = float(random.choice([-1, 1]))
    _levels(board, step["contrast"], sign * step["brightness"], step["saturation"])


def _grayscale(board: Board, step: Edit, _: np.random.Generator) -> None:
    _levels(board, step["contrast"], 0.0, step["saturation"])


def _crop(board: Board, step: Edit, random: np.random.Generator) -> None:
    _cut(board, step["keep"], *random.uniform(0, 1, 2))


def _cut(board: Board, keep: float, across: float, down: float) -> None:
    width, height = (even(side * keep) for side in board.canvas)
    left, top = round((board.canvas.width - width) * across), round((board.canvas.height - height) * down)
    board.add("crop", f"{width}:{height}:{left}:{top}", size=Canvas(width, height))


def _portrait(board: Board, step: Edit, random: np.random.Generator) -> None:
    """All of the height of a wide film; all of the width of one that is taller than that already, cut the other way."""
    width, height = board.canvas
    aspect = step["aspect"]
    if width / height > aspect:
        size = Canvas(even(height * aspect), height)
    else:
        size = Canvas(width, even(min(height, width * aspect)))
    along = 0.5 + 0.5 * step["off"] * float(random.choice([-1, 1])) * float(random.uniform(0.5, 1))
    left, top = round((width - size.width) * along), round((height - size.height) * along)
    board.add("crop", f"{size.width}:{size.height}:{left}:{top}", size=size)


def _mirror(board: Board, step: Edit, _: np.random.Generator) -> None:
    board.add("hflip")
    if step["keep"] < 1:
        _cut(board, step["keep"], 0.5, 0.5)


def _rotate(board: Board, step: Edit, random: np.random.Generator) -> None:
    angle = float(random.choice([-1, 1])) * np.deg2rad(step["degrees"])
    board.add("rotate", f"{angle:.6f}:fillcolor=black")


def _aspect(board: Board, step: Edit, random: np.random.Generator) -> None:
    width, height = board.canvas
    if random.integers(2):
        width = even(width * step["squeeze"])
    else:
        height = even(height * step["squeeze"])
    board.add("scale", f"{width}:{height}", size=Canvas(width, height))


def _caption(board: Board, step: Edit, random: np.random.Generator) -> None:
    first = int(random.integers(len(_stills.LINES)))
    shown = [
        (
            number * CAPTION_FRAMES,
            _stills.caption(board.canvas, step["size"], round(step["lines"]), step["band"], words),
        )
        for number, words in enumerate(range(first, first + 2 * len(_stills.LINES), 2))
    ]
    height = shown[0][1].height
    board.overlay(shown, 0, board.canvas.height - height - round(board.canvas.height * 0.03))


def _logo(board: Board, step: Edit, random: np.random.Generator) -> None:
    side = min(even(board.canvas.width * step["share"]), board.canvas.height - 2)
    margin = round(board.canvas.height * 0.04)
    left = margin if random.integers(2) else board.canvas.width - side - margin
    top = margin if random.integers(2) else board.canvas.height - side - margin
    board.overlay([(0, _stills.emblem(side, step["opacity"]))], left, max(0, top))


def _pip(board: Board, step: Edit, random: np.random.Generator) -> None:
    whole = board.canvas
    share = float(np.sqrt(step["area"]))
    width, height = (even(side * share) for side in whole)
    front = board.after(board.head, "scale", f"{width}:{height}")
    left, top = (
        round((side - own) * random.uniform(0.08, 0.92)) for side, own in zip(whole, (width, height), strict=True)
    )
    board.head = board.join(board.beside(whole), front, "overlay", f"x={left}:y={top}")


def _split(board: Board, step: Edit, random: np.random.Generator) -> None:
    mine, theirs = board.head, board.beside(board.canvas)
    width, height = board.canvas
    first = bool(random.integers(2))
    if step["style"] == 2:
        _quarters(board, theirs, first=first)
        return
    pair = (mine, theirs) if first else (theirs, mine)
    if step["style"] == 0:
        board.head, size = board.join(*pair, "hstack"), Canvas(2 * width, height)
    else:
        board.head, size = board.join(*pair, "vstack"), Canvas(width, 2 * height)
    board.canvas = size
    shrink = Canvas(even(size.width * 0.7), even(size.height * 0.7))
    board.add("scale", f"{shrink.width}:{shrink.height}", size=shrink)


def _quarters(board: Board, theirs: FilterContext, *, first: bool) -> None:
    """Four pictures in the space of one: the copy in the first or the last, the other film in the rest."""
    size = Canvas(*(even(side / 2) for side in board.canvas))
    scale = f"{size.width}:{size.height}"
    mine = board.after(board.head, "scale", scale)
    wall = board.after(board.after(theirs, "scale", scale), "split", "3")
    plain, flipped, turned = (board.after(wall, name, pad=pad) for pad, name in enumerate(("null", "hflip", "vflip")))
    upper = board.join(*((mine, plain) if first else (plain, flipped)), "hstack")
    lower = board.join(*((flipped, turned) if first else (turned, mine)), "hstack")
    board.head = board.join(upper, lower, "vstack")
    board.canvas = Canvas(2 * size.width, 2 * size.height)


PICTURE_FAMILIES: Mapping[str, Draw] = {
    "rescale": _rescale,
    "blur": _blur,
    "noise": _noise,
    "colour": _colour,
    "grayscale": _grayscale,
    "crop": _crop,
    "mirror": _mirror,
    "rotate": _rotate,
    "aspect": _aspect,
    "portrait": _portrait,
    "border": _surround.border,
    "letterbox": _surround.letterbox,
    "bars": _surround.bars,
    "screen": _screen.screen,
    "caption": _caption,
    "logo": _logo,
    "pip": _pip,
    "split": _split,
}

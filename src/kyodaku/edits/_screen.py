# SPDX-License-Identifier: Apache-2.0
"""A film as a camera sees it on a screen: tilted, with stripes where the two grids of pixels beat, in other light."""

from __future__ import annotations

import av
import numpy as np
from numpy.typing import NDArray

from kyodaku.edits._graph import Board, Canvas
from kyodaku.edits.model import Edit

__all__ = ["screen"]

_FINER = 2
"""Pictures are tilted at so many times their size: `remap` takes the nearest pixel, and that would show."""
_SOFT = 0.8
"""Pixels of blur: a camera's, slightly out of focus."""


def screen(board: Board, step: Edit, random: np.random.Generator) -> None:
    """Change the light, lay stripes over the picture, tilt it; where it does not reach, the room is dark."""
    board.add("lutyuv", f"y='clip(pow(val/255,{step['gamma']:.4f})*235+10,0,255)'")
    stripes = _stripes(board.canvas, step["stripes"], random)
    board.overlay([(0, av.VideoFrame.from_ndarray(stripes, format="rgba"))], 0, 0)
    _tilt(board, _corners(step["tilt"], random))
    board.add("gblur", f"sigma={_SOFT}")


def _stripes(canvas: Canvas, strength: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """Two waves of unlike pitch and direction, and light that falls off to one side; as darkness with alpha."""
    across, down = np.meshgrid(np.arange(canvas.width), np.arange(canvas.height))
    dark = np.zeros((canvas.height, canvas.width))
    for pitch in random.uniform(5, 14, 2):
        angle = random.uniform(0, np.pi)
        dark += 0.5 + 0.5 * np.sin(2 * np.pi * (across * np.cos(angle) + down * np.sin(angle)) / pitch)
    fall = random.uniform(-1, 1) * (across / canvas.width - 0.5) + random.uniform(-1, 1) * (down / canvas.height - 0.5)
    alpha = np.clip((dark / 2 + fall + 0.5) * strength * 2, 0, 1)
    made = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    made[..., 3] = np.round(alpha * 255)
    return made


def _corners(tilt: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Where the film's four corners come to lie, as shares of the sides: each within or without by up to `tilt`."""
    square = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    return square + random.uniform(-tilt, tilt, (4, 2))


def _tilt(board: Board, corners: NDArray[np.float64]) -> None:
    size = board.canvas
    fine = Canvas(size.width * _FINER, size.height * _FINER)
    board.add("scale", f"{fine.width}:{fine.height}:flags=bicubic")
    board.add("format", "yuv444p")
    maps = [av.VideoFrame.from_ndarray(axis, format="gray16le") for axis in _maps(fine, corners)]
    board.add_with("remap", maps, "fill=black")
    board.add("scale", f"{size.width}:{size.height}:flags=area")
    board.add("format", "yuv420p")


def _maps(fine: Canvas, corners: NDArray[np.float64]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """For each pixel, the column and the row of the film that are seen there; beyond the film, a place outside it."""
    across, down = np.meshgrid((np.arange(fine.width) + 0.5) / fine.width, (np.arange(fine.height) + 0.5) / fine.height)
    a = _homography(corners)
    weight = a[6] * across + a[7] * down + 1
    column = (a[0] * across + a[1] * down + a[2]) / weight * fine.width
    row = (a[3] * across + a[4] * down + a[5]) / weight * fine.height
    outside = (column < 0) | (row < 0) | (column >= fine.width) | (row >= fine.height)
    maps = (np.where(outside, 65535, axis).astype(np.uint16) for axis in (np.floor(column), np.floor(row)))
    first, second = maps
    return first, second


def _homography(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Eight numbers that lead from `corners` back to the unit square."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(corners, [(0, 0), (1, 0), (1, 1), (0, 1)], strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    solved: NDArray[np.float64] = np.linalg.solve(np.array(rows), np.array(wanted, dtype=np.float64))
    return solved

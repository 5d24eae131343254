# SPDX-License-Identifier: Apache-2.0
"""The similarity matrix as a picture: time in the clip to the right, time in the reference upwards, lines as found.

Where two films run alike there is a dark line: rising by one second a second for a plain copy, steeper for one that is
sped up, in pieces for one that was cut. What was found is shown by two thin lines on either side, not by one on top, so
that the reader sees what lies between them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

from kyodaku.copies.evidence_record import SimilarityMatrix
from kyodaku.explain.drawing import said, text, ticks
from kyodaku.training.report.timeline import clock

__all__ = ["FoundLine", "drawn"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 24.0, 8.0, 40.0
_LONGEST, _SHORTEST = 420.0, 170.0
"""Of the plot's sides, in the drawing's pixels."""
_APART: Final = 7.0
"""Pixels between a found line and each of the two that show it, at least."""
_PALEST: Final = np.array([247.0, 249.0, 252.0])
_DARKEST: Final = np.array([8.0, 48.0, 107.0])
"""From nearly white to a dark blue: lightness alone tells, so that it is the same to every eye and on grey paper."""
_GROUND: Final = 0.6
"""What counts as unlike is the matrix's median, if that is not higher than this: then all of it is alike."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundLine:
    """A found span: where it begins and ends in the clip and in the reference, and its number on the page."""

    number: int | None
    q_start: float
    q_end: float
    r_start: float
    r_end: float


def drawn(matrix: SimilarityMatrix, lines: Sequence[FoundLine]) -> Markup:
    """The matrix with the found lines; a second is as long on both axes where that can be."""
    plot = _Plot(matrix)
    width, height = plot.full_width, plot.full_height
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" style="max-width:{width:.0f}px"'
    place = f'x="{_LEFT}" y="{_TOP}" width="{plot.width:.1f}" height="{plot.height:.1f}"'
    return said(
        [
            f'<svg class="plot matrix" {size} role="img" aria-label="similarity matrix / 類似度行列">',
            f'<rect class="ground" {place}/>',
            f'<image class="cells" {place} preserveAspectRatio="none" href="{_png(matrix.values)}"/>',
            *plot.axes(),
            *(part for line in lines for part in plot.line(line)),
            "</svg>",
        ]
    )


class _Plot:
    """Places in the drawing of one matrix."""

    def __init__(self, matrix: SimilarityMatrix) -> None:
        rows, columns = matrix.values.shape
        self._q: tuple[float, float] = (matrix.q_start, max(rows * matrix.q_step, 1e-3))
        self._r: tuple[float, float] = (matrix.r_start, max(columns * matrix.r_step, 1e-3))
        scale = _LONGEST / max(self._q[1], self._r[1])
        self.width: float = max(self._q[1] * scale, _SHORTEST)
        self.height: float = max(self._r[1] * scale, _SHORTEST)
        self.full_width, self.full_height = _LEFT + self.width + _RIGHT, _TOP + self.height + _BOTTOM

    def x(self, time: float) -> float:
        return _LEFT + min(max((time - self._q[0]) / self._q[1], 0.0), 1.0) * self.width

    def y(self, time: float) -> float:
        return _TOP + (1 - min(max((time - self._r[0]) / self._r[1], 0.0), 1.0)) * self.height

    def axes(self) -> list[str]:
        foot, across = _TOP + self.height, int(self.width // 70)
        return [
            *(
                f'<path class="tick" d="M{self.x(time):.1f},{foot}v4"/>'
                + text(self.x(time), foot + 16, clock(time), anchor="middle", kind="small")
                for time in ticks(self._q[0], sum(self._q), max(2, across))
            ),
            *(
                f'<path class="tick" d="M{_LEFT},{self.y(time):.1f}h-4"/>'
                + text(_LEFT - 7, self.y(time) + 4, clock(time), anchor="end", kind="small")
                for time in ticks(self._r[0], sum(self._r), max(2, int(self.height // 40)))
            ),
            text(_LEFT + self.width / 2, foot + 34, ("time in the clip →", "素材の時間 →"), anchor="middle"),
            f'<g transform="translate(12 {_TOP + self.height / 2:.0f}) rotate(-90)">'
            + text(0, 0, ("time in the reference →", "登録作品の時間 →"), anchor="middle")
            + "</g>",
        ]

    def line(self, line: FoundLine) -> list[str]:
        """Two lines beside the found one, at a right angle to it, and its number where it begins."""
        x0, y0, x1, y1 = self.x(line.q_start), self.y(line.r_start), self.x(line.q_end), self.y(line.r_end)
        length = max(float(np.hypot(x1 - x0, y1 - y0)), 1e-3)
        across, down = _APART * (y1 - y0) / length, -_APART * (x1 - x0) / length
        sides = "".join(
            f"M{x0 + sign * across:.1f},{y0 + sign * down:.1f}L{x1 + sign * across:.1f},{y1 + sign * down:.1f}"
            for sign in (1, -1)
        )
        drawn_lines = [f'<path class="halo" d="{sides}"/>', f'<path class="found" d="{sides}"/>']
        if line.number is None:
            return drawn_lines
        x, y = min(max(x0 - 2 * across, _LEFT + 9), _LEFT + self.width - 9), y0 - 2 * down
        y = min(max(y, _TOP + 9), _TOP + self.height - 9)
        return [
            *drawn_lines,
            f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="8"/>',
            text(x, y + 4, str(line.number), anchor="middle", kind="mark-number"),
        ]


def _png(values: NDArray[np.float64]) -> str:
    """Cells as a picture: columns by clip time, rows by reference time from below; what is unknown is left out."""
    known = np.isfinite(values)
    ground = float(np.clip(np.median(values[known]), 0.0, _GROUND)) if known.any() else 0.0
    share = np.clip((np.nan_to_num(values) - ground) / (1 - ground), 0.0, 1.0)
    colours = _PALEST + share[..., None] * (_DARKEST - _PALEST)
    cells = np.concatenate([colours, np.where(known, 255.0, 0.0)[..., None]], axis=2).round().astype(np.uint8)
    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(cells.swapaxes(0, 1)[::-1])).save(out, "PNG", optimize=True)
    return "data:image/png;base64," + b64encode(out.getvalue()).decode()

# SPDX-License-Identifier: Apache-2.0
"""Drawings of the evidence, as SVG made of numbers and fixed words alone.

Colours are blue and vermilion of Okabe and Ito's set, which every kind of colour vision tells apart; and whatever they
tell is told by shape too. They come from the style sheet, so that they suit light, dark and paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from markupsafe import Markup

from kyodaku.copies import Calibration
from kyodaku.copies.evidence_record import FrameEvidence, NearestFrame
from kyodaku.training.report.timeline import clock

__all__ = ["curve", "likeness_chart", "nearest_chart", "said", "text", "ticks"]

_CURVE_WIDTH, _CURVE_HEIGHT = 320.0, 190.0
_CHART_WIDTH, _CHART_HEIGHT = 930.0, 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 24.0, 14.0, 34.0
_POINTS: Final = 60
_FARTHEST: Final = 5.0
"""Times the evidence of the threshold that the curve is drawn to: beyond it nothing changes."""
_STEPS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0)


def text(x: float, y: float, words: str | tuple[str, str], *, anchor: str = "start", kind: str = "") -> str:
    """A text at a place: the same in both languages, or English and Japanese, of which CSS shows one."""
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    if isinstance(words, str):
        return f'<text {where} class="{kind}">{words}</text>'
    english, japanese = words
    return (
        f'<text {where} class="t {kind}" lang="en">{english}</text>'
        f'<text {where} class="t {kind}" lang="ja">{japanese}</text>'
    )


def said(parts: Iterable[str]) -> Markup:
    """A finished drawing."""
    return Markup("".join(parts))  # noqa: S704 - made of numbers and fixed words alone


def ticks(start: float, end: float, most: int) -> list[float]:
    """Round moments between two others, at most so many."""
    step = next((step for step in _STEPS if (end - start) / step <= most), (end - start) / most)
    first = math.ceil(start / step - 1e-6)
    return [number * step for number in range(first, math.floor(end / step + 1e-6) + 1)]


def curve(calibration: Calibration, evidence: float) -> Markup:
    """The calibration's curve from evidence to probability, its two thresholds, and where this match stands."""
    at_match, at_review = calibration.evidence_at(calibration.match), calibration.evidence_at(calibration.review)
    known = [value for value in (at_match, at_review) if math.isfinite(value)]
    widest = 1.25 * max(*known, min(evidence, _FARTHEST * max(known, default=1.0)), 1.0)

    def x(value: float) -> float:
        return _LEFT + min(max(value / widest, 0.0), 1.0) * (_CURVE_WIDTH - _LEFT - _RIGHT)

    def y(score: float) -> float:
        return _TOP + (1 - score) * (_CURVE_HEIGHT - _TOP - _BOTTOM)

    values = [widest * number / _POINTS for number in range(_POINTS + 1)]
    line = " ".join(f"{x(value):.1f},{y(calibration.score(value)):.1f}" for value in values)
    score, right = calibration.score(evidence), _CURVE_WIDTH - _RIGHT
    foot = y(0)
    beyond = [text(_CURVE_WIDTH - _RIGHT - 10, y(1) + 16, f"{evidence:.0f} →", anchor="end", kind="small")]
    parts = [
        _opened("curve", _CURVE_WIDTH, _CURVE_HEIGHT, f"{score:.4f}: {calibration.band(score)}"),
        _zone(x(at_review), x(at_match), foot, "zone-review"),
        _zone(x(at_match), right, foot, "zone-match"),
        *(_level(y(share), f"{share:.0%}", right) for share in (0.0, 0.5, 1.0)),
        f'<polyline class="line-own" points="{line}"/>',
        f'<path class="drop" d="M{x(evidence):.1f},{foot:.1f}V{y(score):.1f}H{_LEFT}"/>',
        f'<circle class="dot" cx="{x(evidence):.1f}" cy="{y(score):.1f}" r="5"/>',
        text(x(at_match) + 6, foot - 6, ("match", "一致"), kind="small"),
        *(beyond if evidence > widest else []),
        *_review_label(x(at_review), x(at_match), foot),
        text((_LEFT + right) / 2, _CURVE_HEIGHT - 4, ("evidence →", "証拠の量 →"), anchor="middle"),
        *(text(x(value), foot + 13, f"{value:g}", anchor="middle", kind="small") for value in ticks(0, widest, 6)),
        "</svg>",
    ]
    return said(parts)


def likeness_chart(frames: Sequence[FrameEvidence], span: tuple[float, float]) -> Markup:
    """By clip time how alike each frame is to the reference, and to the most alike frame of any other work."""
    axis = _Axis(span)
    own = [(frame.q_time, frame.likeness) for frame in frames if frame.likeness is not None]
    other = [(frame.q_time, frame.other.likeness) for frame in frames if frame.other is not None]
    agrees = {frame.q_time for frame in frames if frame.agrees}
    return said(
        [
            *axis.frame([(frame.q_time, frame.least) for frame in frames]),
            axis.line(other, "line-other"),
            axis.line(own, "line-own"),
            *(axis.cross(time, value) for time, value in other),
            *(axis.dot(time, value, filled=time in agrees) for time, value in own),
            "</svg>",
        ]
    )


def nearest_chart(frames: Sequence[tuple[float, NearestFrame | None]], least: float, duration_s: float) -> Markup:
    """By clip time how alike each frame is to the most alike frame of all that is registered."""
    axis = _Axis((0.0, duration_s))
    points = [(time, found.likeness) for time, found in frames if found is not None]
    crosses = (axis.cross(time, value) for time, value in points)
    return said([*axis.frame([(0.0, least)]), axis.line(points, "line-other"), *crosses, "</svg>"])


class _Axis:
    """A plane of clip time and likeness."""

    def __init__(self, span: tuple[float, float]) -> None:
        self._start, end = span
        self._length = max(end - self._start, 1e-3)

    def frame(self, least: Sequence[tuple[float, float]]) -> list[str]:
        """Axes, and the likeness from which on frames count as found."""
        right = _CHART_WIDTH - _RIGHT
        times = ticks(self._start, self._start + self._length, 8)
        return [
            _opened("chart", _CHART_WIDTH, _CHART_HEIGHT, "likeness / 類似度"),
            *(_level(self._y(value), f"{value:.1f}", right) for value in (0.0, 0.5, 1.0)),
            self.line([(self._start, least[0][1]), *least, (self._start + self._length, least[-1][1])], "least"),
            *(text(self._x(time), _CHART_HEIGHT - _BOTTOM + 14, clock(time), anchor="middle", kind="small")
              for time in times),
            text((_LEFT + right) / 2, _CHART_HEIGHT - 4, ("time in the clip", "素材の時間"), anchor="middle"),
        ]  # fmt: skip

    def line(self, points: Sequence[tuple[float, float]], kind: str) -> str:
        places = " ".join(f"{self._x(time):.1f},{self._y(value):.1f}" for time, value in points)
        return f'<polyline class="{kind}" points="{places}"/>'

    def dot(self, time: float, value: float, *, filled: bool) -> str:
        kind = "dot" if filled else "dot hollow"
        return f'<circle class="{kind}" cx="{self._x(time):.1f}" cy="{self._y(value):.1f}" r="3.2"/>'

    def cross(self, time: float, value: float) -> str:
        x, y = self._x(time), self._y(value)
        return f'<path class="cross" d="M{x - 3:.1f},{y - 3:.1f}l6,6m0,-6l-6,6"/>'

    def _x(self, time: float) -> float:
        return _LEFT + min(max((time - self._start) / self._length, 0.0), 1.0) * (_CHART_WIDTH - _LEFT - _RIGHT)

    def _y(self, value: float) -> float:
        return _TOP + (1 - min(max(value, 0.0), 1.0)) * (_CHART_HEIGHT - _TOP - _BOTTOM)


def _opened(kind: str, width: float, height: float, label: str) -> str:
    box = f'viewBox="0 0 {width:g} {height:g}"'
    return f'<svg class="plot {kind}" {box} role="img" aria-label="{label}">'


def _zone(left: float, right: float, foot: float, kind: str) -> str:
    return f'<rect class="{kind}" x="{left:.1f}" y="{_TOP}" width="{max(right - left, 0):.1f}" height="{foot - _TOP}"/>'


def _review_label(left: float, right: float, foot: float) -> list[str]:
    """Above the plot's foot, where there is room for it."""
    if right - left < 44:
        return []
    return [text((left + right) / 2, foot - 6, ("review", "要確認"), anchor="middle", kind="small")]


def _level(y: float, label: str, right: float) -> str:
    return f'<path class="grid" d="M{_LEFT},{y:.1f}H{right}"/>' + text(
        _LEFT - 6, y + 4, label, anchor="end", kind="small"
    )

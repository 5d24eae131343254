# SPDX-License-Identifier: Apache-2.0
"""The aligned time line of one match, as SVG: the clip above, the reference below, a band between what agrees."""

from __future__ import annotations

from markupsafe import Markup

__all__ = ["clock", "timeline"]

_LEFT, _WIDTH = 64.0, 640.0
_TOP, _BAR, _GAP = 14.0, 12.0, 26.0


def clock(seconds: float) -> str:
    """`75.5` as `1:15.5`."""
    minutes, rest = divmod(round(max(seconds, 0.0), 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"


def timeline(query: tuple[float, float, float], reference: tuple[float, float, float]) -> Markup:
    """An SVG of two bars; each argument is (start, end, length) in seconds."""
    lower = _TOP + _BAR + _GAP
    q_left, q_right = _place(query)
    r_left, r_right = _place(reference)
    band = f"{q_left:.1f},{_TOP + _BAR} {q_right:.1f},{_TOP + _BAR} {r_right:.1f},{lower} {r_left:.1f},{lower}"
    label = f"{clock(query[0])}–{clock(query[1])} = {clock(reference[0])}–{clock(reference[1])}"
    parts = [
        f'<svg class="timeline" viewBox="0 0 760 80" role="img" aria-label="{label}">',
        f'<polygon class="band" points="{band}"/>',
        _bar(_TOP, q_left, q_right),
        _bar(lower, r_left, r_right),
        _labels(_TOP, ("clip", "素材"), query, above=True),
        _labels(lower, ("reference", "登録作品"), reference, above=False),
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 - made of numbers and fixed words alone


def _place(span: tuple[float, float, float]) -> tuple[float, float]:
    start, end, length = span
    scale = _WIDTH / max(length, end, 1e-6)
    left, right = _LEFT + start * scale, _LEFT + end * scale
    return left, max(right, left + 2)  # a span of no length still shows


def _bar(top: float, left: float, right: float) -> str:
    return (
        f'<rect class="whole" x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_BAR}" rx="2"/>'
        f'<rect class="span" x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{_BAR}" rx="2"/>'
    )


def _labels(top: float, names: tuple[str, str], span: tuple[float, float, float], *, above: bool) -> str:
    start, end, length = span
    left, _ = _place(span)
    y = top - 3 if above else top + _BAR + 12
    return (
        f'<text class="t" lang="en" x="0" y="{top + 10}">{names[0]}</text>'
        f'<text class="t" lang="ja" x="0" y="{top + 10}">{names[1]}</text>'
        f'<text x="{min(left, _LEFT + _WIDTH - 80):.1f}" y="{y}">{clock(start)}–{clock(end)}</text>'
        f'<text x="{_LEFT + _WIDTH + 4}" y="{top + 10}">{clock(max(length, end))}</text>'
    )

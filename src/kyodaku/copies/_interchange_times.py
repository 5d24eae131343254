# SPDX-License-Identifier: Apache-2.0
"""Times that were written with three digits.

python-threatexchange writes a frame's time as `f"{timestamp:.3}"` (`extensions/vpdq/vpdq_util.py`): three significant
digits, so that the 1,234th second becomes `1.23e+03`, the same as nine of its neighbours. Where a copy lies can not be
said from that. But vPDQ takes its frames at even steps, and even steps leave one length of step, or nearly one, that
gives all of the written times.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

__all__ = ["evened"]

_DIGITS: Final = 3
_FEWEST: Final = 3
"""Frames; of two, any step is even."""
_SLACK: Final = 1e-6
"""Of a unit in the last digit: ties may have been rounded either way."""


def evened(written: Sequence[float]) -> list[float]:
    """The times at even steps that would be written so; those written, where there are no such steps."""
    if len(written) < _FEWEST or any(_rounded(seconds) != seconds for seconds in written):
        return list(written)
    first = written[0]
    least, most = 0.0, math.inf
    for number, seconds in enumerate(written[1:], start=1):
        half = (0.5 + _SLACK) * _unit(seconds)
        least, most = max(least, (seconds - half - first) / number), min(most, (seconds + half - first) / number)
    if not 0 < least <= most:
        return list(written)
    step = _simplest(least, most)
    return [first + number * step for number in range(len(written))]


def _unit(seconds: float) -> float:
    """What one step of the last written digit is worth."""
    return 10.0 ** (math.floor(math.log10(seconds)) - _DIGITS + 1) if seconds > 0 else 0.0


def _rounded(seconds: float) -> float:
    return float(f"{seconds:.{_DIGITS}}")


def _simplest(least: float, most: float) -> float:
    """The number with the fewest decimals in a range: one second rather than 0.9987."""
    for decimals in range(9):
        candidate = round((least + most) / 2, decimals)
        if least <= candidate <= most:
            return candidate
    return (least + most) / 2

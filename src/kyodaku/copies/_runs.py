# SPDX-License-Identifier: Apache-2.0
"""Runs of numbers, many at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["spread"]

Numbers = NDArray[np.int64]


def spread(low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """All numbers from each low up to its high, and which of the runs each is of."""
    counts = high - low
    owner = np.repeat(np.arange(len(low)), counts)
    first = np.repeat(low - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) if len(low) else low
    return first + np.arange(len(owner)), owner

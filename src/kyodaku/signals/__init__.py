# SPDX-License-Identifier: Apache-2.0
"""Signals: what files and sites say, of themselves, about what may be done with them; read, never fetched."""

from __future__ import annotations

from kyodaku.signals.signal import (
    SAYS,
    SIGNAL_ACTS,
    STANDARD_ACTS,
    STANDARDS,
    Origin,
    Signal,
    say,
    speaks_of,
    unreadable,
)

__all__ = [
    "SAYS",
    "SIGNAL_ACTS",
    "STANDARDS",
    "STANDARD_ACTS",
    "Origin",
    "Signal",
    "say",
    "speaks_of",
    "unreadable",
]

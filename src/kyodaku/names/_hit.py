# SPDX-License-Identifier: Apache-2.0
"""What a stage finds: a registered form at a place."""

from __future__ import annotations

from dataclasses import dataclass

from kyodaku.names.mention import How

__all__ = ["Hit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A form found at `start`..`end` of the normalised text."""

    start: int
    end: int
    form: int
    how: How
    confidence: float

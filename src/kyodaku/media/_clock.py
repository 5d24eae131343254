# SPDX-License-Identifier: Apache-2.0
"""The time line of a film: from whatever stamps its frames carry to seconds from the first one, always forward."""

from __future__ import annotations

__all__ = ["Clock"]

# A step back by more than this, or a step ahead by more than LEAP_S to beyond the declared end, is a new count that a
# join or a recorder began, not a late frame: the film goes on from where it was.
RESTART_S = 0.5
LEAP_S = 10.0
LEAST_STEP_S = 1e-3


class Clock:
    """Places frames in decoding order on one strictly rising time line that begins at 0.

    `step_s` is the film's own frame interval, used where a stamp is missing; `declared_s` its declared length.
    """

    def __init__(self, *, step_s: float, declared_s: float | None) -> None:
        self.step_s = step_s
        self._horizon = LEAP_S + (declared_s if declared_s is not None else float("inf"))
        self._zero: float | None = None
        self._last: float | None = None

    @property
    def started(self) -> bool:
        """Whether the first frame has been placed."""
        return self._zero is not None

    def position(self, stamp_s: float) -> float:
        """Where a stamp lies on the time line as it runs now, without moving it; 0 before the first frame."""
        return 0.0 if self._zero is None else stamp_s - self._zero

    def stamp(self, position: float) -> float:
        """The stamp that belongs to a position: the way back of `position`."""
        return position + (self._zero or 0.0)

    def place(self, stamp_s: float | None) -> float:
        """The time of the next frame, given its stamp in seconds, or None where it has none."""
        if self._zero is None:
            self._zero = stamp_s or 0.0
        if self._last is None:
            time = 0.0 if stamp_s is None else max(0.0, self.position(stamp_s))
        else:
            time = self._follow(self._last, stamp_s)
        self._last = time
        return time

    def jump(self) -> None:
        """Forget the frame before, after a seek; the count stays."""
        self._last = None

    def _follow(self, last: float, stamp_s: float | None) -> float:
        if stamp_s is None:
            return last + self.step_s
        time = self.position(stamp_s)
        leaps = time - last > LEAP_S and time > self._horizon
        if time < last - RESTART_S or leaps:
            time = last + self.step_s
            self._zero = stamp_s - time
        return max(time, last + min(LEAST_STEP_S, self.step_s))

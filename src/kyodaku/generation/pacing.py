# SPDX-License-Identifier: Apache-2.0
"""No oracle: whoever asks again and again for what was just not refused waits longer each time.

A gate that answers at once can be searched: change a letter, ask, and keep what gets through. Such a search has a mark,
many answers near the threshold from one key, and that alone is slowed; who is refused plainly, or permitted, never is.

Pure: the caller says when it is, and does the waiting.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from kyodaku.examine import TextFindings

__all__ = ["Pacer", "Pacing", "is_near"]

_MARGIN: Final = 0.15
"""How far below certainty a find still tells a searcher that it nearly got through."""
_DISGUISES: Final = frozenset({"joined", "spaced", "leet", "repeats", "emoji", "typo", "reversed", "sound"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Pacing:
    """How much is let pass, and how long is waited after that.

    `free` near tries cost nothing; each further one doubles the wait, from `first_s` up to `longest_s`. One near try is
    forgotten every `forgotten_s` seconds. Of at most `keys` keys is anything remembered; the one whose last near
    try is longest ago goes first.
    """

    free: int = 5
    first_s: float = 1.0
    longest_s: float = 300.0
    forgotten_s: float = 60.0
    keys: int = 100_000


@dataclass(frozen=True, slots=True)
class _Tries:
    count: float
    at: float


class Pacer:
    """Remembers near tries by key."""

    def __init__(self, pacing: Pacing | None = None) -> None:
        self._pacing = pacing or Pacing()
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def wait_s(self, key: str, now: float) -> float:
        """Seconds that the key's next question has to wait, at `now`; where the clock has gone back, from then on."""
        self._set_back(key, now)
        tries = self._left(key, now)
        over = tries - self._pacing.free
        if over <= 0:
            return 0.0
        doublings = min(over, 64.0)  # far beyond any longest wait
        due = min(self._pacing.first_s * math.pow(2.0, doublings - 1.0), self._pacing.longest_s)
        return max(0.0, due - max(0.0, now - self._tries[key].at))

    def told(self, key: str, now: float, *, near: bool) -> None:
        """That the key was answered; `near` says whether the answer was close to the threshold."""
        if not near:
            return
        self._set_back(key, now)
        self._tries[key] = _Tries(self._left(key, now) + 1.0, now)
        self._tries.move_to_end(key)
        while len(self._tries) > self._pacing.keys:
            self._tries.popitem(last=False)

    def _set_back(self, key: str, now: float) -> None:
        """A try in what is now the future was made now: else a clock put right would lock a key out, or let it off."""
        tries = self._tries.get(key)
        if tries is not None and tries.at > now:
            self._tries[key] = _Tries(tries.count, now)

    def _left(self, key: str, now: float) -> float:
        """Near tries that are not forgotten."""
        tries = self._tries.get(key)
        if tries is None:
            return 0.0
        return max(0.0, tries.count - max(0.0, now - tries.at) / self._pacing.forgotten_s)


def is_near(findings: TextFindings) -> bool:
    """Whether an answer tells a searcher that it is close: only possible, in disguise, or hardly certain."""
    return any(
        mention.band == "review" or mention.how in _DISGUISES or mention.confidence < 1.0 - _MARGIN
        for mention in findings.mentions or ()
    )

# SPDX-License-Identifier: Apache-2.0
"""What the signals of a medium come to for one act: a reservation before the fetch or after it, or nothing certain.

They are evidence of a reservation, and no statement of a holder: an allow is never a grant, and moves nothing. A signal
counts as having stood when the medium was fetched, unless it is shown that it did not: AIPREF and robots.txt hold from
when they are published on, and nobody can tell by a later copy alone when that was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kyodaku.rights.vocabulary import SPEAKS_OF, UNSTATED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kyodaku.rights.facts import Facts, SignalFact

__all__ = ["Heard", "hear"]

_NOES: Final = ("deny", "constrained")
"""Terms that nobody is known to have met permit nothing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What they come to, in the words of the circumstance `reservation`, and those that say so."""

    reservation: str = UNSTATED
    saying: tuple[SignalFact, ...] = ()


def hear(facts: Facts, act: str) -> Heard:
    """What the signals on the medium come to for an act of a use."""
    spoken = [signal for signal in facts.signals if signal.act in SPEAKS_OF[act]]
    in_time = [signal for signal in spoken if not _is_later(signal, facts)]
    return (
        _said("before", _with(in_time, _NOES))
        or _said("unclear", _with(in_time, ("unknown",)))
        or _said("after", _with(spoken, _NOES))
        or Heard()
    )


def _said(reservation: str, saying: tuple[SignalFact, ...]) -> Heard | None:
    return Heard(reservation, saying) if saying else None


def _with(signals: Iterable[SignalFact], says: tuple[str, ...]) -> tuple[SignalFact, ...]:
    return tuple(signal for signal in signals if signal.says in says)


def _is_later(signal: SignalFact, facts: Facts) -> bool:
    """Whether it is shown that the signal did not stand yet when the medium was fetched."""
    shown, fetched = signal.not_before, facts.fetched_at
    return shown is not None and fetched is not None and shown >= fetched

# SPDX-License-Identifier: Apache-2.0
"""What several signals come to: the most restrictive counts, of each act by itself.

No standard says which of the standards goes first. Within each, the most restrictive statement counts (AIPREF, RSL),
save where a standard orders its own statements: then those superseded are set aside (`in_force`).

An act does not follow from another: where a standard has exceptions (search within a no to all else), its reader has
made them, so that a deny of mining is none of searching.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from kyodaku.signals._hosts import site_of
from kyodaku.signals.signal import SAYS, SIGNAL_ACTS, Signal
from kyodaku.signals.tdmrep import CONTENT, FILE, HEADER, PAGE

__all__ = ["Combined", "combine", "in_force", "strictest"]

_TDMREP_OF_MEDIA: Final = (FILE, HEADER, CONTENT)
_TDMREP_OF_PAGES: Final = (FILE, HEADER, PAGE)
"""The later supersedes the earlier. What a page says of itself supersedes nothing for the media it shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Combined:
    """What all signals on an act come to, and those that say so."""

    act: str
    says: str
    signals: tuple[Signal, ...]


def combine(signals: Iterable[Signal], *, page: bool = False) -> dict[str, Combined]:
    """Per act of which anything is said, in the order of `SIGNAL_ACTS`: deny, constrained, unknown or allow.

    `constrained` without terms is a deny: nobody can keep terms that cannot be read. `page` as for `in_force`.
    """
    return strictest(in_force(signals, page=page))


def strictest(signals: Iterable[Signal]) -> dict[str, Combined]:
    """As `combine`, of signals that are known to be in force: none of them sets another aside."""
    heard: dict[str, list[Signal]] = {}
    for signal in signals:
        heard.setdefault(signal.act, []).append(signal)
    combined = {}
    for act in SIGNAL_ACTS:
        if act in heard:
            says = max((_effect(signal) for signal in heard[act]), key=SAYS.index)
            saying = tuple(signal for signal in heard[act] if _effect(signal) == says)
            combined[act] = Combined(act=act, says=says, signals=saying)
    return combined


def in_force(
    signals: Iterable[Signal], *, page: bool = False, stated: Collection[Signal] = frozenset()
) -> list[Signal]:
    """Without those that their own standard sets aside; in the order given, and each once.

    TDMRep: what the headers say supersedes the file on the server, what the content says supersedes both; but what
    cannot be read supersedes nothing, and an allow no reservation unless it was fetched, at a known time, from the same
    site: a column of a table, or a tag that anybody may have put into a file, is no word of the server that reserves.
    RSL: a pointer to a licence gives way to the licence, once that has been read. `page`: the signals are those of a
    page, and not of a medium on it.

    What is `stated` sets nothing aside: signals of which only they vouch who handed the medium over. Whoever can write
    a file beside it could otherwise take back what the site itself says.
    """
    listed = list(dict.fromkeys(signals))
    order = _TDMREP_OF_PAGES if page else _TDMREP_OF_MEDIA
    ranked = [signal for signal in listed if signal.standard == "tdmrep" and signal.revision in order]
    superseded = {
        earlier
        for later in ranked
        if later not in stated
        for earlier in ranked
        if order.index(later.revision) > order.index(earlier.revision) and _supersedes(later, earlier)
    }
    read = {signal.origin.url for signal in listed if signal.standard == "rsl" and signal not in stated}
    return [
        signal
        for signal in listed
        if signal not in superseded
        and not (signal.standard == "rsl" and signal.says == "unknown" and signal.terms and signal.terms in read)
    ]


def _supersedes(later: Signal, earlier: Signal) -> bool:
    if later.says == "unknown":
        return False
    return later.says != "allow" or earlier.says == "allow" or _fetched_from_the_site_of(later, earlier)


def _fetched_from_the_site_of(later: Signal, earlier: Signal) -> bool:
    sites = [site_of(signal.origin.url or "") for signal in (later, earlier)]
    return later.origin.fetched_at is not None and bool(sites[0]) and sites[0] == sites[1]


def _effect(signal: Signal) -> str:
    return "deny" if signal.says == "constrained" and signal.terms is None else signal.says

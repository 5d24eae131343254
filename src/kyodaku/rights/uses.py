# SPDX-License-Identifier: Apache-2.0
"""What a developer wants to do, and what it states about how it came by the media and what it is after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kyodaku.errors import UsageError
from kyodaku.rights import _check as check
from kyodaku.rights.vocabulary import ACTS, ALL, CIRCUMSTANCES, MEDIA, UNSTATED, WORLD

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["NOTHING_STATED", "AlsoAct", "Circumstances", "Use"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What the developer states of how it got and uses the media: stated, never taken as proven, never guessed.

    `lawful_access`: yes, no. `source`: lawful, circumvented (technical measures), pirate. `reservation`, a
    machine-readable one where the medium was fetched: none, after (the fetch), unclear (what stands there cannot be
    read), before. `actor`: research_body, other. `retention` of copies, only as long as needed: set, unset. `enjoyment`
    (Japan, Art. 30-4: any aim that the expression be enjoyed, as by having it output): none, present. `market` (its
    proviso): none, conflict. Each is `unstated` unless it is said.
    """

    lawful_access: str = UNSTATED
    source: str = UNSTATED
    reservation: str = UNSTATED
    actor: str = UNSTATED
    retention: str = UNSTATED
    enjoyment: str = UNSTATED
    market: str = UNSTATED

    def __post_init__(self) -> None:
        for name, words in CIRCUMSTANCES.items():
            check.one_of(getattr(self, name), (*words, UNSTATED), what=name, where="circumstances")

    def joined(self, other: Circumstances) -> Circumstances:
        """What both state together: the stricter word where both have one, the only one where one has none."""
        return Circumstances(
            **{name: _stricter(name, getattr(self, name), getattr(other, name)) for name in CIRCUMSTANCES}
        )


NOTHING_STATED: Final = Circumstances()


def _stricter(name: str, one: str, two: str) -> str:
    order = CIRCUMSTANCES[name]
    stated = [word for word in (one, two) if word != UNSTATED]
    return max(stated, key=order.index, default=UNSTATED)


@dataclass(frozen=True, kw_only=True, slots=True)
class AlsoAct:
    """A further act of the same plan; `territory` where it is not that of the use."""

    act: str
    territory: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check.one_of(self.act, ACTS, what="act", where="use: also")
        if self.territory is not None:
            check.put(self, territory=check.countries(self.territory, where=f"use: also {self.act}"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """What a developer wants to do, and when.

    A dimension left out is the widest: a use of no stated purpose needs a grant for every purpose. `at` is the moment
    of the use itself: permission must be older. `also` are further acts of the same plan, which may go ahead only
    together: each act is decided, and the strictest verdict is the answer.
    """

    developer: str
    act: str
    at: datetime
    purpose: str = ALL
    model: str = ALL
    territory: tuple[str, ...] = (WORLD,)
    media: tuple[str, ...] = (ALL,)
    also: tuple[AlsoAct, ...] = ()
    circumstances: Circumstances = NOTHING_STATED

    def __post_init__(self) -> None:
        check.ident(self.developer, where="use: developer")
        check.one_of(self.act, ACTS, what="act", where="use")
        for name in ("purpose", "model"):
            check.idents((getattr(self, name),), where=f"use: {name}", everything=ALL)
        media = check.words(self.media, MEDIA, what="medium", where="use")
        if not media:
            raise UsageError("'media' is empty", where="use", hint=f"leave it out for {ALL}")
        territory = check.countries(self.territory, where="use")
        check.put(self, at=check.instant(self.at, where="use"), territory=territory, media=media)
        check.put(self, also=_merged(self.also, self))

    @property
    def each_medium(self) -> tuple[Use, ...]:
        """The use in each medium alone: what one grant leaves open another may cover."""
        return (self,) if len(self.media) == 1 else tuple(replace(self, media=(medium,)) for medium in self.media)

    @property
    def each_act(self) -> tuple[Use, ...]:
        """The use of each act alone, the first named first."""
        if not self.also:
            return (self,)
        acts = (AlsoAct(act=self.act), *self.also)
        return tuple(replace(self, act=each.act, territory=each.territory or self.territory, also=()) for each in acts)


def _merged(also: Iterable[AlsoAct], use: Use) -> tuple[AlsoAct, ...]:
    """One entry an act, in the order of the acts; none that the use itself names already."""
    reach: dict[str, set[str]] = {}
    for each in also:
        reach.setdefault(each.act, set()).update(each.territory or use.territory)
    merged = []
    for act in ACTS:
        territory = check.countries(reach[act], where="use") if act in reach else ()
        if territory and (act, territory) != (use.act, use.territory):
            merged.append(AlsoAct(act=act, territory=None if territory == use.territory else territory))
    return tuple(merged)

# SPDX-License-Identifier: Apache-2.0
"""Where regimes part: clips grouped by the verdicts they get and the rules that decide, in one pass.

What is kept grows with the works found and the rules that speak, never with the clips.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations, takewhile
from typing import Any

from kyodaku.rights import Decision, Ground, Verdict
from kyodaku.training.tally import Tally

__all__ = ["Alike", "Judged", "Parted", "Parting", "Weight", "deciding_grounds"]

MAX_ALIKE = 2000
"""Kinds of cases that are told apart; beyond it clips are counted under their verdicts alone. Rules are far fewer."""

FIRST = 12
"""Clips that are named of each; the rest is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One clip with a decision under each regime, in their order."""

    clip_id: str
    findings: Mapping[str, Any]
    decisions: Sequence[Decision]

    @property
    def seconds(self) -> float:
        """Its length; 0 where that is unknown."""
        return self.findings["duration_s"] or 0.0

    @property
    def works(self) -> Iterator[str]:
        """The works found in it, each once."""
        yield from dict.fromkeys(match["work"] for match in self.findings["matches"] or ())


@dataclass(slots=True)
class Weight:
    """How many clips, and how long."""

    clips: int = 0
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Counts one clip."""
        self.clips += 1
        self.seconds += seconds

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record: the length in whole milliseconds, and in hours for people."""
        milliseconds = round(1000 * self.seconds)
        return {"clips": self.clips, "milliseconds": milliseconds, "hours": round(milliseconds / 3_600_000, 6)}


@dataclass(slots=True)
class Alike:
    """Clips that the same rules decide under every regime.

    `grounds` are the first clip's, one for each regime; `same_words` says whether they are every clip's.
    """

    grounds: tuple[Ground, ...]
    weight: Weight = field(default_factory=Weight)
    works: dict[str, Weight] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)
    same_words: bool = True

    def add(self, judged: Judged, grounds: tuple[Ground, ...]) -> None:
        """Counts one clip."""
        self.weight.add(judged.seconds)
        self.same_words = self.same_words and grounds == self.grounds
        for work in judged.works:
            self.works.setdefault(work, Weight()).add(judged.seconds)
        if len(self.first) < FIRST:
            self.first.append(judged.clip_id)


@dataclass(slots=True)
class Parted:
    """Clips that get the same verdicts, one for each regime; `untold` of them are in no entry of `alike`."""

    verdicts: tuple[Verdict, ...]
    weight: Weight = field(default_factory=Weight)
    alike: list[Alike] = field(default_factory=list)
    untold: Weight = field(default_factory=Weight)

    @property
    def parts(self) -> bool:
        """Whether the regimes do not agree."""
        return len(set(self.verdicts)) > 1

    @property
    def may_go_under_some(self) -> bool:
        """Whether some regime admits what another does not."""
        return len({verdict.is_go for verdict in self.verdicts}) > 1


class Parting:
    """The verdicts of several regimes on the same clips; read it when all clips were added."""

    def __init__(self, regimes: Sequence[str]) -> None:
        self.regimes = tuple(regimes)
        self.tallies = {name: Tally() for name in self.regimes}
        self._groups: dict[tuple[Verdict, ...], Parted] = {}
        self._alike: dict[tuple[tuple[Verdict, ...], tuple[tuple[str, str], ...]], Alike] = {}

    @classmethod
    def of(cls, regimes: Sequence[str], clips: Iterable[Judged]) -> Parting:
        """The verdicts of `regimes` on `clips`."""
        parting = cls(regimes)
        for judged in clips:
            parting.add(judged)
        return parting

    def add(self, judged: Judged) -> None:
        """Counts one clip."""
        for tally, decision in zip(self.tallies.values(), judged.decisions, strict=True):
            tally.add(decision.verdict, judged.findings)
        verdicts = tuple(decision.verdict for decision in judged.decisions)
        group = self._groups.setdefault(verdicts, Parted(verdicts))
        group.weight.add(judged.seconds)
        grounds = deciding_grounds(judged.decisions)
        alike = self._find(group, grounds)
        if alike is None:
            group.untold.add(judged.seconds)
        else:
            alike.add(judged, grounds)

    @property
    def whole(self) -> Weight:
        """All clips."""
        return _sum(group.weight for group in self._groups.values())

    @property
    def admitted(self) -> dict[str, Weight]:
        """What each regime admits, with or without duties."""
        return {
            name: _sum(group.weight for group in self._groups.values() if group.verdicts[place].is_go)
            for place, name in enumerate(self.regimes)
        }

    @property
    def parted(self) -> list[Parted]:
        """The groups on which the regimes do not agree: first what some admit and others do not, the longest first."""
        return sorted((group for group in self._groups.values() if group.parts), key=_foremost)

    @property
    def agreed(self) -> dict[Verdict, Weight]:
        """What gets the same verdict under every regime."""
        agreed = [group for group in self._groups.values() if not group.parts]
        return {verdict: _sum(group.weight for group in agreed if group.verdicts[0] == verdict) for verdict in Verdict}

    @property
    def admitted_against(self) -> dict[tuple[str, str], Weight]:
        """For each two regimes, what the first admits and the second does not."""
        return {
            (name, other): _sum(
                group.weight
                for group in self._groups.values()
                if group.verdicts[one].is_go and not group.verdicts[two].is_go
            )
            for (one, name), (two, other) in permutations(enumerate(self.regimes), 2)
        }

    def _find(self, group: Parted, grounds: tuple[Ground, ...]) -> Alike | None:
        """The entry of `group` for clips on which these rules decide; a new one if there is room."""
        key = (group.verdicts, tuple((ground.rule, ground.act) for ground in grounds))
        known = self._alike.get(key)
        if known is None and len(self._alike) < MAX_ALIKE:
            known = self._alike[key] = Alike(grounds)
            group.alike.append(known)
        return known


def deciding_grounds(decisions: Sequence[Decision]) -> tuple[Ground, ...]:
    """The ground that made each verdict what it is, told of the same act, work and holder where several did.

    Whom the strictest verdict is about, the others answer about: the silence that one refuses, another permits.
    """
    strictest = max(decisions, key=lambda decision: decision.verdict.rank)
    about = _deciding(strictest)[0]
    return tuple(_nearest(_deciding(decision), about) for decision in decisions)


def _deciding(decision: Decision) -> Sequence[Ground]:
    """The grounds as strict as the verdict; never none."""
    return [ground for ground in decision.grounds if ground.effect == decision.verdict] or decision.grounds[:1]


def _nearest(grounds: Sequence[Ground], about: Ground) -> Ground:
    def closeness(ground: Ground) -> int:
        same = (ground.work == about.work, ground.party == about.party, ground.act == about.act)
        return sum(takewhile(bool, same)) * 2 + same[2]

    return max(grounds, key=closeness)


def _sum(weights: Iterable[Weight]) -> Weight:
    total = Weight()
    for weight in weights:
        total.clips += weight.clips
        total.seconds += weight.seconds
    return total


def _foremost(group: Parted) -> tuple[Any, ...]:
    return not group.may_go_under_some, -group.weight.seconds, -group.weight.clips, group.verdicts

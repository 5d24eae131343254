# SPDX-License-Identifier: Apache-2.0
"""What the report shows, gathered in one pass over a run's results; only what tells duplicates grows with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kyodaku.examine import Findings

__all__ = ["MAX_CARDS", "Gathered", "Group", "WorkTally", "gather"]

MAX_CARDS = 60
MAX_CARDS_A_WORK = 12
MAX_ERRORS = 200
MAX_SIGNALLED = 100
MAX_GROUPS = 40
MAX_IDS = 12
"""How much of each the page lists; the rest is counted and lies in decisions.parquet. Nobody reads a longer page."""


@dataclass
class WorkTally:
    """How often one work was found."""

    clips: int = 0
    seconds: float = 0.0
    verdicts: dict[str, int] = field(default_factory=dict)
    needed: dict[tuple[str, str], None] = field(default_factory=dict)


@dataclass
class Group:
    """Clips in which nothing registered was found, decided on the same ground."""

    ground: Mapping[str, Any]
    verdict: str
    clips: int = 0
    ids: list[str] = field(default_factory=list)


@dataclass
class Gathered:
    """The report's contents, before names and pictures are put to them."""

    works: dict[str, WorkTally] = field(default_factory=dict)
    cards: list[Mapping[str, Any]] = field(default_factory=list)
    hidden_cards: int = 0
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    hidden_groups: int = 0
    errors: list[Mapping[str, Any]] = field(default_factory=list)
    hidden_errors: int = 0
    unseen: list[Mapping[str, Any]] = field(default_factory=list)
    hidden_unseen: int = 0
    signalled: list[Mapping[str, Any]] = field(default_factory=list)
    hidden_signalled: int = 0
    duplicates: int = 0
    parted: dict[tuple[str, ...], Group] = field(default_factory=dict)


def gather(
    results: Iterable[Mapping[str, Any]], regimes: tuple[str, ...], *, marks: Mapping[str, str] = MappingProxyType({})
) -> Gathered:
    """One pass over `results`; the first of `regimes` decides, the others are compared with it.

    `marks` are the words with which a reason begins to quote what one clip alone says of itself.
    """
    gathered = Gathered()
    seen: set[bytes] = set()
    for result in results:
        decision = result["decisions"][regimes[0]]
        findings = result["findings"]
        _count_duplicate(gathered, seen, findings["sha256"])
        _part(gathered, result, regimes)
        _note_signalled(gathered, result, decision)
        if findings["error"] is not None:
            _note_error(gathered, result, decision)
        else:
            _note_unseen(gathered, result, decision)
        if findings["error"] is None and not findings["matches"]:
            _note_unmatched(gathered, result, decision, marks)
        if findings["matches"]:
            _note_matched(gathered, result, decision)
    return gathered


def _count_duplicate(gathered: Gathered, seen: set[bytes], sha256: str | None) -> None:
    if sha256 is None:
        return
    digest = hashlib.blake2b(sha256.encode(), digest_size=8).digest()
    gathered.duplicates += digest in seen
    seen.add(digest)


def _part(gathered: Gathered, result: Mapping[str, Any], regimes: tuple[str, ...]) -> None:
    verdicts = tuple(result["decisions"][name]["verdict"] for name in regimes)
    if len(set(verdicts)) > 1:
        _join(gathered.parted.setdefault(verdicts, Group({}, verdicts[0])), result)


def _note_error(gathered: Gathered, result: Mapping[str, Any], decision: Mapping[str, Any]) -> None:
    if len(gathered.errors) < MAX_ERRORS:
        error = {"error": result["findings"]["error"], "verdict": decision["verdict"]}
        gathered.errors.append({"clip_id": result["clip_id"], **error})
    else:
        gathered.hidden_errors += 1


def _note_unseen(gathered: Gathered, result: Mapping[str, Any], decision: Mapping[str, Any]) -> None:
    """Clips of which so much could not be seen that a person has to look."""
    findings = Findings.from_json(result["findings"])
    if not findings.is_hardly_seen and not findings.parts_omitted:
        return
    if len(gathered.unseen) < MAX_ERRORS:
        gathered.unseen.append({"clip_id": result["clip_id"], "findings": findings, "verdict": decision["verdict"]})
    else:
        gathered.hidden_unseen += 1


def _note_signalled(gathered: Gathered, result: Mapping[str, Any], decision: Mapping[str, Any]) -> None:
    """Clips that say something else than yes to machines."""
    signals = [signal for signal in result["findings"].get("signals", ()) if signal["says"] != "allow"]
    if not signals:
        return
    if len(gathered.signalled) < MAX_SIGNALLED:
        gathered.signalled.append({"clip_id": result["clip_id"], "signals": signals, "verdict": decision["verdict"]})
    else:
        gathered.hidden_signalled += 1


def _note_unmatched(
    gathered: Gathered, result: Mapping[str, Any], decision: Mapping[str, Any], marks: Mapping[str, str]
) -> None:
    ground = _unquoted(_deciding(decision), marks)
    key = (decision["verdict"], ground["text"]["en"])
    if key in gathered.groups or len(gathered.groups) < MAX_GROUPS:
        _join(gathered.groups.setdefault(key, Group(ground, decision["verdict"])), result)
    else:
        gathered.hidden_groups += 1


def _unquoted(ground: Mapping[str, Any], marks: Mapping[str, str]) -> Mapping[str, Any]:
    """The ground without what it quotes of one clip, so that clips refused alike are told together."""
    text = {
        language: said.partition(mark)[0] if (mark := marks.get(language)) else said
        for language, said in ground["text"].items()
    }
    return {**ground, "text": text}


def _join(group: Group, result: Mapping[str, Any]) -> None:
    group.clips += 1
    if len(group.ids) < MAX_IDS:
        group.ids.append(result["clip_id"])


def _note_matched(gathered: Gathered, result: Mapping[str, Any], decision: Mapping[str, Any]) -> None:
    matches = result["findings"]["matches"]
    found = list(dict.fromkeys(match["work"] for match in matches))
    for work in found:
        tally = gathered.works.setdefault(work, WorkTally())
        tally.clips += 1
        tally.seconds += sum(match["q_end"] - match["q_start"] for match in matches if match["work"] == work)
        tally.verdicts[decision["verdict"]] = tally.verdicts.get(decision["verdict"], 0) + 1
        tally.needed.update(dict.fromkeys(_needs(decision, work, found)))
    if len(gathered.cards) < MAX_CARDS and gathered.works[matches[0]["work"]].clips <= MAX_CARDS_A_WORK:
        gathered.cards.append({"result": result, "decision": decision})
    else:
        gathered.hidden_cards += 1


def _needs(decision: Mapping[str, Any], work: str, found: list[str]) -> Iterator[tuple[str, str]]:
    """Whose yes is missing for `work`; an original's holders are asked too, and only a clip of one work tells whose."""
    for need in decision["needed"]:
        if need["work"] == work or (len(found) == 1 and need["work"] is not None):
            yield need["party"], need["act"]


def _deciding(decision: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ground that made the verdict what it is."""
    return next(ground for ground in decision["grounds"] if ground["effect"] == decision["verdict"])

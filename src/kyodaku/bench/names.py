# SPDX-License-Identifier: Apache-2.0
"""`kyodaku bench names`: names found, plain and disguised; false alarms; descriptions; peers; speed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rapidfuzz import fuzz

from kyodaku.bench.metrics import Share, share
from kyodaku.bench.names_described import described
from kyodaku.bench.names_recall import Finder, RecallRow, alarms, bare_trials, context_trials, recall, trials
from kyodaku.bench.names_sets import Half, Prompt, half
from kyodaku.bench.tables import counted, table
from kyodaku.names import Background, Entry, NamesIndex
from kyodaku.names._forms import spaced
from kyodaku.names.ambiguous import demotion
from kyodaku.names.descriptions import Descriptions
from kyodaku.names.normalise import normalise
from kyodaku.names.words import own_prompts

__all__ = ["NamesReport", "measure_names", "names_markdown"]

_PEER_TRIALS: Final = 400
_PEER_PROMPTS: Final = 400
"""Trials and prompts of the peers: comparing with every name in turn takes a hundred times as long."""
_LIKE: Final = 90.0
"""Rapidfuzz's partial ratio at which the peer says yes."""
_SPEED_LENGTH: Final = 200
_SPEED_PROMPTS: Final = 1_000
_PLAIN: Final = frozenset({"as registered", "capitals", "lower case", "possessive"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """What another way of looking for names does on the same trials and prompts."""

    name: str
    plain: Share
    disguised: Share
    alarms: Share


@dataclass(frozen=True, kw_only=True, slots=True)
class DescriptionRow:
    """Prompts that describe without naming, at limits set on the false-alarm rate of ordinary prompts."""

    entries: int
    at_one_percent: Share
    at_one_per_mille: Share
    as_shipped: Share
    false_alarms: Share
    right_first: Share


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """Microseconds of one core for a prompt of 200 characters."""

    lang: str
    median: float
    p99: float


@dataclass(frozen=True, kw_only=True, slots=True)
class NamesReport:
    """Everything measured on one half of names and prompts."""

    half: str
    entries: int
    names: int
    demoted: int
    build_s: float
    rows: list[RecallRow]
    context: list[RecallRow]
    alarms: dict[str, tuple[Share, Share]]
    descriptions: list[DescriptionRow]
    peers: list[Peer]
    speed: list[Speed]

    def document(self) -> dict[str, Any]:
        """The report as JSON holds it."""
        return asdict(self)


def measure_names(
    entries: Sequence[Entry], prompts: Sequence[Prompt], *, side: Half = "held-out", say: Callable[[str], None] = print
) -> NamesReport:
    """Everything, on the half of works and prompts of this side; all entries are in the index."""
    begun = time.perf_counter()
    index = NamesIndex.build(entries)
    build_s = time.perf_counter() - begun

    def find(text: str) -> dict[str, str]:
        return {mention.work: mention.band for mention in index.find(text)}

    background = Background().learn(own_prompts())
    weak = frozenset((e.work, n.text) for e in entries for n in e.names if demotion(spaced(n.text), 0, background))
    asked = [entry for entry in entries if half(entry.work) == side]
    ordinary = [prompt for prompt in prompts if half(prompt.text) == side]
    made = trials(asked, weak)
    say(f"{len(made)} trials")
    rows = recall(find, made)
    say(f"{len(ordinary)} prompts that name nothing")
    return NamesReport(
        half=side,
        entries=len(entries),
        names=len(index),
        demoted=len(weak),
        build_s=build_s,
        rows=rows,
        context=recall(find, [*context_trials(asked, weak), *bare_trials(asked, weak)]),
        alarms=alarms(find, ordinary),
        descriptions=[_described(count, ordinary, side) for count in (50, 1_000)],
        peers=_peers(entries, made, ordinary, find),
        speed=_speed(index, prompts),
    )


def _described(count: int, prompts: Sequence[Prompt], side: Half) -> DescriptionRow:
    entries, asked = described(count, min(count, 300), seed=1 if side == "tuning" else 2)
    held = Descriptions.build(entries)
    scores = [held.scores(normalise(one.prompt).text)[0] for one in asked]
    right = [float(score[number]) for number, score in enumerate(scores)]
    ordinary = sorted((float(held.scores(normalise(p.text).text)[0].max()) for p in prompts), reverse=True)
    limits = [ordinary[int(len(ordinary) * rate)] if ordinary else 0.0 for rate in (0.01, 0.001)]
    told = NamesIndex.build(entries)
    return DescriptionRow(
        entries=count,
        at_one_percent=share(sum(s > limits[0] for s in right), len(right)),
        at_one_per_mille=share(sum(s > limits[1] for s in right), len(right)),
        as_shipped=share(sum(one.work in {m.work for m in told.find(one.prompt)} for one in asked), len(asked)),
        false_alarms=share(sum(bool(told.find(p.text)) for p in prompts), len(prompts)),
        right_first=share(sum(int(s.argmax()) == number for number, s in enumerate(scores)), len(scores)),
    )


def _peers(entries: Sequence[Entry], made: Sequence[Any], prompts: Sequence[Prompt], ours: Finder) -> list[Peer]:
    names = [(entry.work, name.text) for entry in entries for name in entry.names if len(name.text) > 2]
    lowered = [(work, text.lower()) for work, text in names]
    plain = [t for t in made if t.disguise in _PLAIN][:: max(1, len(made) // _PEER_TRIALS)]
    disguised = [t for t in made if t.disguise not in _PLAIN][:: max(1, len(made) // _PEER_TRIALS)]
    ordinary = list(prompts)[:: max(1, len(prompts) // _PEER_PROMPTS)]

    def substring(text: str) -> dict[str, str]:
        return {work: "match" for work, name in names if name in text}

    def words(text: str) -> dict[str, str]:
        padded = f" {spaced(text)} "
        return {
            work: "match" for work, name in lowered if f" {name} " in padded or (not name.isascii() and name in text)
        }

    def like(text: str) -> dict[str, str]:
        low = text.lower()
        return {work: "match" for work, name in lowered if fuzz.partial_ratio(name, low) >= _LIKE}

    def peer(name: str, finder: Finder) -> Peer:
        hit = [
            sum(any(w in found for w in t.works) for t in some for found in [finder(t.prompt)])
            for some in (plain, disguised)
        ]
        false = sum(bool(finder(p.text)) for p in ordinary)
        return Peer(
            name=name,
            plain=share(hit[0], len(plain)),
            disguised=share(hit[1], len(disguised)),
            alarms=share(false, len(ordinary)),
        )

    return [
        peer("Kyodaku", ours),
        peer("substring", substring),
        peer("lower case, whole words", words),
        peer(f"rapidfuzz partial ratio ≥ {_LIKE:.0f}", like),
    ]


def _speed(index: NamesIndex, prompts: Sequence[Prompt]) -> list[Speed]:
    by_lang: dict[str, list[str]] = {}
    for prompt in prompts:
        by_lang.setdefault(prompt.lang, []).append(prompt.text)
    return [_timed(index, lang, _of_length(texts)) for lang, texts in sorted(by_lang.items())]


def _of_length(texts: Sequence[str]) -> list[str]:
    """Prompts of about 200 characters: short ones run on, long ones are cut after a word."""
    made, held = [], ""
    for text in list(texts) * (1 + 20_000 // max(1, sum(map(len, texts)))):
        held = f"{held} {text}".strip()
        if len(held) >= _SPEED_LENGTH:
            cut = held[:_SPEED_LENGTH]
            made.append(cut.rsplit(" ", 1)[0] if cut.isascii() else cut)
            held = ""
        if len(made) == _SPEED_PROMPTS:
            break
    return made


def _timed(index: NamesIndex, lang: str, texts: Sequence[str]) -> Speed:
    for text in texts[:50]:
        index.find(text)
    taken = []
    for text in texts:
        begun = time.thread_time_ns()
        index.find(text)
        taken.append((time.thread_time_ns() - begun) / 1_000)
    taken.sort()
    return Speed(lang=lang, median=statistics.median(taken), p99=taken[int(len(taken) * 0.99)])


# --- tables -------------------------------------------------------------------
def names_markdown(report: NamesReport) -> str:
    """All tables."""
    parts = [
        f"{report.entries:,} entries, {report.names:,} names, of which {report.demoted:,} are plain words.\n",
        f"Measured on the {report.half} half of works and prompts; intervals are Wilson's at 95 %.\n",
        "## Recall\n", _recall(report.rows), "## Plain words meant as titles\n", _recall(report.context),
        "## False alarms on prompts that name nothing\n", _alarms(report.alarms),
        "## Described, not named\n", _descriptions(report.descriptions),
        "## Peers, on the same sample\n", _peer_table(report.peers),
        "## Speed, 200 characters, one core\n",
        _speed_table(report.speed),
    ]  # fmt: skip
    return "\n".join(parts)


def _speed_table(rows: Sequence[Speed]) -> str:
    cells = [(row.lang, f"{row.median:.0f} µs", f"{row.p99:.0f} µs") for row in rows]
    return table(("language", "median", "99 %"), cells)


def _fine(part: Share) -> str:
    return f"{100 * part.value:.1f} % ({100 * part.low:.1f}–{100 * part.high:.1f})" if part.total else "—"


def _summed(rows: Sequence[RecallRow]) -> Share:
    return share(sum(row.found.hits for row in rows), sum(row.found.total for row in rows))


def _recall(rows: Sequence[RecallRow]) -> str:
    plain = [row for row in rows if row.disguise in _PLAIN]
    disguised = [row for row in rows if row.disguise not in _PLAIN]
    lines = [("", row.lang, row.disguise, row.found, row.sure) for row in rows]
    cells = [(f"{lang}, {what}", f"{found.total:,}", _fine(found), _fine(sure)) for _, lang, what, found, sure in lines]
    if plain and disguised:
        for what, some in (("all plain", plain), ("all disguised", disguised)):
            cells.append((f"**{what}**", f"{_summed(some).total:,}", _fine(_summed(some)), ""))
    return table(("names", "cases", "found", "as a match"), cells)


def _alarms(by_lang: dict[str, tuple[Share, Share]]) -> str:
    return table(
        ("language", "flagged", "as a match"),
        [(lang, counted(flagged), counted(sure)) for lang, (flagged, sure) in sorted(by_lang.items())],
    )


def _descriptions(rows: Sequence[DescriptionRow]) -> str:
    heads = ("entries", "found at 1 % false", "at 0.1 %", "as shipped", "false, as shipped", "right one first")
    return table(
        heads,
        [
            (
                f"{row.entries:,}", _fine(row.at_one_percent), _fine(row.at_one_per_mille), _fine(row.as_shipped),
                counted(row.false_alarms), _fine(row.right_first),
            )
            for row in rows
        ],
    )  # fmt: skip


def _peer_table(rows: Sequence[Peer]) -> str:
    heads = ("way", "plain found", "disguised found", "false alarms")
    return table(heads, [(row.name, _fine(row.plain), _fine(row.disguised), _fine(row.alarms)) for row in rows])

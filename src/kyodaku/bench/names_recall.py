# SPDX-License-Identifier: Apache-2.0
"""How many names are found in prompts, plain and disguised, and how many prompts are flagged that name none."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kyodaku.bench.metrics import Share, share
from kyodaku.bench.names_disguises import EVERY
from kyodaku.bench.names_sets import CARRIERS, CONTEXTS, Prompt
from kyodaku.names import Entry, Name

__all__ = ["Finder", "RecallRow", "Trial", "alarms", "bare_trials", "context_trials", "recall", "trials"]

Finder = Callable[[str], dict[str, str]]
"""A prompt to the works found in it, each with its band (`match` or `review`)."""

_CJK: Final = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_KANA: Final = re.compile("[\u3041-\u30ff\u30fc]{3,}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A prompt that names these works (all that bear the name) in this disguise."""

    prompt: str
    works: frozenset[str]
    lang: str
    disguise: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallRow:
    """Of the trials of one language and disguise: found at all, and found surely (band `match`)."""

    lang: str
    disguise: str
    found: Share
    sure: Share


def _languages(name: Name) -> Iterator[str]:
    lang = (name.lang or "").split("-")[0]
    if not _CJK.search(name.text):
        yield "en"
    elif lang in CARRIERS and lang != "en":
        yield lang


def trials(entries: Sequence[Entry], demoted: frozenset[tuple[str, str]], seed: int = 0) -> list[Trial]:
    """Every name that is no plain word, in each disguise of its language, in a prompt of its language."""
    made = []
    bearers = _bearers(entries)
    for entry in entries:
        for name in entry.names:
            if (entry.work, name.text) in demoted:
                continue
            for lang in _languages(name):
                chance = random.Random(f"{seed} {entry.work} {name.text}")  # noqa: S311 - not a secret
                disguises = EVERY.get(lang, {"as registered": lambda text, _: text})
                if lang == "ja" and not _KANA.fullmatch(name.text):
                    disguises = {key: disguises[key] for key in ("as registered", "zero width", "spaced letters")}
                for disguise, make in disguises.items():
                    text = make(name.text, chance)
                    if text is not None:
                        prompt = chance.choice(CARRIERS[lang]).format(text)
                        works = bearers[name.text.casefold()]
                        made.append(Trial(prompt=prompt, works=works, lang=lang, disguise=disguise))
    return made


def bare_trials(entries: Sequence[Entry], demoted: frozenset[tuple[str, str]]) -> list[Trial]:
    """Every name that is a plain word, as registered, in a prompt that gives no other sign that a title is meant."""
    bearers = _bearers(entries)
    return [
        Trial(
            prompt=CARRIERS[lang][0].format(name.text), works=bearers[name.text.casefold()], lang=lang, disguise="bare"
        )
        for entry in entries
        for name in entry.names
        if (entry.work, name.text) in demoted
        for lang in _languages(name)
    ]


def context_trials(entries: Sequence[Entry], demoted: frozenset[tuple[str, str]]) -> list[Trial]:
    """Every name that is a plain word, where it is meant as a title."""
    bearers = _bearers(entries)
    return [
        Trial(prompt=carrier.format(name.text), works=bearers[name.text.casefold()], lang=lang, disguise="in context")
        for entry in entries
        for name in entry.names
        if (entry.work, name.text) in demoted
        for lang in _languages(name)
        for carrier in CONTEXTS[lang]
    ]


def _bearers(entries: Sequence[Entry]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in entries:
        for name in entry.names:
            found.setdefault(name.text.casefold(), set()).add(entry.work)
    return {text: frozenset(works) for text, works in found.items()}


def recall(find: Finder, made: Sequence[Trial]) -> list[RecallRow]:
    """Found and surely found, by language and disguise."""
    total: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    sure: Counter[tuple[str, str]] = Counter()
    for trial in made:
        key = trial.lang, trial.disguise
        bands = find(trial.prompt)
        hits = {bands[work] for work in trial.works if work in bands}
        total[key] += 1
        found[key] += bool(hits)
        sure[key] += "match" in hits
    return [
        RecallRow(
            lang=lang,
            disguise=disguise,
            found=share(found[lang, disguise], count),
            sure=share(sure[lang, disguise], count),
        )
        for (lang, disguise), count in total.items()
    ]


def alarms(find: Finder, prompts: Sequence[Prompt]) -> dict[str, tuple[Share, Share]]:
    """By language: of prompts that name nothing, those flagged at all, and those flagged as a match."""
    total: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    sure: Counter[str] = Counter()
    for prompt in prompts:
        bands = find(prompt.text)
        total[prompt.lang] += 1
        flagged[prompt.lang] += bool(bands)
        sure[prompt.lang] += "match" in bands.values()
    return {lang: (share(flagged[lang], count), share(sure[lang], count)) for lang, count in total.items()}

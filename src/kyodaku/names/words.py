# SPDX-License-Identifier: Apache-2.0
"""What ordinary prompts are made of: the words that a name must stand out from.

The lists under `data/` say which words are plain (`SOURCES.md` says whence they come); prompts written for this purpose
say which phrases are. An operator adds prompts of their own users (`Background.learn`), which no list replaces: what
people write differs from service to service.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from kyodaku.names._forms import spaced

__all__ = ["Background", "common", "own_prompts", "people", "ranks", "words"]

_PHRASE_WORDS: Final = 5
"""Words of the longest phrase counted; a longer title is no accident."""
_CJK_RUN: Final = re.compile("[\u3041-\u309f]+|[\u30a0-\u30ff]+|[\u3005\u3400-\u9fff]+|[\uac00-\ud7a3]+")
_CJK_LENGTH: Final = 8


def _lines(name: str) -> list[str]:
    folder = importlib.resources.files("kyodaku.names").joinpath("data")
    text = folder.joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@functools.cache
def words() -> frozenset[str]:
    """Plain words of English, Japanese, Chinese and Korean, in their normal form."""
    return frozenset(word for lang in ("en", "more", "ja", "zh", "ko") for word in _lines(f"words_{lang}.txt"))


@functools.cache
def common() -> frozenset[str]:
    """The English words used most, so common that no letter of theirs is taken for another's."""
    return frozenset(_lines("words_en.txt")[:12_000])


@functools.cache
def ranks() -> dict[str, int]:
    """English words by how often they are used, the commonest 0."""
    return {word: rank for rank, word in enumerate(_lines("words_en.txt"))}


@functools.cache
def people() -> frozenset[str]:
    """Names of people and places, which are written with a capital whatever they mean."""
    return frozenset(_lines("proper_en.txt")) - frozenset(_lines("words_en.txt")[:6_000])


@functools.cache
def own_prompts() -> tuple[str, ...]:
    """Prompts that ask for nothing protected, written for this project in four languages."""
    return tuple(_lines("prompts.txt"))


@dataclass(kw_only=True, slots=True)
class Background:
    """Phrases seen in prompts that name no work, and how often."""

    phrases: Counter[str] = field(default_factory=Counter)
    prompts: int = 0

    def learn(self, prompts: Iterable[str]) -> Background:
        """The same background, having read these prompts too."""
        for prompt in prompts:
            self.prompts += 1
            self.phrases.update(set(_phrases(prompt)))
        return self

    def seen(self, form: str) -> int:
        """In how many prompts this form stood."""
        return self.phrases.get(form, 0)


def _phrases(prompt: str) -> Iterable[str]:
    text = spaced(prompt)
    tokens = text.split()
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + _PHRASE_WORDS, len(tokens)) + 1):
            yield " ".join(tokens[start:end])
    for run in _CJK_RUN.findall(text):
        for start in range(len(run)):
            for end in range(start + 2, min(start + _CJK_LENGTH, len(run)) + 1):
                yield run[start:end]

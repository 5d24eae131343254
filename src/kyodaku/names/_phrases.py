# SPDX-License-Identifier: Apache-2.0
"""Phrases of which everybody's prompts are made, though no list of words has them: "young woman", 夜の街, 一个女人.

A title like any of them would hold up every prompt. They are told by what they are made of: an everyday thing, with
everyday words before it. Two things side by side are a name's business.
"""

from __future__ import annotations

import functools
import importlib.resources
import itertools
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

__all__ = ["is_phrase"]

_MOST_WORDS: Final = 6
_MOST_LETTERS: Final = 14
"""Of a phrase without spaces: so few that no pattern has much to go back over, whatever a holder registers."""
_CJK: Final = ("ja", "zh", "ko")


@functools.cache
def _parts() -> Mapping[str, frozenset[str]]:
    text = importlib.resources.files("kyodaku.names").joinpath("data/phrases.txt").read_text(encoding="utf-8")
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in text.splitlines():
        kind, _, held = line.partition(": ")
        if not line.startswith("#"):
            found[kind].update([held] if kind == "saying" else held.split(" "))
    return {kind: frozenset(held) for kind, held in found.items()}


@functools.cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Of each language without spaces: what may stand before, an everyday thing, what may stand after."""
    choices = {kind: "|".join(map(re.escape, sorted(held))) for kind, held in _parts().items()}
    return tuple(
        re.compile(
            rf"(?:(?:{choices[f'{lang}-kinds']}) ?)*(?:{choices[f'{lang}-things']})(?:{choices[f'{lang}-after']})?"
        )
        for lang in _CJK
    )


@functools.cache
def _last_letters() -> frozenset[str]:
    """What such a phrase may end with: a look at it spares a million names three patterns."""
    ends = (held for kind, held in _parts().items() if kind.endswith(("-things", "-after")))
    return frozenset(word[-1] for held in ends for word in held)


def is_phrase(form: str) -> bool:
    """Whether a form (normal, with single spaces) is nothing but such a phrase."""
    if form.isascii():
        return form in _parts()["saying"] or _is_english(form.split(" "))
    if len(form) > _MOST_LETTERS or form[-1] not in _last_letters():
        return False
    return any(pattern.fullmatch(form) for pattern in _patterns())


def _is_english(words: list[str]) -> bool:
    links, kinds, things = (_parts()[kind] for kind in ("links", "kinds", "things"))
    if not 2 <= len(words) <= _MOST_WORDS or words[-1] not in things:
        return False
    return all(
        word in links or word in kinds or (word in things and follower in links)
        for word, follower in itertools.pairwise(words)
    )

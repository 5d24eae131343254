# SPDX-License-Identifier: Apache-2.0
"""Another wording: what was named put in general words, and what a generator is to be told to leave out.

Leaving a name out is not enough: generators draw a known character from a description, and from its name's neighbours.
Of the ways that were measured in public, general words together with a list of what to avoid, the names among it, drew
the fewest known characters (He et al., "Fantastic Copyrighted Beasts", ICLR 2025). The list has names that the registry
tells everyone, and nothing of a holder's traits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kyodaku.names import Mention
from kyodaku.rights import Work

__all__ = ["Suggestion", "suggest"]

_GENERIC: Final = {
    "en": {"character": "an original character", "person": "a fictional person", "work": "an original story"},
    "ja": {"character": "オリジナルキャラクター", "person": "架空の人物", "work": "オリジナル作品"},
    "ko": {"character": "오리지널 캐릭터", "person": "가상의 인물", "work": "오리지널 작품"},
    "zh": {"character": "原创角色", "person": "虚构人物", "work": "原创作品"},
}
_KANA: Final = re.compile("[\u3040-\u30ff\uff66-\uff9f]")
_HANGUL: Final = re.compile("[\u1100-\u11ff\uac00-\ud7a3]")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_ARTICLE: Final = re.compile(r"\b(?:an?|the)\s+$", re.IGNORECASE)
_UNNAMED: Final = frozenset({"description", "embedding"})
_MOST_AVOIDED: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """A text without the names, and what to avoid; `described` are works that it describes, which no rewording ends."""

    text: str
    negative_prompt: tuple[str, ...]
    described: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {"text": self.text, "negative_prompt": [*self.negative_prompt], "described": [*self.described]}


def suggest(text: str, mentions: Iterable[Mention], works: Sequence[Work]) -> Suggestion | None:
    """The text with general words for what it names; None where it neither names nor describes anything.

    `works` are those mentioned, as far as they are registered.
    """
    mentions = [*mentions]
    if not mentions:
        return None
    named = [mention for mention in mentions if mention.how not in _UNNAMED]
    titles = [title for work in works for title in work.title.values()]
    avoided = [name for name in (*(mention.name for mention in named), *titles) if name]
    return Suggestion(
        text=_reworded(text, named).encode("utf-8", "backslashreplace").decode(),  # halves of characters written out
        negative_prompt=tuple(dict.fromkeys(avoided))[:_MOST_AVOIDED],
        described=tuple(sorted({mention.work for mention in mentions} - {mention.work for mention in named})),
    )


def _reworded(text: str, mentions: Iterable[Mention]) -> str:
    """Each place once, the longest mention first where two share one."""
    language = _language(text)
    pieces, done = list[str](), 0
    for mention in _apart(mentions):
        before = text[done : mention.start]
        if language == "en":
            before = _ARTICLE.sub("", before)
        pieces += [before, _GENERIC[language][mention.kind]]
        done = mention.end
    return "".join([*pieces, text[done:]])


def _apart(mentions: Iterable[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda each: (each.start, -each.end)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def _language(text: str) -> str:
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    return "zh" if _HAN.search(text) else "en"

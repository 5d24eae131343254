# SPDX-License-Identifier: Apache-2.0
"""Names that are also words: which they are, and what around them says that the name is meant.

A name is demoted when it is a plain word, a person's name, seen in prompts that name no work, or very short; a holder's
pin (`distinctive`) overrules, but for words that are in everybody's prompts. A demoted name counts only with evidence:
a capital in mid-sentence, quotation marks, a cue word beside it, its studio, its series or another of its characters
in the same text.
"""

from __future__ import annotations

import re
from typing import Final

from kyodaku.names._forms import squash
from kyodaku.names._phrases import is_phrase
from kyodaku.names.variants import BARE, HIRAGANA
from kyodaku.names.words import Background, people, ranks, words

__all__ = ["MATCH", "PERSON", "PLAIN", "RARE", "REVIEW", "SHORT", "demotion", "evidence", "is_everyday"]

PLAIN: Final = 8
"""Flag: a plain word or phrase."""
PERSON: Final = 16
"""Flag: a given name or surname."""
SHORT: Final = 32
"""Flag: too short to mean anything alone."""

RARE: Final = 64
"""Flag, beside `PLAIN`: a word used so seldom that a capital in mid-sentence says a good deal."""

MATCH: Final = 0.8
REVIEW: Final = 0.5

_ARTICLES: Final = ("the ", "a ", "an ", "my ", "our ")
_CJK_KINDS: Final = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_TITLE_MARKS: Final = {"『": "』", "《": "》", "〈": "〉", "«": "»"}
_QUOTES: Final = {"「": "」", '"': '"', "\u201c": "\u201d", "\u2018": "\u2019", "'": "'", "*": "*", "_": "_"}
_QUOTED, _TITLED, _CAPITAL, _CUE, _BESIDE, _FAR_CUE, _COMPANY, _OF = 0.5, 0.8, 0.45, 0.55, 0.4, 0.2, 0.8, 0.15
_CAPITALS = 0.55
"""Several words, each with a capital, or one that is seldom used."""

_CUE_WORDS: Final = """
movie movies film films anime manga cartoon character characters show series franchise sequel
prequel trailer game videogame sitcom miniseries novel comic comics episode season musical
soundtrack fanart cosplay universe superhero protagonist villain remake reboot spinoff animated
animation starring blockbuster webtoon
"""
_CUES_EN: Final = frozenset(_CUE_WORDS.split())
_CUES_CJK: Final = re.compile(
    "映画|アニメ|漫画|マンガ|まんが|ゲーム|キャラ|主人公|ドラマ|シリーズ|劇場版|実写|コスプレ"
    "|二次創作|作品|登場人物|主題歌|原作|最終回|監督"
    "|电影|電影|动画|動畫|动漫|動漫|漫画|漫畫|游戏|遊戲|角色|主角|电视剧|電視劇|剧集|系列|同人|卡通|片中|影片|番剧|女主|男主"
    "|영화|애니|만화|게임|캐릭터|주인공|드라마|시리즈|작품|극장판|웹툰|코스프레"
)
_JSON_BEFORE: Final = re.compile(r'[{\[:]\s*"$')
_JSON_AFTER: Final = re.compile(r'"\s*[\]}:]')
"""Quotation marks that JSON needs, and that say nothing of what is between."""
_WORD: Final = re.compile(r"[^\W_]+")
_SENTENCE: Final = re.compile(r"[.!?:;\n。!?]\s*[\"'(\u201c\u2018]*$|^\s*[\"'(\u201c\u2018]*$")
_EVERYDAY_RANK: Final = 1_000
"""Place among English words by frequency up to which no holder has a word to himself."""
_EVERYDAY_SHARE: Final = 0.01
"""Share of prompts that name no work from which on a form, in two of them at least, is everybody's."""
_PARTICLE: Final = re.compile("[a-z\u3041-\u3096\u30a1-\u30fa]{1,2}|.|[0-9]+")
_SELDOM: Final = 6_000
"""Place among English words by frequency from which a word is seldom used."""
_NEAR_WORDS: Final = 2
_NEAR_CJK: Final = 6
_REACH: Final = 60


def demotion(form: str, flags: int, background: Background) -> int:
    """The flags that say why a form is no proof by itself; 0 where it is."""
    letters = squash(form)
    found = 0
    if _too_short(letters, flags):
        found |= SHORT
    bare = next((form.removeprefix(article) for article in _ARTICLES if form.startswith(article)), form)
    if letters in words() or bare in words() or is_phrase(bare) or background.seen(form) or background.seen(bare):
        found |= PLAIN
        if ranks().get(bare, 0) >= _SELDOM and not background.seen(bare):
            found |= RARE
    if flags & BARE and " " in form and all(word in words() for word in form.split(" ")):
        found |= PLAIN | RARE  # any clockwork fox may be meant
    if bare in people():
        found |= PERSON
    return found


def is_everyday(form: str, background: Background) -> bool:
    """Whether a form is in so many ordinary prompts ("the", "video", の) that no pin may make it one work's own."""
    if _PARTICLE.fullmatch(squash(form)) or ranks().get(form, _SELDOM) < _EVERYDAY_RANK or is_phrase(form):
        return True
    return background.seen(form) >= max(2, background.prompts * _EVERYDAY_SHARE)


def _too_short(letters: str, flags: int) -> bool:
    if letters.isdigit() or len(letters) <= 2:
        return True
    return bool(flags & HIRAGANA and len(letters) <= 3 and "ー" not in letters)


def evidence(text: str, start: int, end: int, *, flags: int, company: bool) -> float:
    """How surely the user means the work by this demoted name, 0..1; `text` as the user wrote it.

    `company` says that the same text names its studio, its series or a fellow character.
    """
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    weight = _COMPANY if company else 0.0
    weight += _marks(before, after)
    if _capital(text, start, end, before) and not flags & PERSON:
        several = text[start:end].istitle() and " " in text[start:end]
        weight += _CAPITALS if several or flags & RARE else _CAPITAL
    weight += _cues(before, after)
    return min(weight, 1.0)


def _marks(before: str, after: str) -> float:
    if before and after:
        if before[-1] == after[0] == '"' and (_JSON_BEFORE.search(before) or _JSON_AFTER.match(after)):
            return 0.0
        if _TITLE_MARKS.get(before[-1]) == after[0]:
            return _TITLED
        if _QUOTES.get(before[-1]) == after[0]:
            return _QUOTED
    return 0.0


def _capital(text: str, start: int, end: int, before: str) -> bool:
    """Whether the name has capitals where a sentence would have none."""
    quoted = text[start:end]
    several = quoted.istitle() and " " in quoted
    if not quoted[0].isupper() or (_SENTENCE.search(before) and not several):
        return False
    others = [
        w for w in _WORD.findall(text[max(0, start - _REACH) : start] + " " + text[end : end + _REACH]) if w.isalpha()
    ]
    lower = sum(w[0].islower() for w in others)
    return lower * 2 > len(others) or not others


def _cues(before: str, after: str) -> float:
    left, right = _WORD.findall(before.lower()), _WORD.findall(after.lower())
    if left[-1:] and left[-1] in _CUES_EN:
        return _CUE
    if _CUES_CJK.search(before[-_NEAR_CJK:]) or _CUES_CJK.search(after[:_NEAR_CJK]):
        return _CUE
    if not _CUES_EN.isdisjoint([*left[-_NEAR_WORDS:], *right[:_NEAR_WORDS]]):
        return _BESIDE
    far = _FAR_CUE if not _CUES_EN.isdisjoint([*left, *right]) or _CUES_CJK.search(before + after) else 0.0
    return far + (_OF if left[-1:] in (["from"], ["of"], ["by"], ["like"]) else 0.0)

# SPDX-License-Identifier: Apache-2.0
"""What the names room is measured on: a registry of names, prompts around them, prompts that name nothing.

Files that the user gives hold real names and prompts and are only read. Without them everything is made up here:
invented titles and characters in four languages, and ordinary prompts.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from kyodaku.errors import UsageError
from kyodaku.names import Entry, Name, Trait
from kyodaku.names.words import own_prompts

__all__ = ["CARRIERS", "CONTEXTS", "Half", "Prompt", "half", "invented", "ordinary", "read_prompts", "read_registry"]

CARRIERS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "a cinematic video of {} walking through the rain at night, 4k",
        "{} dancing on a rooftop, warm light",
        "make a short clip where {} meets an old fisherman by the sea",
        "slow motion, handheld camera, {} turns around and smiles",
    ),
    "ja": (
        "雨の夜に{}が歩いている動画、4K",
        "{}、屋上で踊る、暖かい光",
        "海辺で老人と出会う{}を映像にして",
        "カメラに向かって笑う{}の短い動画",
    ),
    "zh": ("{}在雨夜的街上行走，电影感", "生成一段{}在屋顶跳舞的视频", "慢动作，{}转身微笑"),
    "ko": ("비 오는 밤 {}가 거리를 걷는 영상", "{}, 옥상에서 춤추는 장면", "바닷가에서 노인을 만나는 {}의 짧은 영상"),
}
CONTEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "a scene from the movie {}, rainy street",
        'make a trailer in the style of the film "{}", dark mood',
        "two kids watch the anime {} on a sofa",
        "fan art of the main character of the series {}, neon light",
    ),
    "ja": ("映画『{}』のワンシーン、雨の街", "アニメ「{}」の主人公が走る", "{}というアニメの名シーンを再現"),
    "zh": ("电影《{}》里的一个场景", "动画“{}”的主角在奔跑"),
    "ko": ("영화 '{}'의 한 장면", "애니메이션 {} 주인공이 달린다"),
}
"""Prompts in which a title that is a plain word is meant as a title."""
_MAX_LINE: Final = 1 << 20
Half = Literal["tuning", "held-out"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """One prompt, its language, and where it stood."""

    text: str
    lang: str
    source: str


def half(key: str) -> Half:
    """The half on which something may be looked at while limits are set, or the one that is reported."""
    return "tuning" if hashlib.sha256(key.encode("utf-8", "replace")).digest()[0] % 2 else "held-out"


def _lines(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if len(line) > _MAX_LINE:
                    raise UsageError("a line of more than a megabyte", where=f"{path}:{number}")
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise UsageError("not a JSON object", where=f"{path}:{number}")
                    yield number, row
    except (OSError, ValueError) as fault:
        raise UsageError(f"not readable as lines of JSON: {fault}", where=str(path)) from fault


def read_prompts(folder: Path, leave_out: Iterable[str] = ()) -> list[Prompt]:
    """The prompts of every `*.jsonl` of a folder, each once: `{"text": ..., "lang": ...}` a line."""
    out = set(leave_out)
    found: dict[str, Prompt] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, row in _lines(path):
            text = row.get("text")
            if not isinstance(text, str):
                raise UsageError('a prompt has a "text"', where=f"{path}:{number}")
            if text not in out:
                found.setdefault(text, Prompt(text=text, lang=str(row.get("lang", "en")), source=path.stem))
    if not found:
        raise UsageError("no prompts here", where=str(folder), hint="files end in .jsonl, one prompt a line")
    return list(found.values())


def read_registry(path: Path) -> list[Entry]:
    """Entries, one JSON object a line: `work`, `kind`, `names` (text, lang, kind, distinctive), `traits`, `related`."""
    return [_entry(row, f"{path}:{number}") for number, row in _lines(path)]


def _entry(row: Mapping[str, object], where: str) -> Entry:
    try:
        fields = {key: row[key] for key in ("work", "kind", "descriptions") if key in row}
        names = tuple(Name(**name) for name in row.get("names", ()))  # type: ignore[attr-defined]
        traits = tuple(Trait(**trait) for trait in row.get("traits", ()))  # type: ignore[attr-defined]
        related: tuple[str, ...] = tuple(row.get("related", ()))  # type: ignore[arg-type]
        return Entry(**fields, names=names, traits=traits, related=related)  # type: ignore[arg-type]
    except TypeError as fault:
        raise UsageError(f"not an entry: {fault}", where=where) from fault


# --- invented -----------------------------------------------------------------
_PARTS: Final = {
    "FIRST": "Bram Cel Dor Fen Gal Hes Jor Kel Lum Mor Nex Orl Pel Quor Rav Sel Tav Ulm Vex Wyn Yor Zeph",
    "LAST": "abrix adelo amira andor avento elloway embrax erith iloom imbra odwin ombro orielle uxley yndra",
    "NOUNS": "Lantern Harbour Compass Orchard Glacier Foundry Comet Marsh Lighthouse Sparrow Engine Cathedral",
    "KANA_FIRST": "ガル ケレ ノク ピラ ザメ ルベ ヴォ トゥラ ミゼ ハグ",
    "KANA_LAST": "ミオン バルド ネッタ ソリア ドロップス ーナ リッツ モンテ",
    "HAN_FIRST": "苔灯 霧砂 鐵鯨 星匣 雲錨 月墨",
    "HAN_LAST": "船長 騎士 鐘樓 學園 旅團",
    "HANGUL_FIRST": "갈미 노크 피라 제모 루벨 토란",
    "HANGUL_LAST": "온드 바르 네타 솔리 드랍",
}
"""Halves of invented names, by script."""


def _part(kind: str, chance: random.Random) -> str:
    return chance.choice(_PARTS[kind].split(" "))


def invented(count: int, seed: int = 0) -> list[Entry]:
    """So many invented entries with names in English, Japanese, Chinese and Korean; every tenth is a plain word."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    plain = ["Frozen Harbour", "Spring", "Orange", "Storm", "Mirror", "Harvest", "Echo", "Drift"]
    entries = []
    for number in range(count):
        english = _part("FIRST", chance) + _part("LAST", chance)
        if number % 3 == 0:
            english = f"{english} {_part('NOUNS', chance)}"
        if number % 10 == 9:
            english = plain[number // 10 % len(plain)]
        names = {
            "en": english,
            "ja": _part("KANA_FIRST", chance) + _part("KANA_LAST", chance),
            "zh": _part("HAN_FIRST", chance) + _part("HAN_LAST", chance),
            "ko": _part("HANGUL_FIRST", chance) + _part("HANGUL_LAST", chance),
        }
        held = tuple(Name(text=text, lang=lang) for lang, text in names.items())
        entries.append(Entry(work=f"invented-{number}", kind="character" if number % 2 else "work", names=held))
    return entries


def ordinary() -> list[Prompt]:
    """The prompts written for this project, with their language by their script."""
    return [Prompt(text=text, lang=_language(text), source="own") for text in own_prompts()]


def _language(text: str) -> str:
    if any("\u3041" <= c <= "\u30ff" for c in text):
        return "ja"
    if any("\uac00" <= c <= "\ud7a3" for c in text):
        return "ko"
    return "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"

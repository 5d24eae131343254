# SPDX-License-Identifier: Apache-2.0
"""The page's words that depend on what was found, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Protocol

from kyodaku.copies.layout import Region
from kyodaku.copies.views import FRAMED, MIRROR, WHOLE
from kyodaku.examine import WorkMatch
from kyodaku.explain.pictures import Pairs
from kyodaku.explain.reference_media import Absence
from kyodaku.training.report.words import Bilingual, bilingual

__all__ = [
    "ABSENCES",
    "band",
    "changes",
    "error_advice",
    "likelihood",
    "missing_pictures",
    "plain",
    "summary",
    "thresholds",
    "view",
    "witness",
]


class Thresholds(Protocol):
    """A calibration, of pictures or of sound."""

    @property
    def match(self) -> float:
        """From this score on a match is a finding."""

    @property
    def review(self) -> float:
        """From this score on a person should look."""


_VIEWS: Final[dict[str, Bilingual]] = {
    "whole": {"en": "the whole picture, without its borders", "ja": "縁を除いた画面全体"},
    "mirror": {"en": "the whole picture, turned left for right", "ja": "画面全体を左右反転したもの"},
    "framed": {"en": "the whole picture with its borders", "ja": "縁を含めた画面全体"},
    "uncropped": {
        "en": "the picture, taken as what is left of a larger one",
        "ja": "画面を、より大きな画面から切り抜いた残りとみなしたもの",
    },
    "centre": {"en": "the middle of the picture", "ja": "画面の中央部"},
    "left": {"en": "the left half of the picture", "ja": "画面の左半分"},
    "right": {"en": "the right half of the picture", "ja": "画面の右半分"},
    "top": {"en": "the upper half of the picture", "ja": "画面の上半分"},
    "bottom": {"en": "the lower half of the picture", "ja": "画面の下半分"},
    "top-left": {"en": "the upper left part of the picture", "ja": "画面の左上部"},
    "top-right": {"en": "the upper right part of the picture", "ja": "画面の右上部"},
    "bottom-left": {"en": "the lower left part of the picture", "ja": "画面の左下部"},
    "bottom-right": {"en": "the lower right part of the picture", "ja": "画面の右下部"},
}

UNCROPPED: Final = "uncropped"
_WHOLE: Final = ("", WHOLE.name, MIRROR.name, FRAMED.name, UNCROPPED)
"""Views of the whole picture, and that of a match whose view is not known."""
_MIRRORED: Final[Bilingual] = {"en": "mirrored", "ja": "左右反転"}

_REGIONS: Final[dict[str, Bilingual]] = {
    "inner": {"en": "the picture inside a frame", "ja": "枠の内側の画面"},
    "pane": {"en": "one pane of a split screen", "ja": "分割画面の一区画"},
    "inset": {"en": "a picture within the picture", "ja": "画面内の小窓"},
}
_REGION: Final[Bilingual] = {"en": "a part of the picture", "ja": "画面の一部"}

_WITNESSES: Final[dict[str, Bilingual]] = {
    "picture": {"en": "by its pictures", "ja": "映像"},
    "sound": {"en": "by its sound", "ja": "音声"},
    "both": {"en": "by its pictures and its sound", "ja": "映像と音声"},
}

ABSENCES: Final[dict[Absence, Bilingual]] = {
    "fingerprint_only": {
        "en": "The reference was registered as a fingerprint, which holds no pictures: the film itself stayed with its"
        " holder. Give the film with --reference-media to see it here.",
        "ja": "この登録作品は、映像を含まない指紋データとして登録されています（映像は権利者の手元にあります）。"
        "映像をお持ちの場合は、--reference-media で指定すると、ここに表示されます。",
    },
    "gone": {
        "en": "The film is not where it was when it was registered. Give it with --reference-media to see it here.",
        "ja": "登録時の場所に映像がありません。--reference-media で指定すると、ここに表示されます。",
    },
    "changed": {
        "en": "The file from which the reference was registered has been changed since: its hash is another. It is not"
        " shown, as it would prove nothing.",
        "ja": "登録に用いたファイルは、登録後に変更されています（ハッシュ値が一致しません）。"
        "証拠とならないため表示しません。",
    },
    "not_given": {
        "en": "None of the given files is this reference's film: neither hash nor name agrees.",
        "ja": "指定されたファイルの中に、この登録作品の映像はありませんでした（ハッシュ値も名前も一致しません）。",
    },
    "unreadable": {
        "en": "The reference's film is at hand, but cannot be decoded.",
        "ja": "登録作品の映像はありますが、復号できません。",
    },
}

_CLIP_MISSING: Final[Bilingual] = {
    "en": "The clip's pictures cannot be shown: it is gone, or was changed after it was examined.",
    "ja": "素材の映像は表示できません（素材がないか、確認後に変更されています）。",
}
_NOT_PROVEN: Final[Bilingual] = {
    "en": "The reference's pictures are from the file that was given for it. Its hash is not the recorded one; each"
    " picture shown was compared with the registered fingerprint and agrees with it.",
    "ja": "登録作品の映像は、指定されたファイルのものです。登録時のハッシュ値による確認はできませんが、"
    "表示した各画面は登録済みの指紋データと照合し、一致を確認しています。",
}

_ADVICE: Final[dict[str, Bilingual]] = {
    "corrupt": {
        "en": "The file is damaged, or was changed while it was read. Get it again from its source and check it anew."
        " If it plays elsewhere, convert it with a player or with FFmpeg and check the result.",
        "ja": "ファイルが破損しているか、読み取り中に変更されました。入手元から取得し直し、再度確認してください。"
        "他のソフトで再生できる場合は、FFmpeg 等で変換したものを確認してください。",
    },
    "unsupported": {
        "en": "It is no film or picture, or not in a form that can be examined as a whole. See that it is the right"
        " file; split or convert it, and check the result.",
        "ja": "映像・画像ではないか、全体を確認できる形式ではありません。"
        "正しいファイルかを確かめ、分割または変換したうえで再度確認してください。",
    },
    "empty": {
        "en": "There is nothing in the file. Get it again from its source.",
        "ja": "ファイルの中身がありません。入手元から取得し直してください。",
    },
    "too_large": {
        "en": "It is beyond the limits, or like more references than can be compared with it. For a long film raise"
        " --max-hours; else cut it into parts and check each.",
        "ja": "上限を超えているか、類似する登録作品が多すぎて照合しきれません。"
        "長い映像の場合は --max-hours を上げるか、分割してそれぞれ確認してください。",
    },
    "timed_out": {
        "en": "It took longer than allowed. Raise --clip-seconds and check it again.",
        "ja": "制限時間を超えました。--clip-seconds を上げて再度確認してください。",
    },
    "crashed": {
        "en": "The decoder, which runs apart from everything else, was brought down by this file. Be wary of it. If you"
        " trust its source, convert it and check the result.",
        "ja": "隔離して動かしている復号処理が、このファイルによって異常終了しました。取り扱いに注意してください。"
        "入手元を信頼できる場合は、変換したうえで再度確認してください。",
    },
}
_GENERAL_ADVICE: Final[Bilingual] = {
    "en": "See that the file is there and can be read, and check it again.",
    "ja": "ファイルが存在し、読み取れることを確かめ、再度確認してください。",
}

_STEERING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, marks that turn the direction of writing, and halves of characters."""


def plain(text: str) -> str:
    """Text from outside as it may be shown: what would hide or turn a part of a name is written out."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def view(name: str, region: Region | None) -> Bilingual:
    """What of the clip's picture was compared."""
    if region is not None:
        return _REGIONS.get(region.kind, _REGION)
    return _VIEWS.get(name, _REGION)


def witness(found: Any) -> Bilingual | None:
    """By what a match was found, if it says so."""
    said = getattr(found, "witness", None)
    return None if said is None else _WITNESSES.get(str(said), bilingual(plain(str(said))))


def _speed(value: float) -> Bilingual | None:
    """How fast the reference goes by; None where it is as it was."""
    if abs(value - 1) < 0.04:
        return None
    how, ja = ("faster", "速い") if value > 1 else ("slower", "遅い")
    return {
        "en": f"at {value:.2f} times its speed ({how} than the reference)",
        "ja": f"{value:.2f}倍速（登録作品より{ja}）",
    }


def changes(found: WorkMatch, *, bordered: bool, view: str) -> list[Bilingual]:
    """What was seen to have been done to the work's pictures."""
    told = [_MIRRORED] if found.mirrored else []
    other = _speed(found.speed)
    if other is not None:
        told.append(other)
    if view not in _WHOLE:
        told.append({"en": "shown in a part of the picture", "ja": "画面の一部に表示"})
    elif view == UNCROPPED:
        told.append({"en": "shown in part only", "ja": "一部のみを表示"})
    elif bordered:
        told.append({"en": "shown inside borders", "ja": "縁を付加"})
    return told or [
        {"en": "neither mirrored, nor another speed, nor borders", "ja": "左右反転・速度変更・縁の付加はいずれもなし"}
    ]


def likelihood(score: float) -> Bilingual:
    """A probability as people say it: never certain."""
    if score >= 0.9995:
        return {"en": "over 99.9 %", "ja": "99.9％超"}
    if score < 0.0005:
        return {"en": "under 0.1 %", "ja": "0.1％未満"}
    return {"en": f"{100 * score:.1f} %", "ja": f"{100 * score:.1f}％"}


def band(name: str, *, is_match: bool) -> Bilingual:
    """What a score calls for."""
    if not is_match:
        return {"en": "no match", "ja": "一致とはみなさない"}
    if name == "match":
        return {"en": "match", "ja": "一致"}
    return {"en": "for a person to judge", "ja": "要確認（人の判断が必要）"}


def thresholds(used: Thresholds) -> Bilingual:
    """What the two thresholds are."""
    return {
        "en": f"From {100 * used.match:.0f} % on it counts as a match; from {100 * used.review:.0f} % on a person must"
        " look.",
        "ja": f"{100 * used.match:.0f}％以上を「一致」、{100 * used.review:.0f}％以上を「要確認」とします。",
    }


def summary(works: int, possible: int, covered_s: float, duration_s: float | None, *, examined: bool) -> Bilingual:
    """What was found, in one sentence."""
    if not works and not possible:
        if examined:
            return {
                "en": "Nothing registered was found in this clip. That is no permission: it says what was searched for,"
                " not who made the clip.",
                "ja": "登録作品は見つかりませんでした。これは許諾を意味しません。"
                "照合した範囲を示すものであり、素材の作者を示すものではありません。",
            }
        return {
            "en": "Nothing registered was found in what could be examined, and that was not all of it.",
            "ja": "確認できた範囲では登録作品は見つかりませんでしたが、全体は確認できていません。",
        }
    length = f" of {duration_s:.1f}" if duration_s else ""
    long_ja = f"全{duration_s:.1f}秒のうち" if duration_s else ""
    english, japanese = [], []
    if works:
        english.append(f"{works} registered work{'' if works == 1 else 's'} found")
        japanese.append(f"登録作品{works}件が見つかりました")
    if possible:
        english.append(f"{possible} that may be shown and must be looked at by a person")
        japanese.append(f"一致の可能性があり人の確認が必要な作品が{possible}件あります")
    return {
        "en": f"{', and '.join(english)}; the spans cover {covered_s:.1f}{length} seconds of this clip.",
        "ja": f"{long_ja}{covered_s:.1f}秒で、{'。また、'.join(japanese)}。",
    }


def error_advice(error: str) -> Bilingual:
    """What to do about a medium that could not be examined."""
    return _ADVICE.get(error.split(":", 1)[0], _GENERAL_ADVICE)


def missing_pictures(pairs: Pairs) -> list[Bilingual]:
    """Why pictures are missing, or where they are from."""
    said = [_CLIP_MISSING] if pairs.clip_missing else []
    if pairs.absence is not None:
        said.append(ABSENCES[pairs.absence])
    elif pairs.unlike:
        said.append(_unlike(pairs.unlike, len(pairs.pairs)))
    elif not pairs.proven:
        said.append(_NOT_PROVEN)
    return said


def _unlike(count: int, of: int) -> Bilingual:
    return {
        "en": f"{count} of {of} pictures of the file that was given for the reference do not agree with the registered"
        " fingerprint, and are not shown: it is another film, or another cut.",
        "ja": f"指定されたファイルの画面{of}枚のうち{count}枚は、登録済みの指紋データと一致しないため表示しません"
        "（別の映像か、別の版です）。",
    }


def facts(media: Mapping[str, Any] | None) -> str:
    """Size and form of a film, the same in both languages."""
    if not media:
        return ""
    return f"{media.get('width')} × {media.get('height')} · {media.get('codec')}"

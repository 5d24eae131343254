# SPDX-License-Identifier: Apache-2.0
"""The report's fixed words, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from kyodaku.copies import Calibration, Measured

__all__ = [
    "ACTS",
    "DISCLAIMER",
    "VERDICTS",
    "Bilingual",
    "accuracies",
    "accuracy",
    "acts",
    "bilingual",
    "compared",
    "error_kind",
    "length",
    "measure",
    "moment",
    "named",
    "searched",
    "summary",
    "unseen",
]

Bilingual = dict[str, str]

VERDICTS: Final[dict[str, Bilingual]] = {
    "permitted": {"en": "permitted", "ja": "許可"},
    "permitted_with_duties": {"en": "permitted with duties", "ja": "義務付きで許可"},
    "review": {"en": "review", "ja": "要確認"},
    "refused": {"en": "refused", "ja": "不許可"},
}

ACTS: Final[dict[str, Bilingual]] = {
    "collect": {"en": "collecting", "ja": "収集"},
    "mine": {"en": "data analysis", "ja": "情報解析"},
    "train": {"en": "training a model", "ja": "モデルの学習"},
    "fine_tune": {"en": "fine-tuning a model", "ja": "追加学習"},
    "input": {"en": "use as input", "ja": "入力としての利用"},
    "index": {"en": "indexing", "ja": "索引作成"},
    "generate": {"en": "generating", "ja": "生成"},
    "publish": {"en": "publishing", "ja": "公衆への提供"},
}

DISCLAIMER: Final[Bilingual] = {
    "en": "A regime is a named position with its source and status. This report records what was found and decided"
    " under it; it is not legal advice.",
    "ja": "判断規則は、出典と位置づけを明示した一つの立場です。本報告書はその規則の下で確認・判断した事実の記録であり、"
    "法的助言ではありません。",
}

_STATUS: Final[dict[str, Bilingual]] = {
    "settled": {"en": "settled", "ja": "確立"},
    "contested": {"en": "contested position", "ja": "見解の対立あり"},
}


_ERRORS: Final[dict[str, Bilingual]] = {
    "corrupt": {"en": "cannot be decoded", "ja": "復号できません"},
    "unsupported": {"en": "cannot be examined as it is", "ja": "この形のままでは確認できません"},
    "empty": {"en": "holds nothing", "ja": "内容がありません"},
    "too_large": {"en": "is beyond the limits", "ja": "上限を超えています"},
    "timed_out": {"en": "took too long", "ja": "制限時間を超えました"},
    "crashed": {"en": "brought the decoder down", "ja": "復号処理が異常終了しました"},
    "duplicate_id": {"en": "repeats an id of the manifest", "ja": "一覧の識別子が重複しています"},
    "bad_row": {"en": "stands in a row that cannot be used", "ja": "一覧の行に不備があります"},
}


_UNITS: Final[tuple[tuple[int, str, str], ...]] = ((3600, "h", "時間"), (60, "min", "分"), (1, "s", "秒"))


def bilingual(text: str) -> Bilingual:
    """The same text in both languages: an id, a name that has one form."""
    return {"en": text, "ja": text}


def acts(names: Sequence[str]) -> Bilingual:
    """Acts in a list; one that has no word here is said as it is."""
    said = [ACTS.get(name, bilingual(name)) for name in names]
    return {"en": ", ".join(one["en"] for one in said), "ja": "、".join(one["ja"] for one in said)}


def named(names: dict[str, str] | None, fallback: str) -> Bilingual:
    """A name in both languages, each standing in for the other, else `fallback`."""
    names = dict(names or {})
    any_name = next(iter(names.values()), fallback)
    return {"en": names.get("en", any_name), "ja": names.get("ja", any_name)}


def status(flag: str) -> Bilingual:
    """A regime's `settled` or `contested`."""
    return _STATUS.get(flag, bilingual(flag))


def length(seconds: float) -> Bilingual:
    """Seconds as hours, minutes or seconds, whichever reads best."""
    if seconds >= 3600:
        return {"en": f"{seconds / 3600:,.1f} h", "ja": f"{seconds / 3600:,.1f}時間"}
    if seconds >= 60:
        return {"en": f"{seconds / 60:.1f} min", "ja": f"{seconds / 60:.1f}分"}
    return {"en": f"{seconds:.0f} s", "ja": f"{seconds:.0f}秒"}


def measure(total: float) -> Callable[[float], Bilingual]:
    """How lengths are said where they are to be compared: all in the unit that fits their total, in seconds."""
    size, en, ja = next((unit for unit in _UNITS if total >= unit[0]), _UNITS[-1])

    def said(seconds: float) -> Bilingual:
        number = f"{seconds / size:,.1f}" if seconds else "0"
        return {"en": f"{number} {en}", "ja": f"{number}{ja}"}

    return said


def accuracies(calibrations: Sequence[Calibration]) -> Bilingual:
    """The accuracy of each descriptor by which references were searched."""
    said = [accuracy(used.measured) for used in calibrations]
    return {language: " ".join(one[language] for one in said) for language in ("en", "ja")}


def accuracy(measured: Measured) -> Bilingual:
    """How often the matcher was measured to be wrong, with the counts behind it, and what it mostly misses."""
    false, clips, most = measured.false_matches, measured.negative_clips, 100 * measured.false_match_rate_at_most
    missed = ", ".join(edit for edit, recall in measured.recall_by_edit.items() if recall < 0.5) or "—"
    return {
        "en": f"Matching, measured at this threshold on {measured.negative_works} works: {false} false matches in"
        f" {clips:,} clips of works that were not registered (at most {most:.2f} % with 95 % confidence);"
        f" {measured.recall:.0%} of {measured.positive_clips:,} edited copies were found. Found in less than half of"
        f" the cases: {missed}.",
        "ja": f"照合の精度(本報告のしきい値、{measured.negative_works}作品での測定)："
        f"未登録作品の素材{clips:,}本中の誤一致は{false}本(95％信頼上限{most:.2f}％)。編集された複製{measured.positive_clips:,}本のうち{measured.recall:.0%}を検出。"
        f"検出率が半分未満の編集：{missed}。",
    }


def searched(references: int, works: int) -> Bilingual:
    """What the clips were compared with."""
    return {
        "en": f"Compared with {references:,} references of {works:,} registered works.",
        "ja": f"照合対象：登録作品{works:,}件の参照映像{references:,}本。",
    }


def error_kind(error: str) -> Bilingual:
    """The kind of an error, in words."""
    return _ERRORS.get(error.split(":", 1)[0], bilingual(""))


def unseen(share: float, duration_s: float | None, parts_omitted: int) -> list[Bilingual]:
    """What of a medium could not be seen, a sentence each; nothing where all of it was."""
    said = []
    if share:
        said.append(_dark(share * duration_s, duration_s) if duration_s else _DARK)
    if parts_omitted:
        said.append(
            {
                "en": f"Its frames are made of more pictures than were searched: where they were most,"
                f" {parts_omitted} were left out.",
                "ja": f"画面内の映像の数が照合の上限を超え、最も多い時点で{parts_omitted}件が照合されていません。",
            }
        )
    return said


_DARK: Final[Bilingual] = {
    "en": "It shows nothing that could be compared: it is black, of one colour, or the like.",
    "ja": "比較できる映像がありません（黒画面、単色の画面など）。",
}


def _dark(seconds: float, duration_s: float) -> Bilingual:
    return {
        "en": f"Of its {duration_s:.1f} s, {seconds:.1f} s show nothing that could be compared: they are black, of one"
        " colour, or the like.",
        "ja": f"全{duration_s:.1f}秒のうち{seconds:.1f}秒は、比較できる映像がありません（黒画面、単色の画面など）。",
    }


def moment(at: str) -> str:
    """RFC 3339 for reading: to the second."""
    return f"{at[:10]} {at[11:19]} UTC"


def summary(total: int, go: int, matched: int, errors: int) -> Bilingual:
    """The one sentence under the totals."""
    return {
        "en": f"Of {total:,} clips, {go:,} may be copied into the training set. In {matched:,} a registered work was"
        f" found; {errors:,} could not be examined and are therefore not permitted.",
        "ja": f"全{total:,}本のうち、学習用データとして複製できるのは{go:,}本です。"
        f"{matched:,}本で登録作品が見つかりました。{errors:,}本は確認できなかったため、許諾済みと扱いません。",
    }


def compared(*, whole: Bilingual, least: tuple[str, Bilingual], most: tuple[str, Bilingual], parted: int) -> Bilingual:
    """The one sentence of a comparison: from which regime to which, and on how much they part."""
    (strict, less), (loose, more) = least, most
    if less == more:
        span = {
            "en": f"Of {whole['en']}, every regime admits {less['en']}.",
            "ja": f"全{whole['ja']}のうち、いずれの判断規則でも利用できるのは{less['ja']}です。",
        }
    else:
        span = {
            "en": f"Of {whole['en']}, {strict} admits {less['en']} and {loose} admits {more['en']}.",
            "ja": f"全{whole['ja']}のうち、利用できるのは {strict} では{less['ja']}、{loose} では{more['ja']}です。",
        }
    return {
        "en": f"{span['en']} On {parted:,} clips the verdicts differ.",
        "ja": f"{span['ja']}判断が分かれた素材は{parted:,}本です。",
    }

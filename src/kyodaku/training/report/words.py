# SPDX-License-Identifier: Apache-2.0
"""The report's fixed words, in both languages."""

from __future__ import annotations

from typing import Final

from kyodaku.copies import Measured

__all__ = [
    "ACTS",
    "DISCLAIMER",
    "VERDICTS",
    "Bilingual",
    "accuracy",
    "bilingual",
    "length",
    "moment",
    "named",
    "summary",
]

Bilingual = dict[str, str]

VERDICTS: Final[dict[str, Bilingual]] = {
    "permitted": {"en": "permitted", "ja": "許諾あり"},
    "permitted_with_duties": {"en": "permitted with duties", "ja": "条件付き許諾"},
    "review": {"en": "review", "ja": "要確認"},
    "refused": {"en": "refused", "ja": "不可"},
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


def bilingual(text: str) -> Bilingual:
    """The same text in both languages: an id, a name that has one form."""
    return {"en": text, "ja": text}


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


def accuracy(measured: Measured) -> Bilingual:
    """How often the matcher was measured to be wrong, with the counts behind it."""
    false, clips, most = measured.false_matches, measured.negative_clips, 100 * measured.false_match_rate_at_most
    return {
        "en": f"Matching, measured at this threshold: {false} false matches among {clips:,} clips that copy nothing (at"
        f" most {most:.2f} % with 95 % confidence); {measured.recall:.0%} of {measured.positive_clips:,} edited copies"
        " were found.",
        "ja": f"照合の精度(本報告のしきい値での測定)：複製を含まない{clips:,}本中の誤一致は{false}本"
        f"(95％信頼上限{most:.2f}％)。編集された複製{measured.positive_clips:,}本のうち{measured.recall:.0%}を検出。",
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

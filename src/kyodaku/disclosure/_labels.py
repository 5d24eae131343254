# SPDX-License-Identifier: Apache-2.0
"""The fixed words around every form."""

from __future__ import annotations

from typing import Final

from kyodaku.disclosure._words import Bilingual, said

__all__ = ["LABELS"]

LABELS: Final[dict[str, Bilingual]] = {
    "draft": said(
        "DRAFT: it follows a draft, and is not the form of any authority.",
        "案：確定していない案に基づく文書であり、所定の様式ではありません。",
    ),
    "legend": said(
        "“Record”: from the record of the runs named at the end. “Stated”: in the developer's words, not checked."
        " “Not stated”: asked for, and left open.",
        "「記録」：末尾に示す実行の記録による。「申告」：開発者の説明であり、確認していない。「未記載」：回答のない事項。",
    ),
    "mark_recorded": said("record", "記録"),
    "mark_stated": said("stated", "申告"),
    "unconfirmed": said("About this form:", "本様式について："),
    "idle": said("Does not apply.", "該当しない。"),
    "open": said("Not stated", "未記載の事項"),
    "nothing_open": said("Every field is stated.", "未記載の事項はない。"),
    "run": said("The runs on record", "対象とした実行"),
    "more": said("and {} more", "ほか{}件"),
    "scope": said(
        "This document covers the clips that the runs named at its end cleared. Whatever else the model was trained"
        " on is for the developer to state. It records what was found and stated; it is not legal advice.",
        "本書の対象は、末尾に示す実行で許諾を確認した素材です。モデルの学習に用いたその他のデータは、開発者が記載すべき事項です。"
        "本書は確認・申告された事実の記録であり、法的助言ではありません。",
    ),
}

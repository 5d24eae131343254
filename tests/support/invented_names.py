# SPDX-License-Identifier: Apache-2.0
"""A small registry of invented works."""

from __future__ import annotations

from kyodaku.names import Entry, Name, Trait

__all__ = ["entries"]


def entries() -> list[Entry]:
    """Works, characters and a person, none of which exists."""
    return [
        Entry(work="orla", names=(Name(text="Moss Captain Orla", lang="en"), Name(text="苔船長オルラ", lang="ja"))),
        Entry(
            work="pikelo",
            kind="character",
            names=(
                Name(text="Pikelo", lang="en"),
                Name(text="ピケロンド", lang="ja"),
                Name(text="피케론드", lang="ko"),
                Name(text="皮克龙战士", lang="zh"),
            ),
            related=("drift", "Lantern Kiln Works"),
        ),
        Entry(
            work="drift",
            names=(Name(text="Drift", lang="en"), Name(text="ひまわり", lang="ja"), Name(text="별", lang="ko")),
        ),
        Entry(work="harbour", names=(Name(text="Spider Harbour", lang="en"),)),
        Entry(work="pinned", names=(Name(text="Orange", lang="en", distinctive=True),)),
        Entry(work="dinner", kind="person", names=(Name(text="Ottoline Zabranský", lang="en"),)),
        Entry(
            work="quill",
            kind="character",
            names=(Name(text="Tessaly Quill", lang="en"),),
            traits=(
                Trait(text={"en": "pointed crimson hat", "ja": "とがった赤い帽子"}, group="dress"),
                Trait(
                    text={"en": "mechanical owl on the shoulder", "ja": "肩に機械のフクロウ"}, group="prop", must=True
                ),
                Trait(text={"en": "silver braid|braided silver hair", "ja": "銀色の三つ編み"}, group="body"),
                Trait(text={"en": "lives in a lighthouse"}, group="place"),
            ),
            descriptions={"en": "An inventor with an owl"},
        ),
        Entry(work="long", names=(Name(text="The Quiet Cartographer and Her Seven Paper Elephants", lang="en"),)),
        Entry(work="long-ja", names=(Name(text="眠れる灯台守と七つの紙の象たちの長い長い航海日誌", lang="ja"),)),
    ]

# SPDX-License-Identifier: Apache-2.0
"""What was read as what, in a sentence: the user's own words and the work's title, and nothing of a holder's traits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kyodaku.names import Mention
from kyodaku.rights import Work

__all__ = ["reason"]

_MOST_QUOTED: Final = 80
"""Letters; of a longer place beginning and end are quoted."""
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of writing, and with it the sentence around the quotation."""
_PLAIN: Final = frozenset({"exact", "context"})
_DESCRIBED: Final = frozenset({"description", "embedding"})

_KINDS: Final = {
    "en": {"work": "the work", "character": "the character", "person": "the person"},
    "ja": {"work": "作品", "character": "キャラクター", "person": "人物"},
}
_SENTENCES: Final = {
    "named": {"en": "“{quoted}” names {kind} “{title}”.", "ja": "「{quoted}」は{kind}『{title}』の名称である。"},
    "disguised": {
        "en": "“{quoted}” is another spelling of a name of {kind} “{title}”.",
        "ja": "「{quoted}」は{kind}『{title}』の名称の異なる表記である。",
    },
    "possible": {
        "en": "“{quoted}” may name {kind} “{title}”.",
        "ja": "「{quoted}」は{kind}『{title}』を指す可能性がある。",
    },
    "described": {
        "en": "“{quoted}” may describe {kind} “{title}”.",
        "ja": "「{quoted}」は{kind}『{title}』を描写している可能性がある。",
    },
}


def reason(mention: Mention, work: Work | None) -> dict[str, str]:
    """Why the mention is one, in English and Japanese."""
    sentence = _SENTENCES[_case(mention)]
    titles = {} if work is None else work.title
    return {
        language: sentence[language].format(
            quoted=_quoted(mention.quoted),
            kind=_KINDS[language][mention.kind],
            title=_title(titles, language, mention.work),
        )
        for language in _KINDS
    }


def _case(mention: Mention) -> str:
    if mention.how in _DESCRIBED:
        return "described"
    if mention.band == "review":
        return "possible"
    return "named" if mention.how in _PLAIN else "disguised"


def _title(titles: Mapping[str, str], language: str, work: str) -> str:
    return titles.get(language) or next(iter(titles.values()), work)


def _quoted(text: str) -> str:
    """In one line, without what turns the direction of writing, and with halves of characters written out."""
    line = " ".join(_BIDI.sub("", text).encode("utf-8", "backslashreplace").decode().split())
    if len(line) > _MOST_QUOTED:
        line = f"{line[: _MOST_QUOTED // 2]} … {line[-_MOST_QUOTED // 2 :]}"
    return line

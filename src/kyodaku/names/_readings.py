# SPDX-License-Identifier: Apache-2.0
r"""A text as whoever it is for would read it: escapes undone, markup and readings beside characters left out.

Prompts come as JSON, in addresses and out of web pages, where `ピ` is written `\u30d4`, `%E3%83%94` or `&#12500;`; and
people write ピ-ロ for ピーロ, 夕 for タ, 月影（つきかげ）, or a capital I for a small l. None of that is taken for
certain: it is a second reading, searched beside the text as it stands, so that nothing can be hidden by it either.
"""

from __future__ import annotations

import html
import re
import urllib.parse
from dataclasses import dataclass
from typing import Final

__all__ = ["Reading", "second_reading"]

_KATAKANA: Final = "\u30a1-\u30fa\uff66-\uff6f\uff71-\uff9f"
_LONG: Final = "\\-\u2010-\u2015\u2212\u301c\uff5e~\u4e00\uff0d"
_HAN: Final = "\u3400-\u9fff\u3005"
_LIKE_KANA: Final = str.maketrans("口力夕二工卜八才千三ゔへべぺり", "ロカタニエトハオチミヴヘベペリ")
_LIKE: Final = (
    rf"(?<=[{_KATAKANA}ー])[口力夕二工卜八才千三ゔ](?![{_HAN}])|(?<![{_HAN}])[口力夕二工卜八才千三ゔ](?=[{_KATAKANA}])"
    rf"|(?<=[{_KATAKANA}ー])[へべぺり](?=[{_KATAKANA}])"
)
_SIGNS: Final = re.compile(
    rf"[\\%&<]|[{_HAN}][(（《]|[a-z]I|[{_KATAKANA}ー][{_LONG}口力夕二工卜八才千三ゔへべぺり]|[口力夕二工卜八才千三ゔ][{_KATAKANA}]"
)
"""What a text must hold to be read a second time."""
_WRITTEN: Final = re.compile(
    r"(?P<units>(?:\\u[0-9A-Fa-f]{4})+)"
    r"|\\u\{(?P<braced>[0-9A-Fa-f]{1,6})\}|\\U(?P<long>[0-9A-Fa-f]{8})|\\x(?P<short>[0-9A-Fa-f]{2})"
    r"|(?P<space>\\[nrtbfv])"
    r"|(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});)"
    rf"|(?P<gone><!--.{{0,200}}?-->|<[/!]?[A-Za-z][^<>]{{0,200}}>|(?<=[{_HAN}])[(（《][\u3041-\u30ff]{{1,20}}[)）》])"
    r"|(?P<el>(?<=[a-z])I+(?![A-Z]))"
    rf"|(?P<drawn>(?<=[{_KATAKANA}ー])[{_LONG}]+(?![{_HAN}]))"
    rf"|(?P<like>{_LIKE})"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A text read another way; its character `i` was made from `ends[i - 1]`..`ends[i]` of the user's text."""

    text: str
    starts: list[int]
    ends: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the user's text that `text[start:end]` was made from."""
        return self.starts[start], self.ends[end - 1]


def second_reading(text: str) -> Reading | None:
    """The other reading of a text; None where it has but one."""
    if not _SIGNS.search(text):
        return None
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last = 0
    for found in _WRITTEN.finditer(text):
        begin, end = found.span()
        meant = _meant(found)
        if meant == found.group():
            continue
        parts += text[last:begin], meant
        starts += range(last, begin)
        ends += range(last + 1, begin + 1)
        starts += [begin] * len(meant)
        ends += [end] * len(meant)
        last = end
    if not parts:
        return None
    parts.append(text[last:])
    starts += range(last, len(text))
    ends += range(last + 1, len(text) + 1)
    return Reading(text="".join(parts), starts=starts, ends=ends)


def _meant(found: re.Match[str]) -> str:  # noqa: PLR0911 - one answer a line
    written = found.group()
    match found.lastgroup:
        case "units":
            return bytes.fromhex(written.replace("\\u", "")).decode("utf-16-be", "surrogatepass")
        case "braced" | "long" | "short":
            code = int(found[found.lastgroup], 16)
            return chr(code) if code <= 0x10FFFF else written
        case "space":
            return " "
        case "percent":
            return urllib.parse.unquote(written, errors="replace")
        case "entity":
            return html.unescape(written)
        case "el":
            return "l" * len(written)
        case "drawn":
            return "ー"
        case "like":
            return written.translate(_LIKE_KANA)
    return ""

# SPDX-License-Identifier: Apache-2.0
"""One text in, mentions out: which registered works, characters and persons it names or describes.

A name that is plainly meant is a finding like a match of pictures. What only may be meant (a plain word, a description,
a real person) is `possible`: a person looks, where being sure would forbid the use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from kyodaku.errors import KyodakuError
from kyodaku.names import Mention, NamesIndex
from kyodaku.rights import Finding

__all__ = ["MAX_TEXT", "TEXT_MATCHER", "TextFindings", "mention_json", "read_text"]

MAX_TEXT: Final = 1_000_000
"""Letters of one text: the longest context of a generator is a tenth of that, and what is longer hides something."""
TEXT_MATCHER: Final = "names-v2"
"""What looks into texts, as decisions name it."""
_BY_TRAITS: Final = frozenset({"description", "embedding"})


@dataclass(frozen=True, kw_only=True, slots=True)
class TextFindings:
    """What is known of one text: `mentions` is None when it could not be read, and then `error` says why.

    `sha256` is of its UTF-8; halves of characters, which have none, count as Python's `surrogatepass` writes them.
    """

    mentions: tuple[Mention, ...] | None
    sha256: str
    error: str | None = None

    @property
    def examined(self) -> bool:
        """Whether all of it was read."""
        return self.mentions is not None and self.error is None

    def findings(self) -> Iterator[Finding]:
        """The same for the law: one of each work, sure or only possible."""
        sure = {mention.work for mention in self.mentions or () if _is_sure(mention)}
        for work in sorted({mention.work for mention in self.mentions or ()}):
            best = max(m.confidence for m in self.mentions or () if m.work == work and _is_sure(m) == (work in sure))
            yield Finding(work=work, how="mention" if work in sure else "possible", score=best)


def read_text(text: str, names: NamesIndex) -> TextFindings:
    """The findings of a text; a text that is too long, or that cannot be searched, is told by its `error`."""
    named = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if len(text) > MAX_TEXT:
        return TextFindings(mentions=None, sha256=named, error=f"too_long: {len(text):,} letters, at most {MAX_TEXT:,}")
    try:
        return TextFindings(mentions=tuple(names.find(text)), sha256=named)
    except (KyodakuError, ValueError, IndexError, RecursionError, MemoryError) as fault:
        # nothing is known of a text that could not be searched, and nothing unknown is permitted
        return TextFindings(mentions=None, sha256=named, error=f"not_read: {type(fault).__name__}")


def mention_json(mention: Mention) -> dict[str, Any]:
    """A JSON-ready record; `start` and `end` count code points of the text.

    Of a description neither name nor confidence is told: how near a text comes to traits would tell the traits.
    """
    record: dict[str, Any] = {name: getattr(mention, name) for name in Mention.__slots__}
    hidden = {"name": None, "confidence": None} if mention.how in _BY_TRAITS else {}
    return {**record, "quoted": _whole(mention.quoted), **hidden}


def _is_sure(mention: Mention) -> bool:
    """Whether it may decide; a person's name only routes, as whose it is no name can tell."""
    return mention.band == "match" and mention.kind != "person"


def _whole(text: str) -> str:
    """Halves of characters written out: no file or terminal takes them."""
    return text.encode("utf-8", "backslashreplace").decode()

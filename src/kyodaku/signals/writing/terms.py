# SPDX-License-Identifier: Apache-2.0
"""What is to be published: a word on each act, and where and from whom a licence is to be had."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kyodaku.errors import UsageError
from kyodaku.signals._words import address
from kyodaku.signals.signal import SIGNAL_ACTS

__all__ = ["UNSAID", "Terms"]

UNSAID: Final = "unsaid"
"""Of `search` only: neither a yes nor a no is published, and search engines go on as they do."""

_WORDS: Final = ("allow", "constrained", "deny")
_PATH: Final = re.compile(
    r"/(?:[A-Za-z0-9/_.~!'()&+,;=:@*-]|%(?![01][0-9A-F]|22|5C|7B|7D|7F)[0-9A-F]{2}){0,199}\$?", re.IGNORECASE | re.ASCII
)
"""What robots.txt, JSON, XML and the files of servers all take as it is: no quotes, braces or lines, escaped or not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """One work's terms: `says` holds allow, constrained or deny for every act; an act that it lacks is denied.

    But searching may be `UNSAID`: a reservation against models asks no search engine to drop the studio's own pages.

    `path` is where the work lies on its site, as robots.txt writes paths. `offers` is an address at which a licence is
    to be had, `contact` a mailto or http(s) address; `holder` the name under which the declaration is made.
    """

    work: str
    title: str
    says: Mapping[str, str]
    path: str = "/"
    holder: str = ""
    offers: str | None = None
    contact: str | None = None
    site: str | None = None
    iscc: tuple[str, ...] = field(default=())
    kind: str = "work"

    def __post_init__(self) -> None:
        for act, word in self.says.items():
            if act not in SIGNAL_ACTS or word not in (*_WORDS, *([UNSAID] if act == "search" else [])):
                raise UsageError(f"{word!r} on {act!r} cannot be published", where=self.work)
        if not _PATH.fullmatch(self.path):
            hint = "what is not ASCII, and blanks, are written %XX; no quotes and braces"
            raise UsageError("a path begins with '/' and is spelt as in an address", where="--site-path", hint=hint)
        for name in ("offers", "contact", "site"):
            value = getattr(self, name)
            if value is not None and address(value) is None:
                raise UsageError(f"{value!r} is no http(s) or mailto address", where=name)

    def of(self, act: str) -> str:
        """The word on an act; what is not said is reserved."""
        return self.says.get(act, "deny")

    def is_denied(self, act: str) -> bool:
        """Whether a standard that knows yes and no has to say no."""
        return self.of(act) in ("constrained", "deny")

    def word(self, acts: Iterable[str]) -> str | None:
        """For a standard that has one word for these acts: the strictest; None if one of them is unsaid.

        Where one is allowed and another is not, saying yes would allow too much: no, or of searching nothing.
        """
        words = {act: self.of(act) for act in acts}
        if UNSAID in words.values():
            return None
        if words.get("search") == "allow" and set(words.values()) != {"allow"}:
            return None
        return max(words.values(), key=_WORDS.index)

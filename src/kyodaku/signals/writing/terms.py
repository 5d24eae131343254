# SPDX-License-Identifier: Apache-2.0
"""What is to be published: a word on each act, and where and from whom a licence is to be had."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kyodaku.errors import UsageError
from kyodaku.signals._words import address
from kyodaku.signals.signal import SIGNAL_ACTS

__all__ = ["Terms"]

_WORDS: Final = ("allow", "constrained", "deny")
_PATH: Final = re.compile(r"/[!-~]{0,199}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """One work's terms: `says` holds allow, constrained or deny for every act that is published.

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
            if act not in SIGNAL_ACTS or word not in _WORDS:
                raise UsageError(f"{word!r} on {act!r} cannot be published", where=self.work)
        if not _PATH.fullmatch(self.path):
            raise UsageError("a path begins with '/' and has no spaces: escape them as %20", where="--site-path")
        for name in ("offers", "contact", "site"):
            value = getattr(self, name)
            if value is not None and address(value) is None:
                raise UsageError(f"{value!r} is no http(s) or mailto address", where=name)

    def of(self, act: str) -> str:
        """The word on an act; what is not said is reserved."""
        return self.says.get(act, "deny")

    def is_denied(self, act: str) -> bool:
        """Whether a standard that knows yes and no has to say no."""
        return self.of(act) != "allow"

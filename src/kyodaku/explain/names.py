# SPDX-License-Identifier: Apache-2.0
"""Names of parties and works as they may be shown, whatever was put into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kyodaku.explain import words
from kyodaku.training.report.names import Namer
from kyodaku.training.report.words import Bilingual

__all__ = ["PlainNamer", "plain"]


class PlainNamer:
    """A `Namer` whose names hide nothing and turn nothing."""

    def __init__(self, namer: Namer) -> None:
        self._namer = namer

    def party(self, party: str | None) -> Bilingual:
        """A party's name."""
        return plain(self._namer.party(party))

    def work(self, work: str) -> Bilingual:
        """A work's title."""
        return plain(self._namer.work(work))

    def holders(self, work: str) -> list[Bilingual]:
        """Who holds a share in a work."""
        return [plain(holder) for holder in self._namer.holders(work)]

    def needs(self, needs: Sequence[Mapping[str, Any]]) -> list[dict[str, Bilingual]]:
        """Whose permission is missing, for which act."""
        return [{name: plain(text) for name, text in need.items()} for need in self._namer.needs(needs)]


def plain(text: Bilingual) -> Bilingual:
    """A text in both languages as it may be shown."""
    return {language: words.plain(each) for language, each in text.items()}

# SPDX-License-Identifier: Apache-2.0
"""Names of parties and works, as reports show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kyodaku.rights import RightsRecord, Work
from kyodaku.training.report import words
from kyodaku.training.report.words import Bilingual, bilingual, named

__all__ = ["Namer", "holders_of"]


class Namer:
    """Names of parties and works in both languages; an id stands in for a name that nobody gave."""

    def __init__(self, rights: RightsRecord) -> None:
        self._rights = rights

    def party(self, party: str | None) -> Bilingual:
        """A party's name."""
        if party is None:
            return {"en": "the holder, who is not recorded", "ja": "権利者（登録なし）"}
        known = self._rights.parties.get(party)
        return named(dict(known.name) if known else None, party)

    def work(self, work: str) -> Bilingual:
        """A work's title."""
        known = self._rights.works.get(work)
        return named(dict(known.title) if known else None, work)

    def holders(self, work: str) -> list[Bilingual]:
        """Who holds a share in a work."""
        return [self.party(party) for party in holders_of(self._rights.works.get(work))]

    def needs(self, needs: Sequence[Mapping[str, Any]]) -> list[dict[str, Bilingual]]:
        """Whose permission is missing, for which act; each once."""
        unique = dict.fromkeys((need["party"], need["act"]) for need in needs)
        return [{"party": self.party(party), "act": words.ACTS.get(act, bilingual(act))} for party, act in unique]


def holders_of(work: Work | None) -> list[str]:
    """The ids of those who hold a share in a work, each once."""
    return list(dict.fromkeys(share.party for share in work.shares)) if work else []

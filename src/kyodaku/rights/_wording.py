# SPDX-License-Identifier: Apache-2.0
"""Facts into the sentences of a regime, in each of its languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kyodaku.rights.decision import Ground
from kyodaku.rights.regime import PLACEHOLDERS
from kyodaku.rights.vocabulary import LANGUAGES, WORLD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from kyodaku.rights._book import Book
    from kyodaku.rights.facts import Basis
    from kyodaku.rights.regime import Regime, Row
    from kyodaku.rights.statements import Permission
    from kyodaku.rights.uses import Use

__all__ = ["Speaker", "Wording"]

_PLACEHOLDERS: Final = tuple(sorted({name for names in PLACEHOLDERS.values() for name in names}))

CLAIM_LENGTH: Final = 200
"""Letters of a manifest's own words that are repeated in a ground."""


class Speaker:
    """Says facts in one language."""

    def __init__(self, language: str, regime: Regime, book: Book, use: Use) -> None:
        self._language = language
        self._words = regime.words
        self._book = book
        self.use = use

    def word(self, group: str, word: str) -> str:
        """A word of the tables."""
        return self._words.say(group, word, self._language)

    def join(self, parts: Iterable[str]) -> str:
        """Parts of a list, or the word for nothing."""
        return self.word("phrases", "comma").join(parts) or self.word("phrases", "nothing")

    def words(self, group: str, words: Iterable[str]) -> str:
        """Words of the tables, in a list."""
        return self.join(self.word(group, word) for word in words)

    def party(self, party: str) -> str:
        """The party's name in the language, else in any, else its id."""
        known = self._book.parties.get(party)
        return self._name(known.name, party) if known else party

    def work(self, work: str) -> str:
        """The work's title in the language, else in any, else its id."""
        known = self._book.works.get(work)
        return self._name(known.title, work) if known else work

    def works(self, works: Iterable[str]) -> str:
        """Titles, each with who holds shares in it, in a list."""
        return self.join(self._owned(work) for work in works)

    def _owned(self, work: str) -> str:
        known = self._book.works.get(work)
        holders = sorted({share.party for share in known.shares}) if known else []
        phrase = self.word("phrases", "owned" if holders else "title")
        return phrase.format(work=self.work(work), party=self.join(self.party(holder) for holder in holders))

    def _name(self, names: Mapping[str, str], otherwise: str) -> str:
        return names.get(self._language) or next(iter(names.values()), otherwise)

    def by(self, speaker: str, holder: str) -> str:
        """Who spoke: the holder, or somebody for it."""
        if speaker == holder:
            return self.party(holder)
        return self.word("phrases", "agent").format(agent=self.party(speaker), party=self.party(holder))

    def places(self, places: Iterable[str]) -> str:
        """Territories, in a list."""
        return self.join(self.word("phrases", "world") if place == WORLD else place for place in places)

    def when(self, moment: datetime | None) -> str:
        """A day, and the hour if it is not midnight."""
        if moment is None:
            return self.word("phrases", "nothing")
        phrase = "date" if (moment.hour, moment.minute) == (0, 0) else "moment"
        parts = {name: getattr(moment, name) for name in ("year", "month", "day", "hour", "minute")}
        return self.word("phrases", phrase).format(**parts)

    def claim(self, basis: Basis | None) -> str:
        """What kind of basis is claimed, with the manifest's own words for it."""
        if basis is None:
            return self.word("phrases", "nothing")
        if basis.kind == "open_licence" and basis.licence:
            return basis.licence
        claim, text = self.word("basis", basis.kind), basis.detail[:CLAIM_LENGTH]
        return self.word("phrases", "quoted").format(claim=claim, text=text) if text else claim

    def statement(self, permission: Permission) -> dict[str, str]:
        """What a sentence may say about a statement."""
        return {
            "permission": permission.id,
            "since": self.when(permission.effective_from),
            "until": self.when(permission.effective_until),
            "recorded": self.when(permission.recorded_at),
            "duties": self.words("duties", permission.duties),
            "conditions": self.join(permission.conditions),
        }


class Wording:
    """Makes grounds out of rows."""

    def __init__(self, regime: Regime, book: Book, use: Use) -> None:
        self._regime = regime
        self._speakers = {language: Speaker(language, regime, book, use) for language in LANGUAGES}

    def ground(self, row: Row, facts: Callable[[Speaker], dict[str, str]], **about: Any) -> Ground:
        """The row's sentence in each language, with what `facts` says; `about` names work, party, permission."""
        text = {}
        for language, speaker in self._speakers.items():
            said = dict.fromkeys(_PLACEHOLDERS, "")  # a sentence may name what the case lacks
            said |= {"act": speaker.word("acts", speaker.use.act), "developer": speaker.party(speaker.use.developer)}
            text[language] = row.text[language].format_map(said | facts(speaker))
        rule = f"{self._regime.id}/{row.rule}"
        return Ground(rule=rule, effect=row.effect, text=text, citation=row.citation, **about)

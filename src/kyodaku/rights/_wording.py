# SPDX-License-Identifier: Apache-2.0
"""Facts into the sentences of a regime, in each of its languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kyodaku.rights._voices import OWN
from kyodaku.rights.decision import Ground
from kyodaku.rights.regime import CIRCUMSTANCE_FACTS, MAIN_FACTS, PLACEHOLDERS, strictness
from kyodaku.rights.vocabulary import LANGUAGES, UNSTATED, WORLD, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from kyodaku.rights._book import Book
    from kyodaku.rights._moral import Authored
    from kyodaku.rights._voices import Voice
    from kyodaku.rights.facts import Basis, SignalFact
    from kyodaku.rights.regime import Regime, Row, Table
    from kyodaku.rights.statements import Permission
    from kyodaku.rights.uses import Use

__all__ = ["Speaker", "Told", "Wording"]

_PLACEHOLDERS: Final = tuple(sorted({name for names in PLACEHOLDERS.values() for name in names}))

_SIGNALLED: Final = ("medium", "holder")
"""Tables in whose reasons against a use the signals against it are told, whatever the reason."""

SIGNALS_TOLD: Final = 3
"""Signals that a reason quotes; all of them are beside it."""

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

    def unfound(self, work: str) -> str:
        """A work's title, with its holders, that nothing but a claim says is used."""
        return self.word("phrases", "unfound").format(work=self._owned(work))

    def _owned(self, work: str) -> str:
        known = self._book.works.get(work)
        holders = sorted({share.party for share in known.shares}) if known else []
        phrase = self.word("phrases", "owned" if holders else "title")
        return phrase.format(work=self.work(work), party=self.join(self.party(holder) for holder in holders))

    def _name(self, names: Mapping[str, str], otherwise: str) -> str:
        return names.get(self._language) or next(iter(names.values()), otherwise)

    def by(self, voice: Voice | None, holder: str) -> str:
        """Who spoke: the holder, or somebody for it, or by its leave, or before it."""
        if voice is None or voice.through == OWN:
            return self.party(holder)
        return self.word("phrases", voice.through).format(agent=self.party(voice.said.by), party=self.party(holder))

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

    def statement(self, said: tuple[Permission, ...]) -> dict[str, str]:
        """What a sentence may say about a statement, the first; of duties and conditions also those it rests on."""
        permission = said[0]
        return {
            "permission": permission.id,
            "since": self.when(permission.effective_from),
            "until": self.when(permission.effective_until),
            "recorded": self.when(permission.recorded_at),
            "duties": self.words("duties", _together(held.duties for held in said)),
            "conditions": self.join(_together(held.conditions for held in said)),
        }

    def ruling(self, basis: Basis | None) -> dict[str, str]:
        """What a sentence may say about a ruling."""
        if basis is None:
            return {}
        number, fee = basis.number or "", basis.fee or ""
        return {"number": number[:CLAIM_LENGTH], "fee": fee[:CLAIM_LENGTH], "until": self.when(basis.valid_until)}

    def signals(self, signals: tuple[SignalFact, ...]) -> str:
        """The signals that say so, those that say the same in one place together: standard, where, and date."""
        acts: dict[tuple[str, ...], list[str]] = {}
        for held in signals:
            day = self.word("phrases", "undated") if held.fetched_at is None else self.when(held.fetched_at)
            named = f"{self.word('signals', held.standard)} {held.revision}".strip()
            key = (named, self.word("signals", held.says), held.where[:CLAIM_LENGTH], day)
            acts.setdefault(key, []).append(self.word("signals", held.act))
        told = []
        for (named, says, where, day), meant in list(acts.items())[:SIGNALS_TOLD]:
            about = {"standard": named, "says": says, "where": where, "day": day}
            told.append(self.word("phrases", "signal").format(acts=self.join(dict.fromkeys(meant)), **about))
        if len(acts) > SIGNALS_TOLD:
            told.append(self.word("phrases", "more_signals").format(count=len(acts) - SIGNALS_TOLD))
        return self.word("phrases", "signalled").format(signals=self.word("phrases", "semicolon").join(told))

    def author(self, held: Authored) -> dict[str, str]:
        """What a sentence may say about an author's moral rights."""
        name = self.party(held.author) if held.author else self.word("phrases", "unrecorded")
        return {
            "author": name,
            "attribution": self.join(held.attribution),
            "source": self.join(sorted({record.source for record in held.records if record.source})),
            "approver": self.join(self.party(who) for who in sorted({r.approver for r in held.records if r.approver})),
        }

    def state_it(self, unstated: tuple[str, ...]) -> str:
        """That stating these circumstances may change the verdict too, if there are any."""
        if not unstated:
            return ""
        return self.word("phrases", "state_it").format(unstated=self.words("circumstances", unstated))

    def circumstances(self, asks: Iterable[str], facts: Mapping[str, str]) -> dict[str, str]:
        """What a sentence may say about the circumstances that its table asks for."""
        asked = [fact for fact in asks if fact in CIRCUMSTANCE_FACTS]
        if not asked:
            return dict.fromkeys(("circumstances", "unstated"), self.word("phrases", "nothing"))
        phrase = self.word("phrases", "stated")
        told = [
            phrase.format(
                circumstance=self.word("circumstances", fact), word=self.word("circumstances", f"{fact}.{facts[fact]}")
            )
            for fact in asked
        ]
        unstated = [fact for fact in asked if facts[fact] == UNSTATED]
        return {"circumstances": self.join(told), "unstated": self.words("circumstances", unstated)}


def _together(words: Iterable[tuple[str, ...]]) -> list[str]:
    return sorted({word for held in words for word in held})


@dataclass(frozen=True, slots=True)
class Told:
    """The circumstances as they are stated, and the signals of which more is known of the reservation."""

    stated: Mapping[str, str]
    signals: tuple[SignalFact, ...] = ()


class Wording:
    """Makes grounds out of the rows for the facts; what signals tell moves each ground to the stricter side only."""

    def __init__(self, regime: Regime, book: Book, use: Use, told: Told) -> None:
        self._regime = regime
        self._act = use.act
        self._told = told
        self._speakers = {language: Speaker(language, regime, book, use) for language in LANGUAGES}

    def ground(
        self,
        table: str,
        facts: Mapping[str, str],
        say: Callable[[Speaker], dict[str, str]],
        *,
        also: Iterable[str] = (),
        **about: Any,
    ) -> Ground:
        """What the table says to the facts, in each language, with the words that `say` has for them.

        `also` are phrases to be added, `about` names work, party and permission.
        """
        rows = self._regime.tables[table]
        row, facts = self._strictest(rows, facts)
        holds = strictness(row.effect) >= Verdict.REVIEW.rank
        unstated = rows.helped_by(facts) if holds else ()
        text, would_change = {}, {}
        for language, speaker in self._speakers.items():
            said = dict.fromkeys(_PLACEHOLDERS, "")  # a sentence may name what the case lacks
            said |= {"act": speaker.word("acts", self._act), "developer": speaker.party(speaker.use.developer)}
            said |= speaker.circumstances(rows.asks, facts) | say(speaker)
            text[language] = row.text[language].format_map(said)
            for phrase in also:
                text[language] += speaker.word("phrases", phrase).format_map(said)
            if holds and self._told.signals and (table in _SIGNALLED or "reservation" in row.when):
                text[language] += speaker.signals(self._told.signals)
            if holds:
                sentence = row.would_change or self._regime.words.groups["would_change"][_case_of(table, facts)]
                would_change[language] = sentence[language].format_map(said) + speaker.state_it(unstated)
        return Ground(
            rule=f"{self._regime.id}/{row.rule}",
            effect=row.effect,
            text=text,
            citation=row.citation,
            act=self._act,
            would_change=would_change,
            **about,
        )

    def _strictest(self, rows: Table, facts: Mapping[str, str]) -> tuple[Row, Mapping[str, str]]:
        """The row for the facts, or for them as stated alone where that is the stricter one."""
        stated = {name: self._told.stated.get(name, held) for name, held in facts.items()}
        row, as_stated = rows.row(facts), rows.row(stated)
        return (as_stated, stated) if strictness(as_stated.effect) > strictness(row.effect) else (row, facts)


def _case_of(table: str, facts: Mapping[str, str]) -> str:
    """The entry in the common words for what would change the verdict."""
    fact = MAIN_FACTS[table]
    if table == "medium" and facts["found"] == "nothing":
        fact = "basis"
    return f"{table}.{facts[fact]}"

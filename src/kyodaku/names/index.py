# SPDX-License-Identifier: Apache-2.0
"""`NamesIndex`: everything registered names and descriptions are found with, on disk and in use."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kyodaku.names import _store, _stream
from kyodaku.names._built import CUE, Built, built
from kyodaku.names._readings import Reading, second_reading
from kyodaku.names.ambiguous import MATCH, PERSON, PLAIN, REVIEW, SHORT, evidence
from kyodaku.names.descriptions import Descriptions, TextEmbedder
from kyodaku.names.entry import Entry
from kyodaku.names.mention import Mention
from kyodaku.names.normalise import Normalised, normalise
from kyodaku.names.stages import MAX_TIMES, Hit, search
from kyodaku.names.variants import BARE, HIRAGANA, ROMAJI
from kyodaku.names.words import Background, own_prompts

__all__ = ["NamesIndex"]

_OVERLAP: Final = 400
"""Characters that two pieces of a long text share: twice the longest name."""
_CAMEL: Final = re.compile("(?<=[a-z])(?=[A-Z])")
_DEMOTED: Final = PLAIN | PERSON | SHORT
_MADE: Final = HIRAGANA | ROMAJI | BARE
"""Flags of forms that nobody registered as they are."""
_DISGUISED_WORD: Final = 0.55
"""A plain word in disguise: somebody took the trouble, but the word may be all they meant."""
_OWN_EVIDENCE: Final = 0.4
_COMPARED: Final = 64
"""Hits that each further one is compared with."""


class NamesIndex:
    """Names and descriptions of registered works, ready to be found in a text."""

    def __init__(self, names: Built, descriptions: Descriptions, embedder: TextEmbedder | None = None) -> None:
        self._built = names
        self._descriptions = descriptions
        self._embedder = embedder

    @classmethod
    def build(cls, entries: Iterable[Entry], *, background: Background | None = None) -> NamesIndex:
        """The index of these entries; `background` adds what the operator's own users write of no work."""
        entries = list(entries)
        learnt = background or Background()
        learnt = Background(phrases=learnt.phrases.copy(), prompts=learnt.prompts).learn(own_prompts())
        return cls(built(entries, learnt), Descriptions.build(entries))

    def save(self, directory: Path) -> None:
        """Writes the index into a new or empty directory."""
        arrays = {**self._built.arrays(), **self._descriptions.arrays()}
        _store.write(directory, arrays, {"forms": len(self._built.form_alias), "entries": len(self._built.kinds)})

    @classmethod
    def open(cls, directory: Path, *, embedder: TextEmbedder | None = None) -> NamesIndex:
        """The index in a directory, mapped; raises `IntegrityError` where a file is not the one that was written."""
        arrays, _ = _store.read(directory)
        return cls(Built.of(arrays), Descriptions.of(arrays), embedder)

    def __len__(self) -> int:
        """Names in the index."""
        return len(self._built.alias_entry)

    def demoted(self) -> list[tuple[str, str]]:
        """(work, name) of every registered name that counts only in context, for its holder to see and to pin."""
        held = self._built
        rows = [row for row in range(len(held.form_flags)) if held.form_flags[row] & _DEMOTED]
        names = dict.fromkeys(int(held.form_alias[row]) for row in rows if not held.form_flags[row] & _MADE)
        return [(held.works[int(held.alias_entry[alias])], held.alias_texts[alias]) for alias in names]

    def find(self, text: str) -> list[Mention]:
        """The mentions in a text, in the order in which they stand; spans count the text's own code points."""
        mentions = self._read(text)
        other = second_reading(text)
        if other is not None:
            mentions = _with_others(mentions, [_moved(mention, text, other) for mention in self._read(other.text)])
        if self._embedder is not None:
            mentions += self._descriptions.embedded(text, self._embedder, {m.work for m in mentions})
        return sorted(mentions, key=lambda m: (m.start, m.end, m.work))

    def _read(self, text: str) -> list[Mention]:
        """The mentions in one reading of a text."""
        normal = normalise(text)
        mentions = self._weighed(text, normal, _best(self._built, self._hits(text, normal)))
        if len(self._descriptions):
            mentions += self._descriptions.find(text, normal, {m.work for m in mentions if m.band == "match"})
        return mentions

    def _hits(self, text: str, normal: Normalised) -> list[Hit]:
        size, step = len(normal.text), _stream.MAX_CODES
        camel = _camel_breaks(text, normal)
        if size <= step:
            return _at_most(search(self._built, normal.text, text, camel))
        found: dict[tuple[int, int, int], Hit] = {}
        for start in range(0, size, step - _OVERLAP):
            breaks = [place - start for place in camel[bisect_right(camel, start) : bisect_left(camel, start + step)]]
            for hit in _at_most(search(self._built, normal.text[start : start + step], text, breaks)):
                moved = replace(hit, start=hit.start + start, end=hit.end + start)
                found.setdefault((moved.start, moved.end, moved.form), moved)
        return _at_most(found.values())

    def _weighed(self, text: str, normal: Normalised, hits: Sequence[Hit]) -> list[Mention]:
        """Hits as mentions: what is no plain word as it is, plain words by what vouches for them."""
        held = self._built
        entries = [held.entry_of(hit.form) for hit in hits]
        demoted = [bool(held.form_flags[hit.form] & _DEMOTED) for hit in hits]
        sure = {entry for entry, weak in zip(entries, demoted, strict=True) if not weak}
        company = _Company(held, sure, self._leaning(text, normal, hits, entries, demoted))
        found: dict[tuple[int, int, int], Mention] = {}
        for hit, entry, weak in zip(hits, entries, demoted, strict=True):
            if held.kinds[entry] == CUE:
                continue
            start, end = normal.source(hit.start, hit.end)
            weight, how = hit.confidence, hit.how
            if weak and how == "exact":
                flags = int(held.form_flags[hit.form])
                weight, how = evidence(text, start, end, flags=flags, company=company.has(entry)), "context"
            elif weak:
                weight = _DISGUISED_WORD if hit.how not in {"typo", "sound"} else 0.0
            if weight >= REVIEW:
                where: dict[str, Any] = {"start": start, "end": end, "quoted": text[start:end], "how": how}
                band = "match" if weight >= MATCH else "review"
                mention = held.mention(hit.form, confidence=round(weight, 3), band=band, **where)
                if (known := found.get((start, end, entry))) is None or known.confidence < mention.confidence:
                    found[start, end, entry] = mention
        return _outermost(found.values())

    def _leaning(
        self, text: str, normal: Normalised, hits: Sequence[Hit], entries: Sequence[int], demoted: Sequence[bool]
    ) -> set[int]:
        """Entries of plain words that have some evidence of their own: two of one family vouch for each other."""
        leaning = set()
        for hit, entry, weak in zip(hits, entries, demoted, strict=True):
            if weak and hit.how == "exact" and len(self._built.family(entry)) > 1:
                span = normal.source(hit.start, hit.end)
                if evidence(text, *span, flags=0, company=False) >= _OWN_EVIDENCE:
                    leaning.add(entry)
        return leaning


class _Company:
    """Which entries another of the same text vouches for: each family is looked at once, however many there are."""

    def __init__(self, built: Built, sure: set[int], leaning: set[int]) -> None:
        self._built = built
        self._vouched: dict[int, set[int]] = {}
        self._told: dict[int, bool] = {}
        for other in sure | leaning:
            for member in built.family(other):
                others = self._vouched.setdefault(member, set())
                if len(others) < 2:  # of two, one is another
                    others.add(other)

    def has(self, entry: int) -> bool:
        """Whether an entry other than this has one of its family for its own."""
        if entry not in self._told:
            self._told[entry] = any(self._vouched.get(m, set()) - {entry} for m in self._built.family(entry))
        return self._told[entry]


def _moved(mention: Mention, text: str, reading: Reading) -> Mention:
    start, end = reading.span(mention.start, mention.end)
    return replace(mention, start=start, end=end, quoted=text[start:end])


def _with_others(mentions: list[Mention], others: Iterable[Mention]) -> list[Mention]:
    """The mentions, and those of the other reading that say more than what is known of the work."""
    bands = {(mention.work, mention.band) for mention in mentions}
    named = {work for work, band in bands if band == "match"}
    return mentions + [m for m in others if m.work not in named and (m.work, m.band) not in bands]


def _at_most(hits: Iterable[Hit]) -> list[Hit]:
    """The first hits of each form: the hundredth says no more."""
    seen: Counter[int] = Counter()
    kept = []
    for hit in hits:
        seen[hit.form] += 1
        if seen[hit.form] <= MAX_TIMES:
            kept.append(hit)
    return kept


def _camel_breaks(text: str, normal: Normalised) -> list[int]:
    """Places in the normal text before which `camelCase` begins a word."""
    places = [found.start() for found in _CAMEL.finditer(text)]
    if not places or normal.offsets is None:
        return places
    back = {source: place for place, source in reversed(list(enumerate(normal.offsets)))}
    return [back[place] for place in places if place in back]


_RANK: Final = {"exact": 0, "joined": 1, "spaced": 1, "emoji": 2, "leet": 3, "repeats": 3, "typo": 4, "reversed": 5}


def _outermost(mentions: Iterable[Mention]) -> list[Mention]:
    """Those that lie within no other of the same work that is as sure: "Zorblax" within "The Zorblax"."""
    kept: list[Mention] = []
    reached: dict[str, Mention] = {}
    for mention in sorted(mentions, key=lambda each: (each.start, -each.end, -each.confidence)):
        outer = reached.get(mention.work)
        if outer is None or mention.end > outer.end or mention.confidence > outer.confidence:
            kept.append(mention)
            reached[mention.work] = mention
    return kept


def _best(built: Built, hits: Iterable[Hit]) -> list[Hit]:
    """One hit for one form and place, and no disguise read into what a plainer hit covers."""
    ordered = sorted(hits, key=lambda hit: (_RANK.get(hit.how, 6), hit.start - hit.end, hit.start))
    kept: dict[tuple[int, int, int], Hit] = {}
    compared: list[Hit] = []
    for hit in ordered:
        plainer = (k for k in compared if k.how != hit.how or k.how == "typo")
        if not any(_covers(built, k, hit) for k in plainer):
            kept.setdefault((hit.start, hit.end, hit.form), hit)
            if len(compared) < _COMPARED:
                compared.append(hit)
    return list(kept.values())


def _covers(built: Built, kept: Hit, hit: Hit) -> bool:
    """Whether a disguise is read into a place that a plainer name, no plain word, explains."""
    if hit.how == "exact" or kept.confidence < hit.confidence or built.form_flags[kept.form] & _DEMOTED:
        return False
    if kept.start <= hit.start and hit.end <= kept.end:
        return (kept.end - kept.start, kept.how) != (hit.end - hit.start, hit.how)
    return built.entry_of(kept.form) == built.entry_of(hit.form) and kept.start < hit.end and hit.start < kept.end

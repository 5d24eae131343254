# SPDX-License-Identifier: Apache-2.0
"""Works and characters described without their name: traits weighed by how rare they are.

A trait counts when most of its weight in rare words stands in one sentence. Traits of one entry add up; those of
another kind (dress beside body) add more than a second of the same. What is found only routes, it never decides: band
`review`. An embedder that the user brings may add what shares no word with any trait; it too only routes.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from kyodaku.names._stems import rarity, sentences, stems, trait_stems
from kyodaku.names._store import Strings
from kyodaku.names._stream import hash_of
from kyodaku.names.alias_table import form_hashes
from kyodaku.names.entry import Entry, Trait
from kyodaku.names.mention import How, Mention
from kyodaku.names.normalise import Normalised, normalise

__all__ = ["Descriptions", "TextEmbedder"]

_GROUPS: Final = ("body", "dress", "prop", "place", "relation", "other")
_ENOUGH: Final = 0.6
"""Share of a trait's weight that must stand in the sentence."""
_MAX_RARITY: Final = 7.0
_GROUP_BONUS: Final = 0.15
"""What each further kind of trait adds, as a share of the sum."""
_MIN_TRAITS: Final = 2
THRESHOLD: Final = 25.0
"""Score at which a description is told: `kyodaku bench names` measures it."""
_LONG_TEXT: Final = 40
"""Stems beyond which a text is long, and holds some trait of everything."""
_MAX_TOLD: Final = 20
"""Entries told of one page: so many that nobody hides another's character behind a few of his own."""
_SIMILAR: Final = 0.63
"""Cosine of an embedding that is told: that of one false alarm in a thousand for a small English model."""
_PAGE: Final = 20_000
"""Characters of a text that are weighed together."""
_KINDS: Final = ("work", "character", "person")


class TextEmbedder(Protocol):
    """A sentence model that the user brings."""

    id: str

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One row of length 1 a text."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sheet:
    """Traits as arrays: stems by hash, where each stands, phrases, traits, entries."""

    stem_hashes: npt.NDArray[np.uint64]
    stem_weights: npt.NDArray[np.float64]
    posting_ends: npt.NDArray[np.int64]
    postings: npt.NDArray[np.int64]
    phrase_trait: npt.NDArray[np.int64]
    phrase_weight: npt.NDArray[np.float64]
    trait_entry: npt.NDArray[np.int64]
    trait_weight: npt.NDArray[np.float64]
    trait_group: npt.NDArray[np.int64]
    trait_must: npt.NDArray[np.bool_]
    entry_kind: npt.NDArray[np.int64]
    entry_must: npt.NDArray[np.bool_]
    entry_sum: npt.NDArray[np.float64]


_SHEET: Final = tuple(_Sheet.__dataclass_fields__)


class Descriptions:
    """The described entries of an index."""

    def __init__(self, works: Strings, texts: Strings, text_entry: npt.NDArray[np.int64], sheet: _Sheet) -> None:
        self._works, self._texts, self._text_entry, self._sheet = works, texts, text_entry, sheet
        self._vectors: tuple[str, npt.NDArray[np.float32]] | None = None

    def __len__(self) -> int:
        return len(self._works)

    @classmethod
    def build(cls, entries: Iterable[Entry]) -> Descriptions:
        """The traits and descriptions of those entries that have any."""
        described = [entry for entry in entries if entry.traits or entry.descriptions]
        texts = [(number, text) for number, entry in enumerate(described) for text in entry.descriptions.values()]
        return cls(
            Strings.of(entry.work for entry in described),
            Strings.of(text for _, text in texts),
            np.array([number for number, _ in texts], np.int64),
            _sheet(described),
        )

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything, flat, under the names of its files."""
        sheet = {f"traits_{name}": getattr(self._sheet, name) for name in _SHEET}
        strings = {
            "described_blob": self._works.blob, "described_ends": self._works.ends,
            "descriptions_blob": self._texts.blob, "descriptions_ends": self._texts.ends,
        }  # fmt: skip
        return {**sheet, **strings, "description_entry": self._text_entry}

    @classmethod
    def of(cls, flat: dict[str, npt.NDArray[Any]]) -> Descriptions:
        """The same from its arrays."""
        return cls(
            Strings(flat["described_blob"], flat["described_ends"]),
            Strings(flat["descriptions_blob"], flat["descriptions_ends"]),
            flat["description_entry"],
            _Sheet(**{name: flat[f"traits_{name}"] for name in _SHEET}),
        )

    def scores(self, normal: str) -> tuple[npt.NDArray[np.float64], list[tuple[int, int]], npt.NDArray[np.int64]]:
        """(score of every entry, the text's sentences, rows of (entry, sentence) where a trait was found)."""
        spans = list(sentences(normal))
        by_sentence = [stems(normal[start:end]) for start, end in spans]
        found = self._phrases(by_sentence)
        sheet = self._sheet
        if not len(found[0]):
            return np.zeros(len(self)), spans, np.zeros((0, 2), np.int64)
        phrase, sentence, share = found
        trait = sheet.phrase_trait[phrase]
        best = np.zeros(len(sheet.trait_entry))
        np.maximum.at(best, trait, share * sheet.phrase_weight[phrase])
        score = self._entries(best * sheet.trait_weight, best > 0)
        many = len(set().union(*by_sentence))
        score /= 1.0 + 0.5 * math.log(max(1.0, many / _LONG_TEXT))
        return score, spans, np.stack([sheet.trait_entry[trait], sentence], axis=1)

    def _phrases(self, by_sentence: Sequence[set[str]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Any]:
        """(phrase, sentence, share of the phrase found in it), of those with enough."""
        sheet = self._sheet
        hashes = form_hashes([stem for said in by_sentence for stem in said])
        at = np.searchsorted(sheet.stem_hashes, hashes)
        known = at < len(sheet.stem_hashes)
        known[known] = sheet.stem_hashes[at[known]] == hashes[known]
        numbers = np.repeat(np.arange(len(by_sentence)), [len(said) for said in by_sentence])[known]
        rows = at[known]
        begins = np.where(rows > 0, sheet.posting_ends[rows - 1], 0) if len(rows) else rows
        counts = sheet.posting_ends[rows] - begins if len(rows) else rows
        flat = np.repeat(begins - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) if len(rows) else rows
        phrase = sheet.postings[(flat + np.arange(len(flat))).astype(np.int64)]
        width = max(1, len(by_sentence))
        keys, back = np.unique(phrase * width + np.repeat(numbers, counts), return_inverse=True)
        weight = np.bincount(back, np.repeat(sheet.stem_weights[rows], counts), len(keys))
        share = weight / sheet.phrase_weight[keys // width] if len(keys) else weight
        enough = share >= _ENOUGH
        return keys[enough] // width, keys[enough] % width, share[enough]

    def _entries(self, weights: npt.NDArray[np.float64], present: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        sheet, count = self._sheet, len(self)
        total = np.asarray(np.bincount(sheet.trait_entry, weights, count), np.float64)
        number = np.bincount(sheet.trait_entry, present, count)
        groups = np.zeros((count, len(_GROUPS)), np.bool_)
        groups[sheet.trait_entry[present], sheet.trait_group[present]] = True
        total = total * (1.0 + _GROUP_BONUS * np.maximum(groups.sum(axis=1) - 1, 0))
        must = np.bincount(sheet.trait_entry, present & sheet.trait_must, count) > 0
        covered = np.sqrt(np.bincount(sheet.trait_entry, weights, count) / np.maximum(sheet.entry_sum, 1e-9))
        total = np.asarray(total * (0.5 + covered), np.float64)
        total[(number < _MIN_TRAITS) | (sheet.entry_must & ~must)] = 0.0
        return total

    def find(self, text: str, normal: Normalised, named: Collection[str]) -> list[Mention]:
        """The entries that a text describes and does not name, the surest first."""
        found: dict[str, Mention] = {}
        for offset in range(0, len(normal.text), _PAGE):
            for mention in self._on_page(text, normal, offset, named):
                found.setdefault(mention.work, mention)
        return list(found.values())

    def _on_page(self, text: str, normal: Normalised, offset: int, named: Collection[str]) -> Iterator[Mention]:
        score, spans, rows = self.scores(normal.text[offset : offset + _PAGE])
        for entry in np.argsort(-score, kind="stable")[:_MAX_TOLD].tolist():
            if score[entry] < THRESHOLD or self._works[entry] in named:
                continue
            inside = [spans[number] for number in rows[rows[:, 0] == entry, 1].tolist()]
            begin, stop = offset + min(s for s, _ in inside), offset + max(e for _, e in inside)
            confidence = float(score[entry]) / (float(score[entry]) + THRESHOLD)
            yield self._mention(entry, text, normal.source(begin, stop), confidence, "description")

    def embedded(self, text: str, embedder: TextEmbedder, known: Collection[str]) -> list[Mention]:
        """The entries whose description a sentence model holds to be like the text."""
        if not len(self._texts):
            return []
        if self._vectors is None or self._vectors[0] != embedder.id:
            held = [self._texts[row] for row in range(len(self._texts))]
            self._vectors = (embedder.id, embedder.embed(held))
        cosines = self._vectors[1] @ embedder.embed([text[:_PAGE]])[0]
        found: dict[int, float] = {}
        for row in np.argsort(-cosines, kind="stable")[:_MAX_TOLD].tolist():
            entry = int(self._text_entry[row])
            if cosines[row] >= _SIMILAR and self._works[entry] not in known:
                found.setdefault(entry, float(cosines[row]))
        return [
            self._mention(entry, text, (0, len(text)), min(cosine, 1.0), "embedding") for entry, cosine in found.items()
        ]

    def _mention(self, entry: int, text: str, span: tuple[int, int], confidence: float, how: How) -> Mention:
        return Mention(
            work=self._works[entry],
            kind=_KINDS[int(self._sheet.entry_kind[entry])],
            start=span[0],
            end=span[1],
            quoted=text[slice(*span)],
            how=how,
            confidence=round(confidence, 3),
            band="review",
            name="",
        )


def _sheet(described: Sequence[Entry]) -> _Sheet:
    traits = [(number, trait) for number, entry in enumerate(described) for trait in entry.traits]
    phrases = [(at, said) for at, (_, trait) in enumerate(traits) for said in _said(trait)]
    weights = _stem_weights([{s for t in e.traits for said in _said(t) for s in said} for e in described])
    order = sorted(weights, key=hash_of)
    where: dict[str, list[int]] = {stem: [] for stem in order}
    for phrase, (_, said) in enumerate(phrases):
        for stem in said:
            where[stem].append(phrase)
    trait_entry = np.array([number for number, _ in traits], np.int64)
    phrase_weight = np.array([sum(weights[stem] for stem in said) for _, said in phrases], np.float64)
    phrase_trait = np.array([at for at, _ in phrases], np.int64)
    trait_weight = np.array([trait.weight / _usual(described[number]) for number, trait in traits], np.float64)
    trait_must = np.array([trait.must for _, trait in traits], np.bool_)
    heaviest = np.zeros(len(traits))
    np.maximum.at(heaviest, phrase_trait, phrase_weight)
    return _Sheet(
        stem_hashes=np.array([hash_of(stem) for stem in order], np.uint64),
        stem_weights=np.array([weights[stem] for stem in order], np.float64),
        posting_ends=np.cumsum([len(where[stem]) for stem in order], dtype=np.int64),
        postings=np.array([phrase for stem in order for phrase in where[stem]], np.int64),
        phrase_trait=phrase_trait,
        phrase_weight=phrase_weight,
        trait_entry=trait_entry,
        trait_weight=trait_weight,
        trait_group=np.array([_GROUPS.index(trait.group) for _, trait in traits], np.int64),
        trait_must=trait_must,
        entry_kind=np.array([_KINDS.index(entry.kind) for entry in described], np.int64),
        entry_must=np.bincount(trait_entry, trait_must, len(described)) > 0,
        entry_sum=np.bincount(trait_entry, heaviest * trait_weight, len(described)).astype(np.float64),
    )


def _usual(entry: Entry) -> float:
    """What its traits weigh on average, from 1 on: who gives each of them ten says no more of any than others."""
    return max(1.0, sum(trait.weight for trait in entry.traits) / len(entry.traits))


def _said(trait: Trait) -> list[frozenset[str]]:
    """The stems of each way in which a trait is put."""
    said = [trait_stems(normalise(part).text) for text in trait.text.values() for part in text.split("|")]
    return [frozenset(found) for found in dict.fromkeys(map(frozenset, said)) if found]


def _stem_weights(by_entry: Sequence[set[str]]) -> dict[str, float]:
    """A stem's weight: how rare it is in the language, and among the entries."""
    seen: dict[str, int] = {}
    for said in by_entry:
        for stem in said:
            seen[stem] = seen.get(stem, 0) + 1
    return {
        stem: min(_MAX_RARITY, rarity(stem) + 0.5 * math.log((len(by_entry) + 1) / (count + 0.5)))
        for stem, count in seen.items()
    }

# SPDX-License-Identifier: Apache-2.0
"""Entries made into the arrays that stages search."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kyodaku.names import _sound
from kyodaku.names._forms import collapsed, spaced, squash
from kyodaku.names._store import Strings
from kyodaku.names._stream import MAX_UNITS
from kyodaku.names.alias_table import HashTable, deletions, form_hashes
from kyodaku.names.ambiguous import PERSON, PLAIN, SHORT, demotion, is_everyday
from kyodaku.names.entry import Entry, EntryKind, Name
from kyodaku.names.mention import Mention
from kyodaku.names.variants import ROMAJI, forms
from kyodaku.names.words import Background

__all__ = ["KINDS", "MIN_SOUGHT", "NEVER_MISSPELT", "Built", "built"]

KINDS: Final[tuple[EntryKind, ...]] = ("work", "character", "person")
CUE: Final = 3
"""Kind of a row that is no entry: a studio's name, which only vouches for others."""
TABLES: Final = ("exact", "repeats", "typos", "sounds", "halves")
LONG: Final = 25
"""Letters from which a name is also sought by either half, so that a letter off elsewhere does not hide it."""
MIN_SOUGHT: Final = 4
"""Letters of the shortest name that is sought in disguise."""
NEVER_MISSPELT: Final = ROMAJI | PLAIN | PERSON | SHORT
"""Forms not sought a letter off or by sound: spelt by rule, or words, which are another word too easily."""
_AT_ONCE: Final = 65_536
_UNIT: Final = re.compile(
    r"[\u3005-\u3007\u3041-\u30ff\u3131-\u318e\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|\d+|[^\W\d_\u3005-\u3007\u3041-\u30ff\u3131-\u318e\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """Forms with their names and entries, and three tables of hashes that lead to forms."""

    form_texts: Strings
    form_alias: npt.NDArray[np.uint32]
    form_flags: npt.NDArray[np.uint8]
    alias_texts: Strings
    alias_entry: npt.NDArray[np.uint32]
    works: Strings
    kinds: npt.NDArray[np.uint8]
    family_ends: npt.NDArray[np.int64]
    families: npt.NDArray[np.uint32]
    exact: HashTable
    repeats: HashTable
    typos: HashTable
    sounds: HashTable
    halves: HashTable

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything, flat, under the names of its files."""
        flat: dict[str, npt.NDArray[Any]] = {
            "form_alias": self.form_alias, "form_flags": self.form_flags, "alias_entry": self.alias_entry,
            "kinds": self.kinds, "family_ends": self.family_ends, "families": self.families,
        }  # fmt: skip
        for name in ("form_texts", "alias_texts", "works"):
            strings = getattr(self, name)
            flat |= {f"{name}_blob": strings.blob, f"{name}_ends": strings.ends}
        for name in TABLES:
            table = getattr(self, name)
            flat |= {f"{name}_hashes": table.hashes, f"{name}_values": table.values, f"{name}_bitmap": table.bitmap}
        return flat

    @classmethod
    def of(cls, flat: dict[str, npt.NDArray[Any]]) -> Built:
        """The same from its arrays."""
        parts: dict[str, Any] = {
            n: Strings(flat[f"{n}_blob"], flat[f"{n}_ends"]) for n in ("form_texts", "alias_texts", "works")
        }
        parts |= {
            n: HashTable(hashes=flat[f"{n}_hashes"], values=flat[f"{n}_values"], bitmap=flat[f"{n}_bitmap"])
            for n in TABLES
        }
        rest = ("form_alias", "form_flags", "alias_entry", "kinds", "family_ends", "families")
        return cls(**parts | {n: flat[n] for n in rest})

    def entry_of(self, form: int) -> int:
        """The entry that has this form."""
        return int(self.alias_entry[int(self.form_alias[form])])

    def alias_text(self, form: int) -> str:
        """The name that this is a form of, as it is registered."""
        return self.alias_texts[int(self.form_alias[form])]

    def family(self, entry: int) -> frozenset[int]:
        """The entries whose mention vouches for this one, itself among them."""
        start = int(self.family_ends[entry - 1]) if entry else 0
        return frozenset(self.families[start : int(self.family_ends[entry])].tolist())

    def mention(self, form: int, **found: Any) -> Mention:  # fields of Mention
        """A mention of the entry that has this form."""
        alias = int(self.form_alias[form])
        entry = int(self.alias_entry[alias])
        return Mention(work=self.works[entry], kind=KINDS[self.kinds[entry]], name=self.alias_texts[alias], **found)


def built(entries: Iterable[Entry], background: Background) -> Built:
    """The arrays of these entries; the same entries give the same arrays."""
    entries = list(entries)
    works, kinds, names, families = _with_cues(entries)
    form_texts: list[str] = []
    form_alias: list[int] = []
    form_flags: list[int] = []
    alias_texts: list[str] = []
    alias_entry: list[int] = []
    for entry, held in enumerate(names):
        seen: set[str] = set()
        declared = {spaced(name.text) for name in held}
        for name in held:
            written = forms(name)
            made = {f: flags for f, flags in written.items() if f not in seen and not (flags and f in declared)}
            if not made:
                continue
            alias_texts.append(name.text)
            alias_entry.append(entry)
            for form, flags in made.items():
                seen.add(form)
                form_texts.append(form)
                form_alias.append(len(alias_texts) - 1)
                pinned = name.distinctive and not is_everyday(form, background)
                form_flags.append(flags | (0 if pinned else demotion(form, flags, background)))
    ends = np.cumsum([len(f) for f in families], dtype=np.int64)
    return Built(
        form_texts=Strings.of(form_texts),
        form_alias=np.array(form_alias, np.uint32),
        form_flags=np.array(form_flags, np.uint8),
        alias_texts=Strings.of(alias_texts),
        alias_entry=np.array(alias_entry, np.uint32),
        works=Strings.of(works),
        kinds=np.array(kinds, np.uint8),
        family_ends=ends,
        families=np.array([other for family in families for other in sorted(family)], np.uint32),
        **_tables(form_texts, form_flags),
    )


def _with_cues(entries: Sequence[Entry]) -> tuple[list[str], list[int], list[tuple[Name, ...]], list[set[int]]]:
    """Works, kinds, names and families of the entries, and after them of the studios they are related to."""
    place = {entry.work: number for number, entry in reversed(list(enumerate(entries)))}
    works = [entry.work for entry in entries]
    kinds = [KINDS.index(entry.kind) for entry in entries]
    names = [entry.names for entry in entries]
    families: list[set[int]] = []
    for number, entry in enumerate(entries):
        family = {number}
        for other in entry.related:
            if other not in place and other.strip():
                place[other] = len(works)
                works.append(other)
                kinds.append(CUE)
                names.append((Name(text=other[:200], kind="alias"),))
            family |= {place[other]} if other in place else set()
        families.append(family)
    families.extend({number} for number in range(len(entries), len(works)))
    return works, kinds, names, families


def _tables(form_texts: Sequence[str], form_flags: Sequence[int]) -> dict[str, HashTable]:
    letters = [squash(form) for form in form_texts]
    keys = [
        _first_units(form) if len(text) > MAX_UNITS else text for form, text in zip(form_texts, letters, strict=True)
    ]
    firmly = [not flags & NEVER_MISSPELT for flags in form_flags]
    rows = np.arange(len(keys), dtype=np.uint32)
    return {
        "exact": HashTable.made(form_hashes(keys), rows),
        "repeats": _table(_repeats(form_texts)),
        "typos": HashTable.made(*deletions([t if firm else "" for t, firm in zip(letters, firmly, strict=True)])),
        "sounds": _table(
            (number, key) for number, form in enumerate(form_texts) if firmly[number] for key in _sound.keys(form)
        ),
        "halves": _table(pair for number, form in enumerate(form_texts) for pair in _halves(number, form)),
    }


def _halves(number: int, form: str) -> list[tuple[int, str]]:
    """Both halves of a long name, the number doubled to say which."""
    words = form.split(" ")
    if len(form) < LONG or len(words) < 4:
        return []
    middle = len(words) // 2
    return [(2 * number, "".join(words[:middle])), (2 * number + 1, "".join(words[middle:]))]


def _first_units(form: str) -> str:
    """The letters of the first units, which is what runs of a text are compared with."""
    return "".join(_UNIT.findall(form)[:MAX_UNITS])


def _repeats(form_texts: Sequence[str]) -> Iterator[tuple[int, str]]:
    for number, form in enumerate(form_texts):
        text = collapsed(form)
        if MIN_SOUGHT <= len(text) < len(squash(form)):
            yield number, text


def _table(numbered: Iterable[tuple[int, str]]) -> HashTable:
    """The table of these texts, hashed some at a time, so that a million of them never stand in memory together."""
    hashes, numbers = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint32)]
    rest = iter(numbered)
    while some := list(itertools.islice(rest, _AT_ONCE)):
        hashes.append(form_hashes([text for _, text in some]))
        numbers.append(np.array([number for number, _ in some], np.uint32))
    return HashTable.made(np.concatenate(hashes), np.concatenate(numbers))

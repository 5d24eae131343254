# SPDX-License-Identifier: Apache-2.0
"""All references of a registry: one index for each descriptor that any of them was made with.

A registry outlives its descriptors. What was fingerprinted years ago, or comes as a bank of hashes from elsewhere,
stays searchable beside what is fingerprinted today: a query is described once for each descriptor that is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from kyodaku.copies.calibration import Calibration
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.index import ReferenceIndex, open_index
from kyodaku.copies.match import Match, SearchResult
from kyodaku.copies.query import QueryFingerprint
from kyodaku.copies.sound import SOUND_ID, SoundIndex, open_sound_index
from kyodaku.errors import IntegrityError

__all__ = ["ReferenceSet", "open_references"]


@dataclass(frozen=True, kw_only=True)
class ReferenceSet:
    """The indexes of a registry by their descriptor's id."""

    indexes: Mapping[str, ReferenceIndex]
    sound: SoundIndex | None = None
    """Of references of sound, if there are any."""

    def __len__(self) -> int:
        return sum(map(len, self._all()))

    def __contains__(self, reference_id: object) -> bool:
        return any(reference_id in index for index in self._all())

    def __iter__(self) -> Iterator[str]:
        """The ids of the references."""
        return (reference for index in self._all() for reference in index)

    def _all(self) -> tuple[ReferenceIndex | SoundIndex, ...]:
        return (*self.indexes.values(), *(() if self.sound is None else (self.sound,)))

    @property
    def descriptors(self) -> tuple[str, ...]:
        """The ids of the descriptors that a query must be described with, sorted."""
        return tuple(sorted(self.indexes))

    @property
    def calibrations(self) -> tuple[Calibration, ...]:
        """What the scores of each descriptor mean, in the order of `descriptors`."""
        return tuple(self.indexes[name].calibration for name in self.descriptors)

    @cached_property
    def content_id(self) -> str:
        """Names what is searched, whatever the segments."""
        lines = [f"{self.indexes[name].content_id} {name}\n" for name in self.descriptors]
        if self.sound is not None:
            lines.append(f"{self.sound.content_id} {SOUND_ID}\n")
        return hashlib.sha256("".join(["kyodaku-reference-set-v1\n", *lines]).encode()).hexdigest()

    def search(self, *queries: QueryFingerprint | Fingerprint) -> tuple[Match, ...]:
        """What a query, described once or more, shows of the references, best first."""
        return self.find(queries).matches

    def find(self, queries: Iterable[QueryFingerprint | Fingerprint]) -> SearchResult:
        """As `search`, with what was left out; a query whose descriptor no reference has finds nothing."""
        results = [self.indexes[query.descriptor].find(query) for query in queries if query.descriptor in self.indexes]
        matches = sorted(
            (match for result in results for match in result.matches), key=lambda match: (-match.score, -match.evidence)
        )
        return SearchResult(
            matches=tuple(matches),
            references_hit=sum(result.references_hit for result in results),
            references_omitted=sum(result.references_omitted for result in results),
            hits_omitted=sum(result.hits_omitted for result in results),
            parts_omitted=max((result.parts_omitted for result in results), default=0),
            unseen=min((result.unseen for result in results), default=0.0),
        )


def open_references(
    directory: Path,
    wanted: Mapping[str, Collection[str]],
    *,
    works: Mapping[str, str] | None = None,
    verify: bool = True,
) -> ReferenceSet:
    """Open the indexes below a directory, searching in just the wanted references of each descriptor.

    `works` says which references show the same work.

    `IntegrityError` if one of them is not there, or anything is not as it was written (`open_index`).
    """
    indexes = {
        name: _selected(directory / name, ids, works, verify=verify) for name, ids in wanted.items() if name != SOUND_ID
    }
    sound = _sound(directory / SOUND_ID, wanted[SOUND_ID], verify=verify) if SOUND_ID in wanted else None
    return ReferenceSet(indexes=MappingProxyType(indexes), sound=sound)


def _sound(directory: Path, ids: Collection[str], *, verify: bool) -> SoundIndex:
    if not directory.is_dir():
        raise IntegrityError("the index of sound is missing", where=str(directory))
    index = open_sound_index(directory, verify=verify)
    wanted, present = frozenset(ids), frozenset(index)
    if wanted - present:
        raise IntegrityError(f"the index lacks the reference {min(wanted - present)}", where=str(directory))
    return index if wanted == present else index.selecting(wanted)


def _selected(
    directory: Path, ids: Collection[str], works: Mapping[str, str] | None, *, verify: bool
) -> ReferenceIndex:
    if not directory.is_dir():
        raise IntegrityError("the index of this descriptor is missing", where=str(directory))
    index = open_index(directory, verify=verify, works=works)
    if index.descriptor != directory.name:
        raise IntegrityError(f"this index holds {index.descriptor}", where=str(directory))
    wanted, present = frozenset(ids), frozenset(index)
    if wanted - present:
        raise IntegrityError(f"the index lacks the reference {min(wanted - present)}", where=str(directory))
    return index if wanted == present else index.selecting(wanted)

# SPDX-License-Identifier: Apache-2.0
"""What an opened index of any kind is: the live references of some segments, fixed at the moment of opening."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._manifest import SEGMENTS, Listed, Manifest, read_manifest
from kyodaku.copies._segment_files import StoredEntry
from kyodaku.errors import IntegrityError, UsageError

__all__ = ["Searched", "live_in", "opened_segments"]

_ATTEMPTS: Final = 5
"""A writer may sweep segments away between reading the manifest and opening them; then the manifest has changed too."""


class _Segment(Protocol):
    @property
    def entries(self) -> Sequence[StoredEntry]: ...


class _Part(Protocol):
    """A segment and which of its references are still there; a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def segment(self) -> _Segment: ...

    @property
    def live(self) -> NDArray[np.bool_]: ...


AnyPart = TypeVar("AnyPart", bound=_Part)
AnySegment = TypeVar("AnySegment", bound=_Segment)


@dataclass(frozen=True, kw_only=True)
class Searched(Generic[AnyPart]):
    """References that can be searched; later changes in the directory do not show."""

    descriptor: str
    parts: tuple[AnyPart, ...]

    def __len__(self) -> int:
        return sum(int(part.live.sum()) for part in self.parts)

    def __contains__(self, reference_id: object) -> bool:
        return any(entry.id == reference_id for entry in self._entries())

    def __iter__(self) -> Iterator[str]:
        """The ids of the references."""
        return (entry.id for entry in self._entries())

    @cached_property
    def content_id(self) -> str:
        """Names what is searched: the descriptor and each reference's id and fingerprint, whatever the segments."""
        lines = sorted(f"{entry.fingerprint} {entry.id}\n" for entry in self._entries())
        return hashlib.sha256("".join([f"kyodaku-references-v1 {self.descriptor}\n", *lines]).encode()).hexdigest()

    def selecting(self, reference_ids: Collection[str]) -> Self:
        """The same index with only some of its references; unknown ids are `UsageError`."""
        wanted = set(reference_ids)
        unknown = sorted(wanted.difference(self))
        if unknown:
            raise UsageError("there is no such reference", where=unknown[0])
        chosen = [np.array([entry.id in wanted for entry in part.segment.entries], dtype=bool) for part in self.parts]
        parts = [replace(part, live=part.live & some) for part, some in zip(self.parts, chosen, strict=True)]
        return replace(self, parts=tuple(parts))

    def _entries(self) -> Iterator[StoredEntry]:
        for part in self.parts:
            yield from (entry for entry, live in zip(part.segment.entries, part.live, strict=True) if live)


def opened_segments(
    directory: Path, open_one: Callable[[Path, Listed, Manifest], AnySegment]
) -> tuple[Manifest, list[AnySegment]]:
    """The state of the index in a directory, and its segments, opened; `IntegrityError` for what is not there."""
    for _ in range(_ATTEMPTS):
        manifest = read_manifest(directory)
        try:
            return manifest, [
                open_one(directory / SEGMENTS / listed.name, listed, manifest) for listed in manifest.segments
            ]
        except IntegrityError:
            if read_manifest(directory) == manifest:
                raise
    raise IntegrityError("changes faster than it can be opened", where=str(directory))


def live_in(segment: _Segment, listed: Listed) -> NDArray[np.bool_]:
    """Which of a segment's references the manifest has not removed."""
    live = np.ones(len(segment.entries), dtype=bool)
    live[list(listed.removed)] = False
    return live

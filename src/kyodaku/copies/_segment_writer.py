# SPDX-License-Identifier: Apache-2.0
"""How any index grows: new segments, merged as they gather, one swap of the manifest; one process writes at a time."""

from __future__ import annotations

import fcntl
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Generic, Protocol, Self, TypeVar

from kyodaku.copies._manifest import SEGMENTS, Listed, Manifest, check_content, read_manifest, write_manifest
from kyodaku.copies._segment_files import StoredEntry
from kyodaku.copies._stored import Stored
from kyodaku.errors import KyodakuError, UsageError

__all__ = ["HeldReference", "SegmentWriter"]

_GROWTH: Final = 4
"""A segment is merged with the next unless it is so many times larger: n additions leave about log4(n) segments."""
_MOST_REMOVED: Final = 0.5
"""A segment with a larger share of its references removed is written anew without them."""
_OVERHEAD: Final = 64
"""A reference counts as so many codes more in deciding on merges, for its entry in segment.json."""
_LONGEST_ID: Final = 512


class HeldReference(Protocol):
    """A reference in memory."""

    @property
    def entry(self) -> StoredEntry:
        """What is known of it besides its codes."""
        ...


AnyFingerprint = TypeVar("AnyFingerprint", bound=Stored)
AnyReference = TypeVar("AnyReference", bound=HeldReference)


class SegmentWriter(ABC, Generic[AnyFingerprint, AnyReference]):
    """Changes one index; a context manager that commits when it is left without an exception.

    The directory is made if it is not there. One process writes at a time (`KyodakuError` for a second one); readers
    are never disturbed, they see the state of when they opened the index.
    """

    def __init__(self, directory: Path, empty: Manifest) -> None:
        self._directory = directory
        self._empty = empty
        self._manifest = empty
        self._known: dict[str, str] = {}
        self._places: dict[str, tuple[str, int]] = {}
        self._removed: dict[str, set[int]] = {}
        self._fresh: list[AnyReference] = []
        self._fresh_size = 0
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> Self:
        (self._directory / SEGMENTS).mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self._directory / "lock")
        try:
            self._load()
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._lock is not None
        try:
            if kind is None:
                self.commit()
        finally:
            self._lock.close()

    def add(self, reference_id: str, fingerprint: AnyFingerprint) -> None:
        """Add a reference; the same one twice is no error, another fingerprint under a known id is `UsageError`."""
        _check_id(reference_id)
        self._check(reference_id, fingerprint)
        if reference_id in self._known:
            if self._known[reference_id] == fingerprint.sha256:
                return
            raise UsageError("this id is taken by another fingerprint", where=reference_id, hint="remove it first")
        reference = self._held(reference_id, fingerprint)
        self._known[reference_id] = fingerprint.sha256
        self._fresh.append(reference)
        self._fresh_size += self._size(reference)
        if self._is_full(self._fresh_size):
            self._flush()

    def remove(self, reference_id: str) -> None:
        """Take a reference out (`UsageError` if it is not there); its codes leave the disk when segments merge."""
        if reference_id not in self._known:
            raise UsageError("there is no such reference", where=reference_id)
        del self._known[reference_id]
        if reference_id in self._places:
            name, number = self._places.pop(reference_id)
            self._removed.setdefault(name, set()).add(number)
        else:
            self._fresh = [one for one in self._fresh if one.entry.id != reference_id]

    def commit(self) -> None:
        """Make what was added and removed the state of the index, durably; who opens it from now on sees it."""
        before = self._manifest
        self._take_in(provisional=False)
        self._tidy()
        if self._manifest != before:
            self._save()

    # --- what a kind of index has to say ---------------------------------------------------------------------------

    @abstractmethod
    def _check(self, reference_id: str, fingerprint: AnyFingerprint) -> None:
        """`UsageError` for what no index of this kind can hold."""

    @abstractmethod
    def _held(self, reference_id: str, fingerprint: AnyFingerprint) -> AnyReference:
        """The reference as its segment will have it; `UsageError` for what this very index cannot hold."""

    @abstractmethod
    def _size(self, reference: AnyReference) -> int:
        """What it counts in memory, in the unit of `_is_full`."""

    @abstractmethod
    def _is_full(self, size: int) -> bool:
        """Whether so much is too much to be held in memory."""

    @abstractmethod
    def _write(self, references: Sequence[AnyReference], *, provisional: bool) -> Listed:
        """Write a segment; a provisional one will be merged with others before long."""

    @abstractmethod
    def _references(self, listed: Listed) -> Sequence[AnyReference]:
        """What is left of the references of a segment that was written before."""

    @abstractmethod
    def _look_up(self, listed: Listed) -> None:
        """Learn what a segment holds (`_learn`), and what else its kind has to know of it."""

    def _gather(self) -> None:
        """Keep the segments few while more is added."""
        self._tidy()

    def _may_join(self, run: Sequence[Listed]) -> bool:  # noqa: ARG002 - the question is what others answer
        """Whether these together make one segment."""
        return True

    def _is_complete(self, listed: Listed) -> bool:  # noqa: ARG002 - as above
        """Whether a segment has all that it should have by its size."""
        return True

    def _learn(self, listed: Listed, entries: Iterable[StoredEntry]) -> None:
        gone = set(listed.removed)
        for number, entry in enumerate(entries):
            if number not in gone:
                self._known[entry.id] = entry.fingerprint
                self._places[entry.id] = (listed.name, number)

    # --- the rest --------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        if not any((self._directory / SEGMENTS).iterdir()) and not (self._directory / "manifest.json").exists():
            write_manifest(self._directory, self._empty)
        self._manifest = read_manifest(self._directory)
        check_content(self._directory, self._manifest, self._empty.content)
        self._manifest = replace(self._manifest, content=self._empty.content or self._manifest.content)
        if replace(self._manifest, segments=(), content=self._empty.content) != self._empty:
            raise UsageError(
                f"holds codes of {self._manifest.descriptor} from quality {self._manifest.minimum_quality}, "
                f"not of {self._empty.descriptor} from {self._empty.minimum_quality}",
                where=str(self._directory),
            )
        for listed in self._manifest.segments:
            self._look_up(listed)

    def _flush(self) -> None:
        """Put what was added on the disk, to have its place in memory."""
        self._take_in(provisional=True)
        self._gather()
        self._save()

    def _take_in(self, *, provisional: bool) -> None:
        segments = [
            replace(listed, removed=tuple(sorted({*listed.removed, *self._removed.get(listed.name, ())})))
            for listed in self._manifest.segments
        ]
        if self._fresh:
            segments.append(self._written(self._fresh, provisional=provisional))
        self._removed, self._fresh, self._fresh_size = {}, [], 0
        self._manifest = replace(self._manifest, segments=tuple(segments))

    def _tidy(self) -> None:
        """Merge what has to be merged, and write anew what is mostly removed or lacks something."""
        there = [listed for listed in self._manifest.segments if len(listed.removed) < listed.references]
        tidy = [
            run[0] if len(run) == 1 and self._is_tidy(run[0]) else self._merged(run, provisional=False)
            for run in self._runs(there)
        ]
        self._manifest = replace(self._manifest, segments=tuple(tidy))

    def _is_tidy(self, listed: Listed) -> bool:
        return len(listed.removed) <= _MOST_REMOVED * listed.references and self._is_complete(listed)

    def _runs(self, segments: Iterable[Listed]) -> list[list[Listed]]:
        """Which segments are merged with each other, so that each is much larger than the one after it."""
        runs: list[list[Listed]] = []
        for listed in segments:
            runs.append([listed])
            while len(runs) > 1 and _weight(runs[-2]) < _GROWTH * _weight(runs[-1]):
                if not self._may_join([*runs[-2], *runs[-1]]):
                    break
                last = runs.pop()
                runs[-1].extend(last)
        return runs

    def _merged(self, run: Sequence[Listed], *, provisional: bool) -> Listed:
        references = [one for listed in run for one in self._references(listed)]
        return self._written(references, provisional=provisional)

    def _written(self, references: Sequence[AnyReference], *, provisional: bool) -> Listed:
        listed = self._write(references, provisional=provisional)
        for number, reference in enumerate(references):
            self._places[reference.entry.id] = (listed.name, number)
        return listed

    def _save(self) -> None:
        """Swap the manifest, then sweep up: what it does not name was merged away or was left by a crash."""
        write_manifest(self._directory, self._manifest)
        named = {listed.name for listed in self._manifest.segments}
        for path in (self._directory / SEGMENTS).iterdir():
            if path.name not in named:
                shutil.rmtree(path, ignore_errors=True)


def _weight(run: Sequence[Listed]) -> int:
    return sum(listed.codes + _OVERHEAD * listed.references for listed in run)


def _locked(path: Path) -> IO[bytes]:
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise KyodakuError(
            "another process is changing this index", where=str(path.parent), hint="try again later"
        ) from None
    return file


def _check_id(reference_id: str) -> None:
    if not reference_id or len(reference_id) > _LONGEST_ID or not reference_id.isprintable():
        raise UsageError(
            f"a reference's id must be 1 to {_LONGEST_ID} printable characters", where=repr(reference_id[:80])
        )

# SPDX-License-Identifier: Apache-2.0
"""Adding references to an index and taking them out: new segments, merged as they gather, one swap of the manifest."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from kyodaku.copies._codes import APPROXIMATE_FROM
from kyodaku.copies._manifest import SEGMENTS, Listed, Manifest, check_content, read_manifest, write_manifest
from kyodaku.copies._segment import Entry, Reference, Segment, open_segment, write_segment
from kyodaku.copies.calibration import load_calibration
from kyodaku.copies.descriptor import content_of, descriptor_id, get_descriptor
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.frame import DEFAULT_DESCRIPTOR
from kyodaku.errors import KyodakuError, UsageError

__all__ = ["IndexWriter"]

_FLUSH_BYTES: Final = 64_000_000
"""What is held in memory before a segment is written."""
_MOST_FLUSHED: Final = 32
"""Segments that one session writes before it merges them: every file that is mapped keeps a handle open."""
_GROWTH: Final = 4
"""A segment is merged with the next unless it is so many times larger: n additions leave about log4(n) segments."""
_MOST_REMOVED: Final = 0.5
"""A segment with a larger share of its references removed is written anew without them."""
_OVERHEAD: Final = 64
"""A reference counts as so many codes more in deciding on merges, for its entry in segment.json."""
_LONGEST_ID: Final = 512


class IndexWriter:
    """Changes one index; a context manager that commits when it is left without an exception.

        with IndexWriter(directory) as index:
            index.add("film-1/master", fingerprint)

    The directory is made if it is not there. One process writes at a time (`KyodakuError` for a second one); readers
    are never disturbed, they see the state of when they opened the index.
    """

    def __init__(
        self,
        directory: Path,
        *,
        descriptor: str = descriptor_id(DEFAULT_DESCRIPTOR),
        approximate_from: int = APPROXIMATE_FROM,
    ) -> None:
        self._directory = directory
        self._bits = get_descriptor(descriptor).dims
        self._empty = Manifest(
            descriptor=descriptor,
            minimum_quality=load_calibration(descriptor).minimum_quality,
            content=content_of(descriptor),
        )
        self._approximate_from = approximate_from
        self._manifest = self._empty
        self._known: dict[str, str] = {}
        self._places: dict[str, tuple[str, int]] = {}
        self._removed: dict[str, set[int]] = {}
        self._fresh: list[Reference] = []
        self._fresh_bytes = 0
        self._plain: set[str] = set()
        self._fine_dims = 0
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

    def add(self, reference_id: str, fingerprint: Fingerprint) -> None:
        """Add a reference; the same one twice is no error, another fingerprint under a known id is `UsageError`."""
        _check_id(reference_id)
        if fingerprint.descriptor != self._manifest.descriptor:
            raise UsageError(
                f"made with {fingerprint.descriptor}, and this index holds {self._manifest.descriptor}",
                where=reference_id,
            )
        if reference_id in self._known:
            if self._known[reference_id] == fingerprint.sha256:
                return
            raise UsageError("this id is taken by another fingerprint", where=reference_id, hint="remove it first")
        self._check_fine(reference_id, fingerprint)
        self._known[reference_id] = fingerprint.sha256
        self._fresh.append(self._reference(reference_id, fingerprint))
        self._fresh_bytes += _bytes(self._fresh[-1])
        if self._fresh_bytes >= _FLUSH_BYTES:
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
        self._take_in(self._approximate_from)
        tidy: list[Listed] = []
        for run in _runs([listed for listed in self._manifest.segments if len(listed.removed) < listed.references]):
            alone = len(run) == 1 and len(run[0].removed) <= _MOST_REMOVED * run[0].references
            tidy.append(
                run[0] if alone and not self._lacks_lists(run[0]) else self._merged(run, self._approximate_from)
            )
        self._manifest = replace(self._manifest, segments=tuple(tidy))
        if self._manifest != before:
            self._save()

    def _flush(self) -> None:
        """Put what was added on the disk; segments that will be merged at the end need no inverted files."""
        self._take_in(None)
        flushed = [listed for listed in self._manifest.segments if listed.name in self._plain]
        if len(flushed) >= _MOST_FLUSHED:
            others = [listed for listed in self._manifest.segments if listed not in flushed]
            self._manifest = replace(self._manifest, segments=(*others, self._merged(flushed, None)))
        self._save()

    def _take_in(self, approximate_from: int | None) -> None:
        segments = [
            replace(listed, removed=tuple(sorted({*listed.removed, *self._removed.get(listed.name, ())})))
            for listed in self._manifest.segments
        ]
        if self._fresh:
            segments.append(self._written(self._fresh, approximate_from))
        self._removed, self._fresh, self._fresh_bytes = {}, [], 0
        self._manifest = replace(self._manifest, segments=tuple(segments))

    def _reference(self, reference_id: str, fingerprint: Fingerprint) -> Reference:
        seen = fingerprint.quality >= self._manifest.minimum_quality
        fine = fingerprint.fine
        entry = Entry(
            id=reference_id,
            duration_s=fingerprint.duration_s,
            fingerprint=fingerprint.sha256,
            fine=fine is not None,
        )
        return Reference(
            entry=entry,
            codes=fingerprint.codes[seen],
            times=fingerprint.times[seen],
            fine=None if fine is None else fine[seen],
        )

    def _check_fine(self, reference_id: str, fingerprint: Fingerprint) -> None:
        """The finer forms of one index must be comparable; a reference without one is as welcome as ever."""
        if fingerprint.fine is None:
            return
        dims = fingerprint.fine.shape[1]
        if self._fine_dims not in (0, dims):
            raise UsageError(
                f"its finer form has {dims} values a frame, and this index holds {self._fine_dims}", where=reference_id
            )
        self._fine_dims = dims

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

    def _opened(self, listed: Listed) -> Segment:
        path = self._directory / SEGMENTS / listed.name
        return open_segment(path, sha256=listed.sha256, descriptor=self._manifest.descriptor, verify=False)

    def _look_up(self, listed: Listed) -> None:
        """Learn what a segment holds."""
        segment = self._opened(listed)
        gone = set(listed.removed)
        for number, entry in enumerate(segment.entries):
            if number not in gone:
                self._known[entry.id] = entry.fingerprint
                self._places[entry.id] = (listed.name, number)
        if segment.fine is not None:
            self._fine_dims = segment.fine.shape[1]
        if segment.lists is None:
            self._plain.add(listed.name)

    def _lacks_lists(self, listed: Listed) -> bool:
        return listed.codes >= self._approximate_from and listed.name in self._plain

    def _written(self, references: Sequence[Reference], approximate_from: int | None) -> Listed:
        name, sha256 = write_segment(
            self._directory / SEGMENTS,
            references,
            descriptor=self._manifest.descriptor,
            bits=self._bits,
            approximate_from=approximate_from,
        )
        codes = sum(len(reference.codes) for reference in references)
        self._places.update((reference.entry.id, (name, number)) for number, reference in enumerate(references))
        if approximate_from is None or codes < approximate_from:
            self._plain.add(name)
        return Listed(name=name, sha256=sha256, codes=codes, references=len(references))

    def _merged(self, run: Sequence[Listed], approximate_from: int | None) -> Listed:
        return self._written(
            [reference for listed in run for reference in self._opened(listed).references(listed.removed)],
            approximate_from,
        )

    def _save(self) -> None:
        """Swap the manifest, then sweep up: what it does not name was merged away or was left by a crash."""
        write_manifest(self._directory, self._manifest)
        named = {listed.name for listed in self._manifest.segments}
        for path in (self._directory / SEGMENTS).iterdir():
            if path.name not in named:
                shutil.rmtree(path, ignore_errors=True)


def _bytes(reference: Reference) -> int:
    fine = 0 if reference.fine is None else reference.fine.nbytes
    return reference.codes.nbytes + reference.times.nbytes + fine


def _weight(run: Sequence[Listed]) -> int:
    return sum(listed.codes + _OVERHEAD * listed.references for listed in run)


def _runs(segments: Iterable[Listed]) -> list[list[Listed]]:
    """Which segments are merged with each other, so that each is much larger than the one after it."""
    runs: list[list[Listed]] = []
    for listed in segments:
        runs.append([listed])
        while len(runs) > 1 and _weight(runs[-2]) < _GROWTH * _weight(runs[-1]):
            last = runs.pop()
            runs[-1].extend(last)
    return runs


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

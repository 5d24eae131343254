# SPDX-License-Identifier: Apache-2.0
"""Segments: some references' codes and times in files that are written once and mapped ever after.

SEGMENT/codes.npy      (codes, bits // 8) uint8, by reference and time; small segments only
SEGMENT/times.npy      (codes,) float32, seconds in the reference
SEGMENT/starts.npy     (references + 1,) int64: where each reference's rows begin
SEGMENT/fine.npy       (codes, dims) int8: the same frames more exactly, if their descriptor has a finer form
SEGMENT/lists.bin      large segments only, instead of `codes.npy` (in version 1 beside it): the codes as an inverted
                       file, with `centres.npy`, `sizes.npy` and `places.npy`; see `kyodaku.copies._codes_lists`
SEGMENT/segment.json   the descriptor, each file's size and SHA-256, each reference's id, duration and fingerprint
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _files
from kyodaku.copies._codes import Lists, Ranges, StoredCodes, open_listed, open_lists, write_lists
from kyodaku.copies._segment_files import FILE, check_files, files_of, published, read_document, reference_facts
from kyodaku.copies.descriptor import Codes
from kyodaku.errors import IntegrityError

__all__ = ["Entry", "Reference", "Segment", "open_segment", "write_segment"]

FORMAT: Final = "kyodaku-segment"
VERSION: Final = 2
_READ: Final = (1, 2)
_CODES: Final = "codes.npy"
_LISTS: Final = "lists.bin"
_ARRAYS: Final[Mapping[str, tuple[type[np.generic], int]]] = {
    "times.npy": (np.float32, 1),
    "starts.npy": (np.int64, 1),
}
_FINE: Final = "fine.npy"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What a segment knows of a reference besides its codes."""

    id: str
    duration_s: float
    fingerprint: str
    """The fingerprint's SHA-256."""
    fine: bool = False
    """Whether it came with a finer form."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A reference with the codes that can be found."""

    entry: Entry
    codes: Codes
    times: NDArray[np.float32]
    fine: NDArray[np.int8] | None = None
    """`(codes, dims)`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """An opened segment; the arrays are mapped, not loaded."""

    name: str
    sha256: str
    """Of `segment.json`, which holds the hashes of the rest."""
    entries: tuple[Entry, ...]
    codes: StoredCodes
    times: NDArray[np.float32]
    starts: NDArray[np.int64]
    lists: Lists | None
    fine: NDArray[np.int8] | None
    """`(codes, dims)`; zeros for references that came without it."""
    finer: NDArray[np.bool_]
    """`(references,)`: which of them came with it."""

    def references(self, removed: Iterable[int] = ()) -> list[Reference]:
        """All references but the removed ones, as they were written."""
        gone = set(removed)
        return [self.reference(number) for number in range(len(self.entries)) if number not in gone]

    def rows(self, chosen: NDArray[np.bool_]) -> Ranges:
        """The rows of some of the references."""
        edges = np.flatnonzero(np.diff(chosen, prepend=False, append=False))
        ranges = self.starts[edges].reshape(-1, 2)
        return ranges[ranges[:, 0] < ranges[:, 1]]

    def reference(self, number: int) -> Reference:
        """One reference by its number in the segment."""
        rows = self.rows_of(number)
        return Reference(
            entry=self.entries[number], codes=self.codes[rows], times=self.times[rows], fine=self.fine_of(number)
        )

    def rows_of(self, number: int) -> slice:
        """The rows of one reference."""
        return slice(int(self.starts[number]), int(self.starts[number + 1]))

    def fine_of(self, number: int) -> NDArray[np.int8] | None:
        """The finer form of one reference, if it came with it."""
        return self.fine[self.rows_of(number)] if self.fine is not None and self.finer[number] else None


def write_segment(
    parent: Path, references: Sequence[Reference], *, descriptor: str, bits: int, approximate_from: int | None
) -> tuple[str, str]:
    """Write a segment below `parent`; its name and the hash of its `segment.json`. Equal content gives equal names.

    It gets an inverted file if it has so many codes; None if it will be merged with others before long.
    """

    def write(path: Path) -> dict[str, Any]:
        _write_arrays(path, references, bits // 8)
        codes = sum(len(reference.codes) for reference in references)
        if approximate_from is not None and codes >= max(1, approximate_from):
            write_lists(_files.map_array(path / _CODES, np.uint8, 2), path)
            (path / _CODES).unlink()  # they are in the lists
        return _document(path, references, descriptor, bits)

    return published(parent, write)


def open_segment(path: Path, *, sha256: str, descriptor: str, verify: bool) -> Segment:
    """Map a segment; `IntegrityError` names the file that is missing, cut off or changed.

    Sizes and headers are always checked, whole files against their hashes only with `verify`.
    """
    document = read_document(path, sha256=sha256, expected={"format": FORMAT})
    if document.get("version") not in _READ:
        raise IntegrityError("written by another version of Kyodaku", where=str(path / FILE), hint="update Kyodaku")
    if document["descriptor"] != descriptor:
        raise IntegrityError(f"made with {document['descriptor']}, not with {descriptor}", where=str(path / FILE))
    check_files(path, document, verify=verify)
    arrays = {name: _files.map_array(path / name, dtype, ndim) for name, (dtype, ndim) in _ARRAYS.items()}
    entries = tuple(
        Entry(
            id=item["id"],
            duration_s=item["duration_us"] / 1e6,
            fingerprint=item["fingerprint"],
            fine=item.get("fine", False),
        )
        for item in document["references"]
    )
    lists = open_lists(path) if _LISTS in document["files"] else None
    codes = _codes(path, document, lists)
    times, starts = arrays["times.npy"], np.array(arrays["starts.npy"])
    if (
        (len(starts), len(times)) != (len(entries) + 1, len(codes))
        or (int(starts[0]), int(starts[-1])) != (0, len(codes))
        or (np.diff(starts) < 0).any()
        or 8 * codes.shape[1] != document["bits"]
    ):
        raise IntegrityError("its files belong to different segments", where=str(path))
    return Segment(
        name=path.name,
        sha256=sha256,
        entries=entries,
        codes=codes,
        times=times,
        starts=starts,
        lists=lists,
        fine=_fine(path, document, len(codes)),
        finer=np.array([entry.fine for entry in entries], dtype=bool),
    )


def _codes(path: Path, document: dict[str, Any], lists: Lists | None) -> StoredCodes:
    if lists is None or _CODES in document["files"]:
        return _files.map_array(path / _CODES, np.uint8, 2)
    return open_listed(path, lists.sizes, lists.entries, lists.centres.shape[1])


def _fine(path: Path, document: dict[str, Any], count: int) -> NDArray[np.int8] | None:
    dims = document.get("fine_dims", 0)
    if not dims:
        return None
    fine = _files.map_array(path / _FINE, np.int8, 2)
    if fine.shape != (count, dims):
        raise IntegrityError("is not the array that was written there", where=str(path / _FINE))
    return fine


def _write_arrays(path: Path, references: Sequence[Reference], width: int) -> None:
    counts = [len(reference.codes) for reference in references]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    _files.write_array(path / _CODES, np.uint8, (int(starts[-1]), width), (reference.codes for reference in references))
    _files.write_array(
        path / "times.npy", np.float32, (int(starts[-1]),), (reference.times for reference in references)
    )
    _files.write_array(path / "starts.npy", np.int64, (len(starts),), (starts,))
    dims = _fine_dims(references)
    if dims:
        rows = (
            np.zeros((len(reference.codes), dims), dtype=np.int8) if reference.fine is None else reference.fine
            for reference in references
        )
        _files.write_array(path / _FINE, np.int8, (int(starts[-1]), dims), rows)


def _fine_dims(references: Iterable[Reference]) -> int:
    return next((reference.fine.shape[1] for reference in references if reference.fine is not None), 0)


def _document(path: Path, references: Sequence[Reference], descriptor: str, bits: int) -> dict[str, Any]:
    dims = _fine_dims(references)
    entries = [reference.entry for reference in references]
    return {
        "format": FORMAT,
        "version": VERSION,
        "descriptor": descriptor,
        "bits": bits,
        **({"fine_dims": dims} if dims else {}),
        "files": files_of(path),
        "references": [
            {**facts, "fine": True} if entry.fine else facts
            for entry, facts in zip(entries, reference_facts(entries), strict=True)
        ],
    }

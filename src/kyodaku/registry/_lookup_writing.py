# SPDX-License-Identifier: Apache-2.0
"""Writes the files that `kyodaku.registry._lookup` reads: the same lines give the same bytes, on any machine."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

import numpy as np

from kyodaku.registry._codec import canonical
from kyodaku.registry._lookup import BLOCK, FORMAT, MAGIC, TRAILER, hash_of

__all__ = ["write_lookup"]

_IN_A_BUCKET: Final = 32
"""Keys that share their first bits, about: they are read together."""


def write_lookup(path: Path, hashes: Path, tables: Mapping[str, Iterable[tuple[str, str]]]) -> None:
    """Write the tables, each of keys in order with their values, into `path`, and the hashes of its blocks."""
    with path.open("xb") as file:
        stated = {name: _write_table(file, lines) for name, lines in sorted(tables.items())}
        footer = canonical({"format": FORMAT, "tables": stated})
        file.write(footer + TRAILER.pack(len(footer), MAGIC))
        _synced(file)
    with path.open("rb") as file, hashes.open("xb") as listed:
        while block := file.read(BLOCK):
            listed.write(sha256(block).digest())
        _synced(listed)


def _write_table(file: IO[bytes], lines: Iterable[tuple[str, str]]) -> dict[str, int]:
    begun, at = file.tell(), 0
    places, hashes = array("Q", [0]), array("Q")
    for key, value in lines:
        at += file.write(f"{key}\t{value}\n".encode())
        places.append(at)
        hashes.append(hash_of(key))
    stated = {"entries": len(hashes), "lines": begun, "bits": (len(hashes) // _IN_A_BUCKET).bit_length()}
    found = np.array(hashes, dtype=np.uint64)
    order = np.argsort(found, kind="stable")
    firsts = found >> np.uint64(64 - stated["bits"]) if stated["bits"] else np.zeros(len(found), dtype=np.uint64)
    counts = np.bincount(firsts.astype(np.int64), minlength=1 << stated["bits"])
    for name, column, kind in (
        ("places", np.array(places, dtype=np.uint64), "<u8"),
        ("hashes", found[order], "<u8"),
        ("numbers", order, "<u4"),
        ("buckets", np.concatenate([[0], np.cumsum(counts)]), "<u4"),
    ):
        stated[name] = file.tell()
        file.write(column.astype(kind).tobytes())
    return stated


def _synced(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())

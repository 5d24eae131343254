# SPDX-License-Identifier: Apache-2.0
"""The index as arrays: made from entries, written to a directory, read back through memory maps. No pickle.

`names.json` lists every array with its SHA-256. Opening compares them, so a changed or cut file is an error at once and
never a wrong answer; the arrays themselves stay on disk until a prompt asks for them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kyodaku.errors import IntegrityError, KyodakuError

__all__ = ["Arrays", "Strings", "read", "write"]

FORMAT: Final = "kyodaku-names-1"
_MANIFEST: Final = "names.json"
_MAX_MANIFEST: Final = 1 << 20
_CHUNK: Final = 1 << 22

Arrays = Mapping[str, npt.NDArray[Any]]


class Strings:
    """Many short texts in one array of UTF-8 bytes."""

    def __init__(self, blob: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> None:
        self.blob, self.ends = blob, ends

    @classmethod
    def of(cls, texts: Iterable[str]) -> Strings:
        """These texts, in this order."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        ends = np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), dtype=np.int64)
        return cls(np.frombuffer(b"".join(encoded), np.uint8), ends)

    def __getitem__(self, row: int) -> str:
        start = int(self.ends[row - 1]) if row else 0
        return bytes(self.blob[start : int(self.ends[row])]).decode("utf-8", "replace")

    def __len__(self) -> int:
        return len(self.ends)


def write(directory: Path, arrays: Arrays, about: Mapping[str, object]) -> None:
    """The arrays as files in a new or empty directory; the manifest comes last, so a directory cut short is none."""
    directory.mkdir(parents=True, exist_ok=True)
    listed = {}
    for name, array in arrays.items():
        path = directory / f"{name}.npy"
        np.save(path, array, allow_pickle=False)
        listed[name] = {"sha256": _digest(path), "dtype": str(array.dtype), "rows": len(array)}
    manifest = {"format": FORMAT, "about": dict(about), "arrays": listed}
    (directory / _MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read(directory: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """The arrays, mapped, and what the manifest says about them."""
    manifest = _manifest(directory)
    arrays = {}
    for name, said in manifest["arrays"].items():
        path = directory / f"{name}.npy"
        try:
            if _digest(path) != said["sha256"]:
                raise IntegrityError("the file is not the one that was written", where=str(path))
            array = np.load(path, mmap_mode="r", allow_pickle=False) if said["rows"] else np.zeros(0, said["dtype"])
            array = array.view(np.ndarray)  # the same pages, without a memmap object for every slice
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise IntegrityError("not readable as an array of this index", where=str(path)) from fault
        arrays[name] = array
    return arrays, manifest["about"]


def _manifest(directory: Path) -> dict[str, Any]:
    path = directory / _MANIFEST
    try:
        with path.open("rb") as file:
            manifest = json.loads(file.read(_MAX_MANIFEST))
    except OSError as fault:
        raise KyodakuError("no index of names here", where=str(directory)) from fault
    except ValueError as fault:
        raise IntegrityError("not an index of names", where=str(path)) from fault
    shaped = isinstance(manifest, dict) and isinstance(manifest.get("arrays"), dict) and "about" in manifest
    if not shaped or manifest.get("format") != FORMAT or any("/" in n or "." in n for n in manifest["arrays"]):
        raise IntegrityError(f"not an index of names of format {FORMAT}", where=str(path), hint="build it again")
    return dict(manifest)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

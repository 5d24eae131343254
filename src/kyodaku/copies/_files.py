# SPDX-License-Identifier: Apache-2.0
"""Files that are there whole or not at all, and say when they were changed; arrays in files, mapped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from kyodaku.errors import IntegrityError, KyodakuError

__all__ = [
    "canonical",
    "file_sha256",
    "map_array",
    "read_json",
    "replace_file",
    "sync",
    "sync_directory",
    "write_array",
    "write_synced",
]


def canonical(document: Any) -> bytes:
    """JSON with sorted keys and no blanks: for text and whole numbers that is RFC 8785."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def file_sha256(path: Path) -> str:
    """The hash of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path) -> Any:
    """A JSON file of this room's own making; what is not one is `IntegrityError`."""
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise KyodakuError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (ValueError, RecursionError):
        raise IntegrityError("this is not the JSON that was written there", where=str(path)) from None


def write_synced(path: Path, data: bytes) -> None:
    """Write and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        sync(file)


def sync(file: IO[bytes]) -> None:
    """Wait until what was written to a file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Put a whole new file in the place of another in one step."""
    fresh = path.with_name(f".{path.name}.new")
    write_synced(fresh, data)
    fresh.replace(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Wait until a directory's entries are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_array(path: Path, dtype: type[np.generic], shape: tuple[int, ...], parts: Iterable[NDArray[Any]]) -> None:
    """An .npy file from parts, without holding the whole: merging large segments must not need their size in memory."""
    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.ascontiguousarray(part, dtype=dtype).data)
        sync(file)


def map_array(path: Path, dtype: type[np.generic], dimensions: int) -> NDArray[Any]:
    """An .npy file as an array on its pages; an empty one cannot be mapped and is read."""
    try:
        array = _mapped(path)
    except FileNotFoundError:
        raise IntegrityError("missing from the index", where=str(path)) from None
    except (ValueError, EOFError):
        raise IntegrityError("is not the array that was written there", where=str(path)) from None
    if array.dtype != dtype or array.ndim != dimensions or not array.flags.c_contiguous:
        raise IntegrityError("is not the array that was written there", where=str(path))
    return np.asarray(array)


def _mapped(path: Path) -> NDArray[Any]:
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype.hasobject or 0 not in shape:
            return np.lib.format.open_memmap(path, mode="r")
        return np.zeros(shape, dtype)

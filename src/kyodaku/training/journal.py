# SPDX-License-Identifier: Apache-2.0
"""What a run has finished so far, on disk: one JSON line a clip, so that `--resume` repeats and loses none.

A line counts only when it is whole. A process killed in the middle of a write leaves a torn last line; opening the
journal cuts it off, and that clip is done again. Each line carries a code that only the workspace's key can make (HMAC
over the run's name and the line), so that a verdict edited, or a line brought from another run, is found out.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
import re
from array import array
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kyodaku.errors import IntegrityError, KyodakuError

__all__ = ["Journal"]

_NOT_YET = -1
_CODE = 64
"""Hex digits of SHA-256, before a space and the line's JSON."""
_INDEX = re.compile(rb'\{"index":([0-9]{1,18})[,}]')
"""How every line of ours begins: reading back a million of them must not parse what each found."""


class Journal:
    """The finished clips of a run, addressed by their place in the corpus; one process at a time.

    Memory is eight bytes a clip; the results stay on disk. Of two lines for one clip the later counts.
    """

    def __init__(self, path: Path, *, key: bytes = b"", clips: int | None = None) -> None:
        self._path = path
        self._key = key
        self._clips = clips
        self._offsets = array("q")
        self._file = path.open("a+b", buffering=0)  # unbuffered: what a full disk refused must not linger
        try:
            self._lock()
            self._read_back()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __contains__(self, index: int) -> bool:
        return 0 <= index < len(self._offsets) and self._offsets[index] != _NOT_YET

    def __len__(self) -> int:
        return sum(offset != _NOT_YET for offset in self._offsets)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The result of clip `index`; IndexError when it is not finished."""
        if index not in self:
            raise IndexError(f"clip {index} is not finished")
        with self._path.open("rb") as file:
            file.seek(self._offsets[index] + _CODE + 1)
            result: dict[str, Any] = json.loads(file.readline())
        return result

    def add(self, index: int, result: dict[str, Any]) -> None:
        """Writes the result of clip `index` and hands it to the system before returning.

        Raises `OSError` when the disk is full; what was written before stays good.
        """
        text = json.dumps({"index": index, **result}, separators=(",", ":")).encode()
        start = self._file.seek(0, os.SEEK_END)
        try:
            self._write(self._code(text) + b" " + text + b"\n")
        except OSError:
            os.ftruncate(self._file.fileno(), start)
            raise
        self._note(index, start)

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The finished clips in the order of the corpus."""
        with self._path.open("rb") as file:
            for index, offset in enumerate(self._offsets):
                if offset != _NOT_YET:
                    file.seek(offset + _CODE + 1)
                    yield index, json.loads(file.readline())

    def close(self) -> None:
        """Closes the file and lets another process have it; safe to call twice."""
        self._file.close()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            where = str(self._path.parent)
            raise KyodakuError("another run is writing here", where=where, hint="wait for it to end") from error

    def _code(self, text: bytes) -> bytes:
        return hmac.new(self._key, text, sha256).hexdigest().encode()

    def _write(self, line: bytes) -> None:
        rest = memoryview(line)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _note(self, index: int, offset: int) -> None:
        if index >= len(self._offsets):
            self._offsets.extend([_NOT_YET] * (index + 1 - len(self._offsets)))
        self._offsets[index] = offset

    def _read_back(self) -> None:
        offset = 0
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    os.ftruncate(self._file.fileno(), offset)
                    break
                self._note(self._index_of(line, number), offset)
                offset += len(line)

    def _index_of(self, line: bytes, number: int) -> int:
        code, text = line[:_CODE], line[_CODE + 1 : -1]
        written = _INDEX.match(text)
        if written and hmac.compare_digest(code, self._code(text)) and line[_CODE : _CODE + 1] == b" ":
            index = int(written[1])
            if self._clips is None or index < self._clips:
                return index
        hint = "it was altered or comes from another run; start anew in another folder"
        raise IntegrityError("this line is not of this run", where=f"{self._path}:{number}", hint=hint)

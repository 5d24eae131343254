# SPDX-License-Identifier: Apache-2.0
"""What a run has finished so far, on disk: one JSON line a clip, so that `--resume` repeats and loses none.

A line counts only when it is whole. A process killed in the middle of a write leaves a torn last line; opening the
journal cuts it off, and that clip is done again.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kyodaku.errors import IntegrityError

__all__ = ["Journal"]

_NOT_YET = -1


class Journal:
    """The finished clips of a run, addressed by their place in the corpus.

    Memory is eight bytes a clip; the results stay on disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets = array("q")
        self._file = path.open("a+b", buffering=0)  # unbuffered: what a full disk refused must not linger
        try:
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
        return index < len(self._offsets) and self._offsets[index] != _NOT_YET

    def __len__(self) -> int:
        return sum(offset != _NOT_YET for offset in self._offsets)

    def add(self, index: int, result: dict[str, Any]) -> None:
        """Writes the result of clip `index` and hands it to the system before returning.

        Raises `OSError` when the disk is full; what was written before stays good.
        """
        line = json.dumps({"index": index, **result}, separators=(",", ":")).encode() + b"\n"
        start = self._file.seek(0, os.SEEK_END)
        try:
            self._write(line)
        except OSError:
            os.ftruncate(self._file.fileno(), start)
            raise
        self._note(index, start)

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The finished clips in the order of the corpus."""
        with self._path.open("rb") as file:
            for index, offset in enumerate(self._offsets):
                if offset != _NOT_YET:
                    file.seek(offset)
                    yield index, json.loads(file.readline())

    def fileno(self) -> int:
        """The open file's descriptor, for locking."""
        return self._file.fileno()

    def close(self) -> None:
        """Closes the file; safe to call twice."""
        self._file.close()

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
        try:
            return int(json.loads(line)["index"])
        except (ValueError, KeyError, TypeError) as error:
            hint = "the journal was altered; start this run again without --resume"
            raise IntegrityError("not a journal line", where=f"{self._path}:{number}", hint=hint) from error

# SPDX-License-Identifier: Apache-2.0
"""Many prompts from a file, one `{"text": ...}` a line: one decision a line out, and a bad line stops nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final

from kyodaku.examine import MAX_TEXT
from kyodaku.generation.entering import MOST_ENTERED

__all__ = ["LONGEST_LINE", "MOST_LETTERS", "Line", "bad_line", "batches", "read_lines"]

LONGEST_LINE: Final = 8 * MAX_TEXT
"""Bytes: each letter may be written as an escape, and some as two."""


MOST_LETTERS: Final = 16_000_000
"""Letters of the texts of one batch, which waits until all of it is decided."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line: its number, and its `text`, or the `error` that it has."""

    number: int
    text: str = ""
    error: str | None = None


def read_lines(file: IO[bytes]) -> Iterator[Line]:
    """The lines of a file, blank ones left out; each costs no more memory than the longest that is read."""
    for number, content in enumerate(_lines(file), 1):
        if content is None:
            yield Line(number=number, error=f"bad_line: longer than {LONGEST_LINE:,} bytes")
        elif content.strip():
            yield _read(number, content)


def batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The lines in the batches in which they are entered in the ledger, none of more than can be held at once."""
    batch, letters = list[Line](), 0
    for line in lines:
        batch.append(line)
        letters += len(line.text)
        if len(batch) == MOST_ENTERED or letters >= MOST_LETTERS:
            yield batch
            batch, letters = [], 0
    if batch:
        yield batch


def bad_line(line: Line) -> dict[str, Any]:
    """What is told of a line that cannot be read: what nobody has read is never permitted."""
    return {"line": line.number, "verdict": "refused", "error": line.error}


def _read(number: int, content: bytes) -> Line:
    try:
        held = json.loads(content.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        return Line(number=number, error="bad_line: this is not UTF-8")
    except json.JSONDecodeError as error:
        return Line(number=number, error=f"bad_line: this is not JSON: {error.msg}")
    except (ValueError, RecursionError):
        return Line(number=number, error="bad_line: this is not JSON that can be read")
    if not isinstance(held, dict) or not isinstance(held.get("text"), str):
        return Line(number=number, error='bad_line: expected {"text": "..."}')
    return Line(number=number, text=held["text"])


def _lines(file: IO[bytes]) -> Iterator[bytes | None]:
    """Each line, or None for one that is too long, which is passed over piece by piece."""
    while content := file.readline(LONGEST_LINE + 1):
        if len(content) <= LONGEST_LINE or content.endswith(b"\n"):
            yield content
            continue
        _pass_over(iter(lambda: file.readline(LONGEST_LINE), b""))
        yield None


def _pass_over(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        if piece.endswith(b"\n"):
            return

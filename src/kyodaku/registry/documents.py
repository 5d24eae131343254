# SPDX-License-Identifier: Apache-2.0
"""Documents that people write, as YAML, JSON, JSON Lines or CSV: read within limits, with the line of everything."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry import _events as events

__all__ = [
    "MAX_BYTES",
    "ODRL",
    "ODRL_SUFFIXES",
    "Document",
    "decode_json",
    "load_json",
    "read_document",
    "read_documents",
]

ODRL: Final = "odrl"
ODRL_SUFFIXES: Final = (".jsonld", ".ttl")
"""Names of files that end so are read as ODRL policies, in JSON-LD or Turtle."""
_LINES: Final = ".jsonl"
_SHEET: Final = ".csv"

MAX_BYTES: Final = 64_000_000
"""The largest document that is read; a hundred thousand statements have about 30 MB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A value and where it came from; `text` is empty for data that came from no file."""

    name: str
    value: Any
    text: str = field(default="", repr=False)
    is_json: bool = False

    @classmethod
    def read(cls, path: str | os.PathLike[str], *, form: str | None = None) -> Document:
        """Read a file; KyodakuError if it cannot be read, UsageError `file:line: what` if it is no document of ours.

        A name that ends in `.json` makes it JSON, in `.jsonl` JSON Lines, in `.csv` CSV, in `.jsonld` or `.ttl` ODRL
        (as `form="odrl"` does whatever it is called), any other name YAML, of which JSON is a part.
        """
        (document,) = read_documents([path], form=form)
        return document

    @property
    def notes(self) -> tuple[str, ...]:
        """What was read otherwise than it says, with its place: of a form that says more than can be kept."""
        return ()

    @property
    def faults(self) -> tuple[tuple[events.Path, str, str], ...]:
        """Places, what is wrong there and what to do, of what is nowhere in the value: of a form that can say such."""
        return ()

    def lines(self, paths: Iterable[events.Path]) -> dict[events.Path, int]:
        """The line of each place (keys and indices from the top), or of the nearest one around it; 0 without a file."""
        if not self.text:
            return dict.fromkeys(paths, 0)
        stream = events.json_events(self.text) if self.is_json else events.yaml_events(self.text)
        return events.lines_of(stream, paths)

    def places(self, paths: Iterable[events.Path]) -> dict[events.Path, tuple[str, int]]:
        """The file and the line of each place."""
        return {path: (self.name, line) for path, line in self.lines(paths).items()}


def read_document(path: str | os.PathLike[str]) -> Any:
    """The value in a YAML or JSON file: mappings with text keys, lists, text, numbers, true, false, None.

    Times stay text. Raises as `Document.read` does.
    """
    return Document.read(path).value


def read_documents(paths: Iterable[str | os.PathLike[str]], *, form: str | None = None) -> list[Document]:
    """Read files as `Document.read` does; all CSV files among them become one document, as they rest on each other."""
    from kyodaku.registry._sheets import SheetDocument, read_sheet  # noqa: PLC0415 - it makes documents

    documents: list[Document] = []
    sheets = []
    for path in map(Path, paths):
        suffix = path.suffix.lower()
        if form == ODRL or (form is None and suffix in ODRL_SUFFIXES):
            from kyodaku.registry.odrl import read_file  # noqa: PLC0415 - it makes documents, too

            documents.append(read_file(path))
            continue
        text = _text(path)
        with _told(path):
            if suffix == _SHEET:
                sheets.append(read_sheet(str(path), text))
            else:
                documents.append(_read(path, text, suffix))
    return [*documents, SheetDocument.of(sheets)] if sheets else documents


def _read(path: Path, text: str, suffix: str) -> Document:
    if suffix == _LINES:
        from kyodaku.registry._json_lines import read_lines  # noqa: PLC0415 - it makes documents

        return read_lines(str(path), text)
    is_json = suffix == ".json"
    value = load_json(text) if is_json else events.build(events.yaml_events(text))
    return Document(name=str(path), value=value, text=text, is_json=is_json)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in which file a fault is."""
    try:
        yield
    except events.DocumentError as fault:
        raise UsageError(fault.what, where=f"{path}:{fault.line}", hint=fault.hint or None) from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise KyodakuError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if len(content) > MAX_BYTES:
        raise UsageError(f"larger than {MAX_BYTES // 1_000_000} MB", where=str(path), hint="split the file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError("this is not UTF-8 text", where=f"{path}:{line}", hint="save it as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UsageError("a NUL character: this is no text", where=f"{path}:{line}", hint="save it as UTF-8")
    return text


# --- JSON -----------------------------------------------------------------------------------------------------------
def load_json(text: str) -> Any:
    """The value of a JSON text; raises DocumentError at a repeated key, at what JSON has not, at a limit."""
    if text.count(",") + text.count("[") + text.count("{") > events.MAX_NODES:
        raise events.DocumentError(1, f"more than {events.MAX_NODES:,} values", "split the file")
    return decode_json(text)


def decode_json(text: str) -> Any:
    """The same of a text that is known to be within the limits."""
    try:
        if text[:1] == "{":  # one of a million lines: to look for space around it takes as long as to read it
            value, end = _DECODER.raw_decode(text)
            if end == len(text):
                return value
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise events.DocumentError(error.lineno, f"this is not JSON: {error.msg}") from None
    except RecursionError:
        raise events.DocumentError(1, f"lists and mappings more than {events.MAX_DEPTH} deep") from None
    except _RepeatedKeyError:
        return events.build(events.json_events(text))  # raises, with the line
    except ValueError as error:
        raise events.DocumentError(1, f"this is not JSON: {error}") from None


class _RepeatedKeyError(Exception):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise _RepeatedKeyError
    return mapping


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_number)

# SPDX-License-Identifier: Apache-2.0
"""CSV files, one line an item: read into what a registry file would state, with the line of each item.

A file is of one section, after which it is called (`works.csv`, `shares.csv`), or its column `section` says what each
line is. Shares, terms and moral records are lines of their own, whose column `work` names the work; the files of one
import are put together, so that they may stand in another file than their work.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, Final, get_args

from pydantic.fields import FieldInfo

from kyodaku.registry._events import DocumentError
from kyodaku.registry._events import Path as Place
from kyodaku.registry._schema import SECTIONS, WITHIN, near, shown
from kyodaku.registry.documents import Document

__all__ = ["Sheet", "SheetDocument", "read_sheet"]

SECTION: Final = "section"
WORK: Final = "work"
"""The column by which a share, term or moral record names its work."""
SEPARATOR: Final = "|"
"""Between the items of a list in one cell."""
MAX_CELL: Final = 1 << 17
"""Letters in one cell: a list of ten thousand short ids. A longer one is a quote that was never closed."""
_ALL: Final = (*SECTIONS, *WITHIN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line: of which section, what its cells say."""

    line: int
    section: str
    item: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A CSV file."""

    name: str
    rows: tuple[Row, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetDocument(Document):
    """The CSV files of one import, put together; it knows in which file and line each item stands."""

    origins: Mapping[Place, tuple[str, int]] = field(default_factory=dict, repr=False)
    stray: tuple[tuple[Place, str, str], ...] = ()

    @classmethod
    def of(cls, sheets: Iterable[Sheet]) -> SheetDocument:
        """One document of all the files: what belongs to a work is put into it."""
        sheets = list(sheets)
        value: dict[str, list[dict[str, Any]]] = {}
        origins: dict[Place, tuple[str, int]] = {}
        for sheet, row in _rows(sheets, SECTIONS):
            items = value.setdefault(row.section, [])
            origins[row.section, len(items)] = (sheet.name, row.line)
            items.append(row.item)
        works: dict[str | None, tuple[int, dict[str, Any]]] = {}
        for i, work in enumerate(value.get("works", ())):
            works.setdefault(work.get("id"), (i, work))
        stray: list[tuple[Place, str, str]] = []
        for sheet, row in _rows(sheets, WITHIN):
            named = row.item.pop(WORK, None)
            if named in works and named is not None:
                i, work = works[named]
                place: Place = ("works", i, row.section, len(work.get(row.section, ())))
                work.setdefault(row.section, []).append(row.item)
            else:
                place = (row.section, len(stray))
                what = f"{WORK!r} is missing" if named is None else f"unknown work {shown(named)}"
                stray.append((place, what, f"a work and its {row.section} are declared in one import"))
            origins[place] = (sheet.name, row.line)
        name = ", ".join(sheet.name for sheet in sheets)
        return cls(name=name, value=value, text=" ", origins=origins, stray=tuple(stray))

    @property
    def faults(self) -> tuple[tuple[Place, str, str], ...]:
        """Shares, terms and moral records of works that no line declares."""
        return self.stray

    def places(self, paths: Iterable[Place]) -> dict[Place, tuple[str, int]]:
        """The file and line of the item that each path is in."""
        return {path: self._origin(path) for path in paths}

    def _origin(self, path: Place) -> tuple[str, int]:
        around = (path[:length] for length in range(len(path), 0, -1))
        return next((self.origins[place] for place in around if place in self.origins), (self.name, 0))


# --- reading --------------------------------------------------------------------------------------------------------
def read_sheet(name: str, text: str) -> Sheet:
    """The lines of a CSV file; raises DocumentError at the first that cannot be read as a table."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)  # Unicode's other line ends are text
    rows: list[Row] = []
    columns: list[str] = []
    begin = 1
    try:
        with _cells_within_limit():
            for cells in reader:
                if not columns and cells:
                    columns = _columns(cells, Path(name).stem.lower())
                elif any(cells):
                    rows.append(_row(begin, columns, cells, Path(name).stem.lower()))
                begin = reader.line_num + 1
    except csv.Error as error:
        hint = "is a quote open?" if "limit" in str(error) else ""
        raise DocumentError(reader.line_num or 1, f"this is not CSV: {error}", hint) from None
    return Sheet(name=name, rows=tuple(rows))


@contextmanager
def _cells_within_limit() -> Iterator[None]:
    """The limit belongs to the whole process, whoever set it last: ours holds while we read, and it is put back."""
    before = csv.field_size_limit(MAX_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _columns(cells: list[str], stem: str) -> list[str]:
    """The names of the columns, which must be fields of what the file is about."""
    for other in ";\t":
        if len(cells) == 1 and other in cells[0]:
            raise DocumentError(1, f"the columns are separated by {other!r}", "save the file with commas")
    repeated, often = Counter(cells).most_common(1)[0]
    if often > 1:
        raise DocumentError(1, f"two columns are called {shown(repeated)}", "keep one of them")
    sections = _ALL if SECTION in cells else (stem,)
    if stem not in _ALL and SECTION not in cells:
        hint = f"call the file {', '.join(_ALL)}, or add a column {SECTION!r}"
        raise DocumentError(1, "nothing says what the lines are", hint)
    known = {SECTION, *(name for section in sections for name in _fields(section))}
    for cell in cells:
        if cell not in known and cell.partition(".")[0] not in _of_kind(sections, "text by language"):
            texts = [f"{name}.en" for name in _of_kind(sections, "text by language")]
            raise DocumentError(1, f"unknown column {shown(cell)}", near(cell, sorted({*known, *texts})))
    return cells


def _row(line: int, columns: list[str], cells: list[str], stem: str) -> Row:
    if len(cells) != len(columns):
        what = f"{len(cells)} cells, where the first line has {len(columns)}"
        raise DocumentError(line, what, "put a cell with a comma in it into quotes")
    stated = {column: cell for column, cell in zip(columns, cells, strict=True) if cell}
    section = stated.pop(SECTION, stem)
    if section not in _ALL:
        raise DocumentError(line, f"unknown section {shown(section)}", near(section, _ALL))
    kinds, item = _fields(section), dict[str, Any]()
    for column, cell in stated.items():
        name, _, language = column.partition(".")
        kind = kinds.get(column) or kinds.get(name)
        if language and kind == "text by language":
            item.setdefault(name, {})[language] = cell
        elif kind == "list" and SEPARATOR in cell:
            item[column] = [each.strip() for each in cell.split(SEPARATOR)]
        else:
            item[column] = cell == "true" if kind == "truth" and cell in {"true", "false"} else cell
    return Row(line=line, section=section, item=item)


@cache
def _fields(section: str) -> Mapping[str, str]:
    """The fields of a section that a cell can say, and how: a list, text by language, true or false, or plain."""
    _, model = SECTIONS[section] if section in SECTIONS else WITHIN[section]
    named = {name: _kind(held) for name, held in model.model_fields.items() if name not in WITHIN}
    return named if section in SECTIONS else {WORK: "plain", **named}


def _kind(held: FieldInfo) -> str:
    words = str(held.annotation)
    if "tuple" in words:
        return "list"
    if bool in (held.annotation, *get_args(held.annotation)):
        return "truth"
    return "text by language" if "dict" in words else "plain"


def _of_kind(sections: Iterable[str], kind: str) -> set[str]:
    return {name for section in sections for name, held in _fields(section).items() if held == kind}


def _rows(sheets: Iterable[Sheet], sections: Iterable[str]) -> Iterator[tuple[Sheet, Row]]:
    wanted = frozenset(sections)
    yield from ((sheet, row) for sheet in sheets for row in sheet.rows if row.section in wanted)

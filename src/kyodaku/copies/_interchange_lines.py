# SPDX-License-Identifier: Apache-2.0
"""Hashes in lines: the files of vPDQ and PDQ's own programs, lists, tables, and dumps of signals.

The first line with anything in it shows which; all others must then be like it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeAlias

from kyodaku.copies._interchange_fields import (
    HEX,
    Frame,
    Imported,
    Skipped,
    entry,
    fault,
    frame_of,
    hash_of,
    picture,
    quality_of,
    video,
)
from kyodaku.copies._interchange_json import SIGNALS, signal

__all__ = ["LINE_FORMS", "form_of", "read_lines"]

Row: TypeAlias = tuple[int, list[str]]
Found: TypeAlias = Iterator[Imported | Skipped]
Reader: TypeAlias = Callable[[Iterable[Row], str], Found]

_LONGEST_FIELD: Final = 64 * 1024 * 1024
"""A whole video may stand in one field of a table."""

_HASH_COLUMNS: Final = (
    "hash", "pdq", "pdq_hash", "pdqhash", "hash_pdq", "signal_str", "indicator", "raw_indicator", "hash_value", "value",
)  # fmt: skip
_TYPE_COLUMNS: Final = ("signal_type", "hash_type", "type")
_QUALITY_COLUMNS: Final = ("quality", "pdq_quality")
_TIME_COLUMNS: Final = ("timestamp", "seconds", "time")
_NAME_COLUMNS: Final = (
    "filepath", "file_path", "filename", "file_name", "file", "path", "name", "content_id", "content_uri", "url", "uri",
    "id",
)  # fmt: skip

_WORD: Final = re.compile(r"([a-z][a-z0-9_]*) +(.*)", re.DOTALL)
_SIGNAL_LINE: Final = re.compile(r"^[ \t]*(pdq|vpdq) ", re.MULTILINE)
_NUMBER: Final = re.compile(r"\d{1,12}", re.ASCII)
_IDENTIFIER: Final = re.compile(r"\d{4,24}", re.ASCII)
"""Of ThreatExchange; longer than any quality."""
_MILLISECONDS: Final = re.compile(r"\d+\.\d{3}", re.ASCII)
_DETAILS: Final = re.compile(
    r"hash=(?P<hash>[^,]*),(?:.*,)?quality=(?P<quality>[^,]*),filename=(?P<name>.*)", re.DOTALL
)
_DENIED: Final = {"false_positive", "disputed"}


def form_of(text: str) -> str | None:
    """The name of the form that the first line is written in; None for one that nothing here writes."""
    first = next((line.strip() for line in io.StringIO(text) if line.strip()), "")
    if _DETAILS.fullmatch(first):
        return "pdq-details"
    if _WORD.fullmatch(first) and _SIGNAL_LINE.search(text):
        return "signals"
    fields = next(iter(_rows(first, "")), (0, [""]))[1]
    if _is_hash(fields[0].split(" ")[0]):
        return _beginning_with_hash(fields)
    if len(fields) >= 3 and _is_hash(fields[2]) and _NUMBER.fullmatch(fields[0].strip()):
        return "vpdq"
    return "table" if _column([field.strip().lower() for field in fields], _HASH_COLUMNS) is not None else None


def read_lines(text: str, form: str, where: str) -> Found:
    """Every medium in the text, written in one of `LINE_FORMS`."""
    rows = _whole_lines(text) if form in _WHOLE_LINES else _rows(text, where)
    return LINE_FORMS[form](rows, where)


def _beginning_with_hash(fields: list[str]) -> str:
    if len(fields) == 3 and _MILLISECONDS.fullmatch(fields[2].strip()):
        return "vpdq-cli"
    return "te" if len(fields) in (4, 5) and _IDENTIFIER.fullmatch(fields[1].strip()) else "pdq"


# --- one video a file -----------------------------------------------------------------------------------------------
def _vpdq(rows: Iterable[Row], where: str) -> Found:
    """`frame,quality,hash,seconds`: what vPDQ's C++ programs write (`vpdq/cpp/io/vpdqio.cpp`)."""
    yield from _one_video(rows, where, (2, 1, 3), "frame,quality,hash,timestamp")


def _vpdq_cli(rows: Iterable[Row], where: str) -> Found:
    """`hash,quality,seconds`: what the command of the package `vpdq` prints."""
    yield from _one_video(rows, where, (0, 1, 2), "hash,quality,timestamp")


def _one_video(rows: Iterable[Row], where: str, order: tuple[int, int, int], shape: str) -> Found:
    frames, line = [], 1
    for line, fields in rows:
        if len(fields) <= max(order):
            hint = "vPDQ writes them; older files without times cannot be placed" if len(fields) == 3 else None
            raise fault(f"a line must have the fields {shape}", where, line, hint)
        frames.append(frame_of([fields[at] for at in order], where, line))
    yield entry(video(frames, where, line), 1)


# --- lists ----------------------------------------------------------------------------------------------------------
def _pdq(rows: Iterable[Row], where: str) -> Found:
    """A hash a line, alone or as `hash,quality,name` (what `pdq-photo-hasher` prints) or `hash,name`."""
    for line, (first, *others) in rows:
        code = hash_of(first.strip().split(" ")[0], where, line)
        rated = bool(others) and bool(_NUMBER.fullmatch(others[0].strip()))
        quality = quality_of(others[0], where, line) if rated else None
        yield entry(picture(code, quality), line, ",".join(others[1 if rated else 0 :]))


def _details(rows: Iterable[Row], where: str) -> Found:
    """`hash=…,norm=…,delta=…,quality=…,filename=…`: `pdq-photo-hasher --details`."""
    for line, (text,) in rows:
        found = _DETAILS.fullmatch(text)
        if not found:
            raise fault("a line must have a hash, a quality and a filename", where, line)
        code, quality = hash_of(found["hash"], where, line), quality_of(found["quality"], where, line)
        yield entry(picture(code, quality), line, found["name"])


def _te(rows: Iterable[Row], where: str) -> Found:
    """`hash,[indicator id,]descriptor id,added on,labels`: the `.te` files of python-threatexchange."""
    for line, fields in rows:
        if len(fields) not in (4, 5):
            raise fault("a line must have the fields indicator,descriptor,added_on,labels", where, line)
        denied = _DENIED & set(fields[-1].split())
        if denied:
            yield Skipped(line=line, why=f"it is labelled {min(denied)}")
        else:
            yield entry(picture(hash_of(fields[0], where, line)), line, fields[1])


def _signals(rows: Iterable[Row], where: str) -> Found:
    """`type signal`: what `threatexchange hash` prints, and what it reads from files."""
    for line, (text,) in rows:
        word = _WORD.fullmatch(text)
        if not word:
            raise fault("a line must begin with the type of its signal", where, line)
        kind, value = word[1], word[2].strip()
        if kind not in SIGNALS:
            yield Skipped(line=line, why=f"{kind!r} is no kind of hash that can be compared with pictures")
        else:
            yield entry(signal(kind, value.split(" ")[0] if kind == "pdq" else value, where, line), line)


# --- tables ---------------------------------------------------------------------------------------------------------
def _table(rows: Iterable[Row], where: str) -> Found:
    """Columns with names; with times the rows of one name are one video, without each is a picture."""
    source = iter(rows)
    head = [field.strip().lower() for field in next(source)[1]]
    column = {
        "hash": _column(head, _HASH_COLUMNS),
        "kind": _column(head, _TYPE_COLUMNS),
        "quality": _column(head, _QUALITY_COLUMNS),
        "time": _column(head, _TIME_COLUMNS),
        "name": _column(head, _NAME_COLUMNS),
        "category": _column(head, ("category",)),
    }
    records = (
        (line, {key: fields[at] for key, at in column.items() if at is not None})
        for line, fields in source
        if _as_wide(fields, head, where, line)
    )
    yield from _videos_of(records, where) if column["time"] is not None else _pictures_of(records, where)


def _as_wide(fields: list[str], head: list[str], where: str, line: int) -> bool:
    if len(fields) != len(head):
        raise fault(f"there are {len(fields)} fields where the first line names {len(head)}", where, line)
    return True


def _pictures_of(records: Iterable[tuple[int, Mapping[str, str]]], where: str) -> Found:
    for line, record in records:
        kind = record.get("kind", "pdq").lower().removeprefix("hash_")
        category = record.get("category", "POSITIVE_CLASS")
        if kind not in SIGNALS:
            yield Skipped(line=line, why=f"{kind!r} is no kind of hash that can be compared with pictures")
        elif category != "POSITIVE_CLASS":
            yield Skipped(line=line, why=f"its opinion is {category.lower()!r}")
        elif kind == "pdq":
            quality = quality_of(record["quality"], where, line) if record.get("quality") else None
            yield entry(picture(hash_of(record["hash"], where, line), quality), line, record.get("name", ""))
        else:
            yield entry(signal(kind, record["hash"], where, line), line, record.get("name", ""))


def _videos_of(records: Iterable[tuple[int, Mapping[str, str]]], where: str) -> Found:
    frames: dict[str, list[Frame]] = {}
    begun: dict[str, int] = {}
    for line, record in records:
        name = record.get("name", "")
        begun.setdefault(name, line)
        parts = [record["hash"], record.get("quality") or "100", record["time"]]
        frames.setdefault(name, []).append(frame_of(parts, where, line))
    for name, held in frames.items():
        yield entry(video(held, where, begun[name]), begun[name], name)


def _column(head: list[str], names: tuple[str, ...]) -> int | None:
    return next((head.index(name) for name in names if name in head), None)


# --- lines ----------------------------------------------------------------------------------------------------------
def _is_hash(text: str) -> bool:
    return HEX.fullmatch(text.strip()) is not None


def _whole_lines(text: str) -> Iterator[Row]:
    for line, content in enumerate(io.StringIO(text), start=1):
        if content.strip():
            yield line, [content.strip()]


def _rows(text: str, where: str) -> Iterator[Row]:
    """Fields of lines with anything in them; a quoted field may go on over several lines."""
    reader = csv.reader(io.StringIO(text), strict=True)
    while True:
        begun = reader.line_num + 1
        try:
            with _long_fields():
                fields = next(reader, None)
        except csv.Error as error:
            raise fault(f"this line cannot be read: {error}", where, begun) from None
        if fields is None:
            return
        if any(field.strip() for field in fields):
            yield begun, fields


@contextmanager
def _long_fields() -> Iterator[None]:
    """The limit belongs to the whole process: it is put back."""
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


LINE_FORMS: Final[dict[str, Reader]] = {
    "vpdq": _vpdq,
    "vpdq-cli": _vpdq_cli,
    "pdq": _pdq,
    "pdq-details": _details,
    "te": _te,
    "signals": _signals,
    "table": _table,
}
_WHOLE_LINES: Final = frozenset({"pdq-details", "signals"})

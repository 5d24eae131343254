# SPDX-License-Identifier: Apache-2.0
"""Rows of manifests, read so that no row can stop the reading: each is (where, columns, fault)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["MAX_FIELD_CHARS", "RawRow", "delimited_header", "delimited_rows", "json_rows", "parquet_rows", "readable"]

RawRow = tuple[str, dict[str, Any], str | None]
"""Where it stands for people, its columns, and what is wrong with it."""

MAX_FIELD_CHARS = 1 << 20
"""A CSV field longer than this is a fault of the file, not a caption."""

_BATCH = 1024


def readable(text: str) -> str:
    r"""`text` as valid Unicode; bytes of a name that is not UTF-8, and halves of characters, are written as `\xNN`."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


def delimited_header(path: Path, delimiter: str) -> list[str]:
    """The column names of a CSV or TSV file; ValueError when the first line cannot be read."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        try:
            return [name.strip() for name in _next(csv.reader(file, delimiter=delimiter, strict=True)) or []]
        except csv.Error as error:
            raise ValueError(str(error)) from error


def delimited_rows(path: Path, delimiter: str) -> Iterator[RawRow]:
    """The rows of a CSV or TSV file.

    A quote that never ends, or a field without end, leaves no way to tell a caption's lines from rows: the rest of the
    file is one fault, and nothing of it is taken for a row.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        header = [name.strip() for name in _next(reader) or []]
        while True:
            where = f"{readable(path.name)}:{reader.line_num + 1}"
            try:
                row = _next(reader)
            except csv.Error as error:
                yield where, {}, f"bad_row: {where}: {error}; this row and all after it were not read: mend the file"
                return
            if row is None:
                return
            if row:
                yield where, dict(zip(header, row, strict=False)), _width_fault(where, header, row)


def json_rows(path: Path) -> Iterator[RawRow]:
    """The rows of a JSON Lines file."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            where = f"{readable(path.name)}:{number}"
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield where, {}, f"bad_row: {where}: not JSON ({str(error)[:80]})"
                continue
            fault = None if isinstance(row, dict) else f"bad_row: {where}: a row is a JSON object"
            yield where, row if isinstance(row, dict) else {}, fault


def parquet_rows(path: Path, columns: Sequence[str] | None) -> Iterator[RawRow]:
    """The rows of a Parquet file, of these columns only where they are given."""
    number = 0
    with pq.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if columns is None or name in columns]
        for batch in file.iter_batches(batch_size=_BATCH, columns=names):
            for row, fault in _values(batch):
                number += 1
                where = f"{readable(path.name)}:row {number}"
                yield where, row, fault and f"bad_row: {where}: {fault}"


def _values(batch: pa.RecordBatch) -> Iterator[tuple[dict[str, Any], str | None]]:
    """The rows of a batch; a value that Python has no form for is a fault of its row alone."""
    try:
        for row in batch.to_pylist():
            yield row, None
    except (pa.ArrowException, ValueError, OverflowError):
        for place in range(batch.num_rows):
            try:
                yield batch.slice(place, 1).to_pylist()[0], None
            except (pa.ArrowException, ValueError, OverflowError) as error:
                yield {}, f"a value cannot be read: {next(iter(str(error).splitlines()), '')[:80]}"


def _next(reader: Iterator[list[str]]) -> list[str] | None:
    """The next row; None after the last. The limit belongs to the whole process: it is put back after each."""
    before = csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(before)


def _width_fault(where: str, header: list[str], row: list[str]) -> str | None:
    if len(row) <= len(header):
        return None
    return f"bad_row: {where}: {len(row)} fields under {len(header)} columns; quote the ones that hold a delimiter"

# SPDX-License-Identifier: Apache-2.0
"""The Parquet tables a run leaves: `decisions.parquet`, one row a clip, and `cleared.parquet`, the permitted rows.

Both are written beside their place and moved there when whole, so a reader never meets half a table.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kyodaku.training.manifest import Corpus, readable

__all__ = ["DECISIONS", "whole_file", "write_cleared", "write_decisions"]

ROWS_A_GROUP = 1000

_ADDED = ("kyodaku_verdict", "kyodaku_decision")

_BILINGUAL = pa.struct([("en", pa.string()), ("ja", pa.string())])
_GROUND = pa.struct(
    [
        ("rule", pa.string()),
        ("effect", pa.string()),
        ("text", _BILINGUAL),
        ("citation", pa.string()),
        ("work", pa.string()),
        ("party", pa.string()),
        ("permission", pa.string()),
    ]
)
_MATCH = pa.struct(
    [
        ("work", pa.string()),
        ("reference", pa.string()),
        ("q_start", pa.float64()),
        ("q_end", pa.float64()),
        ("r_start", pa.float64()),
        ("r_end", pa.float64()),
        ("score", pa.float64()),
        ("band", pa.string()),
        ("speed", pa.float64()),
        ("mirrored", pa.bool_()),
    ]
)
_BASIS = pa.struct([("kind", pa.string()), ("detail", pa.string()), ("source", pa.string())])
_NEED = pa.struct([("party", pa.string()), ("work", pa.string()), ("act", pa.string())])

DECISIONS = pa.schema(
    [
        ("clip_id", pa.string()),
        ("uri", pa.string()),
        ("sha256", pa.string()),
        ("duration_s", pa.float64()),
        ("verdict", pa.string()),
        ("works", pa.list_(pa.string())),
        ("matches", pa.list_(_MATCH)),
        ("grounds", pa.list_(_GROUND)),
        ("needed", pa.list_(_NEED)),
        ("basis", _BASIS),
        ("regime", pa.string()),
        ("snapshot", pa.string()),
        ("decision_id", pa.string()),
        ("log_index", pa.int64()),
        ("error", pa.string()),
    ]
)
"""The columns of `decisions.parquet`; seconds are from the first frame, `matches` is null only beside an `error`."""


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A place to write `path`; it appears under its own name only when the block ends well."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_decisions(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes one row a decision, in the order given."""
    with whole_file(path) as part, pq.ParquetWriter(part, DECISIONS, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_table(pa.Table.from_pylist(group, schema=DECISIONS))


def write_cleared(path: Path, corpus: Corpus, permitted: Iterable[tuple[int, str, str]]) -> int:
    """Writes the rows of `corpus` that `permitted` names, columns kept, and returns how many there are.

    `permitted` gives (index, verdict, decision id) in the order of the corpus; the latter two are added as
    `kyodaku_verdict` and `kyodaku_decision`.
    """
    own = corpus.schema()
    kept = own or pa.schema([(name, pa.string()) for name in _text_columns(corpus)])
    added = [pa.field(name, pa.string()) for name in _ADDED]
    schema = pa.schema([field for field in kept if field.name not in _ADDED] + added)  # what was cleared before, anew
    rows = (
        _clean(row, as_text=own is None) | dict(zip(_ADDED, decided, strict=True))
        for row, *decided in _permitted_rows(corpus, permitted)
    )
    with whole_file(path) as part:
        return _write_rows(part, schema, rows)


def _permitted_rows(
    corpus: Corpus, permitted: Iterable[tuple[int, str, str]]
) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """Walks the corpus and the permitted side by side; neither is held in memory."""
    rows = enumerate(corpus.rows())
    for index, verdict, decision in permitted:
        row = next(row for place, (_, row, _) in rows if place == index)
        yield row, verdict, decision


def _write_rows(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def _text_columns(corpus: Corpus) -> list[str]:
    """The column names of a manifest without types, in order of appearance; their values are written as text."""
    names: dict[str, None] = {}
    for _, row, _ in corpus.rows():
        names.update(dict.fromkeys(map(readable, map(str, row))))
        if corpus.kind != "jsonl":
            break
    return list(names) or ["uri"]


def _clean(row: Mapping[str, Any], *, as_text: bool) -> dict[str, Any]:
    return {readable(str(name)): _cell(value, as_text=as_text) for name, value in row.items()}


def _cell(value: Any, *, as_text: bool) -> Any:
    if isinstance(value, str):
        return readable(value)
    return json.dumps(value, ensure_ascii=False) if as_text and value is not None else value


def _groups(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    for row in rows:
        group.append(dict(row))
        if len(group) == ROWS_A_GROUP:
            yield group
            group = []
    if group:
        yield group

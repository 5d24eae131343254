# SPDX-License-Identifier: Apache-2.0
"""The Parquet tables a run leaves: `decisions.parquet`, one row a clip, and `cleared.parquet`, the permitted rows.

Both are written beside their place and moved there when whole, so a reader never meets half a table.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from kyodaku.training._rows import readable
from kyodaku.training.commitments import BATCH
from kyodaku.training.manifest import Corpus

__all__ = [
    "DECISIONS",
    "EARLIER_DECISIONS",
    "ROWS_A_GROUP",
    "Permitted",
    "row_of",
    "whole_file",
    "write_cleared",
    "write_decisions",
]

ROWS_A_GROUP = BATCH
"""A row group of the decisions is a batch of the ledger, so that a proof of one row reads no other."""

_ADDED = ("kyodaku_verdict", "kyodaku_decision", "kyodaku_path", "kyodaku_sha256")

T = TypeVar("T")

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
        ("act", pa.string()),
        ("would_change", _BILINGUAL),
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
        ("witness", pa.string()),
    ]
)
_SIGNAL = pa.struct(
    [
        (name, pa.string())
        for name in (
            *("act", "says", "standard", "revision", "where", "sha256", "fetched_at", "url"),
            *("text", "terms", "signature", "warning", "subject", "not_before"),
        )
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
        ("signals", pa.list_(_SIGNAL)),
    ]
)
"""The columns of `decisions.parquet`; seconds are from the first frame, `matches` is null only beside an `error`."""

EARLIER_DECISIONS = DECISIONS.remove(DECISIONS.get_field_index("signals"))
"""The columns before signals were read; such tables can be proven and walked as they stand."""


def row_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """The row of one finished clip, with its `decision`; all but the `log_index` of its batch."""
    findings, decision = result["findings"], result["decision"]
    matches = findings["matches"]
    return {
        "clip_id": result["clip_id"],
        "uri": result["uri"],
        "sha256": findings["sha256"],
        "duration_s": findings["duration_s"],
        "verdict": decision["verdict"],
        "works": None if matches is None else list(dict.fromkeys(match["work"] for match in matches)),
        "matches": matches,
        "grounds": [ground | {"would_change": ground["would_change"] or None} for ground in decision["grounds"]],
        "needed": decision["needed"],
        "basis": result["basis"],
        "regime": decision["regime"],
        "snapshot": decision["snapshot"],
        "decision_id": decision["decision_id"],
        "error": findings["error"],
        "signals": findings.get("signals", []),
    }


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
            writer.write_table(pa.Table.from_pylist([dict(row) for row in group], schema=DECISIONS))


@dataclass(frozen=True, kw_only=True, slots=True)
class Permitted:
    """A clip that may go: its place in the corpus, and the very file that was examined."""

    index: int
    uri: str
    path: str
    sha256: str
    verdict: str
    decision: str


def write_cleared(path: Path, corpus: Corpus, permitted: Iterable[Permitted]) -> int:
    """Writes the rows of `corpus` that may go, columns and types kept, and returns how many there are.

    `permitted` comes in the order of the corpus. Added are `kyodaku_verdict`, `kyodaku_decision`, `kyodaku_path` (the
    file that was examined) and `kyodaku_sha256` (its bytes: a trainer can tell whether they are still the same).
    """
    kept = pq.read_schema(corpus.location).remove_metadata() if corpus.kind == "parquet" else _texts(corpus.columns)
    own = [field for field in kept if field.name not in _ADDED]  # what was cleared before is cleared anew
    schema = pa.schema([*own, *_texts(_ADDED)])
    batches = _parquet_batches(corpus, permitted) if corpus.kind == "parquet" else _text_batches(corpus, permitted)
    count = 0
    with whole_file(path) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:
        for rows, chosen in batches:
            table = rows.select([field.name for field in own])
            for name, values in zip(_ADDED, _added(chosen), strict=True):
                table = table.append_column(name, pa.array(values, pa.string()))
            writer.write_table(table.cast(schema))
            count += len(chosen)
    return count


def _texts(names: Iterable[str]) -> pa.Schema:
    return pa.schema([(readable(name), pa.string()) for name in names])


def _added(chosen: list[Permitted]) -> tuple[list[str], ...]:
    return (
        [one.verdict for one in chosen],
        [one.decision for one in chosen],
        [one.path for one in chosen],
        [one.sha256 for one in chosen],
    )


def _parquet_batches(corpus: Corpus, permitted: Iterable[Permitted]) -> Iterator[tuple[pa.Table, list[Permitted]]]:
    """The permitted rows of a Parquet manifest, taken in Arrow's own form: no value passes through Python."""
    waiting = _Waiting(permitted)
    with pq.ParquetFile(corpus.location) as file:
        start = 0
        for batch in file.iter_batches(batch_size=ROWS_A_GROUP):
            chosen = list(waiting.below(start + batch.num_rows))
            if chosen:
                places = pa.array([one.index - start for one in chosen])
                yield pa.Table.from_batches([batch]).take(places), chosen
            start += batch.num_rows


def _text_batches(corpus: Corpus, permitted: Iterable[Permitted]) -> Iterator[tuple[pa.Table, list[Permitted]]]:
    """The permitted rows of any other corpus, as text."""
    schema = _texts(corpus.columns)
    for group in _groups(_text_rows(corpus, permitted)):
        rows = [{name: row.get(name) for name in schema.names} for row, _ in group]
        yield pa.Table.from_pylist(rows, schema=schema), [one for _, one in group]


def _text_rows(corpus: Corpus, permitted: Iterable[Permitted]) -> Iterator[tuple[dict[str, Any], Permitted]]:
    if corpus.is_listed:
        yield from (({"uri": one.uri}, one) for one in permitted)
        return
    waiting = _Waiting(permitted)
    for index, (_, row, _) in enumerate(corpus.rows()):
        for one in waiting.below(index + 1):
            yield {readable(str(name)): _cell(value) for name, value in row.items()}, one


class _Waiting:
    """Walks through the permitted beside the rows; neither is held in memory."""

    def __init__(self, permitted: Iterable[Permitted]) -> None:
        self._rest = iter(permitted)
        self._next = next(self._rest, None)

    def below(self, stop: int) -> Iterator[Permitted]:
        """Those whose index is below `stop`."""
        while self._next is not None and self._next.index < stop:
            yield self._next
            self._next = next(self._rest, None)


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    return readable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _groups(rows: Iterable[T]) -> Iterator[list[T]]:
    group: list[T] = []
    for row in rows:
        group.append(row)
        if len(group) == ROWS_A_GROUP:
            yield group
            group = []
    if group:
        yield group

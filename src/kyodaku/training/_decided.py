# SPDX-License-Identifier: Apache-2.0
"""`decisions.parquet` read again, row by row, as the rows were committed to."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.rights import Verdict
from kyodaku.training.tables import DECISIONS, EARLIER_DECISIONS, ROWS_A_GROUP

__all__ = ["DecidedRows"]

Mask: TypeAlias = npt.NDArray[np.bool_]


class DecidedRows:
    """The decisions of a run, in the order of its corpus; a row group of the table is a batch of the ledger."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: tuple[int, list[dict[str, Any]]] = (-1, [])
        with self._opened() as file:
            sizes = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
            known = any(file.schema_arrow.equals(schema) for schema in (DECISIONS, EARLIER_DECISIONS))
            if not known or any(size != ROWS_A_GROUP for size in sizes[:-1]):
                raise self._altered()
            self._count = int(file.metadata.num_rows)

    def __len__(self) -> int:
        return self._count

    def row(self, place: int) -> dict[str, Any]:
        """The row at this place, without its `log_index`; IndexError beyond the end."""
        if not 0 <= place < self._count:
            raise IndexError(f"there is no row {place}")
        return self.batch(place // ROWS_A_GROUP)[place % ROWS_A_GROUP]

    def batch(self, number: int) -> list[dict[str, Any]]:
        """The rows of a batch, without their `log_index`; the last one asked for is kept."""
        if self._kept[0] != number:
            with self._opened() as file:
                rows: list[dict[str, Any]] = file.read_row_group(number).drop_columns(["log_index"]).to_pylist()
            self._kept = (number, rows)
        return self._kept[1]

    def log_index(self, place: int) -> int:
        """The ledger's entry of the batch that the row at this place is in."""
        with self._opened() as file:
            column = file.read_row_group(place // ROWS_A_GROUP, columns=["log_index"])["log_index"]
        index: int = column[place % ROWS_A_GROUP].as_py()
        return index

    def place_of(self, decision_id: str) -> int | None:
        """The place of the first row with this decision's id."""
        with self._opened() as file:
            column = file.read(columns=["decision_id"])["decision_id"]
        place: int = pc.index(column, pa.scalar(decision_id)).as_py()
        return None if place < 0 else place

    def permitted(
        self, *, works: Collection[str] = (), permissions: Collection[str] = (), every: bool = False
    ) -> Iterator[dict[str, Any]]:
        """The rows that may be copied in which one of the works is found or named, or that rest on a permission.

        Each has its `place`, and of the table `clip_id, uri, decision_id, works` with the `permissions` of its grounds.
        With `every`, all rows that may be copied.
        """
        columns = ["clip_id", "uri", "verdict", "works", "grounds", "decision_id"]
        for number in range(-(-self._count // ROWS_A_GROUP)):
            with self._opened() as file:
                table = file.read_row_group(number, columns=columns).combine_chunks()
            chosen = _go(table) & (np.True_ if every else _touching(table, works, permissions))
            places = np.flatnonzero(chosen)
            for place, row in zip(places.tolist(), table.take(pa.array(places)).to_pylist(), strict=True):
                named = {ground["permission"] for ground in row["grounds"] if ground["permission"]}
                kept = {name: row[name] for name in ("clip_id", "uri", "decision_id", "works")}
                yield {"place": number * ROWS_A_GROUP + place, **kept, "permissions": sorted(named)}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for number in range(-(-self._count // ROWS_A_GROUP)):
            yield from self.batch(number)

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        try:
            with pq.ParquetFile(self._path) as file:
                yield file
        except FileNotFoundError as error:
            raise KyodakuError("the run's decisions are gone", where=str(self._path)) from error
        except (pa.ArrowException, OSError) as error:
            raise self._altered() from error

    def _altered(self) -> IntegrityError:
        return IntegrityError("these are not the decisions as the run wrote them", where=str(self._path))


def _go(table: pa.Table) -> Mask:
    words = [verdict.value for verdict in Verdict if verdict.is_go]
    return np.asarray(pc.is_in(table["verdict"], pa.array(words)).to_numpy(), dtype=bool)


def _touching(table: pa.Table, works: Collection[str], permissions: Collection[str]) -> Mask:
    """Which rows have one of these works among theirs or in a ground, or one of these permissions in a ground."""
    chosen = np.zeros(table.num_rows, dtype=bool)
    named, said = pa.array(sorted(works), pa.string()), pa.array(sorted(permissions), pa.string())
    found, grounds = table["works"], table["grounds"]
    _mark(chosen, found, pc.is_in(pc.list_flatten(found), named))
    flat = pc.list_flatten(grounds)
    _mark(chosen, grounds, pc.is_in(pc.struct_field(flat, "work"), named))
    _mark(chosen, grounds, pc.is_in(pc.struct_field(flat, "permission"), said))
    return chosen


def _mark(chosen: Mask, lists: pa.ChunkedArray, hits: pa.ChunkedArray) -> None:
    parents = pc.list_parent_indices(lists).to_numpy()
    chosen[parents[np.asarray(hits.to_numpy(), dtype=bool)]] = True

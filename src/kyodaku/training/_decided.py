# SPDX-License-Identifier: Apache-2.0
"""`decisions.parquet` read again, row by row, as the rows were committed to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.training.tables import DECISIONS, ROWS_A_GROUP

__all__ = ["DecidedRows"]


class DecidedRows:
    """The decisions of a run, in the order of its corpus; a row group of the table is a batch of the ledger."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: tuple[int, list[dict[str, Any]]] = (-1, [])
        with self._opened() as file:
            sizes = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
            if not file.schema_arrow.equals(DECISIONS) or any(size != ROWS_A_GROUP for size in sizes[:-1]):
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

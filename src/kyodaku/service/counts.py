# SPDX-License-Identifier: Apache-2.0
"""How many answers the gate gave: by moment, verdict and regime, for the metrics of all processes together.

Which works were asked for is in the ledger's records (`kyodaku demand`); here is nothing of works, prompts or people.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from threading import Lock, Timer
from typing import Final

from sqlalchemy import Column, Integer, MetaData, String, Table, select
from sqlalchemy.dialects.sqlite import insert

from kyodaku.generation.answer import Answer
from kyodaku.generation.database import SmallDatabase

__all__ = ["Counts"]

FILE: Final = "counts.sqlite"
_LATER_S: Final = 0.5
_tables = MetaData()
_answers = Table(
    "answers",
    _tables,
    Column("moment", String, primary_key=True),
    Column("verdict", String, primary_key=True),
    Column("regime", String, primary_key=True),
    Column("times", Integer, nullable=False),
)


class Counts:
    """The counts of one service; several processes may add to them."""

    def __init__(self, folder: Path) -> None:
        self._database = SmallDatabase(folder / FILE, _tables, is_durable=False)
        self._lock = Lock()
        self._waiting: Counter[tuple[str, str, str]] = Counter()
        self._timer: Timer | None = None

    def close(self) -> None:
        """Write what is left, and let go of the database."""
        self._flush()
        self._database.close()

    def add(self, answer: Answer) -> None:
        """Count an answer; it is written with others, half a second later."""
        with self._lock:
            self._waiting[answer.moment, answer.verdict, answer.decision.regime] += 1
            if self._timer is None:
                self._timer = Timer(_LATER_S, self._flush)
                self._timer.daemon = True
                self._timer.start()

    def _flush(self) -> None:
        with self._lock:
            waiting, timer = self._waiting, self._timer
            self._waiting, self._timer = Counter(), None
        if timer is not None:
            timer.cancel()
        if not waiting:
            return
        names = [column.name for column in _answers.primary_key]
        counted = insert(_answers)
        added = counted.on_conflict_do_update(names, set_={"times": _answers.c.times + counted.excluded.times})
        rows = [dict(zip(names, key, strict=True)) | {"times": times} for key, times in waiting.items()]
        with self._database.turn() as connection:
            connection.execute(added, rows)

    def totals(self) -> dict[tuple[str, str, str], int]:
        """How many answers there were, by moment, verdict and regime."""
        self._flush()
        with self._database.reading() as connection:
            return {(row.moment, row.verdict, row.regime): row.times for row in connection.execute(select(_answers))}

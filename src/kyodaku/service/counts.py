# SPDX-License-Identifier: Apache-2.0
"""How many answers the gate gave: by moment, verdict and regime, for the metrics of all processes together.

Which works were asked for is in the ledger's records (`kyodaku demand`); here is nothing of works, prompts or people.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, literal_column, select
from sqlalchemy.dialects.sqlite import insert

from kyodaku.generation.answer import Answer
from kyodaku.generation.database import SmallDatabase, sql_of

__all__ = ["Counts"]

FILE: Final = "counts.sqlite"
_tables = MetaData()
_answers = Table(
    "answers",
    _tables,
    Column("moment", String, primary_key=True),
    Column("verdict", String, primary_key=True),
    Column("regime", String, primary_key=True),
    Column("times", Integer, nullable=False),
)
_COUNT: Final = sql_of(
    insert(_answers)
    .values({name: bindparam(name) for name in ("moment", "verdict", "regime")} | {"times": literal_column("1")})
    .on_conflict_do_update(
        [column.name for column in _answers.primary_key], set_={"times": _answers.c.times + literal_column("1")}
    )
)


class Counts:
    """The counts of one service; several processes may add to them."""

    def __init__(self, folder: Path) -> None:
        self._database = SmallDatabase(folder / FILE, _tables, is_durable=False)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def add(self, answer: Answer) -> None:
        """Count an answer."""
        counted = {"moment": answer.moment, "verdict": answer.verdict, "regime": answer.decision.regime}
        with self._database.quick_turn() as driver:
            driver.execute(_COUNT, counted)

    def totals(self) -> dict[tuple[str, str, str], int]:
        """How many answers there were, by moment, verdict and regime."""
        with self._database.looking() as connection:
            return {(row.moment, row.verdict, row.regime): row.times for row in connection.execute(select(_answers))}

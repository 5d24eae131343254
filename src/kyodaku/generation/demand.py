# SPDX-License-Identifier: Apache-2.0
"""How often each work was asked for, and what came of it: what a holder needs to price a licence.

Kept are works, verdicts and licences, never prompts or who asked: a holder learns of demand, not of people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Integer, MetaData, String, Table, func, select
from sqlalchemy.dialects.sqlite import insert

from kyodaku.generation.answer import Answer
from kyodaku.generation.database import SmallDatabase

__all__ = ["Demand", "WorkDemand"]

FILE: Final = "demand.sqlite"
NO_WORK: Final = ""
_tables = MetaData()
_asked = Table(
    "asked",
    _tables,
    Column("day", String, primary_key=True),
    Column("work", String, primary_key=True),  # empty: nothing registered was found
    Column("moment", String, primary_key=True),
    Column("verdict", String, primary_key=True),
    Column("regime", String, primary_key=True),
    Column("permission", String, primary_key=True),  # the licence it rests on, where it is permitted
    Column("times", Integer, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkDemand:
    """What was asked of one work: times by verdict, and by the permission that let it go ahead."""

    work: str
    verdicts: Mapping[str, int] = field(default_factory=dict)
    permissions: Mapping[str, int] = field(default_factory=dict)

    @property
    def times(self) -> int:
        """How often it was asked for."""
        return sum(self.verdicts.values())

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        verdicts, permissions = dict(self.verdicts), dict(self.permissions)
        return {"work": self.work, "times": self.times, "verdicts": verdicts, "permissions": permissions}


class Demand:
    """The counts of one service, by day; several processes may add to them."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._database = SmallDatabase(folder / FILE, _tables, is_durable=False)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def add(self, answer: Answer) -> None:
        """Count an answer, once for each work that it is about."""
        common = {"day": self._clock().date().isoformat(), "moment": answer.moment, "verdict": answer.verdict}
        common["regime"] = answer.decision.regime
        rows = [
            common | {"work": work, "permission": permission, "times": 1}
            for work in answer.works or (NO_WORK,)
            for permission in self._rests_on(answer, work)
        ]
        counted = insert(_asked).values(rows)
        keys = [column.name for column in _asked.primary_key]
        with self._database.turn() as connection:
            connection.execute(counted.on_conflict_do_update(keys, set_={"times": _asked.c.times + 1}))

    def of(self, works: Iterable[str], *, days: int = 90) -> list[WorkDemand]:
        """What was asked of these works in the last days, the most asked first."""
        since = (self._clock() - timedelta(days=days)).date().isoformat()
        asked = select(_asked.c.work, _asked.c.verdict, _asked.c.permission, func.sum(_asked.c.times).label("times"))
        asked = asked.where(_asked.c.day >= since).group_by(_asked.c.work, _asked.c.verdict, _asked.c.permission)
        wanted = set(works)
        found: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
        with self._database.turn() as connection:
            for row in connection.execute(asked):
                if row.work in wanted:
                    verdicts, permissions = found.setdefault(row.work, ({}, {}))
                    verdicts[row.verdict] = verdicts.get(row.verdict, 0) + row.times
                    if row.permission:
                        permissions[row.permission] = permissions.get(row.permission, 0) + row.times
        reports = [WorkDemand(work=work, verdicts=counts, permissions=terms) for work, (counts, terms) in found.items()]
        return sorted(reports, key=lambda each: (-each.times, each.work))

    def totals(self) -> dict[tuple[str, str, str], int]:
        """How many answers there were, by moment, verdict and regime; an answer about two works counts twice."""
        asked = select(_asked.c.moment, _asked.c.verdict, _asked.c.regime, func.sum(_asked.c.times).label("times"))
        with self._database.turn() as connection:
            rows = connection.execute(asked.group_by(_asked.c.moment, _asked.c.verdict, _asked.c.regime))
            return {(row.moment, row.verdict, row.regime): row.times for row in rows}

    @staticmethod
    def _rests_on(answer: Answer, work: str) -> tuple[str, ...]:
        """The licences by which this work may go ahead; an empty one where there is none."""
        if not answer.is_permitted:
            return ("",)
        of_work = [ground.permission for ground in answer.decision.grounds if ground.work == work and ground.permission]
        return tuple(dict.fromkeys(of_work)) or ("",)

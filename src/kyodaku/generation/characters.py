# SPDX-License-Identifier: Apache-2.0
"""Reusable characters: a name and a video of them, which the gate has let in as input once, kept for later prompts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Float, MetaData, String, Table, Text, select

from kyodaku.generation.database import SmallDatabase
from kyodaku.generation.job import Step

__all__ = ["Character", "Characters"]

FILE: Final = "characters.sqlite"
_tables = MetaData()
_characters = Table(
    "characters",
    _tables,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("name", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("ticket", String, nullable=False),
    Column("steps", Text, nullable=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Character:
    """A character of an owner's; `ticket` is the generator's own id for it, `steps` what was decided when it came."""

    id: str
    owner: str
    name: str
    created_at: datetime
    ticket: str
    steps: tuple[Step, ...] = ()


class Characters:
    """The characters of one service."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._database = SmallDatabase(folder / FILE, _tables)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def add(self, owner: str, name: str, *, ticket: str, steps: tuple[Step, ...]) -> Character:
        """Keep a character."""
        made = Character(
            id=f"char_{secrets.token_hex(16)}",
            owner=owner,
            name=name,
            created_at=self._clock(),
            ticket=ticket,
            steps=steps,
        )
        row: dict[str, Any] = {name: getattr(made, name) for name in ("id", "owner", "name", "ticket")}
        row |= {"created_at": made.created_at.timestamp(), "steps": json.dumps([step.as_json() for step in steps])}
        with self._database.turn() as connection:
            connection.execute(_characters.insert().values(row))
        return made

    def get(self, character: str, *, owner: str) -> Character | None:
        """The owner's character of this id."""
        asked = select(_characters).where(_characters.c.id == character, _characters.c.owner == owner)
        with self._database.turn() as connection:
            row = connection.execute(asked).first()
        if row is None:
            return None
        return Character(
            id=row.id,
            owner=row.owner,
            name=row.name,
            created_at=datetime.fromtimestamp(row.created_at, UTC),
            ticket=row.ticket,
            steps=tuple(map(Step.from_json, json.loads(row.steps))),
        )

# SPDX-License-Identifier: Apache-2.0
"""Reusable characters: a name and a video of them, which the gate has let in as input once, kept for later prompts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Float, MetaData, String, Table, Text, select

from kyodaku.generation.database import SmallDatabase
from kyodaku.generation.job import Step

__all__ = ["Character", "Characters", "new_character_id"]

FILE: Final = "characters.sqlite"
_tables = MetaData()
_characters = Table(
    "cast",  # "characters" were those of before their videos were kept, which cannot be asked about again
    _tables,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("name", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("ticket", String, nullable=False),
    Column("steps", Text, nullable=False),
    Column("claimed", Text, nullable=False, server_default="{}"),
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
    claimed: Mapping[str, str] = field(default_factory=dict)


class Characters:
    """The characters of one service."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._database = SmallDatabase(folder / FILE, _tables)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def add(
        self, owner: str, name: str, *, ticket: str, steps: tuple[Step, ...], character: str = "", claimed: Any = None
    ) -> Character:
        """Keep a character, under the id `character` if one was made for it before."""
        made = Character(
            id=character or new_character_id(),
            owner=owner,
            name=name,
            created_at=self._clock(),
            ticket=ticket,
            steps=steps,
            claimed=dict(claimed or {}),
        )
        row: dict[str, Any] = {name: getattr(made, name) for name in ("id", "owner", "name", "ticket")}
        row |= {"created_at": made.created_at.timestamp(), "steps": _written(steps)}
        with self._database.turn() as connection:
            connection.execute(_characters.insert().values(row | {"claimed": json.dumps(dict(made.claimed))}))
        return made

    def note(self, character: Character, steps: tuple[Step, ...]) -> None:
        """Keep what was decided on a character when it was asked about again."""
        with self._database.turn() as connection:
            change = _characters.update().where(_characters.c.id == character.id)
            connection.execute(change.values(steps=_written(steps)))

    def get(self, character: str, *, owner: str) -> Character | None:
        """The owner's character of this id."""
        asked = select(_characters).where(_characters.c.id == character, _characters.c.owner == owner)
        with self._database.reading() as connection:
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
            claimed=json.loads(row.claimed),
        )


def new_character_id() -> str:
    """An id that nobody guesses."""
    return f"char_{secrets.token_hex(16)}"


def _written(steps: tuple[Step, ...]) -> str:
    return json.dumps([step.as_json() for step in steps])

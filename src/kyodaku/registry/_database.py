# SPDX-License-Identifier: Apache-2.0
"""What the registry asks of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Connection, Table

from kyodaku.ledger import Log

__all__ = ["Database", "Put", "Turn"]

Put: TypeAlias = Callable[[Table, Sequence[tuple[Any, ...]]], None]
"""Stores many rows of a table, given as tuples of its columns in their order and as they are stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A transaction that is alone in writing, and the ledger as it is written in it."""

    connection: Connection
    log: Log
    put: Put


class Database(Protocol):
    """Where declarations are kept. Its faults come as one line for a person, in which no password stands."""

    where: str
    """Which database this is, for messages."""

    def prepare(self, *, create: bool, origin: str) -> str | None:
        """See to it that its tables are those of this version, or raise; `create` makes them where there are none.

        Answers which they were.
        """
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent view of it."""
        ...

    def writing(self) -> AbstractContextManager[Turn]:
        """A turn to write: committed at the end, undone by an error."""
        ...

    def log(self) -> Log:
        """The ledger that belongs to it."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...

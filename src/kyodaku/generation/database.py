# SPDX-License-Identifier: Apache-2.0
"""Small databases of SQLite beside a workspace, for what a service has to remember across restarts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, MetaData, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError

from kyodaku.errors import KyodakuError

__all__ = ["SmallDatabase"]

_BUSY_MS: Final = 30_000
_PRAGMAS: Final = (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "trusted_schema=OFF")
_LOOKS: Final = "kyodaku_looks"


class SmallDatabase:
    """One file with these tables, made if it is not there; several processes may use it at once.

    What was committed survives a power cut, unless it is not `is_durable`: then the last moments may be lost.
    """

    def __init__(self, path: Path, tables: MetaData, *, is_durable: bool = True) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_MS / 1000})
        pragmas = (*_PRAGMAS, f"synchronous={'FULL' if is_durable else 'NORMAL'}")
        event.listen(self._engine, "connect", partial(_prepare, pragmas))
        event.listen(self._engine, "begin", _begin)
        self._looking = self._engine.execution_options(**{_LOOKS: True})
        with self.turn() as connection:
            tables.create_all(connection)

    @contextmanager
    def turn(self) -> Iterator[Connection]:
        """A transaction that nobody else's comes between; SQLAlchemy's IntegrityError is the caller's to read.

        Raises KyodakuError when the file cannot be read or written.
        """
        with self._told(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A consistent view for reading alone: nobody who writes waits for it, nor does it wait for them."""
        with self._told(), self._looking.connect() as connection:
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except DatabaseError as error:
            raise KyodakuError(f"the database cannot be used: {error.orig}", where=str(self.path)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _begin(connection: Connection) -> None:
    looks = connection.get_execution_options().get(_LOOKS, False)
    connection.exec_driver_sql("BEGIN" if looks else "BEGIN IMMEDIATE")


def _prepare(pragmas: Iterable[str], connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not at the first write
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")

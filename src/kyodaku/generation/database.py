# SPDX-License-Identifier: Apache-2.0
"""Small databases of SQLite beside a workspace, for what a service has to remember across restarts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError

from kyodaku.errors import KyodakuError

__all__ = ["SmallDatabase"]

_BUSY_MS: Final = 30_000
_PRAGMAS: Final = (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "trusted_schema=OFF")


class SmallDatabase:
    """One file with these tables, made if it is not there; several processes may use it at once.

    What was committed survives a power cut, unless it is not `is_durable`: then the last moments may be lost.
    """

    def __init__(self, path: Path, tables: MetaData, *, is_durable: bool = True) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        pragmas = (*_PRAGMAS, f"synchronous={'FULL' if is_durable else 'NORMAL'}")
        self._writer = _engine(path, pragmas, "BEGIN IMMEDIATE")
        self._reader = _engine(path, pragmas, "BEGIN")
        self._lock = Lock()
        with self.turn() as connection:
            tables.create_all(connection)

    @contextmanager
    def turn(self) -> Iterator[Connection]:
        """A transaction that nobody else's comes between; SQLAlchemy's IntegrityError is the caller's to read.

        Threads wait for it in a line: SQLite lets those that find a file locked sleep and try again, up to a tenth of a
        second at a time. Raises KyodakuError when the file cannot be read or written.
        """
        with self._lock, self._using(self._writer) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """What is there at one moment, beside whoever writes; KyodakuError when the file cannot be read."""
        with self._using(self._reader) as connection:
            yield connection

    @contextmanager
    def _using(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.connect() as connection, connection.begin():
                yield connection
        except IntegrityError:
            raise
        except DatabaseError as error:
            raise KyodakuError(f"the database cannot be used: {error.orig}", where=str(self.path)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._reader.dispose()
        self._writer.dispose()


def _engine(path: Path, pragmas: Iterable[str], begin: str) -> Engine:
    timeout = {"timeout": _BUSY_MS / 1000}
    engine = create_engine(f"sqlite:///{path}", connect_args=timeout, pool_size=8, max_overflow=-1)
    event.listen(engine, "connect", partial(_prepare, pragmas))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare(pragmas: Iterable[str], connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not at the first write
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")

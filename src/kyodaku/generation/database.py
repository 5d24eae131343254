# SPDX-License-Identifier: Apache-2.0
"""Small databases of SQLite beside a workspace, for what a service has to remember across restarts.

What every request asks or adds goes to the driver as text that SQLAlchemy has written once (`sql_of`): through its
connections the same takes five to ten times as long, most of a millisecond for each request.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy import ClauseElement, Connection, Engine, MetaData, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError, IntegrityError

from kyodaku.errors import KyodakuError

__all__ = ["SmallDatabase", "sql_of"]

_BUSY_MS: Final = 30_000
_AGAIN_S: Final = 0.0003
"""Between tries for a turn that another process has: SQLite itself sleeps longer each time, for up to 100 ms."""
_PRAGMAS: Final = (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "trusted_schema=OFF")


class SmallDatabase:
    """One file with these tables, made if it is not there; several processes may use it at once.

    What was committed survives a power cut, unless it is not `is_durable`: then the last moments may be lost.
    """

    def __init__(self, path: Path, tables: MetaData, *, is_durable: bool = True) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        pragmas = (*_PRAGMAS, f"synchronous={'FULL' if is_durable else 'NORMAL'}")
        self._writer = _engine(path, pragmas, _begin_immediate)
        self._reader = _engine(path, pragmas, _begin)
        self._lock = Lock()
        with self.turn() as connection:
            tables.create_all(connection)
            for index in (each for table in tables.sorted_tables for each in table.indexes):
                index.create(connection, checkfirst=True)  # of a file that an earlier version made

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
    def quick_turn(self) -> Iterator[sqlite3.Connection]:
        """As `turn`, with the driver's own connection for statements of `sql_of`; sqlite3.IntegrityError is raised."""
        with self._lock, self._lent(self._writer) as driver:
            _begin_immediate(driver)
            try:
                yield driver
                driver.execute("COMMIT")
            except BaseException:
                if driver.in_transaction:  # a full disk ends it by itself
                    driver.execute("ROLLBACK")
                raise

    def first(self, sql: str, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The first row that a statement of `sql_of` finds, by the names of its columns."""
        with self._lent(self._reader) as driver, closing(driver.execute(sql, values)) as found:
            row = found.fetchone()
            return None if row is None else dict(zip((name for name, *_ in found.description), row, strict=True))

    @contextmanager
    def _using(self, engine: Engine) -> Iterator[Connection]:
        with self._told(), engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _lent(self, engine: Engine) -> Iterator[sqlite3.Connection]:
        """A connection of the pool, without SQLAlchemy before it."""
        with self._told(), closing(engine.raw_connection()) as lent:
            assert isinstance(lent.driver_connection, sqlite3.Connection)
            yield lent.driver_connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, sqlite3.IntegrityError):
            raise
        except (DatabaseError, sqlite3.DatabaseError) as error:
            why = getattr(error, "orig", error)
            raise KyodakuError(f"the database cannot be used: {why}", where=str(self.path)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._reader.dispose()
        self._writer.dispose()


def sql_of(statement: ClauseElement) -> str:
    """The statement as text for SQLite, its parameters by name; none of them may stand for a list."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))


def _engine(path: Path, pragmas: Iterable[str], begin: Callable[[sqlite3.Connection], None]) -> Engine:
    timeout = {"timeout": _BUSY_MS / 1000}
    engine = create_engine(f"sqlite:///{path}", connect_args=timeout, pool_size=8, max_overflow=-1)
    event.listen(engine, "connect", partial(_prepare, pragmas))
    event.listen(engine, "begin", lambda connection: begin(connection.connection.driver_connection))
    return engine


def _begin(driver: sqlite3.Connection) -> None:
    driver.execute("BEGIN")


def _begin_immediate(driver: sqlite3.Connection) -> None:
    """Wait for other processes, and look often whether they are done."""
    until = time.monotonic() + _BUSY_MS / 1000
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(_AGAIN_S)
            else:
                return
    finally:
        driver.execute(f"PRAGMA busy_timeout={_BUSY_MS}")


def _prepare(pragmas: Iterable[str], connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not at the first write
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")

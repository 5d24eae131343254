# SPDX-License-Identifier: Apache-2.0
"""Small databases of SQLite beside a workspace, for what a service has to remember across restarts.

What every request asks or adds goes to the driver as text that SQLAlchemy has written once (`sql_of`): through its
connections the same takes five to ten times as long, most of a millisecond for each request.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy import ClauseElement, Connection, MetaData, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError, IntegrityError

from kyodaku.errors import KyodakuError

__all__ = ["SmallDatabase", "sql_of"]

_BUSY_MS: Final = 30_000
_AGAIN_S: Final = 0.0003
"""Between tries for a turn that another process has: SQLite itself sleeps longer each time, for up to 100 ms."""
_PRAGMAS: Final = (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "trusted_schema=OFF")
_LOOKS: Final = "kyodaku_looks"
_KEPT_OPEN: Final = 16
"""Connections; more are opened when there is need, and closed again."""


class SmallDatabase:
    """One file with these tables, made if it is not there; several processes may use it at once.

    What was committed survives a power cut, unless it is not `is_durable`: then the last moments may be lost.
    """

    def __init__(self, path: Path, tables: MetaData, *, is_durable: bool = True) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._turn = Lock()
        self._engine = create_engine(
            f"sqlite:///{path}",
            connect_args={"timeout": _BUSY_MS / 1000},
            pool_size=_KEPT_OPEN,
            max_overflow=-1,
        )
        pragmas = (*_PRAGMAS, f"synchronous={'FULL' if is_durable else 'NORMAL'}")
        event.listen(self._engine, "connect", partial(_prepare, pragmas))
        event.listen(self._engine, "begin", _begin)
        self._looking = self._engine.execution_options(**{_LOOKS: True})
        with self.turn() as connection:
            tables.create_all(connection)
            for index in (each for table in tables.sorted_tables for each in table.indexes):
                index.create(connection, checkfirst=True)  # of a file that an earlier version made

    @contextmanager
    def turn(self) -> Iterator[Connection]:
        """A transaction that nobody else's comes between; SQLAlchemy's IntegrityError is the caller's to read.

        Raises KyodakuError when the file cannot be read or written.
        """
        # this process's threads wait for each other here, where the next is woken at once
        with self._turn, self._told(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A consistent view for reading alone: nobody who writes waits for it, nor does it wait for them."""
        with self._told(), self._looking.connect() as connection:
            yield connection

    @contextmanager
    def quick_turn(self) -> Iterator[sqlite3.Connection]:
        """As `turn`, with the driver's own connection for statements of `sql_of`; sqlite3.IntegrityError is raised."""
        with self._turn, self._lent() as driver:
            _begin_immediate(driver)
            try:
                yield driver
            except BaseException:
                driver.execute("ROLLBACK")
                raise
            driver.execute("COMMIT")

    def first(self, sql: str, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The first row that a statement of `sql_of` finds, by the names of its columns."""
        with self._lent() as driver:
            cursor = driver.execute(sql, values)
            row = cursor.fetchone()
            names = [column[0] for column in cursor.description]
            cursor.close()
        return None if row is None else dict(zip(names, row, strict=True))

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        """A connection of the pool, without SQLAlchemy before it."""
        with self._told():
            lent = self._engine.raw_connection()
            try:
                assert isinstance(lent.driver_connection, sqlite3.Connection)
                yield lent.driver_connection
            finally:
                lent.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except sqlite3.IntegrityError:
            raise
        except (DatabaseError, sqlite3.DatabaseError) as error:
            why = getattr(error, "orig", error)
            raise KyodakuError(f"the database cannot be used: {why}", where=str(self.path)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def sql_of(statement: ClauseElement) -> str:
    """The statement as text for SQLite, its parameters by name; without any that stand for lists."""
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))


def _begin(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    if connection.get_execution_options().get(_LOOKS, False):
        driver.execute("BEGIN")
        return
    try:
        _begin_immediate(driver)
    except sqlite3.DatabaseError as error:
        raise DatabaseError("BEGIN IMMEDIATE", None, error) from error


def _begin_immediate(driver: sqlite3.Connection) -> None:
    """Wait for other processes, and look often whether they are done."""
    driver.execute("PRAGMA busy_timeout=0")
    until = time.monotonic() + _BUSY_MS / 1000
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

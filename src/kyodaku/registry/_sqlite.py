# SPDX-License-Identifier: Apache-2.0
"""What is particular to SQLite: how transactions begin, how durable they are, and the triggers that refuse edits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.registry._tables import metadata

__all__ = ["create_tables", "open_engine", "told", "writing"]

_BUSY_MS: Final = 60_000
"""How long one process waits for another's import."""

_PRAGMAS: Final = (
    "journal_mode=WAL",  # readers go on while one process writes
    "synchronous=FULL",  # what was committed survives a power cut
    "foreign_keys=ON",
    "trusted_schema=OFF",  # a database file from elsewhere runs no functions of its own
    f"busy_timeout={_BUSY_MS}",
)


def open_engine(path: Path) -> Engine:
    """An engine on the database file, which is made on the first write."""
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin as `begin` below says, not as the driver guesses
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("kyodaku_begin", "BEGIN"))

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that is alone in writing from its first read on; committed at the end, undone by an error."""
    with engine.connect() as plain:
        connection = plain.execution_options(kyodaku_begin="BEGIN IMMEDIATE")
        with connection.begin():
            yield connection


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn the database's faults into one line for a person."""
    try:
        yield
    except OperationalError as error:
        raise KyodakuError(f"the registry's database failed: {error.orig}", where=str(path)) from error
    except DatabaseError as error:
        hint = "restore the workspace from a backup"
        raise IntegrityError(f"the registry's database is damaged: {error.orig}", where=str(path), hint=hint) from error


def create_tables(connection: Connection) -> None:
    """Make the tables that are not there yet, and the triggers that keep what is in them."""
    metadata.create_all(connection)
    for table in metadata.tables:
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}: nothing is edited or deleted'); END"
            )

# SPDX-License-Identifier: Apache-2.0
"""What is particular to SQLite: how transactions begin, how durable they are, and the triggers that refuse edits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    create_engine,
    event,
)
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
)


def open_engine(path: Path) -> Engine:
    """An engine on the database file, which is made on the first write."""
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin as `begin` below says, not as the driver guesses
        for pragma in (*_PRAGMAS, f"busy_timeout={_BUSY_MS}"):
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
    for table in metadata.sorted_tables:
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table.name}: nothing is edited or deleted'); END"
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name} {refusal}"
            )
        taken = f"SELECT 1 FROM {table.name} WHERE {_same_key(table)}"  # noqa: S608 - the names are our own
        connection.exec_driver_sql(  # REPLACE deletes without asking the trigger above
            f"CREATE TRIGGER IF NOT EXISTS {table.name}_no_replace BEFORE INSERT ON {table.name} "
            f"WHEN EXISTS ({taken}) {refusal}"
        )


def _same_key(table: Table) -> str:
    """The condition under which a new row would take the place of another."""
    keys = [held.columns for held in table.constraints if isinstance(held, PrimaryKeyConstraint | UniqueConstraint)]
    same = (" AND ".join(f"{column.name} = NEW.{column.name}" for column in columns) for columns in keys)
    return " OR ".join(f"({each})" for each in sorted(same))

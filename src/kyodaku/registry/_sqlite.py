# SPDX-License-Identifier: Apache-2.0
"""A workspace's own database: a file of SQLite, with the ledger in files beside it.

A file and a database have no common commit. So the ledger's entries are on disk before the rows that carry their
indices are committed: no row can ever lack its entry. Killed in between, the registry is as it was, and the ledger has
entries that no row carries; they prove nothing and harm nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import Log
from kyodaku.registry._database import Turn
from kyodaku.registry._files import locked, sync_directory
from kyodaku.registry._migrating import HEAD, bring_up, revision_of, state_settings

__all__ = ["SqliteDatabase"]

FILE: Final = "registry.sqlite"
NO_WORKSPACE: Final = "make one with `kyodaku init`, or name another with --workspace"
_BUSY_MS: Final = 60_000
"""How long one process waits for another's import."""

_PRAGMAS: Final = (
    "journal_mode=WAL",  # readers go on while one process writes
    "synchronous=FULL",  # what was committed survives a power cut
    "foreign_keys=ON",
    "trusted_schema=OFF",  # a database file from elsewhere runs no functions of its own
    "cache_size=-65536",  # 64 MB: the tree of ids of a million statements is read and written in all its parts
)


class SqliteDatabase:
    """The database of one workspace; several processes may use it at once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / FILE
        self.where = str(self._path)
        self._engine = _open_engine(self._path)

    def prepare(self, *, create: bool, origin: str) -> str | None:
        """Make the tables if there are none, bring older ones up; a copy of the older file is kept beside it."""
        if create:
            Log(self._directory / "ledger")
        elif not self._path.is_file():
            raise UsageError("there is no workspace here", where=str(self._directory), hint=NO_WORKSPACE)
        with self.reading() as connection:
            revision = revision_of(connection, str(self._directory))
        if revision is None and not create:
            raise UsageError("this workspace was never finished", where=str(self._directory), hint=NO_WORKSPACE)
        if revision == HEAD:
            return revision
        with self._told(), locked(self._directory / "lock"), self._alone() as connection:
            revision = revision_of(connection, str(self._directory))  # another process may have done it
            if revision is not None and revision != HEAD:
                self._keep_copy(HEAD)
            if revision != HEAD:
                bring_up(connection, revision)
            if revision is None:
                state_settings(connection, origin)
        return revision

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view: in WAL mode a reader sees what was there when it began."""
        with self._told(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Turn]:
        """A turn to write: processes queue at a file, as SQLite's own waiting is by lot and may starve one of them."""
        with self._told(), locked(self._directory / "lock"), self._alone() as connection:

            def put(table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
                places = ", ".join("?" for _ in table.columns)
                if rows:
                    connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({places})", rows)  # noqa: S608

            yield Turn(connection=connection, log=self.log(), put=put)

    def log(self) -> Log:
        """The log in the workspace's files."""
        return Log(self._directory / "ledger", create=False)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """One transaction that is alone in writing from its first read on."""
        with self._engine.connect() as plain:
            connection = plain.execution_options(kyodaku_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    def _keep_copy(self, revision: str) -> None:
        """The database as it is, whole, under a name that says before which step it was taken."""
        copy = self._path.with_name(f"{FILE}.before-{revision}")
        draft = copy.with_name(f".{copy.name}.new")
        try:
            draft.unlink(missing_ok=True)
            with closing(sqlite3.connect(self._path)) as source, closing(sqlite3.connect(draft)) as target:
                source.backup(target)
            draft.replace(copy)
            sync_directory(self._directory)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            hint = "it has to be brought up to this version; nothing was changed"
            raise KyodakuError(f"the database cannot be copied first: {error}", where=self.where, hint=hint) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the database's faults into one line for a person."""
        try:
            yield
        except OperationalError as error:
            raise KyodakuError(f"the registry's database failed: {error.orig}", where=self.where) from error
        except DatabaseError as error:
            what = f"the registry's database is damaged: {error.orig}"
            raise IntegrityError(what, where=self.where, hint="restore the workspace from a backup") from error


def _open_engine(path: Path) -> Engine:
    """An engine on the database file, which is made on the first write."""
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin as `begin` below says, not as the driver guesses
        for pragma in (f"busy_timeout={_BUSY_MS}", *_PRAGMAS):  # to wait first: the others may find it locked
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("kyodaku_begin", "BEGIN"))

    return engine

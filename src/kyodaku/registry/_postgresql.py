# SPDX-License-Identifier: Apache-2.0
"""A registry that several machines share: PostgreSQL, with the ledger as a table of the same database.

Writers queue at an advisory lock, which goes with the transaction, so that they write one after the other whatever
machine they are on. They read what is committed at each statement: as nobody else can commit meanwhile, that is one
state. (A transaction that fixes its view at its first statement, as PostgreSQL's stricter levels do, would fix it
before it got the lock.) Readers have a view fixed at their first statement, and wait for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, Table, create_engine
from sqlalchemy.exc import DBAPIError

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.ledger import Log
from kyodaku.registry._address import VARIABLE, Address
from kyodaku.registry._database import Turn
from kyodaku.registry._ledger_table import TableStore
from kyodaku.registry._migrating import HEAD, bring_up, revision_of, state_settings

__all__ = ["PostgresDatabase"]

_LOCK: Final = 0x6B796F64616B75  # "kyodaku"
"""The advisory lock's number. Locks belong to a database: registries in two databases do not wait for each other."""
_CONNECT_S: Final = 10
_WAIT: Final = "10min"
"""How long one machine waits for another's import; the largest takes some minutes."""
_LOST: Final = "; ".join(
    f"SET LOCAL tcp_keepalives_{name} = {value}" for name, value in {"idle": 60, "interval": 10, "count": 6}.items()
)
"""A machine that vanishes while it writes holds the lock for two minutes, not for the two hours of TCP's default."""


class PostgresDatabase:
    """The database that a workspace shares with others; `directory` is the workspace's own part of the ledger."""

    def __init__(self, address: Address, directory: Path) -> None:
        self.where = str(address)
        self._address = address
        self._directory = directory
        self._engine = _open_engine(address)

    def prepare(self, *, create: bool, origin: str) -> str | None:
        """Make the tables if there are none. Older ones are never brought up in passing: others work with them."""
        with self.reading() as connection:
            self._require_unicode(connection)
            revision = revision_of(connection, self.where)
        if revision is None and not create:
            hint = f"make one with `kyodaku init --registry {self.where}`"
            raise UsageError("there is no registry in this database", where=self.where, hint=hint)
        if revision is None:
            return self.bring_up(origin)
        if revision != HEAD:
            what = f"the registry has schema {revision}, this version works with {HEAD}"
            hint = f"`kyodaku registry upgrade --registry {self.where}`, once all who share it have this version"
            raise KyodakuError(what, where=self.where, hint=hint)
        return revision

    def bring_up(self, origin: str) -> str | None:
        """Bring the tables to this version, from whatever they are; answers what they were."""
        with self._told(), self._alone() as connection:
            self._require_unicode(connection)
            revision = revision_of(connection, self.where)
            if revision != HEAD:
                bring_up(connection, revision)
            if revision is None:
                state_settings(connection, origin)
        return revision

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view, fixed at its first statement."""
        with self._told(), self._engine.connect() as plain:
            connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Turn]:
        """A turn to write: writers of all machines queue for it."""
        with self._told(), self._alone() as connection:

            def put(table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
                _copy(connection, table, rows)

            log = Log.of(TableStore.within(self._directory, self.where, connection, put))
            yield Turn(connection=connection, log=log, put=put)

    def log(self) -> Log:
        """The log in the database; what it appends is committed when it returns."""

        @contextmanager
        def writing() -> Iterator[tuple[Connection, Any]]:
            with self.writing() as turn:
                yield turn.connection, turn.put

        return Log.of(TableStore(self._directory, self.where, self.reading, writing))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """One transaction that is alone in writing from its first read on."""
        with self._engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT}'; {_LOST}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield connection

    def _require_unicode(self, connection: Connection) -> None:
        """Text of all languages comes back as it was given from a database in UTF-8 only; some take half of it."""
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            hint = "make another: createdb --encoding UTF8 --template template0"
            raise KyodakuError(f"the database keeps text as {encoding}, not as UTF8", where=self.where, hint=hint)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the database's faults into one line for a person, without the password."""
        try:
            yield
        except DBAPIError as error:  # its own message repeats what was to be stored
            raise self._fault(error.orig) from None
        except psycopg.Error as error:
            raise self._fault(error) from None

    def _fault(self, error: BaseException | None) -> KyodakuError:
        said, state = str(error).strip(), getattr(error, "sqlstate", None)
        first = said.split("\n", 1)[0] if state else said
        if self._address.url.password:
            first = first.replace(str(self._address.url.password), "…")
        if state == "55P03":  # lock_not_available
            return KyodakuError("another machine has been writing for a long time", where=self.where, hint="try again")
        hint = None
        if isinstance(error, psycopg.OperationalError) and state is None:
            hint = f"is the server running, and the address right? a password belongs in PGPASSFILE or {VARIABLE}"
        elif state == "42501":  # insufficient_privilege
            hint = "ask the database's owner; docs/registry-postgresql.md says what a user needs"
        return KyodakuError(f"the registry's database failed: {first}", where=self.where, hint=hint)


def _open_engine(address: Address) -> Engine:
    options: dict[str, Any] = {
        "connect_timeout": _CONNECT_S,
        "application_name": "kyodaku",
        "prepare_threshold": None,
        "client_encoding": "utf8",  # of a database that knows no letters the driver would give bytes
    }
    asked = {name: value for name, value in options.items() if name not in address.url.query}
    return create_engine(address.url, connect_args=asked, pool_pre_ping=True, hide_parameters=True)


def _copy(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """By COPY, in which a row costs a tenth of what an INSERT costs."""
    driver: Any = connection.connection.driver_connection
    names = ", ".join(column.name for column in table.columns)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)

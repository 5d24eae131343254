# SPDX-License-Identifier: Apache-2.0
"""Triggers by which a table refuses edits and deletions. Steps rest on this: its meaning never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

__all__ = ["guard", "guard_but_erasing", "unguard"]

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION kyodaku_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ': nothing is edited or deleted';
END $$
"""


def guard(connection: Connection, table: str, keys: Sequence[Sequence[str]]) -> None:
    """From now on rows are only added; `keys` are the columns of each unique key."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL_FUNCTION)
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION kyodaku_refuse()"
        )
        return
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table}: nothing is edited or deleted'); END"
    for verb in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {refusal}")
    same = " OR ".join(f"({' AND '.join(f'{name} = NEW.{name}' for name in key)})" for key in keys)
    taken = f"SELECT 1 FROM {table} WHERE {same}"  # noqa: S608 - the names are our own
    connection.exec_driver_sql(  # REPLACE deletes without asking the trigger above
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS ({taken}) {refusal}"
    )


def guard_but_erasing(
    connection: Connection, table: str, keys: Sequence[Sequence[str]], erased: Mapping[str, str], kept: Sequence[str]
) -> None:
    """As `guard`, but a row may be given the values `erased` (as SQL) where all columns `kept` stay as they are."""
    guard(connection, table, keys)
    blank = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM {value}" for name, value in erased.items())
    same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in kept)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP TRIGGER {table}_append_only ON {table}")
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_append_only BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION kyodaku_refuse()"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_only_erased BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN (NOT ({blank} AND {same})) EXECUTE FUNCTION kyodaku_refuse()"
        )
        return
    condition = f"{blank} AND {same}".replace("IS NOT DISTINCT FROM", "IS")  # SQLite knows the long form since 3.39
    connection.exec_driver_sql(f"DROP TRIGGER {table}_no_update")
    connection.exec_driver_sql(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT ({condition}) "
        f"BEGIN SELECT RAISE(ABORT, '{table}: nothing is edited or deleted'); END"
    )


def unguard(connection: Connection, table: str) -> None:
    """Take the triggers away, for a step that has to change what a table says."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP TRIGGER {table}_append_only ON {table}")
        return
    for name in ("update", "delete", "replace"):
        connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{name}")

# SPDX-License-Identifier: Apache-2.0
"""Which version a database's tables have, and bringing them up; the steps themselves are in `migrations`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, column, insert, inspect, select, table

from kyodaku.errors import KyodakuError
from kyodaku.registry._tables import settings

__all__ = ["HEAD", "REVISIONS", "bring_up", "origin_of", "revision_of", "state_settings"]

REVISIONS: Final = ("0001", "0002", "0003", "0004")
"""All that there ever were, oldest first."""
HEAD: Final = REVISIONS[-1]
"""The one that this version works with."""

_FIRST: Final = "1"
"""How the version that knew no migrations called its tables, in `settings`."""
_VERSIONS: Final = table("alembic_version", column("version_num"))


def revision_of(connection: Connection, where: str) -> str | None:
    """The revision of the tables; None where there are none. KyodakuError for one of a later version."""
    tables = set(inspect(connection).get_table_names())
    found: str | None = None
    if _VERSIONS.name in tables:
        found = connection.scalar(select(_VERSIONS.c.version_num))
    elif settings.name in tables:
        stated = _setting(connection, "schema")
        found = REVISIONS[0] if stated == _FIRST else stated
    if found is not None and found not in REVISIONS:
        what = f"the registry has schema {found}, this version works with {HEAD}"
        raise KyodakuError(what, where=where, hint="update Kyodaku")
    return found


def bring_up(connection: Connection, revision: str | None) -> None:
    """Walk from `revision` (None: from nothing) to `HEAD`, in the transaction of the connection."""
    from alembic import command  # noqa: PLC0415 - loading it takes longer than most commands run
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "kyodaku.registry:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if revision == REVISIONS[0] and not inspect(connection).has_table(_VERSIONS.name):
        command.stamp(config, revision)
    command.upgrade(config, HEAD)


def state_settings(connection: Connection, origin: str) -> None:
    """What is said once, when the tables were made."""
    stated = {"schema": "2", "origin": origin, "created_at": datetime.now(UTC).isoformat()}
    connection.execute(insert(settings), [{"name": name, "value": value} for name, value in stated.items()])


def origin_of(connection: Connection) -> str:
    """The name of the ledger that belongs to the registry."""
    return _setting(connection, "origin")


def _setting(connection: Connection, name: str) -> str:
    found: str = connection.execute(select(settings.c.value).where(settings.c.name == name)).scalar_one()
    return found

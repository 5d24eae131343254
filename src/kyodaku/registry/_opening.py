# SPDX-License-Identifier: Apache-2.0
"""Which database a workspace works with: its own, or one that it shares with others."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry._address import Address, remembered
from kyodaku.registry._database import Database
from kyodaku.registry._migrating import HEAD
from kyodaku.registry._sqlite import FILE, SqliteDatabase

if TYPE_CHECKING:
    from kyodaku.registry._postgresql import PostgresDatabase

__all__ = ["address_of", "database_of", "new_origin", "upgrade"]

_NO_DRIVER: Final = "pip install 'kyodaku[postgresql]'"


def new_origin() -> str:
    """A name for a ledger that no other has."""
    return f"kyodaku/{token_hex(8)}"


def address_of(workspace: Path, registry_url: str | None) -> Address | None:
    """The shared registry of the workspace, or None; UsageError where it cannot belong to the one that is named."""
    known = remembered(workspace)
    named = None if registry_url is None else Address.parse(registry_url)
    if named is None:
        return known
    hint = "take another workspace for the other registry"
    if known is not None and known != named:
        raise UsageError(f"this workspace belongs to the registry {known}", where=str(workspace), hint=hint)
    if (workspace / FILE).exists():
        raise UsageError("this workspace has a registry of its own", where=str(workspace), hint=hint)
    return named


def database_of(workspace: Path, address: Address | None) -> Database:
    """The database, not opened yet."""
    return SqliteDatabase(workspace) if address is None else _shared(address, workspace)


def upgrade(registry_url: str | None = None, *, workspace: str | os.PathLike[str] = "") -> tuple[str | None, str]:
    """Bring the tables of a registry to this version, or make those of a shared one; answers which they were, and are.

    The registry is the one named, else that of the workspace. A shared one is brought up by this alone, once everyone
    who shares it has this version: nothing else does it in passing.
    """
    folder = Path(workspace)
    address = remembered(folder) if registry_url is None else Address.parse(registry_url)
    if address is None:
        own = SqliteDatabase(folder)
        try:
            return own.prepare(create=False, origin=""), HEAD
        finally:
            own.close()
    database = _shared(address, folder)
    try:
        return database.bring_up(new_origin()), HEAD
    finally:
        database.close()


def _shared(address: Address, workspace: Path) -> PostgresDatabase:
    try:
        from kyodaku.registry._postgresql import PostgresDatabase  # noqa: PLC0415 - its driver is an extra
    except ModuleNotFoundError:
        raise KyodakuError("a shared registry needs the package psycopg", hint=_NO_DRIVER) from None
    return PostgresDatabase(address, workspace / "ledger")

# SPDX-License-Identifier: Apache-2.0
"""Where a shared registry is: a PostgreSQL address, whose password nothing ever shows.

A workspace remembers, in the file `registry.url`, to which registry it belongs, without the password. That comes from
where PostgreSQL's own programs take it (`PGPASSWORD`, `PGPASSFILE`, `~/.pgpass`), or from `KYODAKU_REGISTRY`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry._files import write_whole

__all__ = ["VARIABLE", "Address", "remember", "remembered"]

VARIABLE: Final = "KYODAKU_REGISTRY"
_FILE: Final = "registry.url"
_SCHEMES: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_FORM: Final = "write it as postgresql://user@host/database"


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A PostgreSQL database. `str()` is the address without its password, and two are equal if these are."""

    bare: str
    url: URL = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `postgresql://user@host/database?option=value`; UsageError for anything else, which is not repeated."""
        try:
            url = make_url(text.strip())
        except (ArgumentError, ValueError):  # both may repeat what they were given, with the password in it
            raise UsageError("the registry's address cannot be read", hint=_FORM) from None
        if url.drivername not in _SCHEMES:
            raise UsageError(f"a shared registry is not kept in {url.drivername!r}", hint=_FORM)
        if "@" in (url.host or ""):  # part of the password, which must not be taken for the host and shown
            raise UsageError(
                "the registry's address has more than one @", hint="write those in names and passwords as %40"
            )
        secret = [name for name in url.query if name != "password" and "password" in name.lower()]
        if secret:  # a client key's, for one
            hint = "put it into PostgreSQL's pg_service.conf, and name the service: ?service=..."
            raise UsageError(f"{secret[0]!r} in the registry's address would be kept with it", hint=hint)
        if not url.database:
            raise UsageError("the registry's address names no database", hint=_FORM)
        query = {name: url.query[name] for name in sorted(url.query) if name != "password"}
        parts: dict[str, Any] = {name: getattr(url, name) for name in ("username", "host", "port", "database")}
        parts["query"] = query
        in_query = url.query.get("password", ())
        given = url.password or (in_query if isinstance(in_query, str) else "".join(in_query[:1]))
        bare = URL.create("postgresql", **parts).render_as_string(hide_password=False)
        return cls(
            bare=bare.replace("%2F", "/"),  # a socket's folder, readable
            url=URL.create("postgresql+psycopg", password=given or None, **parts),
        )

    @property
    def has_password(self) -> bool:
        """Whether the address says a password itself."""
        return self.url.password is not None

    def __str__(self) -> str:
        return self.bare


def remembered(workspace: Path) -> Address | None:
    """The registry to which the workspace belongs; None for a workspace with a registry of its own, or none at all.

    If `KYODAKU_REGISTRY` names the same registry, its password counts.
    """
    try:
        text = (workspace / _FILE).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise KyodakuError("the registry's address cannot be read", where=str(workspace / _FILE)) from error
    found = Address.parse(text)
    stated = os.environ.get(VARIABLE)
    if stated:
        named = Address.parse(stated)
        return named if named == found else found
    return found


def remember(workspace: Path, address: Address) -> None:
    """Keep the address, without its password."""
    write_whole(workspace / _FILE, f"{address}\n".encode())

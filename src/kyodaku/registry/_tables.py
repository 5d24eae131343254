# SPDX-License-Identifier: Apache-2.0
"""The tables, in SQL that every database speaks; what is particular to SQLite is in `_sqlite`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

__all__ = ["SCHEMA_VERSION", "about", "declarations", "metadata", "settings"]

SCHEMA_VERSION: Final = "1"

metadata = MetaData()


@lru_cache(maxsize=1000)
def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")  # years before 1000 come short


class _Utc(TypeDecorator[datetime]):
    """A moment as text of one width, in UTC with microseconds: compares as time does, and reads the same everywhere."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else _stored(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


_Number = BigInteger().with_variant(Integer(), "sqlite")

declarations = Table(
    "declarations",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("recorded_at", _Utc, nullable=False),
    Column("effective_from", _Utc),
    Column("effective_until", _Utc),
    Column("ledger_index", _Number, nullable=False),
    UniqueConstraint("ledger_index"),
    Index("declarations_by_id", "kind", "id", "seq"),
    Index("declarations_by_subject", "kind", "subject"),
    Index("declarations_by_time", "recorded_at"),
)
"""What was declared, in order. `subject` is who or what the declaration is looked up by besides its id: a permission's
speaker, a mandate's agent, a reference's work."""

about = Table(
    "declaration_works",
    metadata,
    Column("seq", _Number, ForeignKey("declarations.seq"), primary_key=True),
    Column("work", Text, primary_key=True),
    Column("relation", String(16), primary_key=True),
    Index("declaration_works_by_work", "work", "relation"),
)
"""The works that a declaration names: `works` of a permission or mandate, `part_of` and `derived_from` of a work, and
`of` a reference."""

settings = Table(
    "settings",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""`schema`, `origin` (the ledger's name) and `created_at`: written once."""

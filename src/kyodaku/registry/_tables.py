# SPDX-License-Identifier: Apache-2.0
"""The tables as they are now, in SQL that SQLite and PostgreSQL both speak; `migrations` makes them.

Text is compared by code points everywhere (`C` in PostgreSQL), so that no database's language changes an order.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

__all__ = ["declarations", "ledger_entries", "links", "metadata", "runs", "settings", "stored_moment"]

metadata = MetaData()


@lru_cache(maxsize=1000)
def stored_moment(moment: datetime) -> str:
    """A moment as text of one width, in UTC with microseconds: compares as time does, and reads the same everywhere."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")  # years before 1000 come short


class _Utc(TypeDecorator[datetime]):
    """A moment, stored as `stored_moment` writes it."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else stored_moment(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


_Number = BigInteger().with_variant(Integer(), "sqlite")
_Text = Text().with_variant(Text(collation="C"), "postgresql")
_Moment = _Utc().with_variant(_Utc(27, collation="C"), "postgresql")


def _word(length: int) -> String:
    return String(length).with_variant(String(length, collation="C"), "postgresql")


declarations = Table(
    "declarations",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("kind", _word(16), nullable=False),
    Column("id", _Text, nullable=False),
    Column("subject", _Text, nullable=False),
    Column("body", _Text, nullable=False),
    Column("body_sha256", _word(64), nullable=False),
    Column("recorded_at", _Moment, nullable=False),
    Column("effective_from", _Moment),
    Column("effective_until", _Moment),
    Column("ledger_index", _Number, nullable=False),
    Column("salt", _word(32)),
    UniqueConstraint("ledger_index"),
    Index("declarations_by_id", "kind", "id", "seq"),
)
"""What was declared, in order. `subject` is who or what it is by or about besides its id, for people who read the
table: a permission's speaker, a mandate's agent, a reference's work. With `salt` (hex; NULL in older rows), the
ledger's entry is a commitment to `body`, else its hash. A row that was erased has the body `{}` and neither hash nor
salt."""

links = Table(
    "declaration_links",
    metadata,
    Column("name", _Text, primary_key=True),
    Column("relation", _word(16), primary_key=True),
    Column("seq", _Number, ForeignKey("declarations.seq"), primary_key=True),
    sqlite_with_rowid=False,
)
"""What a declaration is found by besides its own id: names, and how each is meant (`_rows.links_of` lists them)."""

runs = Table(
    "runs",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("kind", _word(16), nullable=False),
    Column("id", _Text, nullable=False),
    Column("body", _Text, nullable=False),
    Column("body_sha256", _word(64), nullable=False),
    Column("recorded_at", _Moment, nullable=False),
    Column("ledger_index", _Number, nullable=False),
    UniqueConstraint("ledger_index"),
    Index("runs_by_id", "kind", "id", "seq"),
)
"""Runs of the training gate and models trained on what they cleared, in the order in which they were recorded."""

settings = Table(
    "settings",
    metadata,
    Column("name", _word(32), primary_key=True),
    Column("value", _Text, nullable=False),
)
"""`origin` (the ledger's name) and `created_at`: written once. `schema` is there for versions without migrations."""

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", LargeBinary, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    info={"only": "postgresql"},
)
"""The ledger of a shared registry, entry by entry from 0, each with the hashes of the subtrees that it completes. A
workspace of its own keeps its ledger in files."""

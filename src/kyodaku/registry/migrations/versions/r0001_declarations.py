# SPDX-License-Identifier: Apache-2.0
"""Declarations, the works that they name, and settings: the first version, which was made without Alembic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kyodaku.registry.migrations.guards import guard

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _word(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "declarations",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("kind", _word(16), nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("body_sha256", _word(64), nullable=False),
        sa.Column("recorded_at", _word(27), nullable=False),
        sa.Column("effective_from", _word(27)),
        sa.Column("effective_until", _word(27)),
        sa.Column("ledger_index", _NUMBER, nullable=False),
        sa.UniqueConstraint("ledger_index"),
    )
    op.create_index("declarations_by_id", "declarations", ["kind", "id", "seq"])
    op.create_index("declarations_by_subject", "declarations", ["kind", "subject"])
    op.create_index("declarations_by_time", "declarations", ["recorded_at"])
    op.create_table(
        "declaration_works",
        sa.Column("seq", _NUMBER, sa.ForeignKey("declarations.seq"), primary_key=True),
        sa.Column("work", _TEXT, primary_key=True),
        sa.Column("relation", _word(16), primary_key=True),
    )
    op.create_index("declaration_works_by_work", "declaration_works", ["work", "relation"])
    op.create_table(
        "settings",
        sa.Column("name", _word(32), primary_key=True),
        sa.Column("value", _TEXT, nullable=False),
    )
    guard(op.get_bind(), "declarations", [["seq"], ["ledger_index"]])
    guard(op.get_bind(), "declaration_works", [["seq", "work", "relation"]])
    guard(op.get_bind(), "settings", [["name"]])

# SPDX-License-Identifier: Apache-2.0
"""Runs of the training gate, and models trained on what they cleared, stand beside the declarations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kyodaku.registry.migrations.guards import guard

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _word(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "runs",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("kind", _word(16), nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("body_sha256", _word(64), nullable=False),
        sa.Column("recorded_at", _word(27), nullable=False),
        sa.Column("ledger_index", _NUMBER, nullable=False),
        sa.UniqueConstraint("ledger_index"),
    )
    op.create_index("runs_by_id", "runs", ["kind", "id", "seq"])
    guard(op.get_bind(), "runs", [["seq"], ["ledger_index"]])

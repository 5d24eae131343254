# SPDX-License-Identifier: Apache-2.0
"""The ledger's entries of declarations are salted from here on, and the contents of a superseded one can be erased.

What was recorded before has no salt: its entry is the hash of its body alone, and stays what it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kyodaku.registry.migrations.guards import guard_but_erasing, unguard

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0004"
down_revision = "0003"

_SALT = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
_ERASED = {"body": "'{}'", "body_sha256": "''", "salt": "NULL"}
_KEPT = ("seq", "kind", "id", "subject", "recorded_at", "effective_from", "effective_until", "ledger_index")


def upgrade() -> None:
    """Add the column, and let the guard pass an erasure."""
    op.add_column("declarations", sa.Column("salt", _SALT))
    unguard(op.get_bind(), "declarations")
    guard_but_erasing(op.get_bind(), "declarations", [["seq"], ["ledger_index"]], _ERASED, _KEPT)

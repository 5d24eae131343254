# SPDX-License-Identifier: Apache-2.0
"""Declarations are found by all that they name, not by works alone; PostgreSQL keeps the ledger.

One table, ordered by name, takes the place of `declaration_works` and of two indexes of `declarations`: what concerns a
work is then found among millions of statements, and importing them touches one tree instead of four.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from kyodaku.registry.migrations.guards import guard, unguard

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_WORD = sa.String(16).with_variant(sa.String(16, collation="C"), "postgresql")
_ROWS = 1000


def upgrade() -> None:
    """Make the new tables, fill them from what was declared, drop what they replace."""
    connection = op.get_bind()
    links = op.create_table(
        "declaration_links",
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("relation", _WORD, primary_key=True),
        sa.Column("seq", _NUMBER, sa.ForeignKey("declarations.seq"), primary_key=True),
        sqlite_with_rowid=False,
    )
    batch: list[dict[str, Any]] = []
    for seq, kind, body in _declared(connection):
        batch += [{"name": name, "relation": relation, "seq": seq} for relation, name in _links(kind, json.loads(body))]
        if len(batch) >= _ROWS:
            connection.execute(sa.insert(links), batch)
            batch = []
    if batch:
        connection.execute(sa.insert(links), batch)
    guard(connection, "declaration_links", [["name", "relation", "seq"]])
    op.drop_table("declaration_works")
    op.drop_index("declarations_by_subject", "declarations")
    op.drop_index("declarations_by_time", "declarations")
    _tell_older_versions(connection)
    if connection.dialect.name == "postgresql":
        op.create_table(
            "ledger_entries",
            sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("entry", sa.LargeBinary, nullable=False),
            sa.Column("hashes", sa.LargeBinary, nullable=False),
        )
        guard(connection, "ledger_entries", [["seq"]])


def _declared(connection: sa.Connection) -> Iterator[tuple[int, str, str]]:
    """What is there, in chunks, as it may not fit into memory."""
    table = sa.table("declarations", sa.column("seq"), sa.column("kind"), sa.column("body"))
    last = -1
    while True:
        chosen = sa.select(table).where(table.c.seq > last).order_by(table.c.seq).limit(_ROWS)
        rows = connection.execute(chosen).all()
        if not rows:
            return
        yield from ((seq, kind, body) for seq, kind, body in rows)
        last = rows[-1][0]


def _links(kind: str, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """As `kyodaku.registry._rows.links_of` when this step was written."""
    if kind == "work":
        for relation in ("part_of", "derived_from"):
            yield from ((relation, each) for each in body.get(relation, ()))
    elif kind == "mandate":
        yield from ((relation, body[relation]) for relation in ("agent", "principal"))
    elif kind == "reference":
        yield "of", body["work"]
    elif kind == "permission" and "revokes" in body:
        yield "revokes", body["revokes"]
    elif kind == "permission":
        yield from (("catalogue", body["by"]) if each == "all" else ("about", each) for each in body["works"])
        if "under" in body:
            yield "under", body["under"]


def _tell_older_versions(connection: sa.Connection) -> None:
    """A version that knows no migrations looks at this setting alone, and would go on as if nothing had changed."""
    settings = sa.table("settings", sa.column("name"), sa.column("value"))
    unguard(connection, "settings")
    connection.execute(sa.update(settings).where(settings.c.name == "schema").values(value="2"))
    guard(connection, "settings", [["name"]])

# SPDX-License-Identifier: Apache-2.0
"""Alembic's way in: runs the steps in the transaction of the connection it is given."""

from __future__ import annotations

from alembic import context

__all__: list[str] = []

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():  # the caller's: all steps together, or none
    context.run_migrations()

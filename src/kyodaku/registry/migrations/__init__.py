# SPDX-License-Identifier: Apache-2.0
"""How the registry's tables came to be what they are, step by step; Alembic walks them.

`versions/` has one module a step. A step that was released is never changed, and rests on nothing that may change: it
spells its tables out. To add one: write it, name it in `kyodaku.registry._migrating.REVISIONS`, change `_tables`; the
tests hold the tables that the steps make against those of `_tables`, on every database.
"""

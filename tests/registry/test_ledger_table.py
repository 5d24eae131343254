# SPDX-License-Identifier: Apache-2.0
"""The ledger in a table: a proof takes the same few queries however many entries there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, create_engine, event

from kyodaku.ledger import Log, leaf_hash, verify_consistency, verify_inclusion
from kyodaku.registry._database import Put
from kyodaku.registry._ledger_table import TableStore
from kyodaku.registry._tables import ledger_entries

ENTRIES = 3000


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Log, list[str]]]:
    """A log of some thousand entries, and every query to its database."""
    engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('table') / 'log.sqlite'}")
    ledger_entries.create(engine)
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    @contextmanager
    def reading() -> Iterator[Connection]:
        with engine.connect() as connection:
            yield connection

    @contextmanager
    def writing() -> Iterator[tuple[Connection, Put]]:
        with engine.begin() as connection:

            def put(into: Table, rows: Sequence[tuple[Any, ...]]) -> None:
                connection.execute(into.insert(), [dict(zip(into.columns.keys(), row, strict=True)) for row in rows])

            yield connection, put

    log = Log.of(TableStore(Path("here"), "a table", reading, writing))
    log.append_many(b"entry %d" % number for number in range(ENTRIES))
    yield log, asked
    engine.dispose()


PROOFS: dict[str, Callable[[Log, bytes], None]] = {
    "inclusion": lambda log, root: verify_inclusion(
        leaf_hash(b"entry 1234"), 1234, ENTRIES, log.inclusion_proof(1234), root
    ),
    "consistency": lambda log, root: verify_consistency(
        1235, ENTRIES, log.consistency_proof(1235), log.root(1235), root
    ),
}


@pytest.mark.parametrize(("prove", "queries"), [(PROOFS["inclusion"], 3), (PROOFS["consistency"], 6)], ids=PROOFS)
def test_a_proof_takes_a_few_queries(
    table: tuple[Log, list[str]], prove: Callable[[Log, bytes], None], queries: int
) -> None:
    log, asked = table
    root = log.root()
    asked.clear()
    prove(log, root)
    assert len(asked) == queries  # the size, the hashes at the edge, the hashes of the proof; and so for a root


def test_the_size_of_an_earlier_log_is_no_matter(table: tuple[Log, list[str]]) -> None:
    log, _ = table
    for size in (1, 2, 255, 1024, 2999, ENTRIES):
        proof = log.inclusion_proof(size // 2, size)
        verify_inclusion(leaf_hash(b"entry %d" % (size // 2)), size // 2, size, proof, log.root(size))

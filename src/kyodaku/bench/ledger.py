# SPDX-License-Identifier: Apache-2.0
"""How the ledger bears many entries: appending them in batches, proving one, verifying and publishing all."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event

from kyodaku.bench.tables import table
from kyodaku.ledger import Log, PublishedLog, SigningKey, leaf_hash, publish, record, verify_inclusion
from kyodaku.registry._database import Put
from kyodaku.registry._ledger_table import TableStore

__all__ = ["LedgerCost", "ledger_markdown", "measure_ledger"]

BATCH: Final = 1000
"""Entries in one batch, as the training gate makes them of its rows."""
_BULK: Final = 50_000
"""Entries at once where a log is only to become long."""
_ASKED: Final = 300
_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL")
"""As the registry's own file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerCost:
    """What was measured; milliseconds are the median and the slowest of twenty. None: was not asked for."""

    store: str
    appended: int
    append_s: float
    entries: int
    proof_ms: tuple[float, float]
    verify_s: float
    stored_bytes: int
    publish_s: float | None = None
    published_proof_ms: tuple[float, float] | None = None

    @property
    def rate(self) -> float:
        """Entries appended in a second, each batch on disk before the next."""
        return self.appended / self.append_s


def measure_ledger(
    entries: int, folder: Path, *, appended: int, seed: int = 0, progress: Callable[[str], None]
) -> list[LedgerCost]:
    """Append to a log on files that grows to so many entries, and to one in a table of SQLite; prove, verify, publish.

    `appended` entries go in by batches of 1,000, and are timed; the rest of the log on files goes in by larger ones.
    """
    costs = [_on_files(entries, folder / "files", appended, Random(seed), progress)]  # noqa: S311 - no secret
    with _in_sqlite(folder / "ledger.sqlite") as log:
        progress("appending to SQLite")
        append_s = _append(log, appended, BATCH)
        proof_ms = _proofs(log, Random(seed))  # noqa: S311
        verify_s, _ = _timed(log.verify)
    costs.append(
        LedgerCost(
            store="SQLite",
            appended=appended,
            append_s=append_s,
            entries=appended,
            proof_ms=proof_ms,
            verify_s=verify_s,
            stored_bytes=sum(each.stat().st_size for each in folder.glob("ledger.sqlite*")),
        )
    )
    return costs


def _on_files(entries: int, folder: Path, appended: int, rng: Random, progress: Callable[[str], None]) -> LedgerCost:
    log = Log(folder / "log")
    progress("appending to files")
    append_s = _append(log, appended, BATCH)
    progress("growing")
    _append(log, entries - log.size, _BULK)
    proof_ms = _proofs(log, rng)
    progress("verifying")
    verify_s, _ = _timed(log.verify)
    progress("publishing")
    key = SigningKey.generate("bench")
    publish_s, _ = _timed(lambda: publish(log, folder / "www", key))
    return LedgerCost(
        store="files",
        appended=appended,
        append_s=append_s,
        entries=log.size,
        proof_ms=proof_ms,
        verify_s=verify_s,
        stored_bytes=sum(each.stat().st_size for each in log.directory.iterdir()),
        publish_s=publish_s,
        published_proof_ms=_proofs(PublishedLog(folder / "www", trust=key.public), rng),
    )


def _entry(number: int) -> bytes:
    digest = sha256(b"%d" % number).hexdigest()
    return record("clear-batch", time=_NOW, subject=f"run-{number // BATCH}", sha256=digest, batch=number)


def _append(log: Log, count: int, batch: int) -> float:
    """Append new entries; the seconds that it took, without making them."""
    spent, first = 0.0, log.size
    for start in range(first, first + count, batch):
        made = [_entry(number) for number in range(start, min(start + batch, first + count))]
        spent += _timed(lambda made=made: log.append_many(made))[0]  # type: ignore[misc]
    return spent


def _proofs(log: Log | PublishedLog, rng: Random) -> tuple[float, float]:
    """Proofs of entries drawn anew, each checked."""
    spent, size, root = [], log.size, log.root()
    for _ in range(_ASKED):
        index = rng.randrange(size)
        seconds, proof = _timed(lambda index=index: log.inclusion_proof(index, size))  # type: ignore[misc]
        verify_inclusion(leaf_hash(log.entry(index)), index, size, proof, root)
        spent.append(seconds * 1000)
    return statistics.median(spent), sorted(spent)[int(0.95 * (_ASKED - 1))]


@contextmanager
def _in_sqlite(path: Path) -> Iterator[Log]:
    """A log in the table that a shared registry has, in a file of SQLite."""
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE ledger_entries (seq INTEGER PRIMARY KEY, entry BLOB NOT NULL, hashes BLOB NOT NULL)")
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    try:
        yield Log.of(TableStore(path.parent, str(path), engine.connect, lambda: _writing(engine)))
    finally:
        engine.dispose()


@contextmanager
def _writing(engine: Engine) -> Iterator[tuple[Connection, Put]]:
    with engine.begin() as connection:

        def put(into: Table, rows: Sequence[tuple[Any, ...]]) -> None:
            connection.exec_driver_sql(f"INSERT INTO {into.name} VALUES (?, ?, ?)", [*rows])  # noqa: S608 - our own name

        yield connection, put


def _timed(do: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    done = do()
    return time.perf_counter() - began, done


def ledger_markdown(costs: Sequence[LedgerCost]) -> str:
    """A column for each store, with what is wanted."""
    rows: list[tuple[str, Callable[[LedgerCost], str]]] = [
        ("appended a second in batches of 1,000 (goal: 20,000)", lambda cost: f"{cost.rate:,.0f}"),
        ("entries then in the log", lambda cost: f"{cost.entries:,}"),
        ("one inclusion proof, ms (goal: 1)", lambda cost: _spread(cost.proof_ms)),
        ("verified a second", lambda cost: f"{cost.entries / cost.verify_s:,.0f}"),
        ("published a second", lambda cost: "—" if cost.publish_s is None else f"{cost.entries / cost.publish_s:,.0f}"),
        ("one inclusion proof from what is published, ms", lambda cost: _spread(cost.published_proof_ms)),
        ("bytes an entry", lambda cost: f"{cost.stored_bytes / cost.entries:,.0f}"),
    ]  # fmt: skip
    return table(["", *(cost.store for cost in costs)], [[name, *(say(cost) for cost in costs)] for name, say in rows])


def _spread(milliseconds: tuple[float, float] | None) -> str:
    return "—" if milliseconds is None else f"{milliseconds[0]:.2f} (slowest of twenty {milliseconds[1]:.2f})"

# SPDX-License-Identifier: Apache-2.0
"""A run that came to its end, opened to be read: what was asked, what was found, and the registry as it was then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.registry import Registry, Snapshot
from kyodaku.rights import RegimeFiles
from kyodaku.training._decided import DecidedRows
from kyodaku.training._record import RECORD, files_of_regime, open_journal, read_record, regime_of
from kyodaku.training._secret import RunSalts
from kyodaku.training.commitments import BATCH, RowProof, WorksTree, prove_row
from kyodaku.training.journal import Journal
from kyodaku.training.judge import Judge
from kyodaku.training.lineage import WorksInRun, works_trees
from kyodaku.training.use import use_from_json

__all__ = ["Finished", "finished_run", "holds_run"]


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A finished run's record, its results in the order of the corpus, and the snapshot from which it decided.

    `rows` are its decisions as they were committed to, in the same order as the results.
    """

    out: Path
    record: dict[str, Any]
    journal: Journal
    snapshot: Snapshot
    salts: RunSalts

    @property
    def id(self) -> str:
        """The run's name in the ledger."""
        return str(self.record["id"])

    @cached_property
    def rows(self) -> DecidedRows:
        """The decisions under the regime that decides."""
        return DecidedRows(self.out / "decisions.parquet")

    def judge(self) -> Judge:
        """Who decided: the use and the regimes as they were."""
        regimes = [regime_of(self.out, asked) for asked in self.record["regimes"]]
        return Judge.of(self.snapshot, use=use_from_json(self.record["use"]), regimes=regimes)

    def regime_files(self) -> RegimeFiles:
        """The files of the regime that decides, as it was."""
        return files_of_regime(self.out, self.record["regimes"][0])

    def row_proof(self, place: int) -> RowProof:
        """The proof that the decision at `place` is in its batch; IndexError for a place beyond the end."""
        batch = self.rows.batch(place // BATCH) if 0 <= place < len(self.rows) else []
        first = place - place % BATCH
        return prove_row(place, batch, [self.salts.row(first + index) for index in range(len(batch))])

    def works(self) -> dict[str, WorksTree]:
        """The trees over the works `found` in any clip and in a `cleared` one, made anew from the journal."""
        decides = self.record["regimes"][0]["id"]
        results = (result | {"decision": result["decisions"][decides]} for _, result in self.journal)
        return works_trees(WorksInRun.of(results, self.judge()), self.snapshot.rights, self.salts)


def holds_run(folder: Path) -> bool:
    """Whether `clear` wrote into this folder."""
    return (folder / RECORD).is_file()


@contextmanager
def finished_run(out: Path, registry: Registry) -> Iterator[Finished]:
    """The run in the folder `out`, of this workspace; neither its corpus nor its media need still be there.

    Raises `UsageError` for a run that has not come to its end, `IntegrityError` for one that was altered.
    """
    record = read_record(out / RECORD)
    if record is None:
        hint = "name the folder that `kyodaku clear` wrote into"
        raise UsageError("there is no run in this folder", where=str(out), hint=hint)
    if "finished_at" not in record:
        raise UsageError("this run has not come to its end", where=str(out), hint="go on with it: clear ... --resume")
    with open_journal(out, record, registry) as journal:
        if len(journal) != _clips(record):
            hint = "clear ... --resume makes it whole again"
            raise IntegrityError("the run's journal does not hold all its clips", where=str(out), hint=hint)
        snapshot = Snapshot.open(registry.snapshot_path(record["snapshot"]), verify=False)  # nothing is searched in it
        salts = RunSalts.of(registry, record["id"])
        yield Finished(out=out, record=record, journal=journal, snapshot=snapshot, salts=salts)


def _clips(record: dict[str, Any]) -> int:
    """How many clips the run said it had when it ended; -1 when it says nothing sensible."""
    try:
        return sum(next(iter(record["tallies"].values()))["clips"].values())
    except (KeyError, TypeError, AttributeError, StopIteration):
        return -1

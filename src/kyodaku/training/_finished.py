# SPDX-License-Identifier: Apache-2.0
"""A run that came to its end, opened to be read: what was asked, what was found, and the registry as it was then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.registry import Registry, Snapshot
from kyodaku.training._record import RECORD, open_journal, read_record
from kyodaku.training.journal import Journal

__all__ = ["Finished", "finished_run", "holds_run"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """A finished run's record, its results in the order of the corpus, and the snapshot from which it decided."""

    record: dict[str, Any]
    journal: Journal
    snapshot: Snapshot


def holds_run(folder: Path) -> bool:
    """Whether `clear` wrote into this folder."""
    return (folder / RECORD).is_file()


@contextmanager
def finished_run(out: Path, registry: Registry) -> Iterator[Finished]:
    """The run in the folder `out`, of this workspace; neither its corpus nor its media need still be there.

    Raises `UsageError` for a run that has not come to its end, `IntegrityError` for one that was altered.
    """
    record = read_record(out / RECORD)
    if record is None or "finished_at" not in record:
        raise UsageError("this run has not come to its end", where=str(out), hint="go on with it: clear ... --resume")
    with open_journal(out, record, registry) as journal:
        if len(journal) != _clips(record):
            hint = "clear ... --resume makes it whole again"
            raise IntegrityError("the run's journal does not hold all its clips", where=str(out), hint=hint)
        snapshot = Snapshot.open(registry.snapshot_path(record["snapshot"]), verify=False)  # nothing is searched in it
        yield Finished(record=record, journal=journal, snapshot=snapshot)


def _clips(record: dict[str, Any]) -> int:
    """How many clips the run said it had when it ended; -1 when it says nothing sensible."""
    try:
        return sum(next(iter(record["tallies"].values()))["clips"].values())
    except (KeyError, TypeError, AttributeError, StopIteration):
        return -1

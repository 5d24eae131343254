# SPDX-License-Identifier: Apache-2.0
"""Recorded runs: found by name, by one of their decisions, or by a table that they wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.registry import Kept, Registry, RunKind
from kyodaku.training._decided import DecidedRows
from kyodaku.training._record import RECORD, read_record
from kyodaku.training.commitments import WorksRoot
from kyodaku.training.use import as_text

__all__ = [
    "RecordedModel",
    "RecordedRun",
    "find_decision",
    "model_named",
    "recorded_models",
    "recorded_runs",
    "run_named",
    "run_of_table",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedRun:
    """A run as the registry has it: `body` is what was recorded, whose hash is in the ledger's entry."""

    id: str
    body: Mapping[str, Any]
    body_sha256: str
    recorded_at: datetime
    ledger_index: int

    @classmethod
    def of(cls, kept: Kept) -> Self:
        """What the registry kept."""
        return cls(
            id=kept.id,
            body=kept.body,
            body_sha256=kept.body_sha256,
            recorded_at=kept.recorded_at,
            ledger_index=kept.ledger_index,
        )

    @property
    def out(self) -> Path:
        """The folder that it wrote into, on the machine that it ran on."""
        return Path(self.body["out"])

    @property
    def is_here(self) -> bool:
        """Whether that folder is here and is still this run's."""
        try:
            record = read_record(self.out / RECORD)
        except KyodakuError:
            return False
        return record is not None and record["id"] == self.id

    @property
    def batches(self) -> tuple[int, ...]:
        """The ledger's entries of its batches of decisions."""
        return tuple(self.body["batches"])

    def works_root(self, which: str) -> WorksRoot:
        """What it committed to of the works `found` or `cleared`."""
        return WorksRoot.from_json(self.body["works"][which])

    def rows(self) -> DecidedRows:
        """Its decisions; KyodakuError when its folder is not here."""
        if not self.is_here:
            raise KyodakuError(f"the folder of {self.id} is not here", where=str(self.out), hint="bring it back there")
        return DecidedRows(self.out / "decisions.parquet")

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        stated = {name: held for name, held in self.body.items() if name != "salt"}
        return {
            **stated,
            "run": self.id,
            "recorded_at": as_text(self.recorded_at),
            "ledger_index": self.ledger_index,
            "is_here": self.is_here,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedModel:
    """A model as the registry has it."""

    id: str
    body: Mapping[str, Any]
    recorded_at: datetime
    ledger_index: int

    @classmethod
    def of(cls, kept: Kept) -> Self:
        """What the registry kept."""
        return cls(id=kept.id, body=kept.body, recorded_at=kept.recorded_at, ledger_index=kept.ledger_index)

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.body["name"])

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs that cleared what it was trained on."""
        return tuple(each["run"] for each in self.body["datasets"])

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        stated = {name: held for name, held in self.body.items() if name != "salt"}
        return {**stated, "model": self.id, "recorded_at": as_text(self.recorded_at), "ledger_index": self.ledger_index}


def recorded_runs(registry: Registry) -> tuple[RecordedRun, ...]:
    """Every run that came to its end here, the oldest first, each as it was last recorded."""
    return tuple(RecordedRun.of(kept) for kept in _latest(registry, "run"))


def recorded_models(registry: Registry) -> tuple[RecordedModel, ...]:
    """Every model that was recorded here, the oldest first."""
    return tuple(RecordedModel.of(kept) for kept in _latest(registry, "model"))


def run_named(registry: Registry, run: str) -> RecordedRun:
    """The run of this id; UsageError when none was recorded."""
    return RecordedRun.of(_named(registry, "run", run))


def model_named(registry: Registry, model: str) -> RecordedModel:
    """The model of this id; UsageError when none was recorded."""
    return RecordedModel.of(_named(registry, "model", model))


def _latest(registry: Registry, kind: RunKind) -> Iterable[Kept]:
    """Each of a kind as it was last kept, the oldest first."""
    return {kept.id: kept for kept in registry.kept_runs(kind)}.values()


def _named(registry: Registry, kind: RunKind, name: str) -> Kept:
    kept = registry.kept_runs(kind, name)
    if not kept:
        raise UsageError(f"no {kind} {name!r} is recorded", hint="`kyodaku runs list` names them")
    return kept[-1]


def run_of_table(registry: Registry, sha256: str, *, table: str = "cleared.parquet") -> RecordedRun | None:
    """The run that wrote this table; the latest, if several wrote the same."""
    found = None
    for kept in registry.kept_runs("run"):
        if kept.body["tables"].get(table) == sha256:
            found = RecordedRun.of(kept)
    return found


def find_decision(registry: Registry, decision_id: str) -> tuple[RecordedRun, int]:
    """The latest run with this decision, and the place of its clip there.

    Raises UsageError when no run whose folder is here has it; a folder whose table was altered is passed over, and
    told when the decision is nowhere else.
    """
    problems: list[str] = []
    for run, rows in _tables_here(registry, problems):
        place = rows.place_of(decision_id)
        if place is not None:
            return run, place
    if problems:
        raise IntegrityError(f"no sound run has the decision {decision_id}", where=problems[0])
    raise UsageError(f"no run whose folder is here has the decision {decision_id}", hint="`kyodaku runs list`")


def _tables_here(registry: Registry, problems: list[str]) -> Iterator[tuple[RecordedRun, DecidedRows]]:
    for run in reversed(recorded_runs(registry)):
        if run.is_here:
            try:
                yield run, run.rows()
            except KyodakuError as error:
                problems.append(str(error))

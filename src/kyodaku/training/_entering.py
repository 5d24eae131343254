# SPDX-License-Identifier: Apache-2.0
"""How a run goes into the ledger: its batches of decisions, its works trees, and the attestation over its tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kyodaku.examine import matcher_id
from kyodaku.ledger import attest, file_sha256, parse_record, record, root_of
from kyodaku.registry import Kept, Registry
from kyodaku.training._rows import readable
from kyodaku.training._secret import RunSalts
from kyodaku.training.commitments import BATCH, WorksTree, row_leaf
from kyodaku.training.lineage import WorksInRun
from kyodaku.training.run import Run
from kyodaku.training.tables import row_of, whole_file
from kyodaku.training.use import as_text

__all__ = ["ATTESTATION", "PREDICATE_TYPE", "TABLES", "enter_run", "log_batches"]

PREDICATE_TYPE = "https://kyodaku.example/attestations/clearance/v2"
ATTESTATION = "attestation.jsonl"
TABLES = ("decisions.parquet", "cleared.parquet")


def log_batches(run: Run, registry: Registry, regime: str, salts: RunSalts) -> list[int]:
    """Enters each batch of decisions into the ledger, once, and returns the entries' indexes.

    A run that was killed after an entry and before its outputs finds that entry again by its hash.
    """
    known = {
        fields["sha256"]: index
        for index, fields in _entries(registry, run.record["ledger_size"])
        if fields["type"] == "clear-batch" and fields["subject"] == run.id
    }
    indexes = []
    for number, (root, rows) in enumerate(_batch_roots(run, regime, salts)):
        if root not in known:
            known[root] = registry.ledger.append(
                record("clear-batch", time=datetime.now(UTC), subject=run.id, sha256=root, batch=number, rows=rows)
            )
        indexes.append(known[root])
    return indexes


def _write_attestation(
    run: Run,
    registry: Registry,
    *,
    tables: Mapping[str, str],
    indexes: Sequence[int],
    works: Mapping[str, Any],
    clips: Mapping[str, Any],
) -> None:
    """Signs, over both tables, what was asked, what was found, and where in the ledger it stands."""
    subjects = [{"name": name, "sha256": sha256} for name, sha256 in tables.items()]
    size = registry.ledger.size
    predicate = {
        "tool": f"kyodaku {version('kyodaku')}",
        "run": run.id,
        "corpus": run.record["corpus_fingerprint"],
        "use": run.record["use"],
        "regime": run.record["regimes"][0],
        "snapshot": run.snapshot.id,
        "matcher": matcher_id(run.snapshot.references),
        "clips": dict(clips),
        "works": dict(works),
        "ledger": {"entries": list(indexes), "size": size, "root": registry.ledger.root(size).hex()},
    }
    envelope = attest(subjects, PREDICATE_TYPE, predicate, registry.signing_key())
    with whole_file(run.out / ATTESTATION) as part:
        part.write_text(json.dumps(envelope) + "\n", encoding="utf-8")


def enter_run(
    run: Run,
    registry: Registry,
    *,
    indexes: Sequence[int],
    works: WorksInRun,
    trees: Mapping[str, WorksTree],
    summary: Mapping[str, Any],
) -> Kept:
    """Attests the run's tables and records the run; one that is recorded as it is stays as it was attested."""
    committed = {name: tree.committed.as_json() for name, tree in trees.items()}
    regime = run.record["regimes"][0]
    body = {
        "out": readable(str(run.out.absolute())),
        **{name: run.record[name] for name in ("corpus", "corpus_fingerprint", "use", "snapshot", "started_at")},
        "regime": regime,
        "matcher": matcher_id(run.snapshot.references),
        "clips": dict(summary["tallies"][regime["id"]]),
        "tables": {name: file_sha256(run.out / name) for name in TABLES},
        "batches": list(indexes),
        "works": committed,
        "cleared_works": dict(works.cleared),
    }
    for kept in registry.kept_runs("run", run.id)[-1:]:
        if _is_recorded(kept, body, run.out / ATTESTATION):
            return kept
    _write_attestation(run, registry, tables=body["tables"], indexes=indexes, works=committed, clips=body["clips"])
    body |= {"attestation": file_sha256(run.out / ATTESTATION), "finished_at": as_text(datetime.now(UTC))}
    stated = {f"{name}_{field}": value for name, tree in committed.items() for field, value in _stated(tree)}
    salt = next(iter(committed.values()))["salt_sha256"]
    return registry.keep_run("run", run.id, body, attestation=body["attestation"], works_salt=salt, **stated)


def _is_recorded(kept: Kept, body: Mapping[str, Any], attestation: Path) -> bool:
    same = all(kept.body.get(name) == held for name, held in body.items())
    return same and attestation.is_file() and file_sha256(attestation) == kept.body["attestation"]


def _stated(tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What of a works tree goes into the entry itself, so that a proof needs no more than the log."""
    return ((name, tree[name]) for name in ("root", "size"))


def _entries(registry: Registry, start: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for index, entry in enumerate(registry.ledger.entries(start), start):
        yield index, parse_record(entry)


def _batch_roots(run: Run, regime: str, salts: RunSalts) -> Iterator[tuple[str, int]]:
    """The Merkle root over each batch's rows, in hex, and how many they are."""
    leaves: list[bytes] = []
    for place, (_, result) in enumerate(run.under(regime)):
        leaves.append(row_leaf(row_of(result), salts.row(place)))
        if len(leaves) == BATCH:
            yield root_of(leaves).hex(), BATCH
            leaves = []
    if leaves:
        yield root_of(leaves).hex(), len(leaves)

# SPDX-License-Identifier: Apache-2.0
"""How a run goes into the ledger: its batches of decisions, its works trees, and the attestation over its tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kyodaku.examine import matcher_id
from kyodaku.ledger import attest, parse_record, record, root_of
from kyodaku.registry import Registry
from kyodaku.training._secret import RunSalts
from kyodaku.training.commitments import BATCH, row_leaf
from kyodaku.training.run import Run
from kyodaku.training.tables import row_of, whole_file

__all__ = ["PREDICATE_TYPE", "TABLES", "log_batches", "sha256_of", "write_attestation"]

PREDICATE_TYPE = "https://kyodaku.example/attestations/clearance/v2"
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


def write_attestation(
    run: Run,
    registry: Registry,
    *,
    indexes: Sequence[int],
    works: Mapping[str, Any],
    clips: Mapping[str, Any],
) -> None:
    """Signs, over both tables, what was asked, what was found, and where in the ledger it stands."""
    subjects = [{"name": name, "sha256": sha256_of(run.out / name)} for name in TABLES]
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
    with whole_file(run.out / "attestation.jsonl") as part:
        part.write_text(json.dumps(envelope) + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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

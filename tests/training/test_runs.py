# SPDX-License-Identifier: Apache-2.0
"""Runs are recorded with what they committed to, once, and found again by name and by decision."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.ledger import parse_record
from kyodaku.training import Cleared, clear, find_decision, load_use, recorded_runs, run_named
from kyodaku.training.runs import run_of_table
from kyodaku.workspace import Workspace
from support.studio import Studio


@pytest.fixture
def workspace(studio: Studio, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace like the studio's, to which runs are added."""
    with Workspace.open(shutil.copytree(studio.untouched, tmp_path / "workspace")) as opened:
        yield opened


@pytest.fixture
def cleared(studio: Studio, workspace: Workspace, tmp_path: Path) -> Cleared:
    return _clear(studio, workspace, tmp_path / "out")


def _clear(studio: Studio, workspace: Workspace, out: Path, *, resume: bool = False) -> Cleared:
    use = load_use(studio.use)
    return clear(str(studio.manifest), out, registry=workspace.registry, use=use, workers=2, resume=resume)


def test_a_run_is_recorded_once_with_what_it_committed_to(
    studio: Studio, workspace: Workspace, cleared: Cleared
) -> None:
    registry = workspace.registry
    (run,) = recorded_runs(registry)
    assert run == run_named(registry, cleared.run)
    assert run.is_here
    assert run.body["use"]["developer"] == "lab"
    assert run.body["cleared_works"] == {"granted": 1}
    tables = {name: hashlib.sha256((cleared.out / name).read_bytes()).hexdigest() for name in run.body["tables"]}
    assert tables == run.body["tables"]
    assert run_of_table(registry, tables["cleared.parquet"]) == run
    entry = parse_record(registry.ledger.entry(run.ledger_index))
    attestation = hashlib.sha256((cleared.out / "attestation.jsonl").read_bytes()).hexdigest()
    assert (entry["type"], entry["subject"], entry["attestation"]) == ("run", run.id, attestation)
    for which in ("found", "cleared"):
        root = run.works_root(which)
        assert (entry[f"{which}_root"], entry[f"{which}_size"]) == (root.root, root.size)
        assert entry["works_salt"] == root.salt_sha256
    assert registry.verify().runs == 1

    size = registry.ledger.size
    again = _clear(studio, workspace, cleared.out, resume=True)
    assert again.run == cleared.run
    assert recorded_runs(registry) == (run,)
    assert registry.ledger.size == size
    assert hashlib.sha256((cleared.out / "attestation.jsonl").read_bytes()).hexdigest() == attestation

    (cleared.out / "attestation.jsonl").unlink()  # as after a kill before it was written
    _clear(studio, workspace, cleared.out, resume=True)
    (anew,) = recorded_runs(registry)
    assert anew.ledger_index == size


def test_a_decision_is_found_by_its_id(workspace: Workspace, cleared: Cleared, tmp_path: Path) -> None:
    ids = pq.read_table(cleared.out / "decisions.parquet")["decision_id"].to_pylist()
    for place, decision_id in enumerate(ids):
        run, found = find_decision(workspace.registry, decision_id)
        assert (run.id, found) == (cleared.run, place)
    with pytest.raises(UsageError, match="no run whose folder is here"):
        find_decision(workspace.registry, "sha256:" + "0" * 64)
    (cleared.out / "decisions.parquet").write_bytes(b"not a table")
    with pytest.raises(IntegrityError, match="no sound run"):
        find_decision(workspace.registry, ids[0])
    cleared.out.rename(tmp_path / "elsewhere")
    assert not run_named(workspace.registry, cleared.run).is_here
    with pytest.raises(UsageError, match="no run whose folder is here"):
        find_decision(workspace.registry, ids[0])


def test_a_run_that_nobody_recorded_is_told(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no run 'run-0' is recorded"):
        run_named(workspace.registry, "run-0")

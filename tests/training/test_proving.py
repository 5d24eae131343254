# SPDX-License-Identifier: Apache-2.0
"""A run's proofs against its workspace's ledger: real clips, real decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.ledger import parse_record, verify_envelope
from kyodaku.registry import Registry
from kyodaku.rights import Work
from kyodaku.training import WorksRoot, clear, finished_run, load_use
from kyodaku.training._secret import RunSalts, workspace_secret
from kyodaku.training.commitments import verify_absent, verify_present, verify_row
from kyodaku.training.lineage import ancestry
from kyodaku.workspace import Workspace
from support.studio import EXPECTED, Studio


@pytest.fixture(scope="module")
def registry(studio: Studio) -> Iterator[Registry]:
    with Workspace.open(studio.workspace) as workspace:
        yield workspace.registry


@pytest.fixture(scope="module")
def out(studio: Studio, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("proving") / "out"
    clear(str(studio.manifest), folder, registry=registry, use=load_use(studio.use), workers=2)
    return folder


def predicate(out: Path, registry: Registry) -> dict[str, Any]:
    envelope = json.loads((out / "attestation.jsonl").read_text())
    stated: dict[str, Any] = verify_envelope(envelope, registry.signing_key().public)["predicate"]
    return stated


def test_each_decision_is_proven_from_its_table_by_its_batch_in_the_ledger(out: Path, registry: Registry) -> None:
    with finished_run(out, registry) as run:
        for place, row in enumerate(run.rows):
            entry = parse_record(registry.ledger.entry(run.rows.log_index(place)))
            proof = run.row_proof(place)
            assert (entry["type"], entry["subject"], entry["batch"]) == ("clear-batch", run.id, proof.batch)
            assert (entry["rows"], proof.row) == (len(EXPECTED), row)
            verify_row(proof, entry["sha256"], entry["rows"])
            assert run.rows.place_of(row["decision_id"]) == place
        assert run.rows.place_of("sha256:" + "0" * 64) is None
        for beyond in (-1, len(EXPECTED)):
            with pytest.raises(IndexError):
                run.row_proof(beyond)


def test_works_are_shown_to_be_found_cleared_or_neither(out: Path, registry: Registry) -> None:
    stated = {name: WorksRoot.from_json(tree) for name, tree in predicate(out, registry)["works"].items()}
    with finished_run(out, registry) as run:
        trees, salt = run.works(), run.salts.works
    assert {name: tree.committed for name, tree in trees.items()} == stated
    for work in ("granted", "refused", "silent"):
        verify_present(trees["found"].prove(work), stated["found"], salt)
    verify_present(trees["cleared"].prove("granted"), stated["cleared"], salt)
    for work in ("refused", "silent", "never-heard-of"):
        verify_absent(trees["cleared"].prove(work), stated["cleared"], salt)
    assert (stated["found"].size, stated["cleared"].size) == (3 + 2, 1 + 2)


def test_decisions_that_were_changed_are_not_proven(out: Path, registry: Registry, tmp_path: Path) -> None:
    table = pq.read_table(out / "decisions.parquet")
    root = parse_record(registry.ledger.entry(table["log_index"][0].as_py()))["sha256"]
    verdicts = table["verdict"].to_pylist()
    verdicts[1] = "permitted"
    place = table.schema.get_field_index("verdict")
    pq.write_table(table.set_column(place, table.schema.field(place), [verdicts]), tmp_path / "decisions.parquet")
    with finished_run(out, registry) as run:
        rows = type(run.rows)(tmp_path / "decisions.parquet")
        run.__dict__["rows"] = rows
        for number in range(len(rows)):
            with pytest.raises(IntegrityError):
                verify_row(run.row_proof(number), root, len(rows))


@pytest.mark.parametrize("content", [None, b"", b"PAR1 and nothing else"], ids=str)
def test_a_table_that_is_gone_or_broken_is_told_in_one_line(
    out: Path, registry: Registry, tmp_path: Path, content: bytes | None
) -> None:
    with finished_run(out, registry) as run:
        if content is not None:
            (tmp_path / "decisions.parquet").write_bytes(content)
        with pytest.raises(KyodakuError):
            type(run.rows)(tmp_path / "decisions.parquet")


def test_works_come_from_all_that_they_are_part_of_or_made_from() -> None:
    works = [
        Work(id="manga", kind="manga"),
        Work(id="series", kind="series", derived_from=("manga",)),
        Work(id="film", kind="film", part_of=("series",)),
        Work(id="ost", kind="music", part_of=("film",)),
        Work(id="sequel", kind="film", derived_from=("film",)),
    ]
    registered = {work.id: work for work in works}
    assert ancestry(["film"], registered) == {"film", "series", "manga"}
    assert ancestry(["sequel", "stranger"], registered) == {"sequel", "film", "series", "manga", "stranger"}


# --- the workspace's secret -------------------------------------------------------------------------------------------
def test_the_secret_is_made_once_and_is_for_its_owner_alone(registry: Registry) -> None:
    path = registry.directory / "keys" / "runs.secret"
    assert workspace_secret(registry) == workspace_secret(registry)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not list(path.parent.glob(".*.new"))


def test_salts_differ_by_run_place_and_purpose(registry: Registry) -> None:
    one, other = RunSalts.of(registry, "run-1"), RunSalts.of(registry, "run-2")
    salts = {one.works, other.works, *(each.row(place) for each in (one, other) for place in range(50))}
    assert len(salts) == 102
    assert RunSalts.of(registry, "run-1").row(7) == one.row(7)


@pytest.mark.parametrize("content", ["", "00" * 31, "zz" * 32, "許諾"])
def test_a_secret_that_is_none_is_told_in_one_line(tmp_path: Path, content: str) -> None:
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        (tmp_path / "w" / "keys" / "runs.secret").write_text(content, encoding="utf-8")
        with pytest.raises(IntegrityError, match=r"runs\.secret"):
            workspace_secret(workspace.registry)

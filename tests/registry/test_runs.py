# SPDX-License-Identifier: Apache-2.0
"""Runs and models are kept with their ledger entries, in both databases, and nobody changes them unseen."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.ledger import parse_record
from kyodaku.registry import Registry

BODY = {"use": {"developer": "lab"}, "clips": 3, "name": "走行"}


def test_a_run_is_kept_with_an_entry_that_tells_nothing_of_it(registry: Registry) -> None:
    kept = registry.keep_run("run", "run-1", BODY, attestation="ab" * 32)
    entry = parse_record(registry.ledger.entry(kept.ledger_index))
    assert (entry["type"], entry["subject"], entry["sha256"]) == ("run", "run-1", kept.body_sha256)
    assert entry["attestation"] == "ab" * 32
    assert registry.kept_runs("run") == (kept,)
    assert registry.kept_runs("model") == registry.kept_runs("run", "run-2") == ()
    assert {name: kept.body[name] for name in BODY} == BODY
    assert registry.keep_run("run", "run-1", BODY).body_sha256 != kept.body_sha256
    assert len(registry.kept_runs("run", "run-1")) == 2
    assert registry.verify().runs == 2


def test_what_was_not_kept_is_not_in_the_database(registry: Registry) -> None:
    with pytest.raises(ValueError, match="not representable"):
        registry.keep_run("run", "run-1", {"share": float("nan")})
    assert registry.kept_runs("run") == ()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        """UPDATE runs SET body = replace(body, '"clips":3', '"clips":4')""",
        "UPDATE runs SET id = 'run-2'",
        "UPDATE runs SET kind = 'model'",
        "UPDATE runs SET ledger_index = 0",
        "UPDATE runs SET ledger_index = 999",
    ],
)
def test_a_run_that_was_changed_is_named(studio: Registry, change: str) -> None:
    studio.keep_run("run", "run-1", BODY)
    with closing(sqlite3.connect(studio.directory / "registry.sqlite")) as connection:
        with pytest.raises(sqlite3.DatabaseError, match="nothing is edited"):
            connection.execute(change)
        connection.execute("DROP TRIGGER runs_no_update")
        connection.execute(change)
        connection.commit()
    with pytest.raises(IntegrityError, match="run-"):
        studio.verify()


def test_a_workspace_without_its_key_keeps_no_run(registry: Registry) -> None:
    (registry.directory / "keys" / "ledger.key").unlink()
    with pytest.raises(KyodakuError, match="key"):
        registry.keep_run("run", "run-1", BODY)
    assert registry.ledger.size == 0

# SPDX-License-Identifier: Apache-2.0
"""What is recorded of runs and models, in the database and in the ledger: a row that was removed or altered is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.registry import Kept, Registry
from kyodaku.training import run_named
from kyodaku.workspace import Workspace
from support.commands import kyo

RUN = {"out": "/nowhere", "use": {"developer": "lab"}, "tables": {}, "cleared_works": {"film-1": 3}}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Workspace.open(tmp_path / "workspace", create=True) as opened:
        yield opened.registry


@pytest.fixture
def run(registry: Registry) -> Kept:
    return registry.keep_run("run", "run-1", RUN)


def changed(registry: Registry, deed: str) -> None:
    database = registry.directory / "registry.sqlite"
    with sqlite3.connect(database) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(deed)
    connection.close()


def test_a_run_or_a_model_whose_row_was_removed_is_named_by_its_entry(registry: Registry, run: Kept) -> None:
    model = registry.keep_run("model", "model-1", {"name": "video-1"})
    assert (registry.verify().runs, registry.verify().unrecorded) == (2, ())
    changed(registry, "DELETE FROM runs WHERE kind = 'model'")
    assert (registry.verify().runs, registry.verify().unrecorded) == (1, (model.ledger_index,))
    changed(registry, "DELETE FROM runs")
    assert registry.verify().unrecorded == (run.ledger_index, model.ledger_index)
    told = kyo("ledger", "verify", "--workspace", registry.directory, cwd=registry.directory).stdout
    assert f"the runs or models of entries {run.ledger_index}, {model.ledger_index}" in told


def test_a_run_whose_row_was_altered_is_not_shown_as_if_it_were_the_recorded_one(registry: Registry, run: Kept) -> None:
    assert run_named(registry, "run-1").body == run.body
    changed(registry, "UPDATE runs SET body = replace(body, 'film-1', 'film-2')")
    for look in (lambda: run_named(registry, "run-1"), registry.verify):
        with pytest.raises(IntegrityError, match="does not hash"):
            look()


def test_an_id_that_is_no_text_names_no_run(registry: Registry, run: Kept) -> None:
    for name in ("run-\udcff", "run-\0", "RUN-1"):
        with pytest.raises(UsageError, match="is recorded"):
            run_named(registry, name)

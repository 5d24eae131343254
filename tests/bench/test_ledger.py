# SPDX-License-Identifier: Apache-2.0
"""Measuring the ledger: the logs are what they are said to be, and what is measured is told."""

from __future__ import annotations

import json
from pathlib import Path

from kyodaku.bench.ledger import ledger_markdown, measure_ledger
from kyodaku.ledger import Log, PublishedLog
from support.commands import kyo


def test_what_is_measured_is_a_log_of_that_many_entries(tmp_path: Path) -> None:
    told: list[str] = []
    costs = measure_ledger(700, tmp_path, appended=300, progress=told.append)
    assert told[0] == "appending to files"
    log = Log(tmp_path / "files" / "log", create=False)
    assert (log.verify(), PublishedLog(tmp_path / "files" / "www").verify()) == (700, 700)
    assert [(cost.store, cost.appended, cost.entries) for cost in costs] == [("files", 300, 700), ("SQLite", 300, 300)]
    for cost in costs:
        assert min(cost.rate, *cost.proof_ms, cost.verify_s, cost.stored_bytes) > 0
    text = ledger_markdown(costs)
    assert "| entries then in the log | 700 | 300 |" in text
    assert "| published a second | " in text


def test_the_command_writes_what_it_measured(tmp_path: Path) -> None:
    done = kyo("bench", "ledger", "--entries", "300", "--appended", "500", "-o", "out", "--json", cwd=tmp_path)
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "ledger.json").read_text(encoding="utf-8"))
    assert "SQLite" in kyo("bench", "ledger", "--entries", "300", "--appended", "300", cwd=tmp_path).stdout

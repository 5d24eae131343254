# SPDX-License-Identifier: Apache-2.0
"""`bench gateway` on its smallest load: both sides answer, and what the gate adds is told."""

from __future__ import annotations

import json
from pathlib import Path

from support.commands import kyo


def test_the_cost_of_the_gate_is_told_beside_the_bare_server(tmp_path: Path) -> None:
    load = ("--rate", "20", "--seconds", "1", "--rounds", "1", "--entities", "20")
    told = kyo("bench", "gateway", *load, "-o", tmp_path / "out", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "through the gate" in told.stdout
    document = json.loads((tmp_path / "out" / "gateway.json").read_text(encoding="utf-8"))
    rounds = {each["side"]: each for each in document["rounds"]}
    assert rounds["bare"]["statuses"] == {"200": 20}
    assert sum(rounds["gate"]["statuses"].values()) == 20
    assert set(rounds["gate"]["statuses"]) <= {"200", "400"}
    assert (tmp_path / "out" / "gateway.md").read_text(encoding="utf-8").count("|") > 20

# SPDX-License-Identifier: Apache-2.0
"""What reading signals costs: measured on films that really carry them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from kyodaku.bench.drawing import draw_film
from kyodaku.bench.signals import GOAL, SignalCost, signal_costs, signals_markdown
from kyodaku.cli import main


def test_each_kind_of_film_is_read_and_fingerprinted(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "film.mp4", seed=1, seconds=2)
    costs = signal_costs([film], tmp_path / "kept", rounds=1)
    assert [(cost.kept, cost.found) for cost in costs] == [
        ("nothing", 0),
        ("PLUS in XMP", 3),
        ("Content Credentials", 1),
    ]
    assert all(cost.ratio > 0 and cost.fingerprint_ms > 0 for cost in costs)


def test_the_goal_is_a_share_of_fingerprinting() -> None:
    costs = [
        SignalCost(kept="x", films=2, found=2, read_ms=1, fingerprint_ms=10, ratio=ratio, cpu_ratio=0.1)
        for ratio in (GOAL, GOAL + 0.001)
    ]
    assert [cost.meets_goal for cost in costs] == [True, False]
    assert "| x | 1 | 1.00 | 10.0 | 5.00% | 10.00% |" in signals_markdown(costs)


def test_the_command_writes_what_it_measured(tmp_path: Path) -> None:
    arguments = ["bench", "signals", "--films", "1", "--seconds", "1", "--rounds", "1", "-o", str(tmp_path), "--json"]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert json.loads(done.stdout) == json.loads((tmp_path / "signals.json").read_text())
    assert (tmp_path / "signals.md").read_text().startswith("# Signals inside films")

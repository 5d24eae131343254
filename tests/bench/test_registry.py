# SPDX-License-Identifier: Apache-2.0
"""Measuring the registry: what is made up is sound, and what is measured is told."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from kyodaku.bench.registry import HOLDERS, Size, measure_registry, registry_markdown, statements
from kyodaku.registry import Registry
from support.commands import kyo


def test_declarations_are_made_up_by_a_rule() -> None:
    size = Size(works=100, permissions=500)
    items = list(statements(size))
    assert items == list(statements(size))
    counted = Counter(item["section"] for item in items)
    assert (counted["works"], counted["permissions"]) == (100, 500)
    assert sum(len(item.get("shares", ())) for item in items) == 100 * HOLDERS
    kinds = Counter(item["kind"] for item in items if item["section"] == "permissions")
    assert set(kinds) == {"grant", "refusal", "revocation"}


def test_what_is_measured_is_the_registry_with_all_of_it(tmp_path: Path) -> None:
    size = Size(works=40, permissions=300)
    told: list[str] = []
    cost = measure_registry(size, tmp_path, progress=told.append)
    assert told[0] == "importing, 0 so far"
    with Registry.open(tmp_path / "workspace") as registry:
        sound = registry.verify()
        assert sound.declarations == cost.declarations == sum(1 for _ in statements(size))
        assert len(registry.record().permissions) == 300
    assert min(cost.rate, *cost.show_ms, *cost.decision_ms, cost.stored_bytes) > 0
    assert "| works, shares, statements | 40, 120, 300 |" in registry_markdown([cost])


def test_the_command_writes_what_it_measured(tmp_path: Path) -> None:
    done = kyo("bench", "registry", "--works", "20", "--permissions", "100", "-o", "out", "--json", cwd=tmp_path)
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "registry.json").read_text(encoding="utf-8"))
    assert "SQLite" in kyo("bench", "registry", "--works", "20", "--permissions", "100", cwd=tmp_path).stdout
    assert (tmp_path / "out" / "registry.md").read_text(encoding="utf-8").startswith("|")

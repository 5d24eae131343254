# SPDX-License-Identifier: Apache-2.0
"""Decisions that wait for the ledger: none is lost, whatever the ledger says."""

from __future__ import annotations

import pytest

from kyodaku.generation import PromptGate, demand, entering_later
from kyodaku.generation.entering import Decided, Setting
from kyodaku.generation.entering_later import Entering
from kyodaku.registry import Registry


def test_decisions_outlast_a_ledger_that_fails(
    registry: Registry, gate: PromptGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sum(each.asked for each in demand(registry, "studio"))
    with Entering(registry) as entering:
        with monkeypatch.context() as broken:
            broken.setattr(entering_later, "enter_all", _refuse)
            decided = Decided.of_prompt(gate, gate.decide("Borro Tidewhisker dances"), keep=False)
            entering.add(Setting.of(gate), decided)
            entering.flush()
        assert sum(each.asked for each in demand(registry, "studio")) == before
    assert sum(each.asked for each in demand(registry, "studio")) == before + 1


def _refuse(*_: object) -> None:
    raise ConnectionResetError("the database went away")

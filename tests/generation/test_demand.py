# SPDX-License-Identifier: Apache-2.0
"""What a holder learns: how often its works were asked for and under which terms; nothing of prompts or people."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from kyodaku.generation.demand import Demand
from support.generating import Clock, answer


def test_each_work_is_counted_by_verdict_and_licence(tmp_path: Path, clock: Clock) -> None:
    demand = Demand(tmp_path, clock=clock)
    refused, permitted = answer("refused", "prompt"), answer("permitted", "output")
    (ground,) = permitted.decision.grounds
    licensed = replace(
        permitted, decision=replace(permitted.decision, grounds=(replace(ground, permission="grant-1"),))
    )
    for given in (refused, refused, permitted, licensed):
        demand.add(given)
    (report,) = demand.of(["film-1", "film-2"])
    assert report.as_json() == {
        "work": "film-1",
        "times": 4,
        "verdicts": {"permitted": 2, "refused": 2},
        "permissions": {"grant-1": 1},
    }
    assert demand.of(["film-2"]) == []
    assert demand.totals() == {("prompt", "refused", "jp-prior"): 2, ("output", "permitted", "jp-prior"): 2}


def test_old_days_are_left_out(tmp_path: Path, clock: Clock) -> None:
    demand = Demand(tmp_path, clock=clock)
    demand.add(answer("refused"))
    clock.go_on(days=91)
    assert demand.of(["film-1"]) == []
    assert demand.of(["film-1"], days=100)[0].times == 1


def test_answers_about_nothing_registered_are_nobodys(tmp_path: Path, clock: Clock) -> None:
    demand = Demand(tmp_path, clock=clock)
    empty = answer("permitted")
    demand.add(replace(empty, decision=replace(empty.decision, grounds=())))
    assert demand.of(["film-1"]) == []
    assert sum(demand.totals().values()) == 1


def test_several_at_once_lose_no_count(tmp_path: Path, clock: Clock) -> None:
    def add() -> None:
        mine = Demand(tmp_path, clock=clock)
        for _ in range(20):
            mine.add(answer("refused"))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Demand(tmp_path, clock=clock).of(["film-1"])[0].times == 80

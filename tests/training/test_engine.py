# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from kyodaku.errors import KyodakuError
from kyodaku.training.engine import Done, LocalEngine

TESTS = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _workers_find_the_support_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))


def run(tasks: list[dict[str, Any]], *, workers: int = 2, clip_s: float = 30.0, start: str = "") -> list[Done]:
    engine = LocalEngine(workers=workers, clip_s=clip_s, module="support.echo_worker")
    numbered = [{"index": index, **task} for index, task in enumerate(tasks)]
    return sorted(engine.run({"start": start}, numbered), key=lambda done: done.task["index"])


def test_every_task_is_done_once_by_few_processes() -> None:
    done = run([{} for _ in range(40)], workers=2)
    assert [one.result["echo"] for one in done if one.result] == list(range(40))
    assert len({one.result["pid"] for one in done if one.result}) == 2


def test_a_long_answer_comes_whole() -> None:
    (done,) = run([{"pad": 3_000_000}], workers=1)
    assert done.result is not None
    assert len(done.result["pad"]) == 3_000_000


@pytest.mark.parametrize(
    ("death", "fault"),
    [
        ("die", "crashed: the worker died (signal SIGKILL) and was replaced"),
        ("exit", "crashed: the worker died (out of memory in a codec) and was replaced"),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_that_kills_its_worker_costs_only_itself(death: str, fault: str, workers: int) -> None:
    done = run([{}, {"do": death}, {}, {"do": death}, {}], workers=workers)
    assert [one.fault for one in done] == [None, fault, None, fault, None]
    assert [one.result is None for one in done] == [False, True, False, True, False]


def test_a_task_that_hangs_is_ended_in_time() -> None:
    done = run([{"do": "hang"}, {}, {}], workers=2, clip_s=1.5)
    assert done[0].fault is not None
    assert done[0].fault.startswith("timed_out: no answer within 2 s")
    assert [one.fault for one in done[1:]] == [None, None]


@pytest.mark.parametrize(("start", "why"), [("fatal", "the snapshot cannot be read"), ("die", "no such snapshot")])
def test_a_worker_that_cannot_start_ends_the_run_with_its_reason(start: str, why: str) -> None:
    with pytest.raises(KyodakuError, match=f"a worker could not start: {why}"):
        run([{}], start=start)


def test_stopping_early_leaves_no_process() -> None:
    engine = LocalEngine(workers=2, clip_s=30.0, module="support.echo_worker")
    answers = engine.run({}, [{"index": index} for index in range(10)])
    first = next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert first.result is not None
    with pytest.raises(ProcessLookupError):
        os.kill(first.result["pid"], 0)

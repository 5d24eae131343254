# SPDX-License-Identifier: Apache-2.0
"""What a holder learns of the demand for its works, and nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.generation import PromptGate, demand, enter
from kyodaku.registry import Registry
from kyodaku.rights import Use, load_regime
from support.walrus import CLARA, DESCRIBED, registry_at


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, use: Use) -> Iterator[Registry]:
    with registry_at(tmp_path_factory.mktemp("demand")) as registry:
        gate = PromptGate.of(registry.snapshot(), use=replace(use, at=datetime.now(UTC)), regime=load_regime())
        for batch in (
            ["Borrolino", "a heron", DESCRIBED],
            ["Mirelda Fogsworth and Borrolino", "Mirelda Fogsworth", CLARA],
        ):
            enter(registry, gate, [gate.decide(text) for text in batch])
        yield registry


def test_a_holder_learns_how_often_each_work_was_asked_for_and_what_came_of_it(asked: Registry) -> None:
    told = [each.as_json() for each in demand(asked, "studio")]
    none = {"permitted": 0, "permitted_with_duties": 0, "review": 0, "refused": 0}
    assert told == [
        {"work": "borro", "asked": 3, "verdicts": {**none, "review": 1, "refused": 2}, "permissions": {"for-sale": 2}},
        {
            "work": "granted",
            "asked": 2,
            "verdicts": {**none, "permitted_with_duties": 1, "refused": 1},
            "permissions": {"yes": 2},
        },
    ]


def test_a_holder_learns_nothing_of_the_works_of_others(asked: Registry) -> None:
    assert [each.work for each in demand(asked, "agency")] == ["clara"]
    assert demand(asked, "lab") == ()
    with pytest.raises(UsageError, match="unknown party 'nobody'"):
        demand(asked, "nobody")


def test_the_demand_of_a_time_is_counted(asked: Registry) -> None:
    now = datetime.now(UTC)
    assert demand(asked, "studio", since=now + timedelta(hours=1)) == ()
    assert demand(asked, "studio", since=now - timedelta(hours=1)) == demand(asked, "studio")


def test_what_was_changed_is_not_counted(asked: Registry) -> None:
    path = next((asked.directory / "generation").glob("*.jsonl"))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"refused", b"permitted").replace(b"borro", b"granted"))
    try:
        with pytest.raises(IntegrityError):
            demand(asked, "studio")
    finally:
        path.write_bytes(content)

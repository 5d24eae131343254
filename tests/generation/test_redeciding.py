# SPDX-License-Identifier: Apache-2.0
"""Decisions of the generation gate are made again from what is kept of them, or it is told that they are not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.generation import PromptGate, UnknownDecisionError, enter, redecide_moment
from kyodaku.registry import Registry
from kyodaku.rights import Use, load_regime
from support.commands import kyo
from support.walrus import DESCRIBED, registry_at

TEXTS = ("a heron over the bay", "ぼろすけが踊る", "Mirelda Fogsworth walks", DESCRIBED)


@pytest.fixture
def kept(tmp_path: Path, use: Use) -> Iterator[tuple[Registry, list[str]]]:
    """A registry in which four prompts were decided, and the decisions' ids."""
    with registry_at(tmp_path / "workspace") as registry:
        gate = PromptGate.of(
            registry.snapshot(), use=replace(use, at=datetime.now(UTC)), regime=load_regime("jp-prior")
        )
        decided = [gate.decide(text) for text in TEXTS]
        for each in decided:
            enter(registry, gate, [each])
        yield registry, [each.decision.decision_id for each in decided]


def changed(registry: Registry, decision_id: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Alters what is kept of a decision and is in no entry of the ledger by itself."""
    for path in (registry.directory / "generation").glob("*.jsonl"):
        line = json.loads(path.read_text())
        if line["decision_id"] == decision_id:
            change(line)
            path.write_text(json.dumps(line))


def test_every_decision_is_made_again(kept: tuple[Registry, list[str]]) -> None:
    registry, ids = kept
    verdicts = ["permitted", "refused", "permitted_with_duties", "review"]
    for decision_id, verdict in zip(ids, verdicts, strict=True):
        again = redecide_moment(registry, decision_id)
        assert (again.moment, again.decision.verdict, again.decision.decision_id) == ("prompt", verdict, decision_id)
        told = again.as_json()
        assert (told["same_as_recorded"], told["use"]["developer"], told["regime"]["id"]) == (True, "lab", "jp-prior")
        assert "heron" not in json.dumps(told, ensure_ascii=False)


def test_facts_that_were_altered_do_not_lead_to_the_decision(kept: tuple[Registry, list[str]]) -> None:
    registry, (_, refused, *_) = kept
    changed(registry, refused, lambda line: line["use"].update(developer="other"))
    with pytest.raises(IntegrityError, match="what the workspace keeps leads to refused"):
        redecide_moment(registry, refused)
    changed(registry, refused, lambda line: line["facts"].update(works="all"))
    with pytest.raises(UsageError):
        redecide_moment(registry, refused)
    changed(registry, refused, lambda line: line.pop("facts"))
    with pytest.raises(UsageError, match="nothing is kept that it could be made from again"):
        redecide_moment(registry, refused)
    changed(registry, refused, lambda line: line.update(verdict="permitted"))
    with pytest.raises(IntegrityError, match="not the decisions that are in the ledger"):
        redecide_moment(registry, refused)


def test_a_regime_that_is_another_by_now_is_told(kept: tuple[Registry, list[str]]) -> None:
    registry, (permitted, *_) = kept
    changed(registry, permitted, lambda line: line["regime"].update(sha256="sha256:0", version="2020.1"))
    with pytest.raises(UsageError, match=r"and was 2020\.1"):
        redecide_moment(registry, permitted)


def test_what_was_never_decided_is_said(kept: tuple[Registry, list[str]]) -> None:
    for unknown in ("sha256:00", "permitted"):
        with pytest.raises(UnknownDecisionError):
            redecide_moment(kept[0], unknown)
    with pytest.raises(UsageError, match="no decision is called"):
        redecide_moment(kept[0], "sha256:\n")


def test_the_command_finds_decisions_on_prompts(kept: tuple[Registry, list[str]], tmp_path: Path) -> None:
    ids = kept[1]
    told = kyo("explain", ids[1], "--workspace", kept[0].directory, cwd=tmp_path)
    assert told.returncode == 0
    assert "prompt  asked by lab" in told.stdout
    assert "made again: the same as was recorded (entry" in told.stdout
    unknown = kyo("explain", "sha256:00", "--workspace", kept[0].directory, cwd=tmp_path)
    assert (unknown.returncode, "has the decision sha256:00" in unknown.stderr) == (2, True)

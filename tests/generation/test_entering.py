# SPDX-License-Identifier: Apache-2.0
"""Decisions on prompts in the ledger: bound to the texts, which are not kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.generation import PromptGate, check_entered, enter
from kyodaku.ledger import commitment, parse_record
from kyodaku.registry import Registry

TEXTS = ("a heron over the bay \ud800", "Borro Tidewhisker dances")


def test_a_batch_is_one_entry_and_the_texts_are_not_kept(registry: Registry, gate: PromptGate) -> None:
    entered = enter(registry, gate, [gate.decide(text) for text in TEXTS])
    stated = parse_record(registry.ledger.entry(entered.index))
    assert (stated["type"], stated["subject"], stated["decisions"]) == ("generation-batch", "lab", 2)
    lines = list(check_entered(registry, entered.index))
    assert [(line["verdict"], line["works"]) for line in lines] == [("permitted", []), ("refused", ["borro"])]
    for line, text in zip(lines, TEXTS, strict=True):
        assert line["asked"] == commitment(text.encode("utf-8", "surrogatepass"), bytes.fromhex(line["salt"]))
    everything = b"".join(path.read_bytes() for path in registry.directory.rglob("*") if path.is_file())
    assert b"over the bay" not in everything
    registry.verify()


def test_a_text_is_kept_where_that_is_asked_for(registry: Registry, gate: PromptGate) -> None:
    entered = enter(registry, gate, [gate.decide(TEXTS[0])], keep=True)
    (line,) = check_entered(registry, entered.index)
    assert line["text"] == r"a heron over the bay \ud800"


def test_lines_that_were_changed_are_told(registry: Registry, gate: PromptGate) -> None:
    index = enter(registry, gate, [gate.decide(text) for text in TEXTS]).index
    path: Path = registry.directory / "generation" / f"{index}.jsonl"
    first, second = path.read_text().splitlines()
    for changed in (first, f"{second}\n{first}", f"{first}\n{second.replace('refused', 'permitted')}", "[]", "no"):
        path.write_text(changed)
        with pytest.raises(IntegrityError, match="not the decisions that are in the ledger"):
            list(check_entered(registry, index))
    path.unlink()
    with pytest.raises(KyodakuError, match="cannot be read"):
        list(check_entered(registry, index))


def test_a_text_can_be_erased_from_what_was_kept(registry: Registry, gate: PromptGate) -> None:
    index = enter(registry, gate, [gate.decide(TEXTS[1])], keep=True).index
    path: Path = registry.directory / "generation" / f"{index}.jsonl"
    line = json.loads(path.read_text())
    del line["text"]
    path.write_text(json.dumps(line))
    assert len(list(check_entered(registry, index))) == 1

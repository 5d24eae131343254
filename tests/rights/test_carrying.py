# SPDX-License-Identifier: Apache-2.0
"""Regimes carried as bytes: the same digest, the same decisions, and nothing taken from what is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kyodaku.errors import UsageError
from kyodaku.rights import REGIMES, Regime, RegimeFiles, carried_regime, load_regime

HOUSE = """\
id: house
version: "1"
extends: jp-prior
title: {en: House rules, ja: 社内規程}
"""


@pytest.mark.parametrize("name", REGIMES)
def test_a_shipped_regime_is_read_from_its_bytes(name: str) -> None:
    carried = carried_regime(name)
    assert RegimeFiles.of(carried.files).regime() == load_regime(name)


@pytest.mark.parametrize("policy", [None, "review", "permit"])
def test_a_regime_that_changes_another_carries_it(tmp_path: Path, policy: str | None) -> None:
    mine = tmp_path / "house.yaml"
    mine.write_text(HOUSE, encoding="utf-8")
    carried = carried_regime(mine, unidentified=policy)
    mine.unlink()
    assert set(carried.files) == {"table.yaml", "base.yaml", "words.yaml"}
    assert RegimeFiles.of(carried.files, policy).regime().id == "house"
    mine.write_text(HOUSE, encoding="utf-8")
    assert carried.regime().sha256 == load_regime(str(mine), unidentified=policy).sha256


def test_a_file_that_changes_while_it_is_read_is_not_carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "house.yaml"
    mine.write_text(HOUSE, encoding="utf-8")

    def load_and_change(*given: Any, **named: Any) -> Regime:
        loaded = load_regime(*given, **named)
        mine.write_text(HOUSE.replace('"1"', '"2"'), encoding="utf-8")
        return loaded

    monkeypatch.setattr("kyodaku.rights.carrying.load_regime", load_and_change)
    with pytest.raises(UsageError, match="changed while it was read"):
        carried_regime(mine)


def test_another_word_or_policy_is_another_regime() -> None:
    carried = carried_regime("jp-prior")
    words = carried.files["words.yaml"].replace(b"en: training", b"en: learning")
    assert words != carried.files["words.yaml"]
    digests = {
        carried.regime().sha256,
        RegimeFiles.of({**carried.files, "words.yaml": words}).regime().sha256,
        RegimeFiles.of(carried.files, "permit").regime().sha256,
    }
    assert len(digests) == 3


def test_what_is_no_regime_is_refused() -> None:
    files = carried_regime("opt-out").files
    for others, policy in (
        ({}, None),
        ({"table.yaml": files["table.yaml"]}, None),
        ({**files, "more.yaml": b""}, None),
        ({**files, "words.yaml": b"\xff"}, None),
        ({**files, "table.yaml": b"a" * 5_000_000}, None),
        ({**files, "table.yaml": HOUSE.encode()}, None),
        ({**files, "table.yaml": HOUSE.encode(), "base.yaml": HOUSE.encode()}, None),
        (files, "allow"),
        (files, 7),
    ):
        with pytest.raises(UsageError):
            RegimeFiles.of(others, policy).regime()

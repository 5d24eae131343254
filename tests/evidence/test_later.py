# SPDX-License-Identifier: Apache-2.0
"""Years later: the regime's file is another, and the run is still proven by the one that it decided by."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.evidence import packed, prove, redecide, verify_pack
from kyodaku.registry import Registry
from kyodaku.training import Cleared, clear, load_use
from support.studio import Studio

HOUSE = """\
id: house
version: "1"
extends: jp-prior
title: {en: House rules, ja: 社内規程}
"""


@pytest.fixture
def later(studio: Studio, registry: Registry, tmp_path: Path) -> Cleared:
    """A run by a regime whose file was changed afterwards."""
    regime = tmp_path / "house.yaml"
    regime.write_text(HOUSE, encoding="utf-8")
    manifest = studio.manifest.with_name("later.csv")
    manifest.write_text("clip_id,uri\nnone,none.mp4\n", encoding="utf-8")
    use, out = load_use(studio.use), tmp_path / "out"
    cleared = clear(str(manifest), out, registry=registry, use=use, regime=str(regime), workers=1)
    regime.write_text(HOUSE.replace('"1"', '"2"'), encoding="utf-8")
    return cleared


def test_a_run_keeps_the_law_that_it_decided_by(registry: Registry, later: Cleared) -> None:
    verified = verify_pack(packed(prove(registry, later.run)))
    (run,) = verified.runs.values()
    assert (run.regime.id, run.regime.version) == ("house", "1")
    assert verified.as_json()["runs"][0]["regime"]["as_shipped"] is False
    again = redecide(registry, verified.decisions[0].decision.decision_id)
    assert again.regime.version == "1"


def test_a_law_that_was_altered_or_is_gone_is_told(registry: Registry, later: Cleared, tmp_path: Path) -> None:
    (folder,) = (later.out / "regimes").iterdir()
    table = folder / "table.yaml"
    table.write_text(HOUSE.replace("House", "Other"), encoding="utf-8")
    with pytest.raises(IntegrityError, match="not the files of the regime"):
        prove(registry, later.run)
    folder.rename(tmp_path / "gone")
    with pytest.raises(UsageError, match="the regime changed since"):
        prove(registry, later.run)

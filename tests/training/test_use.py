# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kyodaku.errors import UsageError
from kyodaku.training import load_use
from kyodaku.training.use import use_as_json, use_from_json

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_the_smallest_use_file_happens_now(tmp_path: Path) -> None:
    use = load_use(_write(tmp_path, "{developer: lab, act: train, model: video-1, territory: [JP]}"), now=NOW)
    assert (use.developer, use.act, use.model, use.territory, use.at) == ("lab", "train", "video-1", ("JP",), NOW)


def test_a_use_survives_its_json(tmp_path: Path) -> None:
    text = "developer: lab\nact: train\nterritory: [JP, US]\nmedia: video\nat: 2026-11-22T00:00:00+09:00\n"
    use = load_use(_write(tmp_path, text))
    assert use_from_json(use_as_json(use)) == use
    assert use_as_json(use)["at"] == "2026-11-21T15:00:00Z"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a list", "a use file holds fields"),
        ("developer: lab", "'act' is missing"),
        ("{developer: lab, act: trian}", "train"),
        ("{developer: lab, act: train, modle: x}", "unknown field 'modle'"),
        ("{developer: lab, act: train, at: yesterday}", "'at' is not a moment"),
        ("{developer: lab, act: train, at: 2026-11-22T00:00:00}", "no time zone"),
        ("{developer: lab, act: train, territory: {JP: true}}", "'territory' is a list of words"),
        ("{developer: lab, act: train, territory: [Japan]}", "JP"),
        ("{developer: lab, act: train, model: [a, b]}", "'model' is one word"),
        ("{developer: lab, act: train", "use.yaml:"),
    ],
)
def test_a_faulty_use_file_is_named_with_what_to_do(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_use(_write(tmp_path, text))
    assert says in str(caught.value)
    assert "use.yaml" in str(caught.value)


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "use.yaml"
    path.write_text(text, encoding="utf-8")
    return path

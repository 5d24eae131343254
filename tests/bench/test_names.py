# SPDX-License-Identifier: Apache-2.0
"""`kyodaku bench names` on invented names, and on files of the user's own."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from kyodaku.bench.names_described import described
from kyodaku.bench.names_disguises import EVERY
from kyodaku.bench.names_sets import half, invented, read_prompts, read_registry
from kyodaku.errors import UsageError
from support.commands import kyo


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_disguise_changes_the_name(lang: str) -> None:
    name = {"en": "Quorbrix Lantern", "ja": "ピケロンド"}[lang]
    made = {key: make(name, random.Random(1)) for key, make in EVERY[lang].items() if key != "as registered"}
    assert all(text and text != name for text in made.values()), made


def test_invented_names_and_halves_are_the_same_every_time() -> None:
    assert invented(20) == invented(20)
    sides = [half(entry.work) for entry in invented(200)]
    assert 60 < sides.count("tuning") < 140


def test_described_characters_have_traits_and_prompts_without_their_name() -> None:
    entries, asked = described(10, 5)
    assert len(entries) == 10
    assert all(entry.traits for entry in entries)
    assert all(entry.names[0].text not in one.prompt for entry, one in zip(entries, asked, strict=False))


def test_the_command_measures_a_registry_and_prompts_of_ones_own(tmp_path: Path) -> None:
    registry = tmp_path / "names.jsonl"
    lines = [
        {"work": f"w{n}", "names": [{"text": f"Quorbrix {word}", "lang": "en"}]} for n, word in enumerate("abcdefgh")
    ]
    registry.write_text("".join(json.dumps(line) + "\n" for line in lines))
    prompts = tmp_path / "benign"
    prompts.mkdir()
    (prompts / "some.jsonl").write_text(
        '{"text": "a dog runs", "lang": "en"}\n{"text": "a cat sleeps", "lang": "en"}\n'
    )
    out = tmp_path / "out"
    done = kyo("bench", "names", "--registry", registry, "--prompts", prompts, "-o", out, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "names.json").read_text())["entries"] == 8
    assert "| **all plain** |" in (out / "names.md").read_text()


@pytest.mark.parametrize("line", ["[]", "{", '{"work": "w", "names": [{"words": 1}]}'])
def test_files_that_are_off_are_told_where(tmp_path: Path, line: str) -> None:
    (tmp_path / "x.jsonl").write_text(line + "\n")
    with pytest.raises(UsageError, match=r"x\.jsonl"):
        read_registry(tmp_path / "x.jsonl")


def test_a_folder_without_prompts_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no prompts"):
        read_prompts(tmp_path)

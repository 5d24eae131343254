# SPDX-License-Identifier: Apache-2.0
"""`kyodaku disclose`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kyodaku.disclosure import FORMS
from support.commands import kyo
from support.studio import Studio


def test_every_form_is_written(studio: Studio, finished: Path, tmp_path: Path) -> None:
    done = kyo("disclose", finished, "-o", "d", "--workspace", studio.workspace, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "d").iterdir())) == 4 * len(FORMS)
    assert "eu-summary" in done.stdout
    assert "fields not stated" in done.stdout


def test_answers_close_fields_and_json_says_which_are_open(studio: Studio, finished: Path, tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("provider: {name: Test Lab, contact: post@lab.example}\n")
    words = (
        "disclose",
        finished,
        "--form",
        "ab-2013",
        "-o",
        "d",
        "--answers",
        "answers.yaml",
        "--language",
        "ja",
        "--json",
    )
    done = kyo(*words, "--workspace", studio.workspace, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (form,) = json.loads(done.stdout)["forms"]
    assert form["form"] == "ab-2013"
    assert "data.serves" in form["open"]
    assert "provider.name" not in form["open"]
    assert '<html lang="ja">' in (tmp_path / "d" / "ab-2013.html").read_text(encoding="utf-8")


def test_questions_need_no_run(tmp_path: Path) -> None:
    done = kyo("disclose", "--questions", "--form", "principle-code", cwd=tmp_path)
    assert done.returncode == 0
    assert "principle_code:" in done.stdout
    assert "public_datasets:" not in done.stdout


@pytest.mark.parametrize("words", [[], ["out"], ["-o", "d"]])
def test_a_run_and_a_folder_are_needed(tmp_path: Path, words: list[str]) -> None:
    done = kyo("disclose", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert "name the run's folder" in done.stderr


def test_a_folder_without_a_run_is_told(studio: Studio, tmp_path: Path) -> None:
    done = kyo("disclose", ".", "-o", "d", "--workspace", studio.workspace, cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no run in this folder" in done.stderr
    assert not (tmp_path / "d").exists()


def test_a_changed_table_is_an_integrity_failure(studio: Studio, finished: Path, tmp_path: Path) -> None:
    original = (finished / "cleared.parquet").read_bytes()
    (finished / "cleared.parquet").write_bytes(original + b"\0")
    try:
        done = kyo("disclose", finished, "-o", "d", "--workspace", studio.workspace, cwd=tmp_path)
    finally:
        (finished / "cleared.parquet").write_bytes(original)
    assert done.returncode == 5
    assert "not the one that was attested" in done.stderr or "cannot be read" in done.stderr
    assert not (tmp_path / "d").exists()

# SPDX-License-Identifier: Apache-2.0
"""`kyodaku casebook`: text, page and JSON, for all regimes, for one, and for one of your own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kyodaku.cli import casebook as command
from kyodaku.rights import REGIMES, Verdict
from kyodaku.rights.casebook import Casebook, Expected, load_casebook
from support.commands import kyo, process

MINE = """\
id: house
version: "1"
extends: jp-prior
title: {en: House rules, ja: 社内規則}
tables:
  holder:
    - {rule: silence, verdict: review}
"""


def test_a_lawyer_reads_every_case_as_text(tmp_path: Path) -> None:
    done = process("casebook", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "≠ 2 one-member-silent" in done.stdout
    assert "構成員三者のうち二者は許諾したが" in done.stdout
    assert all(f"  {regime} " in done.stdout for regime in REGIMES)
    assert list(tmp_path.iterdir()) == []


def test_the_page_is_written_where_it_was_asked_for(tmp_path: Path) -> None:
    done = kyo("casebook", "-o", "book.html", cwd=tmp_path)

    assert done.returncode == 0
    assert done.stdout.startswith("wrote book.html: ")
    assert (tmp_path / "book.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_script_gets_one_document(tmp_path: Path) -> None:
    told = json.loads(kyo("casebook", "--regime", "us", "--regime", "us", "--json", cwd=tmp_path).stdout)

    assert [regime["id"] for regime in told["regimes"]] == ["us"]
    assert {len(case["decisions"]) for case in told["cases"]} == {1}


def test_a_regime_of_your_own_is_tried_beside_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "house.yaml").write_text(MINE, encoding="utf-8")

    told = json.loads(kyo("casebook", "--regime", "house.yaml", "--regime", "jp-prior", "--json", cwd=tmp_path).stdout)

    silent = next(case for case in told["cases"] if case["case"] == "nobody-said-anything")
    assert [(decision["regime"], decision["verdict"]) for decision in silent["decisions"]] == [
        ("jp-prior", "refused"),
        ("house", "review"),
    ]
    assert silent["parts"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--regime", "jp-prio"), "did you mean jp-prior?"),
        (("--regime", "absent.yaml"), "cannot be read"),
        (("-o", "book.pdf"), "name a file that ends in .html"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = kyo("casebook", *words, cwd=tmp_path)

    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_page_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    done = kyo("casebook", "-o", "nowhere/book.html", cwd=tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith("kyodaku: nowhere/book.html: cannot write: ")


def test_a_casebook_that_is_not_answered_as_it_says_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = load_casebook()
    first = book.cases[0]
    other = Expected(verdict=Verdict.REFUSED, rules=("refusal",))
    changed = replace(first, expect={"jp-prior": other})
    monkeypatch.setattr(
        command, "load_casebook", lambda: Casebook(cases=(changed,), subjects=book.subjects, labels=book.labels)
    )

    done = kyo("casebook", cwd=tmp_path)

    assert done.returncode == 1
    assert done.stderr == "kyodaku: not answered as the casebook says: all-members-granted\n"
    assert "NOT AS EXPECTED: refused" in done.stdout

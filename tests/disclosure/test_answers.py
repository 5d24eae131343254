# SPDX-License-Identifier: Apache-2.0
"""Answers are read strictly, and the file of questions answers none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyodaku.disclosure import FORMS, Answers, load_answers, question_file, questions, questions_of
from kyodaku.disclosure._words import LANGUAGES, plain
from kyodaku.errors import UsageError


def read(tmp_path: Path, text: str) -> Answers:
    path = tmp_path / "answers.yaml"
    path.write_text(text, encoding="utf-8")
    return load_answers(path)


def test_answers_are_for_people_and_for_programs(tmp_path: Path) -> None:
    answers = read(
        tmp_path,
        "provider: {name: {ja: ラボ}, contact: rights@lab.example}\n"
        "crawling: {used: No, names: [one, {en: two, ja: 二}]}\n"
        "synthetic: {used: true, modalities: [video, audio, video]}\n"
        "data: {collected_from: 2026, collected_until: 2026-11, first_used: 2026-11-22}\n"
        "principle_code: {principle_1: follow_in_part}\n",
    )
    assert answers.text("provider.name", "en") == answers.text("provider.name", "ja") == "ラボ"
    assert answers.text("provider.contact") == "rights@lab.example"
    assert answers.settles("crawling.used")
    assert answers.affirmed("synthetic.used")
    assert not answers.settles("synthetic.continuing")
    assert answers.text("crawling.names", "ja") == "one、二"
    assert answers.text("synthetic.modalities") == "video, audio"
    assert [answers.text(f"data.{key}") for key in ("collected_from", "collected_until", "first_used")] == [
        "2026",
        "2026-11",
        "2026-11-22",
    ]
    assert answers.text("principle_code.principle_1", "ja") == "一部実施"
    assert answers.get("model.names") is None


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("provider:\n  nam: Lab\n", 2, "no question 'nam'"),
        ("supplier:\n  name: Lab\n", 1, "no group of questions is called 'supplier'"),
        ("provider: Lab\n", 1, "names with answers are expected"),
        ("- provider\n", 1, "names with answers are expected"),
        ("crawling:\n  used: perhaps\n", 2, "neither yes nor no"),
        ("crawling:\n  used: 1\n", 2, "neither yes nor no"),
        ("crawling:\n  used: [yes]\n", 2, "neither yes nor no"),
        ("data:\n  first_used: 2026-13\n", 2, "no date"),
        ("data:\n  first_used: 2026-02-30\n", 2, "no date"),
        ("data:\n  first_used: true\n", 2, "no date"),
        ("data:\n  first_used: 22.11.2026\n", 2, "no date"),
        ("synthetic:\n  modalities:\n    - video\n    - film\n", 4, "'film' is none of the words"),
        ("synthetic:\n  modalities: [[video]]\n", 2, "none of the words"),
        ("principle_code:\n  principle_1: comply\n", 2, "'comply' is none of the words"),
        ("provider:\n  name:\n    en: Lab\n    de: Labor\n", 4, "'de' is none of the languages"),
        ("provider:\n  name: {}\n", 2, "text is expected"),
        ("provider:\n  name: [Lab]\n", 2, "text is expected"),
        ("provider:\n  name: true\n", 2, "text is expected"),
        ("model:\n  names:\n    - one\n    - {en: '  '}\n", 4, "text is expected"),
        (f"provider:\n  name: {'a' * 20_001}\n", 2, "more than 20,000 letters"),
        ("model:\n  names: [" + "a, " * 1001 + "a]\n", 2, "more than 1,000 entries"),
        ("provider:\n  name: Lab\n  name: Lab\n", 3, "name"),
        ("provider: &a {name: Lab}\n", 1, "anchors"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        read(tmp_path, text)
    assert caught.value.where == f"{tmp_path / 'answers.yaml'}:{line}"


@pytest.mark.parametrize(
    "text", ["", "provider:\n", "provider:\n  name:\n", "provider: {name: ''}\nmodel: {names: []}\n"]
)
def test_an_empty_answer_is_none(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).given == {}


def test_the_file_of_questions_answers_nothing_and_asks_all(tmp_path: Path) -> None:
    asked = [name for form in FORMS for name in questions_of(form)]
    text = question_file(asked)
    assert read(tmp_path, text).given == {}
    for name in asked:
        assert all(questions()[name].ask[language] in text for language in LANGUAGES)
    assert set(asked) == set(questions()), "every question is asked by a form, and every form asks known questions"


@given(text=st.text())
def test_no_text_hides_or_turns_what_stands_around_it(text: str) -> None:
    shown = plain(text)
    assert plain(shown) == shown
    assert not set(shown) & {"\u202e", "\u2066", "\x1b", "\x00", "\u200b", "\ufeff", "\u2028"}

# SPDX-License-Identifier: Apache-2.0
"""Forms: every field comes from the record, from an answer, or is visibly open; in both languages."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from kyodaku.disclosure import FORMS, Amount, Answers, Disclosure, Facts, as_page, fill_in, load_answers, questions_of
from kyodaku.disclosure import write_disclosure as write
from kyodaku.disclosure._markdown import as_markdown
from kyodaku.disclosure._said import SAID, size_band
from kyodaku.disclosure._tables import package_table
from kyodaku.disclosure._words import LANGUAGES
from kyodaku.errors import KyodakuError
from support.pages import assert_stands_alone, texts

HOSTILE = "<script>alert(1)</script> | [x](javascript:1) ![y](http://z) # `code` \u202eevil &lt; *b* www"


def answered(tmp_path: Path, text: str) -> Answers:
    path = tmp_path / "answers.yaml"
    path.write_text(text, encoding="utf-8")
    return load_answers(path)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_asks_only_what_is_known(form: str) -> None:
    table = package_table(form)
    items = [item for section in table["sections"] for item in section.get("items", ())]
    assert items
    for item in items:
        assert set(item["label"]) == set(LANGUAGES)
        assert set(item) <= {"label", "facts", "ask", "if"}
        assert item.get("facts") or item.get("ask")
        assert set(item.get("facts", ())) <= set(SAID)
        if "if" in item:
            assert item["if"] in questions_of(form), "what makes a field idle is asked in the same form"


@pytest.mark.parametrize("form", FORMS)
def test_without_answers_every_question_stands_open(form: str, facts: Facts) -> None:
    filled = fill_in(form, facts, Answers())
    assert tuple(dict.fromkeys(each.question for each in filled.open)) == questions_of(form)
    assert {line.origin for _, item in filled.items() for line in item.lines} <= {"recorded", "open"}
    for language, word in (("en", "not stated"), ("ja", "未記載")):
        assert word in texts(as_page(filled), language)
        assert word in as_markdown(filled, language)


@pytest.mark.parametrize("form", FORMS)
def test_a_page_is_one_file_in_two_languages(form: str, facts: Facts) -> None:
    page = as_page(fill_in(form, facts, Answers()))
    assert_stands_alone(page)
    for language in LANGUAGES:
        seen = texts(page, language)
        assert fill_in(form, facts, Answers()).title[language] in seen
        assert facts.run in seen
    japanese = texts(page, "ja")
    assert "record" not in japanese.replace(facts.run, "").replace("recorded", "").split()


def test_the_eu_summary_has_the_sections_of_the_template(facts: Facts) -> None:
    numbers = [section.number for section in fill_in("eu-summary", facts, Answers()).sections]
    wanted = [
        "1",
        "1.1",
        "1.2",
        "1.3",
        "2",
        "2.1",
        "2.2.1",
        "2.2.2",
        "2.3",
        "2.4",
        "2.5",
        "2.6",
        "3",
        "3.1",
        "3.2",
        "3.3",
    ]
    assert numbers == ["", *wanted]


def test_the_californian_form_has_its_twelve_items(facts: Facts) -> None:
    numbers = [section.number for section in fill_in("ab-2013", facts, Answers()).sections]
    assert numbers == ["", *(f"({number})" for number in range(1, 13))]


def test_the_principle_code_is_marked_a_draft(facts: Facts) -> None:
    filled = fill_in("principle-code", facts, Answers())
    assert filled.as_json()["status"] == "draft"
    assert "DRAFT" in texts(as_page(filled))
    assert "案：確定していない案" in texts(as_page(filled), "ja")
    assert "DRAFT" in as_markdown(filled, "en")


def test_what_is_on_record_is_said_with_its_numbers(facts: Facts) -> None:
    said = {language: texts(as_page(fill_in("ab-2013", facts, Answers())), language) for language in LANGUAGES}
    assert "3 clips" in said["en"]
    assert "video.example" in said["en"]
    assert "Test Studio" in said["en"]
    assert "試験スタジオ" in said["ja"]
    assert "2026-03-01 to 2026-04-02, as 2 of 3 cleared rows say" in said["en"]
    assert "left out because a holder's statement stands against the use: 1 (a refusal: 1)." in said["en"]


def test_the_public_eu_summary_names_no_holder(facts: Facts) -> None:
    filled = fill_in("eu-summary", facts, Answers())
    assert "Test Studio" not in json.dumps(filled.as_json(), ensure_ascii=False)
    assert "statements: 1, holders: 1" in texts(as_page(filled))


def test_a_no_makes_what_hangs_on_it_idle(tmp_path: Path, facts: Facts) -> None:
    before = fill_in("eu-summary", facts, Answers())
    after = fill_in("eu-summary", facts, answered(tmp_path, "crawling: {used: no}\n"))
    assert len(before.open) - len(after.open) == len(
        [n for n in questions_of("eu-summary") if n.startswith("crawling.")]
    )
    idle = [item.label["en"] for _, item in after.items() if not item.applies]
    assert "Crawlers" in idle
    assert "Does not apply." in as_markdown(after, "en")


def test_a_principle_that_is_followed_needs_no_reasons(tmp_path: Path, facts: Facts) -> None:
    for word, idle in (("follow", True), ("follow_in_part", False), ("explain", False)):
        filled = fill_in("principle-code", facts, answered(tmp_path, f"principle_code: {{principle_1: {word}}}\n"))
        assert ("principle_code.principle_1_why" not in {each.question for each in filled.open}) is idle


def test_an_answer_is_shown_as_the_developers_own(tmp_path: Path, facts: Facts) -> None:
    filled = fill_in("eu-summary", facts, answered(tmp_path, "data: {languages: {en: Japanese, ja: 日本語}}\n"))
    (line,) = [line for _, item in filled.items() for line in item.lines if line.question == "data.languages"]
    assert (line.origin, line.text) == ("stated", {"en": "Japanese", "ja": "日本語"})
    assert "Japanese (stated)" in as_markdown(filled, "en")
    assert "日本語 (申告)" in as_markdown(filled, "ja")


@pytest.mark.parametrize("form", FORMS)
def test_the_same_facts_and_answers_give_the_same_bytes(form: str, facts: Facts, tmp_path: Path) -> None:
    one = write(fill_in(form, facts, Answers()), tmp_path / "one")
    two = write(fill_in(form, facts, Answers()), tmp_path / "two")
    assert [path.name for path in one] == [f"{form}.json", f"{form}.html", f"{form}.en.md", f"{form}.ja.md"]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


@pytest.mark.parametrize("form", FORMS)
def test_no_name_or_answer_becomes_markup(form: str, facts: Facts, tmp_path: Path) -> None:
    names = {name: {"en": HOSTILE, "ja": HOSTILE} for name in ("en", "ja")}
    holders = tuple(dataclasses.replace(held, name=names["en"]) for held in facts.holders)
    hostile = dataclasses.replace(
        facts, developer_name=names["en"], holders=holders, domains=((HOSTILE, Amount(clips=1)),), model=HOSTILE
    )
    text = json.dumps({group: {key: HOSTILE} for group, key in (("provider", "name"), ("dataset", "name"))})
    filled = fill_in(form, hostile, answered(tmp_path, text))
    page = as_page(filled)
    assert_stands_alone(page)
    assert "<script" not in page
    for language in LANGUAGES:
        markdown = as_markdown(filled, language)
        assert not re.search(r"(?<!\\)<script|(?<!\\)!\[|(?<!\\)\]\(", markdown)
        assert "\u202e" not in markdown + page


def test_a_folder_that_cannot_be_written_is_told(facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KyodakuError, match="cannot write"):
        write(fill_in("ab-2013", facts, Answers()), tmp_path / "file" / "below")


@pytest.mark.parametrize(
    ("hours", "band"),
    [
        (0, "less than 10,000 hours"),
        (9_999.9, "less than 10,000 hours"),
        (10_000, "10,000 to 1 million hours"),
        (1_000_000, "10,000 to 1 million hours"),
        (1_000_001, "more than 1 million hours"),
    ],
)
def test_sizes_fall_into_the_bands_of_the_template(hours: float, band: str) -> None:
    assert size_band(3600 * hours)["en"] == band


def test_nothing_cleared_is_said_plainly(facts: Facts) -> None:
    empty = dataclasses.replace(
        facts, cleared=Amount(), media={}, bases=(), holders=(), granted=Amount(), domains=(), without_address=Amount()
    )
    forms: list[Disclosure] = [fill_in(form, empty, Answers()) for form in FORMS]
    assert "No cleared clip rests on a recorded permission." in texts(as_page(forms[0]))
    assert "Nothing was cleared." in texts(as_page(forms[1]))


@pytest.mark.parametrize("form", FORMS)
def test_a_regimes_version_steers_no_page(facts: Facts, tmp_path: Path, form: str) -> None:
    """It is free text of a file that anybody may have written."""
    odd = dataclasses.replace(facts, regime_version="1\n\n# Cleared by all\n\x1b[2J\u202e")
    for path in write(fill_in(form, odd, Answers()), tmp_path):
        text = path.read_text(encoding="utf-8")
        assert path.suffix == ".html" or "\n# Cleared by all" not in text
        assert not {"\x1b", "\u202e"}.intersection(text)

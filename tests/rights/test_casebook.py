# SPDX-License-Identifier: Apache-2.0
"""The casebook is decided as it says, answers every question it must, and reaches every rule of every regime."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from kyodaku.rights import REGIMES, Verdict, load_regime
from kyodaku.rights.casebook import (
    Answered,
    AnsweredBook,
    Casebook,
    Expected,
    answer_cases,
    as_json,
    as_page,
    as_text,
    load_casebook,
)
from kyodaku.rights.regime import Regime

BOOK: Final = load_casebook()
ANSWERED: Final = answer_cases(BOOK)

ASKED_OF_IT: Final = {
    "committee-one-silent",
    "one-member-objects",
    "managing-member-with-deed",
    "managing-member-without-deed",
    "anime-granted-manga-not",
    "mandate-expired-the-day-before",
    "grant-recorded-after-the-copy",
    "grant-effective-later",
    "revoked-between-two-runs",
    "wrong-model-version",
    "wrong-territory-of-one-of-two-acts",
    "character-granted-for-training-refused-for-generation",
    "association-refuses-member-grants",
    "member-refuses-association-grants",
    "share-transferred-after-grant",
    "shares-that-do-not-add-up",
    "shares-that-conflict",
    "public-domain-upstream",
    "ruling-expired",
    "music-missing-in-a-cleared-film",
    "performers-right",
    "objection-withdrawn",
    "open-licence-with-attribution",
    "research-body",
    "lawful-access-unproven",
    "reservation-published-after-the-fetch",
}
"""The questions that a lawyer would try first: without a case for each of them the casebook is not one."""

AT_LEAST: Final = 160


@pytest.mark.parametrize("held", ANSWERED.answers, ids=lambda held: held.case.name)
def test_the_case_is_decided_as_the_casebook_says(held: Answered) -> None:
    assert set(held.case.expect) == set(REGIMES)
    for regime in held.unexpected:
        decision, expected = held.decisions[regime], held.case.expect[regime]
        rules = sorted({ground.rule for ground in decision.grounds})
        pytest.fail(f"{regime}: {decision.verdict} by {rules}, not {expected}")
    for decision in held.decisions.values():
        assert not (decision.verdict.is_go and decision.needed)


def test_every_case_has_its_own_name_and_is_told_in_both_languages() -> None:
    names = [case.name for case in BOOK.cases]

    assert len(names) == len(set(names)) >= AT_LEAST
    for case in BOOK.cases:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", case.name)
        assert case.told["en"].endswith(".")
        assert case.told["ja"].endswith("。")
        assert set(case.subjects) <= set(BOOK.subjects)
    for texts in (*BOOK.subjects.values(), *BOOK.labels.values(), *(case.chapter for case in BOOK.cases)):
        assert set(texts) == {"en", "ja"}


def test_every_question_that_must_be_answered_has_a_case() -> None:
    answered = {subject for case in BOOK.cases for subject in case.subjects}

    assert set(BOOK.subjects) >= ASKED_OF_IT
    assert set(BOOK.subjects) - answered == set()


@pytest.mark.parametrize("name", REGIMES)
def test_every_rule_of_every_regime_decides_a_case(name: str) -> None:
    fired = {ground.rule for held in ANSWERED.answers for ground in held.decisions[name].grounds}

    assert {f"{name}/{rule}" for rule in _rules(load_regime(name))} == fired


def _rules(regime: Regime) -> list[str]:
    return [row.rule for table in regime.tables.values() for row in table.rows]


@pytest.mark.parametrize("name", REGIMES)
def test_a_rule_is_named_once_in_a_regime_so_that_a_ground_says_which_row_it_is_from(name: str) -> None:
    rules = _rules(load_regime(name))

    assert len(rules) == len(set(rules))


@pytest.mark.parametrize("name", REGIMES)
def test_every_other_regime_parts_from_it_somewhere(name: str) -> None:
    for other in set(REGIMES) - {name}:
        assert any(held.decisions[name].verdict != held.decisions[other].verdict for held in ANSWERED.answers)


def test_every_verdict_of_review_or_refusal_says_what_would_change_it() -> None:
    for held in ANSWERED.answers:
        for decision in held.decisions.values():
            for ground in decision.grounds:
                said = ground.would_change
                assert set(said) == (set() if _goes(ground.effect) else {"en", "ja"}), ground.rule
                assert not any(re.search(r"[{}]|^\W*$", text) for text in (*said.values(), *ground.text.values()))


def _goes(effect: str) -> bool:
    return effect not in {Verdict.REVIEW, Verdict.REFUSED}


FOREIGN: Final = ("eu-dsm4", "eu-dsm3", "us")


@pytest.mark.parametrize("name", FOREIGN)
def test_a_regime_of_another_country_cites_articles_of_japan_only_where_it_says_so(name: str) -> None:
    """The words that all regimes share name Japanese articles; rows about foreign law must not repeat them."""
    for held in ANSWERED.answers:
        for ground in held.decisions[name].grounds:
            told = " ".join((*ground.text.values(), *ground.would_change.values()))
            assert not re.search(r"Art\. 2[1-8]|2[1-8]条", told), (ground.rule, told)


# --- out --------------------------------------------------------------------------------------------------------------
def test_the_text_marks_where_regimes_part_and_cites_each_rule() -> None:
    text = as_text(ANSWERED)

    block = text[text.index("≠ 2 one-member-silent") :].split("\n\n")[0]
    assert "Two of three members granted" in block
    assert "構成員三者のうち二者は許諾" in block
    assert re.search(r"jp-prior +refused / 不許可\n +co-owner-silent: Copyright Act of Japan, Art\. 65\(2\)", block)
    assert re.search(r"opt-out +permitted / 許可", block)
    assert "grant by Aki Studio to Example Lab · “The Lighthouse Keeper” · training · from 2026-01-10" in block
    assert "アキスタジオから例ラボへの許諾 · 『灯台守』 · 学習 · 2026年1月10日から" in block
    assert "= 1 all-members-granted" in text
    assert "NOT AS EXPECTED" not in text


def test_the_json_has_each_case_with_its_decisions() -> None:
    document = as_json(ANSWERED)

    assert [regime["id"] for regime in document["regimes"]][:2] == ["jp-prior", "jp-statute"]
    assert {held["case"] for held in document["cases"]} == {case.name for case in BOOK.cases}
    assert all(len(held["decisions"]) == len(REGIMES) for held in document["cases"])


class _Page(HTMLParser):
    """What a reader and a browser find in the page."""

    VOID: Final = frozenset({"meta", "input", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.outside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.ids.extend(str(held["id"]) for _ in held.keys() & {"id"})
        self.links.extend(str(held["href"]) for _ in held.keys() & {"href"})
        self.outside.extend(str(held[name]) for name in ("src", "srcset") if name in held)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_is_whole() -> None:
    text = as_page(ANSWERED)
    page = _Page(text)

    assert page.open == []
    assert page.outside == []
    assert "<script" not in text
    assert len(page.ids) == len(set(page.ids))
    assert {case.name for case in BOOK.cases} <= set(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    for regime in map(load_regime, REGIMES):
        assert regime.position["ja"] in text
    assert "共有者全員の合意" in text
    assert "{" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


def test_what_a_case_or_a_regime_says_cannot_steer_the_page() -> None:
    case = BOOK.cases[0]
    hostile = replace(case, told={"en": "<img src=x onerror=alert(1)>", "ja": "</style><script>"})

    text = as_page(answer_cases(Casebook(cases=(hostile,), subjects=BOOK.subjects, labels=BOOK.labels)))

    assert "<img" not in text
    assert "<script" not in text
    assert "&lt;img src=x" in text


def test_the_page_about_the_casebook_counts_as_the_casebook_does() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "casebook.md").read_text(encoding="utf-8")
    parted = sum(held.parts for held in ANSWERED.answers)

    assert f"The casebook has {len(BOOK.cases)} of them" in page
    assert f"({parted} of {len(BOOK.cases)} under the seven that are shipped)" in page


def test_one_regime_alone_parts_from_nobody() -> None:
    alone = answer_cases(BOOK, [load_regime("us")])

    assert [regime.id for regime in alone.regimes] == ["us"]
    assert not any(held.parts for held in alone.answers)
    assert not any(held.unexpected for held in alone.answers)


def test_a_regime_that_answers_otherwise_is_marked() -> None:
    case = next(case for case in BOOK.cases if case.name == "one-member-silent")
    wrong = Expected(verdict=Verdict.PERMITTED, rules=("grant",))
    changed = replace(case, expect={"jp-prior": wrong})

    answered: AnsweredBook = answer_cases(Casebook(cases=(changed,), subjects={}, labels=BOOK.labels))

    assert answered.answers[0].unexpected == ("jp-prior",)
    assert "NOT AS EXPECTED: permitted" in as_text(answered)
    assert "NOT AS EXPECTED: permitted" in as_page(answered)

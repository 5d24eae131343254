# SPDX-License-Identifier: Apache-2.0
"""The casebook as one HTML document, in English and Japanese, that asks nothing of other hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from kyodaku.rights._casebook_file import package_file
from kyodaku.rights._casebook_words import Teller
from kyodaku.rights.vocabulary import LANGUAGES

if TYPE_CHECKING:
    from kyodaku.rights.casebook import Answered, AnsweredBook
    from kyodaku.rights.decision import Decision

__all__ = ["page"]

Texts = Mapping[str, str]


def page(answered: AnsweredBook) -> str:
    """The document; whatever a case or a regime says is escaped, and a word that the template lacks is an error."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(package_file("casebook.html.j2"))
    parted = sum(held.parts for held in answered.answers)
    return template.render(
        label=answered.book.labels,
        style=Markup(package_file("casebook.css")),  # noqa: S704 - our own file, whose quotes must stay quotes
        regimes=answered.regimes,
        chapters=list(_chapters(answered)),
        questions=list(_questions(answered)),
        count=_filled(answered.book.labels["count"], cases=len(answered.answers), parted=parted),
    )


def _filled(texts: Texts, **values: object) -> dict[str, str]:
    return {language: texts[language].format(**values) for language in LANGUAGES}


def _questions(answered: AnsweredBook) -> Iterator[dict[str, Any]]:
    for subject, told in answered.book.subjects.items():
        cases = [held.case for held in answered.answers if subject in held.case.subjects]
        if cases:
            yield {"told": told, "cases": [(case.number, case.name) for case in cases]}


def _chapters(answered: AnsweredBook) -> Iterator[dict[str, Any]]:
    for title, held in groupby(answered.answers, key=lambda held: held.case.chapter):
        yield {"title": title, "cases": [_case(answered, one) for one in held]}


def _case(answered: AnsweredBook, held: Answered) -> dict[str, Any]:
    tellers = {
        language: Teller(language, answered.book.labels, held.case, answered.regimes[0]) for language in LANGUAGES
    }
    rows = {language: dict(teller.rows()) for language, teller in tellers.items()}
    facts = [
        (name, [{language: rows[language][name][number] for language in LANGUAGES} for number in range(len(lines))])
        for name, lines in rows["en"].items()
        if lines
    ]
    return {
        "name": held.case.name,
        "number": held.case.number,
        "told": held.case.told,
        "parts": held.parts,
        "unexpected": {regime: held.case.expect[regime].verdict.value for regime in held.unexpected},
        "facts": facts,
        "columns": [_column(regime, decision) for regime, decision in held.decisions.items()],
    }


def _column(regime: str, decision: Decision) -> dict[str, Any]:
    """What a regime answers: the verdict, the rules that made it so, and every ground."""
    grounds = _grounds(decision)
    deciding = {ground["rule"]: ground["citation"] for ground in grounds if ground["effect"] == decision.verdict.value}
    return {"regime": regime, "verdict": decision.verdict.value, "deciding": deciding, "grounds": grounds}


def _grounds(decision: Decision) -> list[dict[str, Any]]:
    """What the grounds say, each thing once: acts of one plan often rest on the same."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for ground in decision.grounds:
        rule = ground.rule.partition("/")[2]
        told[rule, ground.text["en"]] = {
            "rule": rule,
            "effect": ground.effect,
            "text": ground.text,
            "citation": _in_each(ground.citation),
            "would_change": ground.would_change,
        }
    return list(told.values())


def _in_each(citation: str) -> dict[str, str]:
    """A citation names its source in English and, after a stroke, in Japanese; where there is one only, in both."""
    english, _, japanese = citation.partition(" / ")
    return {"en": english, "ja": japanese or english}

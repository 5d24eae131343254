# SPDX-License-Identifier: Apache-2.0
"""The casebook: what each regime answers in cases that a lawyer can read, as data, as text and as a page.

```python
from kyodaku.rights.casebook import answer_cases, as_page, load_casebook

book = load_casebook()
print(as_page(answer_cases(book)))  # one HTML document in English and Japanese, asking nothing of other hosts
```

The cases are files of the package (`kyodaku/rights/cases/`). Each says what it expects of the shipped regimes, so that
a change of a table shows in the cases that it changes; a regime of your own is answered without expectations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from kyodaku.rights._casebook_file import Case, Expected, read_cases, read_labels, read_subjects
from kyodaku.rights._casebook_page import page
from kyodaku.rights._casebook_words import Teller
from kyodaku.rights.decide import decide
from kyodaku.rights.decision import Decision, Ground
from kyodaku.rights.loading import REGIMES, load_regime
from kyodaku.rights.regime import Regime
from kyodaku.rights.vocabulary import LANGUAGES, Verdict

__all__ = [
    "Answered",
    "AnsweredBook",
    "Case",
    "Casebook",
    "Expected",
    "answer_cases",
    "as_json",
    "as_page",
    "as_text",
    "load_casebook",
]

SIDE_BY_SIDE: Final = ("jp-prior", "jp-statute", "opt-out", "opt-in-characters", "eu-dsm4", "eu-dsm3", "us")
"""The order in which the shipped regimes are shown; others follow by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Casebook:
    """Every case, the questions they answer (id → language → text), and what the page calls things."""

    cases: tuple[Case, ...]
    subjects: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """One case with each regime's decision."""

    case: Case
    decisions: Mapping[str, Decision]

    @property
    def parts(self) -> bool:
        """Whether the regimes part."""
        return len({decision.verdict for decision in self.decisions.values()}) > 1

    @property
    def unexpected(self) -> tuple[str, ...]:
        """The regimes whose decision is not what the case expects of them."""
        return tuple(
            regime
            for regime, decision in self.decisions.items()
            if regime in self.case.expect and not _agrees(self.case.expect[regime], decision)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AnsweredBook:
    """The casebook with the regimes that were asked, in the order in which they are shown."""

    book: Casebook
    regimes: tuple[Regime, ...]
    answers: tuple[Answered, ...]


@cache
def load_casebook() -> Casebook:
    """The shipped casebook."""
    return Casebook(cases=tuple(read_cases()), subjects=read_subjects(), labels=read_labels())


def answer_cases(book: Casebook, regimes: Sequence[Regime] = ()) -> AnsweredBook:
    """Ask every case of every regime; by default of all that are shipped.

    A case that sets the policy for the unidentified sets it for the regimes that have one.
    """
    asked = tuple(sorted(regimes or map(load_regime, REGIMES), key=_place))
    answers = tuple(
        Answered(case=case, decisions={regime.id: _decided(case, regime) for regime in asked}) for case in book.cases
    )
    return AnsweredBook(book=book, regimes=asked, answers=answers)


def _place(regime: Regime) -> tuple[int, str]:
    known = SIDE_BY_SIDE.index(regime.id) if regime.id in SIDE_BY_SIDE else len(SIDE_BY_SIDE)
    return known, regime.id


def _decided(case: Case, regime: Regime) -> Decision:
    if case.unidentified and regime.id in REGIMES and regime.unidentified is not None:
        regime = load_regime(regime.id, unidentified=case.unidentified)
    return decide(case.use, case.facts, regime)


def _agrees(expected: Expected, decision: Decision) -> bool:
    rules = tuple(sorted({ground.rule.partition("/")[2] for ground in decision.grounds}))
    parties = {need.party for need in decision.needed}
    return (
        decision.verdict == expected.verdict
        and rules == expected.rules
        and (expected.needed is None or parties == set(expected.needed))
    )


# --- out --------------------------------------------------------------------------------------------------------------
def as_json(answered: AnsweredBook) -> dict[str, Any]:
    """A JSON-ready record: the regimes, and each case with the decisions in the order of the regimes."""
    regimes = [{"id": regime.id, "version": regime.version, "status": regime.status} for regime in answered.regimes]
    return {"regimes": regimes, "cases": [_case_json(held) for held in answered.answers]}


def _case_json(held: Answered) -> dict[str, Any]:
    return {
        "case": held.case.name,
        "told": dict(held.case.told),
        "about": list(held.case.subjects),
        "parts": held.parts,
        "unexpected": list(held.unexpected),
        "decisions": [decision.as_json() for decision in held.decisions.values()],
    }


def as_text(answered: AnsweredBook) -> str:
    """Every case in English and Japanese, one regime a line, with rules and citations; regimes that part are marked."""
    lines: list[str] = []
    chapter: Mapping[str, str] = {}
    for held in answered.answers:
        if held.case.chapter != chapter:
            chapter = held.case.chapter
            lines += [f"=== {chapter['en']} / {chapter['ja']} ===", ""]
        lines += [*_case_lines(answered, held), ""]
    return "\n".join(lines)


def _case_lines(answered: AnsweredBook, held: Answered) -> Iterable[str]:
    labels = answered.book.labels
    yield f"{'≠' if held.parts else '='} {held.case.number} {held.case.name}"
    for language in LANGUAGES:
        teller = Teller(language, labels, held.case, answered.regimes[0])
        yield f"  {held.case.told[language]}"
        for name, told in teller.rows():
            yield from (f"    {teller.label(name)}: {line}" for line in told)
    for regime, decision in held.decisions.items():
        verdict = labels[decision.verdict.value]
        yield f"  {regime:<18} {verdict['en']} / {verdict['ja']}"
        yield from sorted({_ground_line(ground) for ground in decision.grounds})
    for regime in held.unexpected:
        expected: Verdict = held.case.expect[regime].verdict
        yield f"  {regime:<18} {labels['unexpected']['en'].format(verdict=labels[expected.value]['en'])}"


def _ground_line(ground: Ground) -> str:
    return f"      {ground.rule.partition('/')[2]}: {ground.citation}"


def as_page(answered: AnsweredBook) -> str:
    """One self-contained HTML document in English and Japanese."""
    return page(answered)

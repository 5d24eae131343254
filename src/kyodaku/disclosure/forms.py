# SPDX-License-Identifier: Apache-2.0
"""Forms filled in: each field from the record, from the answers, or visibly open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kyodaku.disclosure._croissant import croissant
from kyodaku.disclosure._said import SAID
from kyodaku.disclosure._spdx import spdx
from kyodaku.disclosure._tables import package_table
from kyodaku.disclosure._words import Bilingual, plain, said
from kyodaku.disclosure.answers import Answers, questions
from kyodaku.disclosure.document import Disclosure, Item, Line, Open, Section, Table
from kyodaku.disclosure.facts import Facts

__all__ = ["FORMS", "NOT_STATED", "fill_in", "questions_of"]

FORMS: Final = ("eu-summary", "ab-2013", "principle-code", "croissant", "spdx")
"""The forms, in the order in which they are written."""

NOT_STATED: Final = said("not stated", "未記載")

_MACHINES: Final[dict[str, Callable[[Facts, Answers], Mapping[str, Any]]]] = {"croissant": croissant, "spdx": spdx}


def fill_in(form: str, facts: Facts, answers: Answers) -> Disclosure:
    """The form, filled in; the same facts and answers give the same document."""
    table = package_table(form)
    sections = tuple(
        Section(
            number=each["number"],
            title=each["title"],
            items=tuple(_item(item, facts, answers) for item in each.get("items", ())),
        )
        for each in table["sections"]
    )
    machine = _MACHINES.get(form)
    return Disclosure(
        form=form,
        title=table["title"],
        after=table["after"],
        status=table["status"],
        unconfirmed=tuple(table["unconfirmed"]),
        run=_identity(facts),
        sections=sections,
        open=tuple(_open(sections)),
        machine=None if machine is None else machine(facts, answers),
    )


def questions_of(form: str) -> tuple[str, ...]:
    """The questions that a form asks, each once."""
    items = (item for section in package_table(form)["sections"] for item in section.get("items", ()))
    return tuple(dict.fromkeys(name for item in items for name in item.get("ask", ())))


def _item(item: Mapping[str, Any], facts: Facts, answers: Answers) -> Item:
    if "if" in item and answers.settles(item["if"]):
        return Item(label=item["label"], applies=False)
    lines: list[Line] = []
    tables: list[Table] = []
    for name in item.get("facts", ()):
        texts, shown = SAID[name](facts)
        lines += [Line(text=text, origin="recorded") for text in texts]
        tables += shown
    for name in item.get("ask", ()):
        lines += _answered(name, answers, label=len(item["ask"]) > 1 or "facts" in item)
    return Item(label=item["label"], lines=tuple(lines), tables=tuple(tables))


def _answered(name: str, answers: Answers, *, label: bool) -> list[Line]:
    """The answer's lines, or one that says that it is not stated; with a `label`, what is asked stands before it."""
    answer, ask = answers.get(name), questions()[name].ask
    if answer is None:
        text = {language: _labelled(ask, NOT_STATED, language) for language in ask} if label else NOT_STATED
        return [Line(text=text, origin="open", question=name)]
    if not label or len(answer.lines) > 1:
        return [Line(text=line, origin="stated", question=name) for line in answer.lines]
    text = {language: _labelled(ask, answer.lines[0], language) for language in ask}
    return [Line(text=text, origin="stated", question=name)]


def _labelled(ask: Bilingual, text: Bilingual, language: str) -> str:
    return f"{ask[language]}{': ' if language == 'en' else '：'}{text[language]}"


def _open(sections: tuple[Section, ...]) -> Iterator[Open]:
    for section in sections:
        for item in section.items:
            for line in item.lines:
                if line.origin == "open" and line.question is not None:
                    yield Open(
                        section=section.number,
                        label=item.label,
                        question=line.question,
                        ask=questions()[line.question].ask,
                    )


def _identity(facts: Facts) -> dict[str, str]:
    """What names each run for good, so that anyone can ask for the proof of what is said."""
    if not facts.runs:
        return _identity_of(facts)
    parts = ((each.run, name, held) for each in facts.runs for name, held in _identity_of(each).items())
    return {"id": facts.run, **{f"{run} {name}": held for run, name, held in parts if name != "id"}}


def _identity_of(facts: Facts) -> dict[str, str]:
    named = {
        "id": facts.run,
        "finished_at": facts.finished_at,
        "regime": f"{facts.regime} {facts.regime_version} {facts.regime_sha256}",
        "snapshot": facts.snapshot,
        "corpus": facts.corpus,
        "tool": facts.attested.tool,
        "matcher": facts.attested.matcher,
        "signed_by": facts.attested.signed_by,
        **{name: f"sha256:{digest}" for name, digest in facts.attested.files.items()},
    }
    return {name: plain(" ".join(held.split())) for name, held in named.items()}

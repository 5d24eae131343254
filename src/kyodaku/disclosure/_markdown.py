# SPDX-License-Identifier: Apache-2.0
"""A form as Markdown, in one language; whatever comes from outside is text, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kyodaku.disclosure._labels import LABELS
from kyodaku.disclosure.document import Disclosure, Item, Line, Table

__all__ = ["as_markdown"]

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>#|~&!])|^([-+=]|\d+[.)](?=\s|$))|^(\s+)|(://|@)")
_DEEPEST: Final = 4


def as_markdown(form: Disclosure, language: str) -> str:
    """The form in one language."""
    return "\n".join(_lines(form, language)).rstrip() + "\n"


def _lines(form: Disclosure, language: str) -> Iterator[str]:
    def say(name: str) -> str:
        return LABELS[name][language]

    yield f"# {_text(form.title[language])}"
    yield ""
    if form.status == "draft":
        yield f"**{say('draft')}**"
        yield ""
    yield f"{_text(form.after[language])}"
    yield ""
    yield say("legend")
    yield ""
    for note in form.unconfirmed:
        yield f"> {say('unconfirmed')} {_text(note[language])}"
        yield ""
    for section in form.sections:
        level = 2 if section.number.count(".") == 0 else min(_DEEPEST, 2 + section.number.count("."))
        yield f"{'#' * level} {_text(f'{section.number} {section.title[language]}'.strip())}"
        yield ""
        for item in section.items:
            yield from _item(item, language)
    yield f"## {say('open')}"
    yield ""
    for each in form.open:
        yield f"- {_text(f'{each.section} {each.label[language]}'.strip())}: `{each.question}`"
    yield "" if form.open else say("nothing_open")
    yield ""
    yield f"## {say('run')}"
    yield ""
    for name, value in form.run.items():
        yield f"- {name}: `{value.replace('`', '')}`"
    yield ""
    yield say("scope")


def _item(item: Item, language: str) -> Iterator[str]:
    yield f"**{_text(item.label[language])}**"
    yield ""
    if not item.applies:
        yield f"- {LABELS['idle'][language]}"
    for line in item.recorded:
        yield f"- {_line(line, language)}"
    for table in item.tables:
        yield ""
        yield from _table(table, language)
    for line in item.answered:
        yield f"- {_line(line, language)}"
    yield ""


def _line(line: Line, language: str) -> str:
    text = _text(line.text[language])
    if line.origin == "open":
        return f"**{text}** (`{line.question}`)"
    return f"{text} ({LABELS['mark_' + line.origin][language]})"


def _table(table: Table, language: str) -> Iterator[str]:
    yield f"| {' | '.join(_text(head[language]) for head in table.head)} |"
    yield f"|{'---|' * len(table.head)}"
    for row in table.rows:
        yield f"| {' | '.join(_text(cell[language]) for cell in row)} |"
    yield ""
    if table.more:
        yield LABELS["more"][language].format(f"{table.more:,}")
        yield ""


def _text(text: str) -> str:
    """Text on one line, with what Markdown would take for markup, an address or a heading made harmless."""
    return _MARKUP.sub(_escaped, " ".join(text.split()))


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    if sign == "://":
        return "&#58;//"
    if sign == "@":
        return "&#64;"
    if sign == "&":
        return "&amp;"
    if sign == "<":
        return "&lt;"
    if found[2] and found[2][0].isdigit():
        return f"{sign[:-1]}\\{sign[-1]}"
    return f"\\{sign}"

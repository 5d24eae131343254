# SPDX-License-Identifier: Apache-2.0
"""A form as it is filled in: sections of items, each line with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kyodaku.disclosure._words import Bilingual

__all__ = ["Disclosure", "Item", "Line", "Open", "Origin", "Section", "Table"]

Origin = Literal["recorded", "stated", "open"]
"""On the run's record; stated by the developer in the answers; or asked for and not stated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A text and where it comes from; `question` names what it answers, or what is still to be answered."""

    text: Bilingual
    origin: Origin
    question: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows on record; `more` counts those that are not shown."""

    head: tuple[Bilingual, ...]
    rows: tuple[tuple[Bilingual, ...], ...]
    more: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One field of a form; `applies` is false where an answer makes it idle."""

    label: Bilingual
    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    applies: bool = True

    @property
    def recorded(self) -> tuple[Line, ...]:
        """What is on record; the tables belong to it."""
        return tuple(line for line in self.lines if line.origin == "recorded")

    @property
    def answered(self) -> tuple[Line, ...]:
        """What is stated, or still to be."""
        return tuple(line for line in self.lines if line.origin != "recorded")


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A numbered part of a form."""

    number: str
    title: Bilingual
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """A field that is not stated: where it stands, and the question that would fill it."""

    section: str
    label: Bilingual
    question: str
    ask: Bilingual


@dataclass(frozen=True, kw_only=True, slots=True)
class Disclosure:
    """A form filled in from a run's record and a developer's answers.

    `status` is `form`, or `draft` where what it follows is one. `unconfirmed` says what of the form itself could not be
    checked against its source. `machine` is the document for programs, of the forms that are one.
    """

    form: str
    title: Bilingual
    after: Bilingual
    status: str
    unconfirmed: tuple[Bilingual, ...]
    run: Mapping[str, str]
    sections: tuple[Section, ...]
    open: tuple[Open, ...]
    machine: Mapping[str, Any] | None = field(default=None)

    def as_json(self) -> dict[str, Any]:
        """The document for programs: that of the form's own standard, else all of the form in both languages."""
        if self.machine is not None:
            return dict(self.machine)
        return {
            "format": "kyodaku/disclosure/v1",
            "form": self.form,
            "title": self.title,
            "after": self.after,
            "status": self.status,
            "unconfirmed": list(self.unconfirmed),
            "run": dict(self.run),
            "sections": [_section(section) for section in self.sections],
            "open": [
                {"section": each.section, "label": each.label, "question": each.question, "ask": each.ask}
                for each in self.open
            ],
        }

    def items(self) -> Iterator[tuple[Section, Item]]:
        """Every item with its section."""
        for section in self.sections:
            for item in section.items:
                yield section, item


def _section(section: Section) -> dict[str, Any]:
    return {
        "number": section.number,
        "title": section.title,
        "items": [_item(item) for item in section.items],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "label": item.label,
        "applies": item.applies,
        "lines": [{"origin": line.origin, "text": line.text, "question": line.question} for line in item.lines],
        "tables": [
            {"head": list(table.head), "rows": [list(row) for row in table.rows], "more": table.more}
            for table in item.tables
        ],
    }

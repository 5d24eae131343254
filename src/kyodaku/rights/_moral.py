# SPDX-License-Identifier: Apache-2.0
"""Whether an author's moral rights stand in the way: they are the author's alone, whoever holds the copyright."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kyodaku.rights._closure import UPSTREAM
from kyodaku.rights.vocabulary import ALL

if TYPE_CHECKING:
    from kyodaku.rights.uses import Use
    from kyodaku.rights.works import MoralRecord, Work

__all__ = ["Authored", "authors"]


@dataclass(frozen=True, slots=True)
class Authored:
    """What is on file for one author, None if nobody knows who it is: consent or not, in which records."""

    author: str | None
    on_file: bool
    records: tuple[MoralRecord, ...] = ()

    @property
    def attribution(self) -> tuple[str, ...]:
        """How the author is to be named."""
        return tuple(sorted({record.attribution for record in self.records if record.attribution}))


def authors(work: Work, use: Use, role: str) -> tuple[Authored, ...]:
    """One for each author of the work; of a work found, or a part of it, that has no record, one that is not known.

    The author of an original keeps its moral rights in what was made from it (Japan: Arts. 19(1), 20). Whoever made
    that dealt with the author, so that an original without a record raises no question; one with a record does.

    Consent is on file if a record that covers the act gives it and none that covers it lacks it. A developer that is
    the author itself (as of a work made for hire, Art. 15) has its own.
    """
    found = []
    for author in sorted({record.author for record in work.moral}):
        records = tuple(held for held in work.moral if held.author == author and {ALL, use.act} & set(held.acts))
        consents = bool(records) and all(record.consent for record in records)
        found.append(Authored(author, consents or author == use.developer, records))
    nobody = () if role == UPSTREAM else (Authored(None, on_file=False),)
    return tuple(found) or nobody

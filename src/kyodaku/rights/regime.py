# SPDX-License-Identifier: Apache-2.0
"""A regime: a named, versioned position that says what each fact means, as tables without a gap or an overlap.

A regime decides four questions, each by one table. In each table every combination of facts has exactly one row:

| table    | asked                                                          | its facts                            |
|----------|----------------------------------------------------------------|--------------------------------------|
| `medium` | if nothing registered was surely found or nothing could be read | `found`, `basis`, `terms`, `act`    |
| `claim`  | once, if a basis is claimed although something was found       | `basis`, `registry`, `act`           |
| `work`   | of a work that has no holder to ask                            | `record`, `role`, `act`              |
| `holder` | of every holder that must be asked                             | `statement`, `role`, `others`, `act` |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kyodaku.rights._closure import ROLES
from kyodaku.rights._stance import STATEMENTS
from kyodaku.rights.vocabulary import ACTS, BASIS_KINDS, POSSIBLE, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NOTED", "PLACEHOLDERS", "STATUSES", "TABLES", "ActRule", "Regime", "Row", "Table", "Words"]

NOTED: Final = "noted"
"""The effect of a row that tells a fact and moves nothing."""

STATUSES: Final = ("settled", "contested")

TERMS: Final = (
    "clear",
    "duties",
    "share_alike",
    "no_derivatives",
    "non_commercial",
    "expired",
    "unverified",
)
"""What stands between a claimed basis and the use: nothing, duties, a limit of the licence, its time, or its proof."""

TABLES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "medium": {
        "found": ("unexamined", POSSIBLE, "nothing"),
        "basis": ("none", *BASIS_KINDS),
        "terms": TERMS,
        "act": ACTS,
    },
    "claim": {"basis": BASIS_KINDS, "registry": ("permits", "does_not_permit"), "act": ACTS},
    "work": {"record": ("unknown", "no_holder", "disputed", "term_over"), "role": ROLES, "act": ACTS},
    "holder": {"statement": STATEMENTS, "role": ROLES, "others": ("granted", "not_granted"), "act": ACTS},
}
"""Every table, the facts it may ask about, and the values of each."""


PLACEHOLDERS: Final[dict[str, tuple[str, ...]]] = {
    "medium": ("act", "developer", "claim", "error", "duties", "limits", "works"),
    "claim": ("act", "developer", "claim", "works"),
    "work": ("act", "developer", "work", "rights", "territory", "party", "permission", "since"),
    "holder": (
        *("act", "developer", "party", "by", "work", "territory", "permission", "since", "until", "recorded"),
        *("scope", "duties", "conditions", "revocation", "revoked_on"),
    ),
}
"""What the sentences of each table may name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of a table: when these facts hold, this verdict, on this authority, in these words."""

    rule: str
    when: Mapping[str, frozenset[str]]
    effect: str
    citation: str
    text: Mapping[str, str]
    line: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows, found by the values of the facts that any of them asks about."""

    name: str
    rows: tuple[Row, ...]
    asks: tuple[str, ...]
    cells: Mapping[tuple[str, ...], Row]

    def row(self, **facts: str) -> Row:
        """The one row for these facts."""
        return self.cells[tuple(facts[name] for name in self.asks)]


@dataclass(frozen=True, kw_only=True, slots=True)
class ActRule:
    """The rights an act touches: `rights` must have a holder; `neighbouring` are asked where a holder is recorded."""

    rights: frozenset[str]
    neighbouring: frozenset[str]
    citation: str


@dataclass(frozen=True, slots=True)
class Words:
    """What acts, rights, duties and the like are called in each language: group → word → language → text."""

    groups: Mapping[str, Mapping[str, Mapping[str, str]]]

    def say(self, group: str, word: str, language: str) -> str:
        """The word in the language; a word that was never translated is said as it is."""
        return self.groups[group].get(word, {}).get(language, word)


@dataclass(frozen=True, kw_only=True, slots=True)
class Regime:
    """A position on the law, as data; made by `load_regime` or `parse_regime`.

    `sha256` is the digest of everything in it, wording included; comments and layout of the file do not count.
    """

    id: str
    version: str
    status: str
    title: Mapping[str, str]
    position: Mapping[str, str]
    disclaimer: Mapping[str, str]
    source: str
    acts: Mapping[str, ActRule]
    upstream: ActRule
    tables: Mapping[str, Table]
    words: Words
    sha256: str

    def __repr__(self) -> str:
        return f"Regime({self.id} {self.version}, {self.sha256})"

    @property
    def unidentified(self) -> Verdict:
        """Its policy for a clip to train on in which nothing registered was found and for which no basis is claimed."""
        row = self.tables["medium"].row(found="nothing", basis="none", terms="clear", act="train")
        return Verdict(row.effect)

    def rights(self, act: str, roles: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
        """The rights, and the neighbouring rights, that an act touches in a work in these roles."""
        rules = [self.upstream if role == "upstream" else self.acts[act] for role in roles]
        return (
            frozenset().union(*(rule.rights for rule in rules)),
            frozenset().union(*(rule.neighbouring for rule in rules)),
        )

# SPDX-License-Identifier: Apache-2.0
"""A regime: a named, versioned position that says what each fact means, as tables without a gap or an overlap.

A regime decides five questions, each by one table. In each table every combination of facts has exactly one row:

| table    | asked                                                          | its facts                            |
|----------|----------------------------------------------------------------|--------------------------------------|
| `medium` | if nothing registered was surely found or nothing could be read | `found`, `basis`, `terms`, `act`    |
| `claim`  | once, if a basis is claimed although something was found       | `basis`, `registry`, `act`           |
| `work`   | of a work whose holders are unknown or unclear, or stood in for | `record`, `role`, `act`             |
| `holder` | of every holder that must be asked                             | `statement`, `role`, `others`, `act` |
| `moral`  | of each author of a work, if it is generated or published      | `moral`, `attribution`, `role`, `act` |

Every table may also ask for the circumstances that the developer states: `access`, `source`, `reservation`, `actor`,
`retention`, `enjoyment`, `market`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, product
from typing import TYPE_CHECKING, Final

from kyodaku.rights._closure import ROLES, UPSTREAM
from kyodaku.rights._stance import STATEMENTS
from kyodaku.rights.vocabulary import ACTS, BASIS_KINDS, CIRCUMSTANCES, POSSIBLE, UNSEEN, UNSTATED, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kyodaku.rights.uses import Circumstances

__all__ = [
    "CIRCUMSTANCE_FACTS",
    "MAIN_FACTS",
    "MORAL_ACTS",
    "NOTED",
    "PLACEHOLDERS",
    "POLICIES",
    "STATUSES",
    "TABLES",
    "ActRule",
    "Regime",
    "Row",
    "Table",
    "Words",
    "circumstance_facts",
    "strictness",
]

NOTED: Final = "noted"
"""The effect of a row that tells a fact and moves nothing."""

STATUSES: Final = ("settled", "contested")

POLICIES: Final = {"refuse": Verdict.REFUSED, "review": Verdict.REVIEW, "permit": Verdict.PERMITTED}
"""What a regime may say of a clip in which nothing registered was found and for which no basis is claimed."""

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

RECORDS: Final = ("unknown", "no_holder", "disputed", "overclaimed", "incomplete", "ruling", "term_over")
"""Why nobody can be asked about a work, or not only those who were: see `TABLES`."""

MORAL_ACTS: Final = ("generate", "publish")
"""Acts that change a work or show it: what an author's moral rights are about (Japan: Arts. 18 to 20)."""

_FACT_NAMES: Final = {name: "access" if name == "lawful_access" else name for name in CIRCUMSTANCES}
CIRCUMSTANCE_FACTS: Final = {fact: (*CIRCUMSTANCES[name], UNSTATED) for name, fact in _FACT_NAMES.items()}
"""The circumstances as facts of every table."""

TABLES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "medium": {
        "found": ("unexamined", UNSEEN, POSSIBLE, "nothing"),
        "basis": ("none", *BASIS_KINDS),
        "terms": TERMS,
        "act": ACTS,
        **CIRCUMSTANCE_FACTS,
    },
    "claim": {
        "basis": BASIS_KINDS,
        "registry": ("permits", "does_not_permit"),
        "act": ACTS,
        **CIRCUMSTANCE_FACTS,
    },
    "work": {"record": RECORDS, "role": ROLES, "act": ACTS, **CIRCUMSTANCE_FACTS},
    "holder": {
        "statement": STATEMENTS,
        "role": ROLES,
        "others": ("granted", "not_granted"),
        "act": ACTS,
        **CIRCUMSTANCE_FACTS,
    },
    "moral": {
        "moral": ("on_file", "absent"),
        "attribution": ("stated", "none"),
        "role": ROLES,
        "act": MORAL_ACTS,
        **CIRCUMSTANCE_FACTS,
    },
}
"""Every table, the facts it may ask about, and the values of each."""

MAIN_FACTS: Final = {
    "medium": "found",
    "claim": "registry",
    "work": "record",
    "holder": "statement",
    "moral": "moral",
}
"""What each table is asked about first."""

_OF_EVERY_TABLE: Final = ("act", "developer", "circumstances", "unstated")

PLACEHOLDERS: Final[dict[str, tuple[str, ...]]] = {
    "medium": (*_OF_EVERY_TABLE, "claim", "error", "unseen", "duties", "limits", "works"),
    "claim": (*_OF_EVERY_TABLE, "claim", "works"),
    "work": (
        *(*_OF_EVERY_TABLE, "work", "rights", "territory", "party", "permission", "since", "until"),
        *("number", "fee"),
    ),
    "holder": (
        *(*_OF_EVERY_TABLE, "party", "by", "work", "territory", "permission", "since", "until", "recorded"),
        *("scope", "duties", "conditions", "revocation", "revoked_on", "number", "fee"),
    ),
    "moral": (*_OF_EVERY_TABLE, "work", "author", "attribution", "source", "approver"),
}
"""What the sentences of each table may name."""


def circumstance_facts(stated: Circumstances) -> dict[str, str]:
    """The circumstances in the words of the tables."""
    return {fact: getattr(stated, name) for name, fact in _FACT_NAMES.items()}


def strictness(effect: str) -> int:
    """The rank of a verdict; below all of them where a row moves nothing."""
    return -1 if effect == NOTED else Verdict(effect).rank


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of a table: when these facts hold, this verdict, on this authority, in these words.

    `would_change` says what would change a verdict that does not let the use go ahead; left out, the common words for
    the case say it.
    """

    rule: str
    when: Mapping[str, frozenset[str]]
    effect: str
    citation: str
    text: Mapping[str, str]
    would_change: Mapping[str, str] | None = None
    line: int = 0

    def holds(self, facts: Mapping[str, str]) -> bool:
        """Whether the row speaks for these facts."""
        return all(facts[name] in values for name, values in self.when.items())


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows, of which exactly one speaks for any facts; `asks` are the facts that any of them asks about."""

    name: str
    rows: tuple[Row, ...]
    asks: tuple[str, ...]
    _found: dict[tuple[str, ...], Row] = field(default_factory=dict, init=False, repr=False, compare=False)
    _helps: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def row(self, facts: Mapping[str, str]) -> Row:
        """The one row for these facts."""
        key = tuple(facts[name] for name in self.asks)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = next(row for row in self.rows if row.holds(facts))
        return found

    def helped_by(self, facts: Mapping[str, str]) -> tuple[str, ...]:
        """The unstated circumstances that, if some word were stated of them, would let this table say its loosest."""
        key = tuple(facts[name] for name in self.asks)
        if key not in self._helps:
            self._helps[key] = self._search_help(facts)
        return self._helps[key]

    def _search_help(self, facts: Mapping[str, str]) -> tuple[str, ...]:
        unstated = [name for name in self.asks if name in CIRCUMSTANCE_FACTS and facts[name] == UNSTATED]
        sets = [names for size in range(len(unstated) + 1) for names in combinations(unstated, size)]
        reached = {names: self._loosest(facts, names) for names in sets}
        best = [names for names in sets if reached[names] == min(reached.values())]
        enough = {name for names in best if len(names) == len(best[0]) for name in names}
        return tuple(name for name in unstated if name in enough)

    def _loosest(self, facts: Mapping[str, str], names: tuple[str, ...]) -> int:
        words = product(*(CIRCUMSTANCE_FACTS[name][:-1] for name in names))
        stated = (dict(zip(names, chosen, strict=True)) for chosen in words)
        return min(strictness(self.row({**facts, **chosen}).effect) for chosen in stated)


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
        return self.groups.get(group, {}).get(word, {}).get(language, word)


@dataclass(frozen=True, kw_only=True, slots=True)
class Regime:
    """A position on the law, as data; made by `load_regime` or `parse_regime`.

    `sha256` is the digest of everything in it, wording included; comments and layout of the file do not count.
    `unidentified` is its policy for a clip in which nothing registered was found and for which no basis is claimed;
    None if its tables say it row by row.
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
    unidentified: Verdict | None = None

    def __repr__(self) -> str:
        return f"Regime({self.id} {self.version}, {self.sha256})"

    def rights(self, act: str, role: str) -> tuple[frozenset[str], frozenset[str]]:
        """The rights, and the neighbouring rights, that an act touches in a work in this role."""
        rule = self.upstream if role == UPSTREAM else self.acts[act]
        return rule.rights, rule.neighbouring

# SPDX-License-Identifier: Apache-2.0
"""The record is checked as a whole, and gives each decision only what it needs."""

from __future__ import annotations

from typing import Any

import pytest

from kyodaku.errors import UsageError
from kyodaku.rights import Basis, Finding, Party, RightsRecord, Share, Work
from kyodaku.rights._cycles import find_cycle
from support.law import make_mandate, make_statement, make_work

STUDIO, LAB, GUILD = Party(id="studio"), Party(id="lab", kind="developer"), Party(id="guild", kind="association")


def _works(*edges: str, relation: str = "part_of") -> list[Work]:
    related: dict[str, list[str]] = {}
    for edge in edges:
        part, whole = edge.split(">")
        related.setdefault(part, []).append(whole)
        related.setdefault(whole, [])
    return [Work(id=name, kind="film", **{relation: tuple(wholes)}) for name, wholes in related.items()]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"works": [make_work("ghost")]}, "work film: there is no party 'ghost'"),
        ({"works": [make_work(shares=(Share(party="studio", acquired_from="ghost"),))]}, "there is no party 'ghost'"),
        ({"works": [make_work(part_of=("series",))]}, "work film: there is no work 'series'"),
        ({"works": [make_work(derived_from=("manga",))]}, "work film: there is no work 'manga'"),
        ({"permissions": [make_statement("refusal", "studio")]}, "statement refusal-studio: there is no work 'film'"),
        ({"permissions": [make_statement("refusal", "ghost", works="all")]}, "there is no party 'ghost'"),
        ({"permissions": [make_statement("grant", "studio", works="all", to="ghost")]}, "there is no party 'ghost'"),
        (
            {"permissions": [make_statement("revocation", "studio", works="all", revokes="nothing")]},
            "there is no statement 'nothing'",
        ),
        ({"mandates": [make_mandate("guild", "ghost")]}, "mandate guild-for-ghost: there is no party 'ghost'"),
        ({"mandates": [make_mandate("guild", "studio", works="film")]}, "there is no work 'film'"),
        (
            {"permissions": [make_statement("grant", "studio", works="all", under="nothing")]},
            "there is no statement 'nothing'",
        ),
        (
            {
                "permissions": [
                    make_statement("refusal", "studio", works="all"),
                    make_statement("grant", "studio", works="all", under="refusal-studio"),
                ]
            },
            "statement grant-studio: 'refusal-studio' is no grant to license under",
        ),
        (
            {
                "permissions": [
                    make_statement("grant", "studio", works="all", id=one, under=two) for one, two in ("ab", "bc", "ca")
                ]
            },
            "statement a: sub-licences rest on themselves: a → b → c → a",
        ),
        ({"parties": [Party(id="studio", kind="committee")]}, "party: two different records have the id 'studio'"),
        ({"works": _works("a>b", "b>c", "c>a")}, "work a: works are part of themselves: a → b → c → a"),
        ({"works": _works("b>a", "a>b", relation="derived_from")}, "works are derived from themselves: a → b → a"),
    ],
)
def test_a_record_that_does_not_hold_together_is_refused(given: dict[str, Any], message: str) -> None:
    parties = [STUDIO, LAB, GUILD, *given.pop("parties", ())]

    with pytest.raises(UsageError) as caught:
        RightsRecord(parties=parties, **given)

    assert message in str(caught.value)


def test_a_revocation_is_final() -> None:
    said = [
        make_statement("refusal", "studio", works="all", id="r"),
        make_statement("revocation", "studio", revokes="r", id="v"),
        make_statement("revocation", "studio", revokes="v", id="w"),
    ]

    with pytest.raises(UsageError, match="statement w: a revocation is final"):
        RightsRecord(parties=[STUDIO], permissions=said, works=[make_work()])


def test_the_same_record_twice_is_one() -> None:
    assert list(RightsRecord(parties=[STUDIO, Party(id="studio")]).parties) == ["studio"]


def test_what_is_recorded_can_be_read_and_not_changed() -> None:
    refusal = make_statement("refusal", "studio")
    mandate = make_mandate("guild", "studio")
    record = RightsRecord(
        parties=[STUDIO, GUILD], works=[make_work("studio")], permissions=[refusal], mandates=[mandate]
    )

    assert (list(record.works), list(record.permissions), list(record.mandates)) == (
        ["film"],
        [refusal.id],
        [mandate.id],
    )
    assert record.about("film") == (refusal,)
    assert record.about("nothing") == ()
    with pytest.raises(TypeError):
        record.parties["eve"] = STUDIO  # type: ignore[index]


@pytest.mark.parametrize(
    ("edges", "cycle"),
    [
        ({}, ()),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}, ()),
        ({"a": ("a",)}, ("a", "a")),
        ({"z": ("y",), "y": ("x",), "x": ("y",)}, ("x", "y", "x")),
        ({"a": ("lost",)}, ()),
        ({str(n): (str(n + 1),) for n in range(20_000)}, ()),
    ],
)
def test_cycles_are_found_and_named_from_their_smallest_id(
    edges: dict[str, tuple[str, ...]], cycle: tuple[str, ...]
) -> None:
    assert find_cycle(edges) == cycle


def _crowd() -> RightsRecord:
    """A film of a studio, that a guild may speak for, among a thousand films of others."""
    others = [Party(id=f"other-{n}") for n in range(1000)]
    films = [make_work(f"other-{n}", id=f"film-{n}") for n in range(1000)]
    everything = tuple(work.id for work in films)
    return RightsRecord(
        parties=[STUDIO, LAB, GUILD, *others],
        works=[make_work("studio"), *films],
        mandates=[
            make_mandate("guild", "studio", works=("film", *everything)),
            make_mandate("guild", "studio", works="film-7", id="elsewhere"),
        ],
        permissions=[
            make_statement("grant", "studio", works=("film", *everything)),
            make_statement("refusal", "guild", works="all"),
            *(make_statement("refusal", f"other-{n}", works=f"film-{n}") for n in range(1000)),
            make_statement("revocation", "studio", revokes="grant-studio", works="all"),
        ],
    )


def test_a_decision_is_given_only_what_concerns_it() -> None:
    facts = _crowd().facts(
        [Finding(work="film")], developer="lab", matcher="pdq-v1", snapshot="s", error="x", examined=False
    )

    assert [work.id for work in facts.works] == ["film"]
    assert [party.id for party in facts.parties] == ["guild", "lab", "studio"]
    assert [(said.id, said.works) for said in facts.permissions] == [
        ("grant-studio", ("film",)),
        ("refusal-guild", ("all",)),
        ("revocation-studio", ("all",)),
    ]
    assert [(mandate.id, mandate.works) for mandate in facts.mandates] == [("guild-for-studio", ("film",))]
    assert (facts.matcher, facts.snapshot, facts.error, facts.examined) == ("pdq-v1", "s", "x", False)


def test_nothing_found_needs_nothing() -> None:
    facts = _crowd().facts()

    assert (facts.works, facts.parties, facts.permissions, facts.mandates) == ((), (), (), ())


def test_a_named_grant_brings_its_works() -> None:
    facts = _crowd().facts(basis=Basis(kind="grant", source="grant-studio"))

    assert len(facts.works) == 1001
    assert _crowd().facts(basis=Basis(kind="grant", source="nowhere")).works == ()
    assert _crowd().facts(basis=Basis(kind="own_work", source="grant-studio")).works == ()


def test_a_finding_of_an_unknown_work_is_kept() -> None:
    facts = _crowd().facts([Finding(work="vanished")])

    assert (facts.works, facts.found[0].work) == ((), "vanished")


def test_wholes_and_originals_come_along_and_siblings_do_not() -> None:
    record = RightsRecord(
        works=[
            Work(id="novel", kind="novel"),
            Work(id="manga", kind="manga", derived_from=("novel",)),
            Work(id="series", kind="series", derived_from=("manga",)),
            Work(id="ep-1", kind="episode", part_of=("series",)),
            Work(id="ep-2", kind="episode", part_of=("series",)),
            Work(id="song", kind="music", part_of=("ep-1",)),
        ],
    )

    assert [work.id for work in record.facts([Finding(work="ep-1")]).works] == [
        "ep-1",
        "manga",
        "novel",
        "series",
        "song",
    ]
    assert len(record.facts([Finding(work="series")]).works) == 6


def test_a_mandate_for_named_works_is_picked_for_these() -> None:
    works = [make_work("studio"), make_work("studio", id="other"), make_work("lab", id="elsewhere")]
    record = RightsRecord(
        parties=[STUDIO, LAB, GUILD],
        works=works,
        mandates=[
            make_mandate("guild", "studio", works=("elsewhere", "film", "other"), territories=("JP",)),
            make_mandate("guild", "lab", works="film"),
            make_mandate("guild", "studio", id="general", works="all"),
        ],
    )

    mandates = record.facts([Finding(work="film"), Finding(work="other")]).mandates

    assert [(held.id, held.works, held.territories) for held in mandates] == [
        ("general", ("all",), ("world",)),
        ("guild-for-studio", ("film", "other"), ("JP",)),
    ]

# SPDX-License-Identifier: Apache-2.0
"""Portions that do not add up, rulings for those who are silent or unknown, and what authors agreed to."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import pytest

from kyodaku.rights import (
    ACTS,
    Basis,
    Decision,
    Facts,
    Finding,
    MoralRecord,
    Party,
    Permission,
    Regime,
    RightsRecord,
    Share,
    Term,
    Work,
    decide,
)
from support.law import day, make_statement, make_use, make_work

HALF, THIRD, MOST, WHOLE = Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(1)
GRANTS: Final = tuple(make_statement("grant", party) for party in ("ann", "ben", "cho"))
RULING: Final = Basis(
    kind="ruling", number="2026-3", fee="120,000 JPY", works=("film",), valid_from=day(1), valid_until=day(30)
)


def _decide(
    regime: Regime, work: Work, *said: Permission, use: dict[str, Any] | None = None, **fields: Any
) -> Decision:
    facts = Facts(works=(work,), permissions=said, **({"found": (Finding(work="film"),)} | fields))
    return decide(make_use(**(use or {})), facts, regime)


def _rules(decision: Decision) -> set[str]:
    return {ground.rule.removeprefix("jp-prior/") for ground in decision.grounds}


# --- portions --------------------------------------------------------------------------------------------------------


def _share(party: str, portion: Fraction | None, *territory: str, **fields: Any) -> Share:
    return Share(party=party, portion=portion, territory=territory or ("world",), **fields)


@pytest.mark.parametrize(
    ("shares", "rule"),
    [
        ([_share("ann", HALF), _share("ben", HALF)], None),
        ([_share("ann", HALF), _share("ben", MOST)], "overclaimed"),
        ([_share("ann", HALF), _share("ben", THIRD)], "incomplete"),
        ([_share("ann", None), _share("ben", None)], None),
        ([_share("ann", HALF), _share("ben", None)], None),
        ([_share("ann", WHOLE), _share("ben", None)], "overclaimed"),
        ([_share("ann", THIRD), _share("ben", THIRD), _share("cho", THIRD)], None),
        ([_share("ann", HALF), _share("ben", HALF, "US")], "incomplete"),
        ([_share("ann", HALF), _share("ben", HALF, "JP")], None),
        ([_share("ann", WHOLE, "JP"), _share("ben", WHOLE, "US")], None),
        ([_share("ann", WHOLE), _share("ben", HALF, valid_until=day(5))], None),
        ([_share("ann", WHOLE), _share("ben", HALF, valid_from=day(5))], "overclaimed"),
        ([_share("ann", WHOLE), _share("ben", HALF, rights=("rental",))], None),
        ([_share("ann", HALF, rights=("reproduction",)), _share("ben", HALF, rights=("transmission",))], "incomplete"),
        ([_share("ann", WHOLE), _share("ben", HALF, rights=("performance",))], "incomplete"),
        (
            [
                _share("ann", WHOLE),
                _share("ben", MOST, rights=("phonogram",)),
                _share("cho", HALF, rights=("phonogram",)),
            ],
            "overclaimed",
        ),
    ],
)
def test_portions_add_up_to_the_whole(shares: list[Share], rule: str | None, jp_prior: Regime) -> None:
    decision = _decide(jp_prior, make_work(shares=shares), *GRANTS)

    assert _rules(decision) == {"grant"} | ({rule} if rule else set())
    assert decision.verdict == {None: "permitted", "overclaimed": "review", "incomplete": "refused"}[rule]


def test_for_the_world_portions_add_up_in_every_country_named_and_in_the_others(jp_prior: Regime) -> None:
    shares = (_share("ann", HALF), _share("ben", HALF, "JP"), _share("cho", WHOLE, "US"))

    decision = _decide(jp_prior, make_work(shares=shares), *GRANTS, use={"territory": ("world",)})
    told = {ground.rule.removeprefix("jp-prior/"): ground.text["en"] for ground in decision.grounds}

    assert "(reproduction (Art. 21)) for US come to more than the whole" in told["overclaimed"]
    assert "(reproduction (Art. 21)) for the whole world come to less" in told["incomplete"]


def test_where_the_term_is_over_no_portion_is_missing(jp_prior: Regime) -> None:
    work = make_work(shares=(_share("ann", HALF),), terms=(Term(until=day(0)),))

    assert _rules(_decide(jp_prior, work)) == {"term-over"}


# --- rulings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({}, "ruling-for-the-silent"),
        ({"number": None}, "silence"),
        ({"number": ""}, "silence"),
        ({"fee": None}, "silence"),
        ({"fee": " "}, "silence"),
        ({"number": " "}, "silence"),
        ({"works": ("series",)}, "silence"),
        ({"valid_from": None}, "silence"),
        ({"valid_until": None}, "silence"),
        ({"valid_from": day(10)}, "ruling-for-the-silent"),
        ({"valid_from": day(10.5)}, "silence"),
        ({"valid_until": day(10)}, "silence"),
        ({"valid_until": day(10.5)}, "ruling-for-the-silent"),
    ],
)
def test_a_ruling_stands_in_with_all_that_it_needs(changed: dict[str, Any], rule: str, jp_prior: Regime) -> None:
    decision = _decide(jp_prior, make_work("ann"), basis=replace(RULING, **changed))

    assert rule in _rules(decision)
    assert decision.verdict.is_go == (rule != "silence")


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        (make_statement("grant", "ann"), "grant"),
        (make_statement("refusal", "ann"), "refusal"),
        (make_statement("reservation", "ann"), "reservation"),
        (make_statement("objection", "ann"), "objection"),
        (make_statement("offer", "ann"), "offer"),
        (make_statement("grant", "ann", acts="collect"), "out-of-scope"),
        (make_statement("grant", "ann", effective_until=day(5)), "expired"),
        (make_statement("refusal", "ann", acts="publish"), "ruling-for-the-silent"),
    ],
)
def test_a_ruling_stands_in_for_nobody_who_spoke(said: Permission, rule: str, jp_prior: Regime) -> None:
    assert rule in _rules(_decide(jp_prior, make_work("ann"), said, basis=RULING))


@pytest.mark.parametrize(
    ("where", "rules"),
    [
        (("JP",), {"ruling-for-the-silent"}),
        (("US",), {"silence"}),
        (("JP", "US"), {"ruling-for-the-silent", "silence"}),
        (("world",), {"silence"}),
    ],
)
def test_a_ruling_reaches_japan_and_no_further(where: tuple[str, ...], rules: set[str], jp_prior: Regime) -> None:
    decision = _decide(jp_prior, make_work("ann"), basis=RULING, use={"territory": where})

    assert _rules(decision) - {"claim-contradicted", "claimed-ruling"} == rules


def test_a_ruling_stands_in_for_the_co_owner_whom_nobody_knows(jp_prior: Regime) -> None:
    work = make_work(shares=(_share("ann", HALF),))

    assert _rules(_decide(jp_prior, work, GRANTS[0], basis=RULING)) == {
        *("claimed-ruling", "grant", "ruling-for-the-unknown"),
    }
    over = make_work(shares=(_share("ann", WHOLE), _share("ben", WHOLE)))
    assert "overclaimed" in _rules(_decide(jp_prior, over, *GRANTS, basis=RULING))


def test_a_ruling_says_what_it_is_and_what_it_costs(jp_prior: Regime) -> None:
    (ground, _) = _decide(jp_prior, make_work("ann"), basis=RULING).grounds

    assert "A ruling (2026-3) permits the use in Japan" in ground.text["en"]
    assert "until 2026-01-31" in ground.text["en"]
    assert "補償金: 120,000 JPY。" in ground.text["ja"]
    grounds = _decide(jp_prior, make_work("ann"), basis=RULING, use={"act": "publish"}).grounds
    ground = next(ground for ground in grounds if ground.party == "ann")
    assert ground.would_change["en"].endswith("or proof that the ruling (2026-3) covers publication.")


def test_a_ruling_brings_the_works_that_it_names_though_nothing_is_found(jp_prior: Regime) -> None:
    record = RightsRecord(
        parties=[Party(id="ann")], works=[make_work("ann")], permissions=[make_statement("refusal", "ann", to=())]
    )
    facts = record.facts(basis=RULING)

    assert [work.id for work in facts.works] == ["film"]
    assert decide(make_use(), facts, jp_prior).verdict == "refused"
    unknown = decide(make_use(), Facts(basis=replace(RULING, works=("lost",))), jp_prior)
    assert _rules(unknown) == {"claim-contradicted", "work-unknown"}


@pytest.mark.parametrize(
    ("changed", "rule"),
    [({}, "ruling"), ({"number": None}, "claim-unproven"), ({"number": None, "source": "gazette 77"}, "ruling")],
)
def test_a_ruling_about_what_is_not_registered_is_worth_what_it_shows(
    changed: dict[str, Any], rule: str, jp_prior: Regime
) -> None:
    decision = decide(make_use(), Facts(basis=replace(RULING, works=(), **changed)), jp_prior)

    assert _rules(decision) == {rule}


# --- authors ---------------------------------------------------------------------------------------------------------

YES, NO = MoralRecord(author="Nao Mori", consent=True), MoralRecord(author="Nao Mori")


@pytest.mark.parametrize(
    ("moral", "rules"),
    [
        ((), {"moral-rights-absent"}),
        ((YES,), {"moral-rights-on-file"}),
        ((NO,), {"moral-rights-absent"}),
        ((YES, NO), {"moral-rights-absent"}),
        ((replace(YES, acts=("generate",)),), {"moral-rights-on-file"}),
        ((replace(YES, acts=("publish",)),), {"moral-rights-absent"}),
        ((replace(YES, acts=("generate",)), replace(NO, acts=("publish",))), {"moral-rights-on-file"}),
        ((YES, MoralRecord(author="ben")), {"moral-rights-absent", "moral-rights-on-file"}),
        ((replace(YES, attribution="N. Mori"),), {"moral-rights-attribution"}),
        ((replace(NO, attribution="N. Mori"),), {"moral-rights-absent"}),
        ((MoralRecord(author="lab"),), {"moral-rights-on-file"}),
    ],
)
def test_every_author_agrees_before_a_work_is_generated(
    moral: tuple[MoralRecord, ...], rules: set[str], jp_prior: Regime
) -> None:
    grant = make_statement("grant", "ann", acts="all")

    decision = _decide(jp_prior, make_work("ann", moral=moral), grant, use={"act": "generate"})

    assert _rules(decision) == {"grant", *rules}
    assert decision.verdict.is_go == ("moral-rights-absent" not in rules)


@pytest.mark.parametrize("act", ACTS)
def test_authors_are_asked_where_a_work_is_changed_or_shown(act: str, jp_prior: Regime) -> None:
    rules = _rules(_decide(jp_prior, make_work("ann"), make_statement("grant", "ann", acts="all"), use={"act": act}))

    assert ("moral-rights-absent" in rules) == (act in {"generate", "publish"})


def test_the_authors_of_parts_are_asked_and_those_of_originals_are_not(jp_prior: Regime) -> None:
    works = (
        make_work("ann", derived_from="manga"),
        make_work("ann", id="song", part_of="film"),
        make_work("ann", id="manga"),
    )
    facts = Facts(
        works=works, found=(Finding(work="film"),), permissions=(make_statement("grant", "ann", works="all"),)
    )

    absent = {
        ground.work for ground in decide(make_use(act="publish"), facts, jp_prior).grounds if "moral" in ground.rule
    }

    assert absent == {"film", "song"}


def test_an_author_is_told_by_name_and_needed_by_id(jp_prior: Regime) -> None:
    record = RightsRecord(
        parties=[Party(id="ann"), Party(id="nao", name={"en": "Nao Mori", "ja": "森なお"}), Party(id="desk")],
        works=[
            make_work(
                "ann",
                moral=(
                    MoralRecord(author="nao", approver="desk"),
                    MoralRecord(author="Aki", consent=True, source="deed 7"),
                ),
            )
        ],
        permissions=[make_statement("grant", "ann", acts="all", to=("anyone",))],
    )
    facts = record.facts([Finding(work="film")])

    decision = decide(make_use(act="publish"), facts, jp_prior)
    told = {ground.rule: ground for ground in decision.grounds}
    absent, on_file = told["jp-prior/moral-rights-absent"], told["jp-prior/moral-rights-on-file"]

    assert {party.id for party in facts.parties} == {"ann", "desk", "nao"}
    assert (absent.party, on_file.party) == ("nao", None)
    assert absent.text["en"].startswith("Nothing on file shows that Nao Mori consents to publication")
    assert "『film』の著作者である森なおが公開に同意し" in absent.text["ja"]
    assert on_file.text["en"].endswith("Source: deed 7.")
    assert [(need.party, need.work, need.act) for need in decision.needed] == [("nao", "film", "publish")]

# SPDX-License-Identifier: Apache-2.0
"""What a former holder's word is worth to the one who holds its share now, and what it kept when it passed it on."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from kyodaku.rights import Decision, Facts, Finding, Mandate, MoralRecord, Permission, Regime, Share, decide
from support.law import day, make_mandate, make_statement, make_use, make_work

HALF = Fraction(1, 2)
FROM_ANN = Share(party="ben", valid_from=day(5), acquired_from="ann", includes_27_28=True)
GRANT = make_statement("grant", "ann", 1)


def _decided(
    regime: Regime,
    shares: tuple[Share, ...],
    *said: Permission,
    act: str = "train",
    mandates: tuple[Mandate, ...] = (),
) -> Decision:
    work = make_work(shares=shares, moral=(MoralRecord(author="eve", consent=True),))
    facts = Facts(works=(work,), permissions=said, mandates=mandates, found=(Finding(work="film"),))
    return decide(make_use(act=act), facts, regime)


@pytest.mark.parametrize(
    ("own", "verdict"),
    [
        ((), "permitted"),
        ((Share(party="ben"),), "refused"),
        ((Share(party="ben", rights=("reproduction",)),), "refused"),
        ((Share(party="ben", rights=("rental",)),), "permitted"),  # not what the act touches
        ((Share(party="ben", territory=("US",)),), "permitted"),  # not where the use is
        ((Share(party="ben", valid_until=day(5)),), "permitted"),  # over
        ((replace(FROM_ANN, acquired_from="cho"),), "refused"),  # cho granted nothing
        ((replace(FROM_ANN, valid_from=day(0.5)),), "refused"),  # ann had sold this one before it granted
        ((replace(FROM_ANN, valid_from=day(6)),), "permitted"),
    ],
)
def test_a_former_holder_binds_its_successor_in_what_it_had_from_it_alone(
    own: tuple[Share, ...], verdict: str, jp_prior: Regime
) -> None:
    decision = _decided(jp_prior, (FROM_ANN, *own), GRANT)

    assert decision.verdict == verdict
    assert [need.party for need in decision.needed] == ["ben"] * (verdict == "refused")


def test_grants_of_all_former_holders_together_are_enough(jp_prior: Regime) -> None:
    shares = (replace(FROM_ANN, portion=HALF), replace(FROM_ANN, portion=HALF, acquired_from="cho"))

    assert _decided(jp_prior, shares, GRANT, make_statement("grant", "cho", 2)).verdict == "permitted"
    assert _decided(jp_prior, shares, GRANT, make_statement("refusal", "cho", 2)).verdict == "refused"


def test_a_former_holder_of_one_country_granted_no_other(jp_prior: Regime) -> None:
    shares = (Share(party="ben", territory=("JP",)), replace(FROM_ANN, territory=("US",)))

    assert _decided(jp_prior, shares, GRANT).verdict == "refused"


@pytest.mark.parametrize(("kind", "rule"), [("grant", "silence"), ("refusal", "refusal")])
def test_where_the_hands_part_further_back_nobody_there_could_grant_and_each_could_refuse(
    kind: str, rule: str, jp_prior: Regime
) -> None:
    shares = (
        Share(party="cho", valid_from=day(5), acquired_from="ben", includes_27_28=True),
        Share(party="ben", valid_until=day(5)),
        Share(party="ben", valid_from=day(3), valid_until=day(5), acquired_from="ann", includes_27_28=True),
    )
    own = [make_statement("grant", "cho", 0)] if kind == "refusal" else []

    decision = _decided(jp_prior, shares, make_statement(kind, "ann", 1), *own)

    assert (decision.verdict, decision.grounds[0].rule) == ("refused", f"jp-prior/{rule}")


@pytest.mark.parametrize("includes", [True, False])
def test_what_the_first_deed_does_not_name_no_later_deed_can_pass_on(*, includes: bool, jp_prior: Regime) -> None:
    shares = (
        Share(party="ann", valid_until=day(2)),
        Share(party="ben", valid_from=day(2), valid_until=day(4), acquired_from="ann", includes_27_28=includes),
        Share(party="cho", valid_from=day(4), acquired_from="ben", includes_27_28=True),
    )

    decision = _decided(jp_prior, shares, make_statement("grant", "cho", 5, acts=("generate",)), act="generate")

    assert [need.party for need in decision.needed] == ([] if includes else ["ann"])
    assert _decided(jp_prior, shares, make_statement("grant", "cho", 5)).verdict == "permitted"


def test_who_kept_articles_27_and_28_is_told_why_it_is_asked(jp_prior: Regime) -> None:
    shares = (replace(FROM_ANN, includes_27_28=False),)

    silent = _decided(jp_prior, shares, make_statement("grant", "ben", 6, acts=("generate",)), act="generate").grounds[
        0
    ]

    assert (silent.rule, silent.party) == ("jp-prior/silence", "ann")
    assert "Art. 61(2)" in silent.text["en"]
    assert "61条2項" in silent.text["ja"]
    co_owner = _decided(jp_prior, (Share(party="ann"), *shares), act="generate").grounds
    assert not any("Art. 61(2)" in ground.text["en"] for ground in co_owner)


def test_a_circle_of_deeds_that_name_nothing_ends(jp_prior: Regime) -> None:
    circle = (
        Share(party="ann", valid_from=day(4), acquired_from="ben"),
        Share(party="ben", valid_from=day(2), valid_until=day(4), acquired_from="ann"),
    )

    assert {need.party for need in _decided(jp_prior, circle, act="generate").needed} == {"ann", "ben"}


def test_an_undated_deed_keeps_its_seller_asked(jp_prior: Regime) -> None:
    shares = (Share(party="ben", acquired_from="ann"),)

    assert {need.party for need in _decided(jp_prior, shares, act="generate").needed} == {"ann", "ben"}


def test_a_performer_is_no_co_owner(jp_prior: Regime) -> None:
    shares = (Share(party="ann"), Share(party="ben", rights=("performance",)))

    assert _decided(jp_prior, shares, GRANT).grounds[0].rule == "jp-prior/silence"


def test_nobody_grants_itself_a_licence(jp_prior: Regime) -> None:
    sold_by_lab = (replace(FROM_ANN, acquired_from="lab"),)
    mandate = make_mandate("lab", "ann", may=("grant",))
    friend = make_statement("grant", "lab", 1, to=("zoe",), sublicence=True)
    straw = make_statement("grant", "zoe", 2, under=friend.id)

    assert _decided(jp_prior, sold_by_lab, make_statement("grant", "lab", 1)).verdict == "refused"
    assert (
        _decided(jp_prior, (Share(party="ann"),), make_statement("grant", "lab", 1), mandates=(mandate,)).verdict
        == "refused"
    )
    assert _decided(jp_prior, (Share(party="ann"),), friend, straw, mandates=(mandate,)).verdict == "refused"

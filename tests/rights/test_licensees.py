# SPDX-License-Identifier: Apache-2.0
"""Who may license another's work: licensees with sublicence, exclusive licensees, agents for one country."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from kyodaku.rights import Decision, Facts, Finding, Mandate, Party, Permission, Regime, RightsRecord, Share, decide
from support.law import day, make_mandate, make_statement, make_use, make_work

PARTIES = tuple(
    Party(id=name, name={"en": name.title(), "ja": name}) for name in ("agency", "ann", "ben", "guild", "lab")
)
FILM = make_work("ann")


def _head(since: float = 1, by: str = "ann", **fields: Any) -> Permission:
    """Ann licenses the agency, which may license others."""
    defaults: dict[str, Any] = {"id": "head", "to": ("agency",), "acts": ("collect", "train"), "sublicence": True}
    return make_statement("grant", by, since, **(defaults | fields))


def _sub(since: float = 2, **fields: Any) -> Permission:
    """The agency licenses the developer under it."""
    return make_statement("grant", "agency", since, **({"id": "sub", "under": "head"} | fields))


def _decide(regime: Regime, *said: Permission, mandates: tuple[Mandate, ...] = (), **fields: Any) -> Decision:
    use = fields.pop("use", {})
    known: dict[str, Any] = {"works": (FILM,), "parties": PARTIES, "found": (Finding(work="film"),)}
    facts = Facts(permissions=said, mandates=mandates, **(known | fields))
    return decide(make_use(**use), facts, regime)


def _rule(regime: Regime, *said: Permission, **fields: Any) -> str:
    return _decide(regime, *said, **fields).grounds[0].rule.removeprefix("jp-prior/")


@pytest.mark.parametrize(
    ("head", "sub", "rule"),
    [
        ({}, {}, "grant"),
        ({"sublicence": False}, {}, "out-of-scope"),
        ({"to": "anyone"}, {}, "grant"),
        ({"to": "other"}, {}, "out-of-scope"),
        ({"acts": "collect"}, {}, "out-of-scope"),
        ({"territories": "US"}, {}, "out-of-scope"),
        ({"models": "video-2"}, {}, "out-of-scope"),
        ({"effective_from": day(11)}, {}, "out-of-scope"),
        ({"effective_until": day(9)}, {}, "out-of-scope"),
        ({"since": 3}, {}, "out-of-scope"),
        ({"since": 2}, {}, "grant"),
        ({"recorded_at": day(20)}, {"recorded_at": day(20)}, "silence"),
        ({"works": "other"}, {}, "silence"),
        ({"works": "all"}, {"works": "all"}, "grant"),
        ({"works": "series"}, {}, "silence"),
        ({"by": "ben"}, {}, "silence"),
        ({"kind": "offer"}, {}, "silence"),
        ({"id": "elsewhere"}, {}, "silence"),
        ({}, {"acts": "collect"}, "out-of-scope"),
        ({}, {"to": "other"}, "silence"),
        ({}, {"effective_from": day(11)}, "not-yet"),
        ({}, {"effective_until": day(9)}, "expired"),
        ({}, {"recorded_at": day(11)}, "late-grant"),
        ({}, {"kind": "offer"}, "offer"),
        ({"duties": "report"}, {}, "grant-with-duties"),
        ({"conditions": "paid"}, {}, "conditional-grant"),
        ({}, {"conditions": "paid"}, "conditional-grant"),
    ],
)
def test_a_sub_licence_is_the_holders_word_as_far_as_its_licence_carries_it(
    head: dict[str, Any], sub: dict[str, Any], rule: str, jp_prior: Regime
) -> None:
    above: dict[str, Any] = {"kind": "grant", "by": "ann", "since": 1, "id": "head", "to": ("agency",)}
    below: dict[str, Any] = {"kind": "grant", "by": "agency", "since": 2, "id": "sub", "under": "head"}
    said = make_statement(**(above | {"sublicence": True} | head)), make_statement(**(below | sub))

    assert _rule(jp_prior, *said) == rule


def test_licences_can_rest_on_licences_that_rest_on_licences(jp_prior: Regime) -> None:
    middle = _sub(id="middle", to=("ben",), sublicence=True)
    last = make_statement("grant", "ben", 3, id="last", under="middle")

    assert _rule(jp_prior, _head(), middle, last) == "grant"
    assert _rule(jp_prior, _head(sublicence=False), middle, last) == "out-of-scope"
    assert _rule(jp_prior, _head(), replace(middle, sublicence=False), last) == "out-of-scope"
    assert _rule(jp_prior, middle, last) == "silence"


@pytest.mark.parametrize(("length", "rule"), [(16, "grant"), (17, "silence")])
def test_a_chain_of_licences_has_an_end(length: int, rule: str, jp_prior: Regime) -> None:
    parties = ["ann", *(f"p-{number}" for number in range(length)), "lab"]
    links = [
        make_statement("grant", one, 1, id=f"g-{n}", to=(two,), sublicence=True, under=f"g-{n - 1}" if n else None)
        for n, (one, two) in enumerate(pairwise(parties))
    ]

    assert len(links) == length + 1
    assert _rule(jp_prior, *links) == rule


def test_a_circle_of_licences_rests_on_nothing(jp_prior: Regime) -> None:
    """A record refuses it; facts made by hand are survived."""
    one = make_statement("grant", "ann", 1, id="one", under="two", sublicence=True, to=("agency", "lab"))
    two = make_statement("grant", "agency", 1, id="two", under="one", sublicence=True)

    assert _rule(jp_prior, one, two) == "grant"  # one is Ann's own word, whatever it says it rests on
    assert _rule(jp_prior, replace(one, by="ben"), two) == "silence"


def test_a_holder_speaks_for_itself_whatever_its_grant_rests_on(jp_prior: Regime) -> None:
    film = make_work("ann", "agency")

    assert _rule(jp_prior, _head(), _sub(), works=(film,)) == "grant"
    assert _rule(jp_prior, _head(sublicence=False), _sub(), works=(film,)) == "out-of-scope"


@pytest.mark.parametrize(
    ("revocation", "rule"),
    [
        ({"by": "ann", "revokes": "head"}, "revoked"),
        ({"by": "ann", "revokes": "sub"}, "revoked"),
        ({"by": "agency", "revokes": "sub"}, "revoked"),
        ({"by": "agency", "revokes": "head"}, "grant"),
        ({"by": "ben", "revokes": "head"}, "grant"),
        ({"by": "ben", "revokes": "sub"}, "grant"),
        ({"by": "ann", "revokes": "head", "effective_from": day(11)}, "grant"),
    ],
)
def test_a_sub_licence_falls_with_what_it_rests_on(revocation: dict[str, Any], rule: str, jp_prior: Regime) -> None:
    undo = make_statement("revocation", since=4, works="all", **revocation)

    assert _rule(jp_prior, _head(), _sub(), undo) == rule


@pytest.mark.parametrize(
    ("refusal", "rule"),
    [
        ({"since": 0}, "grant"),
        ({"since": 3}, "refusal"),
        ({"since": 1}, "refusal"),
        ({"since": 0, "to": "lab"}, "refusal"),
        ({"since": 0, "to": "ben"}, "grant"),
    ],
)
def test_the_licence_and_not_the_sub_licence_lifts_a_refusal(
    refusal: dict[str, Any], rule: str, jp_prior: Regime
) -> None:
    no = make_statement("refusal", "ann", **refusal)

    assert _rule(jp_prior, no, _head(), _sub(5)) == rule


def test_an_agent_may_give_the_licence_that_others_rest_on(jp_prior: Regime) -> None:
    mandate = make_mandate("guild", "ann", may=("grant", "revocation"))
    head = _head(by="guild")

    assert _rule(jp_prior, head, _sub(), mandates=(mandate,)) == "grant"
    assert _rule(jp_prior, head, _sub(), mandates=(replace(mandate, may=("refusal",)),)) == "silence"
    assert _rule(jp_prior, head, _sub()) == "silence"


def test_duties_and_conditions_add_up_along_the_licences(jp_prior: Regime) -> None:
    decision = _decide(jp_prior, _head(duties=("fee", "report")), _sub(duties="attribution"))
    (ground,) = decision.grounds

    assert decision.verdict == "permitted_with_duties"
    assert ground.text["en"].startswith("Agency, under a licence from Ann, granted")
    assert ground.text["ja"].startswith("annから再許諾の権限を与えられたagencyは、")
    assert "Duties: name the author and the licence, pay the fee, report the use." in ground.text["en"]
    assert (ground.party, ground.permission) == ("ann", "sub")


def test_what_a_sub_licence_lacks_is_told(jp_prior: Regime) -> None:
    (ground,) = _decide(jp_prior, _head(sublicence=False), _sub(models="video-2")).grounds

    assert "It differs in: model, the licence that it rests on." in ground.text["en"]
    assert "モデル、再許諾の基礎となる許諾" in ground.text["ja"]
    assert ground.would_change["en"].startswith("A grant by Ann that reaches this use in these too: model, the licence")


def test_what_a_former_holder_granted_is_told_as_such(jp_prior: Regime) -> None:
    chain = (
        Share(party="ben", valid_until=day(3)),
        Share(party="ann", valid_from=day(3), acquired_from="ben", includes_27_28=True),
    )
    (ground,) = _decide(jp_prior, make_statement("grant", "ben", 1), works=(make_work(shares=chain),)).grounds

    assert ground.text["en"].startswith("Ben, who held the share of Ann before it, granted")
    assert ground.text["ja"].startswith("annの前主であるbenは、")


# --- what the record picks -------------------------------------------------------------------------------------------


def test_a_record_picks_the_licences_that_a_sub_licence_rests_on(jp_prior: Regime) -> None:
    said = (
        _head(works="all"),
        _sub(id="middle", works="all", to=("ben",), sublicence=True),
        make_statement("grant", "ben", 3, id="last", under="middle"),
        make_statement("grant", "ben", 3, id="other", under="middle", works="other"),
        make_statement("grant", "ben", 3, id="every", under="middle", works="all", to=("ann",)),
        make_statement("grant", "agency", 3, id="aside", works="all", to=("ann",)),
        make_statement("offer", "agency", 3, id="offer", under="head"),
    )
    record = RightsRecord(parties=PARTIES, works=[FILM, make_work("ann", id="other")], permissions=said)

    facts = record.facts([Finding(work="film")], developer="lab")

    assert [held.id for held in facts.permissions] == ["every", "head", "last", "middle", "offer"]
    assert decide(make_use(), facts, jp_prior).grounds[0].permission == "last"
    assert [held.id for held in record.facts([Finding(work="other")]).permissions] == [
        "every",
        "head",
        "middle",
        "other",
    ]


# --- exclusive licences ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exclusive", "rule"),
    [
        ({}, "granted-elsewhere"),
        ({"since": 2}, "granted-elsewhere"),
        ({"since": 3}, "grant"),
        ({"since": 1, "effective_from": day(3)}, "granted-elsewhere"),
        ({"since": 3, "recorded_at": day(1)}, "granted-elsewhere"),
        ({"exclusive": False}, "grant"),
        ({"to": ("lab", "other")}, "grant"),
        ({"to": "anyone"}, "grant"),
        ({"acts": "publish"}, "grant"),
        ({"acts": ("publish", "train")}, "granted-elsewhere"),
        ({"territories": "US"}, "grant"),
        ({"models": "video-2"}, "grant"),
        ({"models": "video-1@2"}, "granted-elsewhere"),
        ({"works": "all"}, "granted-elsewhere"),
        ({"works": "other"}, "grant"),
        ({"effective_until": day(9)}, "grant"),
        ({"recorded_at": day(20)}, "grant"),
        ({"by": "ben"}, "grant"),
        ({"kind": "offer"}, "grant"),
    ],
)
def test_a_grant_conflicts_with_an_earlier_exclusive_one(
    exclusive: dict[str, Any], rule: str, jp_prior: Regime
) -> None:
    fields: dict[str, Any] = {
        "kind": "grant",
        "by": "ann",
        "since": 1,
        "id": "e",
        "to": ("other",),
        "exclusive": True,
    } | exclusive

    assert _rule(jp_prior, make_statement(**fields), make_statement("grant", "ann", 2)) == rule


def test_an_exclusive_licence_that_is_withdrawn_is_in_nobodys_way(jp_prior: Regime) -> None:
    exclusive = make_statement("grant", "ann", 1, id="e", to=("other",), exclusive=True)
    undo = make_statement("revocation", "ann", 4, revokes="e", works="all")

    assert _rule(jp_prior, exclusive, make_statement("grant", "ann", 2), undo) == "grant"


def test_an_exclusive_licensee_may_license_others(jp_prior: Regime) -> None:
    assert _rule(jp_prior, _head(exclusive=True), _sub()) == "grant"


def test_a_licence_given_before_an_exclusive_one_carries_its_sub_licences_on(jp_prior: Regime) -> None:
    exclusive = make_statement("grant", "ann", 3, id="e", to=("other",), exclusive=True)

    assert _rule(jp_prior, _head(1), exclusive, _sub(5)) == "grant"
    assert _rule(jp_prior, _head(4), exclusive, _sub(5)) == "granted-elsewhere"


def test_a_licensee_may_promise_exclusivity_too_and_binds_only_itself(jp_prior: Regime) -> None:
    promised = _sub(2, id="e", to=("other",), exclusive=True)

    assert _rule(jp_prior, _head(), promised, _sub(3)) == "granted-elsewhere"
    assert _rule(jp_prior, _head(), promised, make_statement("grant", "ann", 3)) == "grant"


def test_of_two_grants_the_one_that_conflicts_with_nothing_counts(jp_prior: Regime) -> None:
    exclusive = make_statement("grant", "ann", 2, id="e", to=("other",), exclusive=True)
    before, after = make_statement("grant", "ann", 1, id="a"), make_statement("grant", "ann", 3, id="b")

    assert _decide(jp_prior, before, exclusive, after).grounds[0].permission == "a"
    elsewhere = _decide(jp_prior, exclusive, after).grounds[0]
    assert (elsewhere.rule, elsewhere.permission) == ("jp-prior/granted-elsewhere", "b")
    assert "other" not in elsewhere.text["en"].replace("another", "").split()  # who it is, is none of its business


# --- agents for one country ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "mandate", "use", "rule"),
    [
        ("grant", ("JP",), ("JP",), "grant"),
        ("grant", ("JP", "US"), ("JP",), "grant"),
        ("grant", ("world",), ("JP",), "grant"),
        ("grant", ("US",), ("JP",), "silence"),
        ("grant", ("JP",), ("world",), "silence"),
        ("grant", ("JP",), ("JP", "US"), "silence"),
        ("refusal", ("JP",), ("JP",), "refusal"),
        ("refusal", ("US",), ("JP",), "silence"),
        ("refusal", ("US",), ("JP", "US"), "refusal"),
        ("refusal", ("JP",), ("world",), "refusal"),
    ],
)
def test_an_agent_speaks_where_its_mandate_reaches(
    kind: str, mandate: tuple[str, ...], use: tuple[str, ...], rule: str, jp_prior: Regime
) -> None:
    held = make_mandate("guild", "ann", may="all", territories=mandate)
    said = make_statement(kind, "guild", 1)

    assert _rule(jp_prior, said, mandates=(held,), use={"territory": use}) == rule


@pytest.mark.parametrize(("mandate", "rule"), [(("JP",), "silence"), (("US",), "refusal"), (("world",), "silence")])
def test_an_agent_lifts_its_refusal_only_where_its_mandate_reaches(
    mandate: tuple[str, ...], rule: str, jp_prior: Regime
) -> None:
    everywhere = make_mandate("guild", "ann", may="refusal")
    here = make_mandate("guild", "ann", id="here", may="revocation", territories=mandate)
    said = (
        make_statement("refusal", "guild", 1, id="r"),
        make_statement("revocation", "guild", 2, revokes="r", works="all"),
    )

    assert _rule(jp_prior, *said, mandates=(everywhere, here)) == rule


def test_an_agent_withdraws_part_of_a_grant_and_so_all_of_it_for_the_world(jp_prior: Regime) -> None:
    here = make_mandate("guild", "ann", may="revocation", territories=("JP",))
    said = (
        make_statement("grant", "ann", 1, id="g"),
        make_statement("revocation", "guild", 2, revokes="g", works="all"),
    )

    assert _rule(jp_prior, *said, mandates=(here,), use={"territory": ("world",)}) == "revoked"
    assert _rule(jp_prior, *said, mandates=(here,), use={"territory": ("US",)}) == "grant"

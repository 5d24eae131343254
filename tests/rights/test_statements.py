# SPDX-License-Identifier: Apache-2.0
"""Which statements reach a use, which of them stands, and from which moment: the edges, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from kyodaku.rights import Facts, Finding, Permission, Regime, Share, Term, Work, decide
from support.law import day, make_mandate, make_statement, make_use, make_work

SERIES = make_work("ann", id="series")
EPISODE = make_work("ann", part_of=("series",))


def _rule(regime: Regime, *said: Permission, use: dict[str, Any] | None = None, **facts: Any) -> str:
    """The strictest rule for a film that Ann holds."""
    known = Facts(**({"works": (make_work("ann"),), "permissions": said, "found": (Finding(work="film"),)} | facts))
    return decide(make_use(**(use or {})), known, regime).grounds[0].rule.removeprefix("jp-prior/")


@pytest.mark.parametrize(
    ("grant", "use", "rule"),
    [
        ({"media": "image"}, {"media": ("image",)}, "grant"),
        ({"media": ("image", "video")}, {"media": ("image",)}, "grant"),
        ({"media": "image"}, {"media": ("image", "video")}, "out-of-scope"),
        ({"media": "image"}, {}, "out-of-scope"),
        ({"models": "video-1"}, {"model": "video-1"}, "grant"),
        ({"models": "video-1"}, {"model": "video-1@2"}, "out-of-scope"),
        ({"models": "video-1@2"}, {"model": "video-1"}, "out-of-scope"),
        ({"models": "video-1"}, {"model": "all"}, "out-of-scope"),
        ({"purposes": ("research", "education")}, {"purpose": "research"}, "grant"),
        ({"territories": ("JP", "US")}, {"territory": ("JP",)}, "grant"),
        ({"territories": "US"}, {"territory": ("JP",)}, "out-of-scope"),
        ({"acts": ("collect", "train")}, {}, "grant"),
        ({"acts": "collect"}, {}, "out-of-scope"),
        ({"acts": "collect", "effective_until": day(5)}, {}, "silence"),
        ({"acts": "collect", "recorded_at": day(20)}, {}, "silence"),
        ({"to": "other-lab"}, {}, "silence"),
        ({"to": ("lab", "other-lab")}, {}, "grant"),
        ({"works": ("film", "other")}, {}, "grant"),
        ({"works": "other"}, {}, "silence"),
        ({"kind": "offer"}, {}, "offer"),
        ({"kind": "offer", "acts": "collect"}, {}, "silence"),
        ({"kind": "offer", "effective_until": day(5)}, {}, "silence"),
        ({"kind": "offer", "recorded_at": day(20)}, {}, "silence"),
        ({"effective_from": day(10)}, {}, "grant"),
        ({"effective_from": day(10.5)}, {}, "not-yet"),
        ({"effective_from": day(11), "recorded_at": day(10)}, {}, "not-yet"),
        ({"effective_from": day(11), "recorded_at": day(10.5)}, {}, "silence"),
        ({"effective_until": day(10)}, {}, "expired"),
        ({"effective_until": day(9), "recorded_at": day(10)}, {}, "expired"),
        ({"effective_until": day(9), "recorded_at": day(11)}, {}, "silence"),
        ({"effective_until": day(10.5)}, {}, "grant"),
        ({"recorded_at": day(10)}, {}, "grant"),
        ({"recorded_at": day(10.5)}, {}, "late-grant"),
    ],
)
def test_a_grant_counts_only_if_it_covers_the_use(
    grant: dict[str, Any], use: dict[str, Any], rule: str, jp_prior: Regime
) -> None:
    fields: dict[str, Any] = {"kind": "grant", "by": "ann"} | grant

    assert _rule(jp_prior, make_statement(**fields), use=use) == rule


@pytest.mark.parametrize(
    ("refusal", "use", "rule"),
    [
        ({}, {}, "refusal"),
        ({"models": "video-1"}, {"model": "video-1"}, "refusal"),
        ({"models": "video-1"}, {"model": "video-1@2"}, "refusal"),
        ({"models": "video-1@2"}, {"model": "video-1"}, "refusal"),
        ({"models": "video-1@1"}, {"model": "video-1@2"}, "grant"),
        ({"models": "video-2"}, {"model": "video-1"}, "grant"),
        ({"models": "video-2"}, {"model": "all"}, "refusal"),
        ({"models": ("video-1", "video-2")}, {"model": "video-1@2"}, "refusal"),
        ({"media": "image"}, {"media": ("image", "video")}, "refusal"),
        ({"media": "image"}, {"media": ("video",)}, "grant"),
        ({"media": "image"}, {}, "refusal"),
        ({"purposes": "research"}, {}, "refusal"),
        ({"purposes": "research"}, {"purpose": "commercial"}, "grant"),
        ({"territories": "US"}, {"territory": ("JP",)}, "grant"),
        ({"territories": "US"}, {"territory": ("JP", "US")}, "refusal"),
        ({"territories": "US"}, {"territory": ("world",)}, "refusal"),
        ({"to": "other-lab"}, {}, "grant"),
        ({"to": ("lab", "other-lab")}, {}, "refusal"),
        ({"acts": "generate"}, {}, "grant"),
        ({"effective_from": day(10)}, {}, "refusal"),
        ({"effective_from": day(10.5)}, {}, "grant"),
        ({"effective_until": day(10)}, {}, "grant"),
        ({"recorded_at": day(10.5)}, {}, "grant"),
    ],
)
def test_a_refusal_counts_if_it_touches_the_use(
    refusal: dict[str, Any], use: dict[str, Any], rule: str, jp_prior: Regime
) -> None:
    fields: dict[str, Any] = {"kind": "refusal", "by": "ann", "since": 1} | refusal

    assert _rule(jp_prior, make_statement("grant", "ann"), make_statement(**fields), use=use) == rule


@pytest.mark.parametrize(
    ("refusal", "grant", "rule"),
    [
        ({}, {"since": 3}, "grant"),
        ({}, {"since": 2}, "refusal"),
        ({}, {"since": 2, "effective_from": day(3)}, "grant"),
        ({}, {"since": 2, "recorded_at": day(3)}, "grant"),
        ({}, {"since": 3, "effective_from": day(1)}, "refusal"),
        ({}, {"since": 3, "recorded_at": day(1)}, "refusal"),
        ({}, {"since": 3, "to": "anyone"}, "grant"),
        ({"to": "lab"}, {"since": 3, "to": "anyone"}, "refusal"),
        ({"to": "lab"}, {"since": 3}, "grant"),
        ({"works": "series"}, {"since": 3}, "grant"),
        ({"works": "series"}, {"since": 3, "works": "series"}, "grant"),
        ({}, {"since": 3, "works": "series"}, "refusal"),
        ({}, {"since": 3, "works": ("film", "series")}, "grant"),
        ({"works": ("film", "series")}, {"since": 3, "works": "series"}, "refusal"),
        ({"works": "all"}, {"since": 3, "works": "series"}, "grant"),
        ({"works": "series"}, {"since": 3, "works": "all"}, "refusal"),
        ({}, {"since": 3, "acts": "collect"}, "refusal"),
        ({}, {"since": 3, "effective_until": day(5)}, "refusal"),
    ],
)
def test_a_later_and_no_less_particular_grant_lifts_a_refusal(
    refusal: dict[str, Any],
    grant: dict[str, Any],
    rule: str,
    jp_prior: Regime,
) -> None:
    no: dict[str, Any] = {"kind": "refusal", "by": "ann", "since": 2} | refusal
    yes: dict[str, Any] = {"kind": "grant", "by": "ann"} | grant

    assert _rule(jp_prior, make_statement(**no), make_statement(**yes), works=(SERIES, EPISODE)) == rule


def test_of_several_noes_the_gravest_is_told_and_of_several_grants_the_freest(jp_prior: Regime) -> None:
    noes = [make_statement(kind, "ann", n) for n, kind in enumerate(("reservation", "refusal", "objection"))]
    duties = make_statement("grant", "ann", duties="attribution", id="a")
    terms = make_statement("grant", "ann", conditions="paid", id="b")
    free = make_statement("grant", "ann", id="c")

    assert _rule(jp_prior, *noes) == "objection"
    assert _rule(jp_prior, *noes[:2]) == "refusal"
    assert _rule(jp_prior, duties, terms, free) == "grant"
    assert _rule(jp_prior, duties, terms) == "grant-with-duties"
    assert _rule(jp_prior, terms) == "conditional-grant"


def test_of_several_refusals_the_first_is_named(jp_prior: Regime) -> None:
    said = tuple(make_statement("refusal", "ann", since, id=f"r-{since}") for since in (3, 1, 2))
    facts = Facts(works=(make_work("ann"),), permissions=said, found=(Finding(work="film"),))

    assert decide(make_use(), facts, jp_prior).grounds[0].permission == "r-1"


@pytest.mark.parametrize(
    ("mandate", "rule"),
    [
        ({}, "grant"),
        ({"recorded_at": day(10)}, "grant"),
        ({"recorded_at": day(10.5)}, "silence"),
        ({"valid_from": day(5)}, "grant"),
        ({"valid_from": day(5.5)}, "silence"),
        ({"valid_until": day(5)}, "silence"),
        ({"valid_until": day(5.5)}, "grant"),
        ({"revoked_at": day(5)}, "silence"),
        ({"revoked_at": day(5.5)}, "grant"),
        ({"may": "refusal"}, "silence"),
        ({"may": ("grant", "refusal")}, "grant"),
        ({"acts": "generate"}, "silence"),
        ({"acts": ("generate", "train")}, "grant"),
        ({"works": "series"}, "grant"),
        ({"works": ("film", "other")}, "grant"),
        ({"works": "other"}, "silence"),
        ({"principal": "ben"}, "silence"),
        ({"agent": "union"}, "silence"),
    ],
)
def test_an_agent_speaks_within_its_mandate(mandate: dict[str, Any], rule: str, jp_prior: Regime) -> None:
    held = make_mandate(**({"agent": "guild", "principal": "ann", "may": "all"} | mandate))

    assert _rule(jp_prior, make_statement("grant", "guild", 5), works=(SERIES, EPISODE), mandates=(held,)) == rule


@pytest.mark.parametrize(("since", "rule"), [(2, "grant"), (3, "silence"), (4, "silence"), (7, "silence")])
def test_a_former_holder_binds_its_successors_until_it_transfers(since: float, rule: str, jp_prior: Regime) -> None:
    chain = (
        Share(party="ann", valid_until=day(3)),
        Share(party="ben", valid_from=day(3), valid_until=day(6), acquired_from="ann", includes_27_28=True),
        Share(party="cho", valid_from=day(6), acquired_from="ben", includes_27_28=True),
    )

    assert _rule(jp_prior, make_statement("grant", "ann", since), works=(make_work(shares=chain),)) == rule


@pytest.mark.parametrize(("until", "rule"), [(9, "term-over"), (10, "term-over"), (10.5, "silence")])
def test_the_term_is_over_from_its_end_on(until: float, rule: str, jp_prior: Regime) -> None:
    assert _rule(jp_prior, works=(make_work("ann", terms=(Term(until=day(until)),)),)) == rule


@pytest.mark.parametrize(
    ("share", "rule"),
    [
        ({"valid_from": day(10)}, "silence"),
        ({"valid_from": day(10.5)}, "no-holder"),
        ({"valid_until": day(10)}, "no-holder"),
        ({"valid_until": day(10.5)}, "silence"),
        ({"rights": ("reproduction", "rental")}, "silence"),
        ({"rights": "rental"}, "no-holder"),
        ({"rights": "performance"}, "no-holder"),
        ({"territory": ("JP", "US")}, "silence"),
        ({"territory": "US"}, "no-holder"),
    ],
)
def test_a_holder_is_asked_while_and_where_its_share_lasts(share: dict[str, Any], rule: str, jp_prior: Regime) -> None:
    assert _rule(jp_prior, works=(make_work(shares=(Share(party="ann", **share),)),)) == rule


@pytest.mark.parametrize(
    ("works", "roles"),
    [
        ([], {"film": "silence"}),
        ([make_work("ben", id="song", part_of="film")], {"film": "silence", "song": "silence"}),
        (
            [make_work("ben", id="act", part_of="film"), make_work("cho", id="scene", part_of="act")],
            {"film": "silence", "act": "silence", "scene": "silence"},
        ),
        (
            [make_work("ben", id="manga"), EPISODE, make_work("ann", id="series", derived_from="manga")],
            {"film": "silence", "manga": "upstream-silent"},
        ),
        (
            [
                make_work("ann", derived_from="manga"),
                make_work("ben", id="manga", derived_from="novel"),
                make_work("cho", id="hero", part_of="manga"),
                make_work("dai", id="novel"),
            ],
            {"film": "silence", "manga": "upstream-silent", "hero": "upstream-silent", "novel": "upstream-silent"},
        ),
        ([make_work("ben", id="sequel", derived_from="film")], {"film": "silence"}),
        ([make_work("ann", part_of="series")], {"film": "silence", "series": "work-unknown"}),
        ([make_work("ann", derived_from="manga")], {"film": "silence", "manga": "work-unknown"}),
    ],
)
def test_parts_and_originals_are_asked_about(works: list[Work], roles: dict[str, str], jp_prior: Regime) -> None:
    known = {work.id: work for work in (make_work("ann"), *works)}
    facts = Facts(works=tuple(known.values()), found=(Finding(work="film"),))

    grounds = decide(make_use(), facts, jp_prior).grounds

    assert {ground.work: ground.rule.removeprefix("jp-prior/") for ground in grounds} == roles


def test_a_work_that_is_both_found_and_an_original_is_asked_about_both(jp_prior: Regime) -> None:
    manga = make_work(
        id="manga",
        shares=(Share(party="ann", rights=("reproduction",)), Share(party="ben", rights=("derivative_use",))),
    )
    facts = Facts(
        works=(make_work("ann", derived_from="manga"), manga), found=(Finding(work="film"), Finding(work="manga"))
    )

    needed = decide(make_use(), facts, jp_prior).needed

    assert [(need.work, need.party) for need in needed] == [("film", "ann"), ("manga", "ann"), ("manga", "ben")]


@pytest.mark.parametrize(
    ("terms", "rule"),
    [
        ([Term(until=day(0)), Term(until=day(99), territory=("JP",))], "silence"),
        ([Term(until=day(99)), Term(until=day(0), territory=("JP",))], "term-over"),
        ([Term(until=day(0), territory=("JP",)), Term(until=day(99), territory=("JP",))], "silence"),
        ([Term(until=day(0)), Term(until=day(99), territory=("US",))], "term-over"),
        ([Term(until=day(0), territory=("US",))], "silence"),
    ],
)
def test_of_several_terms_the_one_for_the_country_counts_and_the_longest(
    terms: list[Term], rule: str, jp_prior: Regime
) -> None:
    assert _rule(jp_prior, works=(make_work("ann", terms=tuple(terms)),)) == rule


@pytest.mark.parametrize(("until", "verdict"), [(0, "permitted"), (99, "refused")])
def test_the_whole_world_is_free_where_every_term_is_over(until: float, verdict: str, jp_prior: Regime) -> None:
    terms = (Term(until=day(0)), Term(until=day(until), territory=("JP",)))
    facts = Facts(works=(make_work("ann", terms=terms),), found=(Finding(work="film"),))

    assert decide(make_use(territory=("world",)), facts, jp_prior).verdict == verdict


@pytest.mark.parametrize(
    ("withdrawn", "rule"),
    [
        ({}, "grant"),
        ({"acts": ("train", "mine")}, "grant"),
        ({"acts": "generate"}, "refusal"),
        ({"to": "other"}, "refusal"),
        ({"territories": "US"}, "refusal"),
        ({"works": "elsewhere"}, "refusal"),
    ],
)
def test_a_no_is_withdrawn_as_far_as_is_said(withdrawn: dict[str, Any], rule: str, jp_prior: Regime) -> None:
    said = (
        make_statement("grant", "ann", 1),
        make_statement("refusal", "ann", 2),
        make_statement("revocation", "ann", 3, **({"works": (), "revokes": "refusal-ann"} | withdrawn)),
    )

    assert _rule(jp_prior, *said, works=(make_work("ann"),)) == rule


def test_a_grant_is_withdrawn_as_a_whole(jp_prior: Regime) -> None:
    withdrawn = make_statement("revocation", "ann", 3, works=(), acts="generate", revokes="grant-ann")

    assert _rule(jp_prior, make_statement("grant", "ann", 1), withdrawn, works=(make_work("ann"),)) == "revoked"


@pytest.mark.parametrize(
    ("refused", "use", "verdict"),
    [
        ({"models": "Video-1"}, {}, "refused"),
        ({"models": "\uff36ideo-1@\uff12"}, {"model": "video-1@2"}, "refused"),
        ({"models": "video-1@1"}, {"model": "Video-1@2"}, "permitted"),
        ({"models": "video-2"}, {}, "permitted"),
        ({"purposes": "Advertising"}, {"purpose": "advertising"}, "refused"),
        ({"to": "LAB"}, {}, "refused"),
        ({"to": "lab-2"}, {}, "permitted"),
        ({"media": "animation"}, {"media": ("video",)}, "refused"),
        ({"media": "video"}, {"media": ("animation",)}, "refused"),
        ({"media": "audio"}, {"media": ("video",)}, "permitted"),
    ],
)
def test_a_no_is_read_as_it_is_meant(
    refused: dict[str, Any], use: dict[str, Any], verdict: str, jp_prior: Regime
) -> None:
    said = (make_statement("grant", "ann", 1), make_statement("refusal", "ann", 2, **refused))
    facts = Facts(works=(make_work("ann"),), permissions=said, found=(Finding(work="film"),))

    assert decide(make_use(**use), facts, jp_prior).verdict == verdict


def test_what_one_grant_leaves_open_in_media_another_may_cover(jp_prior: Regime) -> None:
    pictures, sound = (make_statement("grant", "ann", 1, id=medium, media=medium) for medium in ("video", "audio"))
    film = make_work("ann")
    both = make_use(media=("video", "audio"))

    assert (
        decide(
            both, Facts(works=(film,), permissions=(pictures, sound), found=(Finding(work="film"),)), jp_prior
        ).verdict
        == "permitted"
    )
    short = decide(both, Facts(works=(film,), permissions=(pictures,), found=(Finding(work="film"),)), jp_prior)
    assert [ground.rule for ground in short.grounds] == ["jp-prior/out-of-scope", "jp-prior/grant"]

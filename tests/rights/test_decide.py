# SPDX-License-Identifier: Apache-2.0
"""What a decision says, beyond its verdict: its id, its grounds, whose grant is missing, and in which words."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import rfc8785

from kyodaku.rights import (
    ACTS,
    Basis,
    Facts,
    Finding,
    MoralRecord,
    Party,
    Permission,
    Proof,
    Regime,
    RightsRecord,
    Share,
    Term,
    Work,
    canonical,
    decide,
    decision_inputs,
)
from kyodaku.rights._regime_file import parse_regime
from kyodaku.rights._yaml import package_text
from support.law import day, make_mandate, make_statement, make_use, make_work

PARTIES = (
    Party(id="ann", name={"en": "Ann Pictures", "ja": "アン映画"}),
    Party(id="ben", name={"ja": "ベン放送"}),
    Party(id="cho"),
    Party(id="guild", kind="association", name={"en": "The Guild", "ja": "組合"}),
    Party(id="lab", kind="developer", name={"en": "Example Lab", "ja": "例ラボ"}),
)
FILM = Work(
    id="film",
    kind="film",
    title={"en": "First Film", "ja": "最初の映画"},
    shares=(Share(party="ann"), Share(party="ben"), Share(party="cho")),
)


def _facts(*permissions: Permission, **fields: Any) -> Facts:
    defaults: dict[str, Any] = {"works": (FILM,), "parties": PARTIES, "found": (Finding(work="film", score=0.97),)}
    return Facts(permissions=permissions, **(defaults | fields))


def test_a_decision_is_shown_in_the_documented_json(jp_prior: Regime) -> None:
    facts = _facts(make_statement("grant", "ann"), snapshot="snapshot-1")

    shown = decide(make_use(), facts, jp_prior).as_json()

    assert list(shown) == ["verdict", "decision_id", "regime", "grounds", "needed", "snapshot", "error"]
    assert (shown["verdict"], shown["regime"], shown["snapshot"], shown["error"]) == (
        "refused",
        "jp-prior",
        "snapshot-1",
        None,
    )
    assert list(shown["grounds"][0]) == [
        *("rule", "effect", "text", "citation", "work", "party", "permission", "act", "would_change"),
    ]
    assert shown["needed"] == [
        {"party": "ben", "work": "film", "act": "train"},
        {"party": "cho", "work": "film", "act": "train"},
    ]
    json.dumps(shown)


def test_grounds_come_strictest_first_and_speak_both_languages(jp_prior: Regime) -> None:
    grounds = decide(make_use(), _facts(make_statement("grant", "ann")), jp_prior).grounds

    assert [(ground.effect, ground.party) for ground in grounds] == [
        ("refused", "ben"),
        ("refused", "cho"),
        ("permitted", "ann"),
    ]
    assert grounds[0].text["en"].startswith("Others have granted “First Film” for training, but ベン放送 has not")
    assert (
        grounds[0]
        .text["ja"]
        .startswith("『最初の映画』の学習への利用を許諾した権利者はあるが、ベン放送は許諾していない。")
    )
    assert grounds[1].text["en"].split(", but ")[1].startswith("cho has not")
    assert grounds[2].text["en"] == (
        "Ann Pictures granted “First Film” for training, from 2026-01-01 (grant-ann), "
        "before the use and within its scope."
    )
    assert "アン映画は、本件利用に先立ち、2026年1月1日から" in grounds[2].text["ja"]
    assert "65" in grounds[0].citation


def test_days_are_told_as_days_and_moments_with_the_hour(jp_prior: Regime) -> None:
    moment = day(1) + timedelta(hours=3, minutes=5)
    (ground, *_) = decide(
        make_use(), _facts(make_statement("refusal", "ann", recorded_at=moment, effective_from=moment)), jp_prior
    ).grounds

    assert "from 2026-01-02 03:05 UTC" in ground.text["en"]
    assert "2026年1月2日3時05分(協定世界時)から" in ground.text["ja"]


def test_who_spoke_for_whom_is_told(jp_prior: Regime) -> None:
    facts = _facts(make_statement("refusal", "guild", works="all"), mandates=(make_mandate("guild", "ann"),))

    ground = next(g for g in decide(make_use(), facts, jp_prior).grounds if g.rule == "jp-prior/refusal")

    assert ground.text["en"].startswith("The Guild, acting for Ann Pictures, refused “First Film”")
    assert ground.text["ja"].startswith("アン映画を代理する組合は、")
    assert (ground.party, ground.permission) == ("ann", "refusal-guild")


def test_a_grant_that_falls_short_says_in_what(jp_prior: Regime) -> None:
    facts = _facts(
        make_statement("grant", "ann", models="video-2", territories="US", id="far"),
        make_statement("grant", "ann", models="video-2", id="near"),
    )

    ground = next(g for g in decide(make_use(), facts, jp_prior).grounds if g.party == "ann")

    assert (ground.rule, ground.permission) == ("jp-prior/out-of-scope", "near")
    assert "It differs in: model." in ground.text["en"]
    assert "相違点: モデル。" in ground.text["ja"]


def test_a_contradicted_claim_names_what_it_is_and_whose(jp_prior: Regime) -> None:
    basis = Basis(kind="open_licence", licence="CC0-1.0")
    works = (FILM, Work(id="orphan", kind="film"))
    facts = _facts(basis=basis, works=works, found=(Finding(work="film"), Finding(work="orphan"), Finding(work="lost")))

    ground = decide(make_use(), facts, jp_prior).grounds[-1]

    assert ground.effect == "noted"
    assert ground.text["en"].startswith(
        "Claimed as CC0-1.0, but it is “First Film” of Ann Pictures, ベン放送, cho, “lost”, “orphan”,"
    )
    assert "アン映画、ベン放送、choの『最初の映画』" in ground.text["ja"]


def test_a_claim_is_repeated_only_in_part(jp_prior: Regime) -> None:
    basis = Basis(kind="limitation", detail="{error} because " + "we say so " * 100)

    (ground,) = decide(make_use(), Facts(basis=basis), jp_prior).grounds

    assert "{error} because we say so" in ground.text["en"]
    assert len(ground.text["en"]) < 500


def test_a_basis_without_words_is_told_by_its_kind(jp_prior: Regime) -> None:
    (ground,) = decide(make_use(), Facts(basis=Basis(kind="limitation")), jp_prior).grounds

    assert "(a statutory limitation)" in ground.text["en"]


@pytest.mark.parametrize(
    ("basis", "rule"),
    [
        (Basis(kind="own_work", owner="lab"), "own-work"),
        (Basis(kind="own_work", owner="ann"), "claim-unproven"),
        (Basis(kind="own_work", owner="lab", valid_until=day(5)), "claim-unproven"),
        (Basis(kind="open_licence"), "claim-unproven"),
        (Basis(kind="open_licence", licence="CC0-1.0", valid_from=day(11)), "claim-unproven"),
        (Basis(kind="ruling", source="r", valid_until=day(20)), "claim-unproven"),
        (Basis(kind="ruling", valid_from=day(0), valid_until=day(20)), "claim-unproven"),
        (Basis(kind="ruling", source="r", valid_from=day(0), valid_until=day(20)), "ruling"),
        (Basis(kind="public_domain"), "public-domain"),
        (Basis(kind="grant", source="refusal-ann"), "claimed-grant"),
        (Basis(kind="grant", source="grant-ann"), "claimed-grant"),
    ],
)
def test_a_claimed_basis_is_worth_what_it_shows(jp_prior: Regime, basis: Basis, rule: str) -> None:
    said = (make_statement("refusal", "ann"), make_statement("grant", "ann", works="all"))

    (ground,) = decide(make_use(), _facts(*said, basis=basis, found=()), jp_prior).grounds

    assert ground.rule == f"jp-prior/{rule}"


def test_the_id_is_the_digest_of_the_inputs_and_of_nothing_else(jp_prior: Regime, opt_out: Regime) -> None:
    use, facts = make_use(), _facts(make_statement("grant", "ann"), matcher="pdq-v1", snapshot="snapshot-1")
    decision = decide(use, facts, jp_prior)
    inputs = json.loads(decision_inputs(use, facts, jp_prior))

    assert decision.decision_id == "sha256:" + sha256(rfc8785.dumps(inputs)).hexdigest()
    assert inputs["regime"] == {
        "id": "jp-prior",
        "version": jp_prior.version,
        "sha256": jp_prior.sha256,
        "unidentified": "refused",
    }
    assert (inputs["facts"]["matcher"], inputs["facts"]["snapshot"]) == ("pdq-v1", "snapshot-1")
    different = [
        decide(replace(use, model="video-2"), facts, jp_prior),
        decide(use, replace(facts, matcher="pdq-v2"), jp_prior),
        decide(use, replace(facts, snapshot="snapshot-2"), jp_prior),
        decide(use, replace(facts, found=(Finding(work="film", score=0.96),)), jp_prior),
        decide(use, facts, opt_out),
        decide(use, facts, replace(jp_prior, sha256="sha256:0")),
    ]
    assert len({decision.decision_id, *(other.decision_id for other in different)}) == 7


def test_records_have_one_spelling_and_leave_out_what_they_do_not_say() -> None:
    statement = make_statement("grant", "ann", 1.5, proof=Proof(kind="timestamp", reference="tsa", at=day(0)))
    work = make_work(shares=(Share(party="ann", territory=("JP",), valid_from=day(0)),), title={"ja": "映画"})

    assert canonical(statement) == (
        b'{"acts":["train"],"by":"ann","effective_from":"2026-01-02T12:00:00Z","id":"grant-ann","kind":"grant",'
        b'"proof":{"at":"2026-01-01T00:00:00Z","kind":"timestamp","reference":"tsa"},'
        b'"recorded_at":"2026-01-02T12:00:00Z","to":["lab"],"works":["film"]}'
    )
    assert (
        canonical(work)
        == (
            '{"id":"film","kind":"film","shares":[{"party":"ann","territory":["JP"],"valid_from":"2026-01-01T00:00:00Z"}],'
            '"title":{"ja":"映画"}}'
        ).encode()
    )
    assert canonical(make_mandate("guild", "ann", works=("b", "a"))) == (
        b'{"agent":"guild","id":"guild-for-ann","principal":"ann","recorded_at":"2026-01-01T00:00:00Z",'
        b'"valid_from":"2026-01-01T00:00:00Z","works":["a","b"]}'
    )


SCRIPT = """
from fractions import Fraction
from kyodaku.rights import *
from support.law import make_statement, make_use, make_work
third = {"portion": Fraction(1, 3), "rights": {"adaptation", "reproduction"}}
work = make_work(shares=[Share(party=party, **third) for party in {"ann", "ben", "cho"}])
said = {make_statement("grant", party) for party in {"ann", "ben", "cho"}}
facts = Facts(works=[work], permissions=said, found={Finding(work="film")})
print(decide(make_use(territory={"JP", "US", "FR"}), facts, load_regime()).as_json())
"""


def test_another_process_with_another_hash_seed_decides_the_same(pytestconfig: pytest.Config) -> None:
    paths = f"{pytestconfig.rootpath / 'src'}:{pytestconfig.rootpath / 'tests'}"
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": paths, "COVERAGE_PROCESS_START": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(said) == 1
    assert "sha256:" in said.pop()


def test_whatever_a_regime_says_its_sentences_can_be_filled(jp_prior: Regime) -> None:
    """A row may name what a case lacks: the sentence is then said without it, and nothing is raised."""
    everything = (
        "{party} {by} {permission} {since} {until} {recorded} {scope} {duties} {conditions} {revocation} {revoked_on}"
    )
    text = package_text("opt-out.yaml").replace("{party} holds rights in “{work}” and had", everything + " had")
    talkative = parse_regime(text, jp_prior.words, name="talkative.yaml")

    decision = decide(make_use(), _facts(), talkative)

    assert decision.verdict == "permitted"
    assert "Ann Pictures Ann Pictures" in decision.grounds[0].text["en"]


def test_a_regime_that_only_notes_refuses(jp_prior: Regime) -> None:
    text = re.sub(r"verdict: (permitted|unidentified)\n", "verdict: noted\n", package_text("opt-out.yaml"))
    text = text.replace("unidentified: permit\n", "")
    mute = parse_regime(text, jp_prior.words, name="mute.yaml")

    assert decide(make_use(), Facts(), mute).verdict == "refused"
    assert decide(make_use(), _facts(basis=Basis(kind="public_domain")), mute).verdict == "refused"


@pytest.mark.parametrize("act", ACTS)
def test_every_act_of_a_fully_granted_film_goes_ahead(act: str, jp_prior: Regime) -> None:
    said = [make_statement("grant", party, acts="all") for party in ("ann", "ben", "cho")]
    film = replace(FILM, moral=(MoralRecord(author="Nao Mori", consent=True),))

    assert decide(make_use(act=act), _facts(*said, works=(film,)), jp_prior).verdict == "permitted"


def test_a_share_in_one_country_does_not_make_its_holder_known_in_the_world(jp_prior: Regime) -> None:
    work = make_work(shares=(Share(party="ann", territory=("JP",)),))
    facts = _facts(make_statement("grant", "ann", territories="JP"), works=(work,))

    assert decide(make_use(territory=("JP",)), facts, jp_prior).verdict == "permitted"
    everywhere = decide(make_use(territory=("world",)), facts, jp_prior)
    assert [ground.rule for ground in everywhere.grounds] == ["jp-prior/no-holder", "jp-prior/grant"]


def test_a_grant_for_every_country_named_is_not_one_for_the_world(jp_prior: Regime) -> None:
    facts = _facts(make_statement("grant", "ann", territories=("JP", "US")), works=(make_work("ann"),))

    assert decide(make_use(territory=("JP", "US")), facts, jp_prior).verdict == "permitted"
    assert decide(make_use(territory=("world",)), facts, jp_prior).verdict == "refused"


def test_where_the_term_is_over_everywhere_nobody_is_asked_but_performers(jp_prior: Regime) -> None:
    shares = (Share(party="ann"), Share(party="ben", rights=("performance",)))
    facts = _facts(works=(make_work(shares=shares, terms=(Term(until=day(0)),)),))

    decision = decide(make_use(territory=("world",)), facts, jp_prior)

    assert [(ground.rule, ground.party) for ground in decision.grounds] == [
        ("jp-prior/silence", "ben"),
        ("jp-prior/term-over", None),
    ]


def test_a_chain_of_transfers_carries_grants_and_refusals_along(jp_prior: Regime) -> None:
    chain = (
        Share(party="ann", valid_until=day(3)),
        Share(party="ben", valid_from=day(3), valid_until=day(6), acquired_from="ann", includes_27_28=True),
        Share(party="cho", valid_from=day(6), acquired_from="ben", includes_27_28=True),
    )
    facts = _facts(make_statement("grant", "ann", 1), works=(make_work(shares=chain),))
    refused_between = make_statement("refusal", "ben", 4)
    refused_too_late = make_statement("refusal", "ben", 7)

    assert decide(make_use(), facts, jp_prior).verdict == "permitted"
    assert (
        decide(make_use(), replace(facts, permissions=(*facts.permissions, refused_between)), jp_prior).verdict
        == "refused"
    )
    assert (
        decide(make_use(), replace(facts, permissions=(*facts.permissions, refused_too_late)), jp_prior).verdict
        == "permitted"
    )


def test_rights_that_went_in_a_circle_end_somewhere(jp_prior: Regime) -> None:
    circle = (
        Share(party="ann", valid_from=day(4), acquired_from="ben", includes_27_28=True),
        Share(party="ben", valid_from=day(2), valid_until=day(4), acquired_from="ann", includes_27_28=True),
    )
    facts = _facts(make_statement("grant", "ben", 3), works=(make_work(shares=circle),))

    assert decide(make_use(), facts, jp_prior).verdict == "permitted"


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((Share(party="ann"),), "review"),  # ben has nothing to do with the film
        ((Share(party="ann"), Share(party="ben", rights=("rental",))), "review"),  # ben's right is not touched
        ((Share(party="ann"), Share(party="ben", territory=("US",))), "permitted"),  # ben's country is not
        ((Share(party="ann"), Share(party="ben", valid_until=day(5))), "permitted"),  # ben's share is over
        ((Share(party="ann"), Share(party="ben")), "refused"),
    ],
)
def test_an_objection_weighs_what_its_author_may_say(
    shares: tuple[Share, ...],
    verdict: str,
    jp_prior: Regime,
    opt_out: Regime,
) -> None:
    facts = _facts(
        make_statement("grant", "ann"), make_statement("objection", "ben"), works=(make_work(shares=shares),)
    )

    assert decide(make_use(), facts, jp_prior).verdict == verdict
    assert decide(make_use(), facts, opt_out).verdict == verdict


def test_an_agent_may_take_back_a_grant_and_its_own_refusal(jp_prior: Regime) -> None:
    film = make_work("ann")
    mandate = make_mandate("guild", "ann", may="all")
    refused = make_statement("refusal", "guild", 1)
    granted = make_statement("grant", "ann", 1)
    undo = make_statement("revocation", "guild", 2, works="all", revokes=refused.id)
    take_back = make_statement("revocation", "guild", 2, works="all", revokes=granted.id)

    def verdict(*said: Permission, mandates: Any = (mandate,)) -> str:
        return decide(make_use(), _facts(*said, works=(film,), mandates=mandates), jp_prior).grounds[0].rule

    assert verdict(granted, take_back) == "jp-prior/revoked"
    assert verdict(granted, take_back, mandates=()) == "jp-prior/grant"
    assert verdict(refused, undo) == "jp-prior/silence"
    assert verdict(make_statement("grant", "guild", 1), refused) == "jp-prior/refusal"


def test_one_registry_serves_two_uses(jp_prior: Regime) -> None:
    record = RightsRecord(
        parties=PARTIES, works=[FILM], permissions=[make_statement("grant", p) for p in ("ann", "ben", "cho")]
    )
    facts = record.facts([Finding(work="film")])

    assert decide(make_use(), facts, jp_prior).verdict == "permitted"
    assert decide(make_use(act="publish"), facts, jp_prior).verdict == "refused"


def test_an_objection_without_authority_in_one_territory_is_enough_for_review(opt_out: Regime) -> None:
    film = make_work("ann")
    facts = _facts(make_statement("objection", "ben", territories="US"), works=(film,))

    assert decide(make_use(territory=("JP",)), facts, opt_out).verdict == "permitted"
    assert decide(make_use(territory=("JP", "US")), facts, opt_out).verdict == "review"


def test_an_objection_that_names_the_work_is_not_hidden_by_one_that_names_all(
    jp_prior: Regime, opt_out: Regime
) -> None:
    said = (
        make_statement("objection", "ben", works="all"),
        make_statement("refusal", "ben"),
        make_statement("grant", "ann"),
    )
    facts = _facts(*said, works=(make_work("ann"),))

    for regime in (jp_prior, opt_out):
        decision = decide(make_use(), facts, regime)
        assert (decision.verdict, decision.grounds[0].permission) == ("review", "refusal-ben")


def test_what_was_never_examined_is_told_in_words(jp_prior: Regime) -> None:
    (never,) = decide(make_use(), Facts(examined=False), jp_prior).grounds
    (failed,) = decide(make_use(), Facts(error="timed_out: 60 s"), jp_prior).grounds

    assert ("(not examined)" in never.text["en"], "(未検査)" in never.text["ja"]) == (True, True)
    assert ("(timed_out: 60 s)" in failed.text["en"], "(timed_out: 60 s)" in failed.text["ja"]) == (True, True)


def test_decisions_can_be_made_in_another_process(jp_prior: Regime) -> None:
    use, facts = make_use(), _facts(make_statement("grant", "ann"))

    there = decide(*pickle.loads(pickle.dumps((use, facts, jp_prior))))

    assert there == decide(use, facts, jp_prior)

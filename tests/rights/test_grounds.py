# SPDX-License-Identifier: Apache-2.0
"""What a ground says beside its verdict: what would change it, for which act, and what the developer left unstated."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, Final

import pytest
import rfc8785

from kyodaku.errors import UsageError
from kyodaku.rights import (
    AlsoAct,
    Basis,
    Circumstances,
    Decision,
    Facts,
    Finding,
    MoralRecord,
    Party,
    Permission,
    Regime,
    Work,
    canonical,
    decide,
)
from kyodaku.rights._canonical import plain
from kyodaku.rights._regime_file import parse_regime
from kyodaku.rights._yaml import package_text
from kyodaku.rights.regime import CIRCUMSTANCE_FACTS, TABLES
from kyodaku.rights.vocabulary import LANGUAGES
from support.law import day, make_statement, make_use, make_work

PARTIES: Final = (
    Party(id="ann", name={"en": "Ann Pictures", "ja": "アン映画"}),
    Party(id="lab", name={"en": "Example Lab", "ja": "例ラボ"}),
)
FILM: Final = make_work("ann", title={"en": "First Film", "ja": "最初の映画"})


def _decide(regime: Regime, *said: Permission, use: dict[str, Any] | None = None, **fields: Any) -> Decision:
    known: dict[str, Any] = {"works": (FILM,), "parties": PARTIES, "found": (Finding(work="film"),)}
    return decide(make_use(**(use or {})), Facts(permissions=said, **(known | fields)), regime)


# --- what would change the verdict -----------------------------------------------------------------------------------


def test_there_are_words_for_what_would_change_every_verdict(jp_prior: Regime) -> None:
    words = jp_prior.words.groups["would_change"]
    main = {"claim": "registry", "work": "record", "holder": "statement", "moral": "moral"}
    cases = {f"{table}.{value}" for table, fact in main.items() for value in TABLES[table][fact]}
    cases |= {f"medium.{value}" for value in ("unexamined", "unseen", "possible", *TABLES["medium"]["basis"])}

    assert set(words) == cases
    for case, texts in words.items():
        assert re.search(r"[ぁ-ん]", texts["ja"]), case
        assert texts["en"].endswith("."), case
        assert texts["ja"].endswith(("。", "。)")), case
        named = [set(re.findall(r"{(\w+)}", texts[language])) - {"developer"} for language in LANGUAGES]
        assert named[0] == named[1], case


def test_there_are_words_for_every_circumstance(jp_prior: Regime) -> None:
    words = set(jp_prior.words.groups["circumstances"])

    assert words == set(CIRCUMSTANCE_FACTS) | {
        f"{name}.{word}" for name, values in CIRCUMSTANCE_FACTS.items() for word in values
    }


@pytest.mark.parametrize(
    ("said", "en", "ja"),
    [
        (
            (),
            "A grant by Ann Pictures of “First Film” for training, recorded and effective before the use.",
            "アン映画が『最初の映画』の学習への利用を許諾し、その許諾が利用に先立って記録され、効力を生じている場合。",
        ),
        (
            (make_statement("refusal", "ann"),),
            (
                "A later grant by Ann Pictures of “First Film” to Example Lab for training, recorded and effective "
                "before the use."
            ),
            "アン映画がその後に例ラボに対して『最初の映画』の学習への利用を許諾し、その許諾が利用に先立って記録され、効力を生じている場合。",
        ),
        (
            (make_statement("grant", "ann", recorded_at=day(12)),),
            (
                "Proof, by an entry in the ledger or a trusted time-stamp, that the grant (grant-ann) existed "
                "before the use."
            ),
            "許諾(grant-ann)が利用より前に存在したことが、台帳の記載又は信頼できるタイムスタンプにより証明された場合。",
        ),
    ],
)
def test_what_would_change_a_verdict_is_said_in_both_languages(
    said: tuple[Permission, ...], en: str, ja: str, jp_prior: Regime
) -> None:
    (ground,) = _decide(jp_prior, *said).grounds

    assert dict(ground.would_change) == {"en": en, "ja": ja}
    assert ground.as_json()["would_change"] == {"en": en, "ja": ja}


def test_what_goes_ahead_needs_no_change(jp_prior: Regime, opt_out: Regime) -> None:
    (granted,) = _decide(jp_prior, make_statement("grant", "ann")).grounds
    (silent,) = _decide(opt_out).grounds

    assert dict(granted.would_change) == dict(silent.would_change) == {}
    assert granted.as_json()["would_change"] == {}


@pytest.mark.parametrize(
    ("facts", "en"),
    [
        (
            Facts(error="corrupt"),
            "An examination of the whole medium: repair the file or take another copy, and ask again.",
        ),
        (Facts(), "A ground for training: a recognised licence, proof of own work, a grant, or a ruling."),
        (
            Facts(basis=Basis(kind="own_work", owner="ann"), parties=PARTIES),
            "Proof that the work is Example Lab's own, or another ground for training.",
        ),
        (
            Facts(works=(FILM,), parties=PARTIES, found=(Finding(work="film", how="possible"),)),
            "A person's finding that this is not from “First Film” of Ann Pictures and does not mean it, or what",
        ),
        (
            Facts(unseen=("time",)),
            "A person's finding that nothing registered is in it, or a copy of which all can be seen.",
        ),
    ],
)
def test_a_clip_in_which_nothing_was_found_can_be_cleared_too(facts: Facts, en: str, jp_prior: Regime) -> None:
    assert any(ground.would_change["en"].startswith(en) for ground in decide(make_use(), facts, jp_prior).grounds)


def test_a_row_may_say_better_what_would_change_its_verdict(jp_prior: Regime) -> None:
    (ground,) = _decide(jp_prior, works=(make_work(),)).grounds

    assert ground.would_change["en"].endswith("for use in Japan, a ruling (Arts. 67, 67-3).")


def test_a_demand_that_everything_be_destroyed_is_told_and_changes_no_verdict(jp_prior: Regime) -> None:
    grant = make_statement("grant", "ann", id="g")
    forward = make_statement("revocation", "ann", 5, revokes="g")
    purge = replace(forward, effect="purge")

    (ground,) = _decide(jp_prior, grant, purge).grounds

    assert "Ann Pictures also demands that copies and models made before be destroyed." in ground.text["en"]
    assert "既に作成された複製物及びモデルの廃棄が求められている。" in ground.text["ja"]
    assert "destroyed" not in _decide(jp_prior, grant, forward).grounds[0].text["en"]
    assert _decide(jp_prior, grant, purge).verdict == _decide(jp_prior, grant, forward).verdict == "refused"
    assert _decide(jp_prior, grant, purge, use={"at": 4}).verdict == "permitted"


@pytest.mark.parametrize(
    ("records", "rules"),
    [
        ((), set()),
        ((MoralRecord(author="Ren"),), {"moral-rights-absent"}),
        ((MoralRecord(author="Ren", consent=True),), {"moral-rights-on-file"}),
        ((MoralRecord(author="Ren", consent=True, attribution="R. Oda"),), {"moral-rights-attribution"}),
    ],
)
def test_of_an_originals_authors_those_on_record_are_asked(
    records: tuple[MoralRecord, ...], rules: set[str], jp_prior: Regime
) -> None:
    film = replace(FILM, derived_from=("manga",), moral=(MoralRecord(author="Nao", consent=True),))
    manga = make_work("ann", id="manga", moral=records)

    decision = _decide(jp_prior, works=(film, manga), use={"act": "generate"})

    found = {ground.rule.removeprefix("jp-prior/") for ground in decision.grounds if ground.work == "manga"}
    assert {rule for rule in found if rule.startswith("moral")} == rules


@pytest.mark.parametrize(("found", "told"), [(("film",), "It is “film” of"), ((), "it was not found")])
def test_what_a_claim_alone_names_is_not_said_to_be_found(found: tuple[str, ...], told: str, jp_prior: Regime) -> None:
    basis = Basis(kind="grant", source="grant-ann")
    facts = Facts(
        works=(make_work("ann"),),
        permissions=(make_statement("grant", "ann"),),
        found=tuple(Finding(work=work) for work in found),
        basis=basis,
    )

    claim = next(ground for ground in decide(make_use(), facts, jp_prior).grounds if ground.effect == "noted")

    assert told in claim.text["en"]
    assert ("検出されたものではなく" in claim.text["ja"]) != bool(found)


# --- several acts ----------------------------------------------------------------------------------------------------


def test_each_act_of_a_plan_has_its_own_grounds(jp_prior: Regime) -> None:
    film = replace(FILM, moral=(MoralRecord(author="Nao", consent=True),))
    use = {"also": (AlsoAct(act="publish", territory=("US",)), AlsoAct(act="collect"))}

    decision = _decide(jp_prior, make_statement("grant", "ann", acts=("collect", "train")), works=(film,), use=use)

    assert decision.verdict == "refused"
    assert [(ground.act, ground.rule.removeprefix("jp-prior/")) for ground in decision.grounds] == [
        ("publish", "out-of-scope"),
        ("train", "grant"),
        ("collect", "grant"),
        ("publish", "moral-rights-on-file"),
    ]
    assert [(need.party, need.act) for need in decision.needed] == [("ann", "publish")]
    assert decision.grounds[0].as_json()["act"] == "publish"
    assert (
        "for publication" in decision.grounds[0].would_change["en"]
        or "reaches this use" in (decision.grounds[0].would_change["en"])
    )


def test_the_further_acts_are_part_of_the_decisions_id(jp_prior: Regime) -> None:
    ids = {
        _decide(jp_prior, use={"also": also}).decision_id
        for also in (
            (),
            (AlsoAct(act="publish"),),
            (AlsoAct(act="publish", territory=("US",)),),
            (AlsoAct(act="train"),),
        )
    }

    assert len(ids) == 3


# --- what the developer states ---------------------------------------------------------------------------------------


def _asking(words: Regime, *rows: tuple[str, str]) -> Regime:
    """Opt-out, but silence is heard as these rows say: (facts, verdict)."""
    text = package_text("opt-out.yaml")
    start, end = text.index("    - rule: silence"), text.index("    - rule: revoked")
    made = [
        text[start:end]
        .replace("rule: silence", f"rule: silence-{number}")
        .replace("silence]}", f"silence], {facts}}}")
        .replace("verdict: permitted", f"verdict: {verdict}")
        .replace("Under opt-out, silence is a yes.", "({circumstances}; {unstated})")
        for number, (facts, verdict) in enumerate(rows)
    ]
    return parse_regime(text[:start] + "".join(made) + text[end:], words.words, name="asking.yaml")


@pytest.fixture(scope="module")
def asking(jp_prior: Regime) -> Regime:
    return _asking(
        jp_prior,
        ("access: yes, retention: set", "permitted"),
        ("access: yes, retention: {not: [set]}", "review"),
        ("access: {not: [yes]}", "refused"),
    )


@pytest.mark.parametrize(
    ("use", "medium", "verdict", "help_"),
    [
        ({}, {}, "refused", "lawful access, limit on keeping copies"),
        ({"lawful_access": "yes"}, {}, "review", "limit on keeping copies"),
        ({"lawful_access": "no"}, {}, "refused", ""),
        ({"lawful_access": "no"}, {"lawful_access": "yes"}, "refused", ""),
        ({"retention": "unset"}, {"lawful_access": "yes"}, "review", ""),
        ({"retention": "unset"}, {}, "refused", "lawful access"),
        ({"retention": "set"}, {"lawful_access": "yes"}, "permitted", ""),
        ({"retention": "set", "lawful_access": "yes"}, {"lawful_access": "no"}, "refused", ""),
        ({"retention": "set", "lawful_access": "yes", "source": "pirate"}, {}, "permitted", ""),
    ],
)
def test_circumstances_decide_where_a_table_asks_for_them(
    use: dict[str, str], medium: dict[str, str], verdict: str, help_: str, asking: Regime
) -> None:
    decision = _decide(asking, use={"circumstances": Circumstances(**use)}, circumstances=Circumstances(**medium))
    (ground,) = decision.grounds

    assert decision.verdict == verdict
    stated = ground.would_change.get("en", "").partition("before the use. ")[2]
    assert stated == (f"So may this, if it is so and is stated: {help_}." if help_ else "")


def test_what_is_stated_and_what_is_not_can_be_told(asking: Regime) -> None:
    (ground,) = _decide(asking, use={"circumstances": Circumstances(lawful_access="no")}).grounds

    assert "(lawful access: no, limit on keeping copies: not stated; limit on keeping copies)" in ground.text["en"]
    assert "適法なアクセス: なし、複製物の保存の限定: 申告なし" not in ground.text["en"]
    assert "次の事情" not in ground.would_change["ja"]
    (silent,) = _decide(asking).grounds
    assert silent.would_change["ja"].endswith(
        "次の事情が、事実に即して申告された場合も同様である: 適法なアクセス、複製物の保存の限定。"
    )


def test_a_table_that_asks_for_nothing_says_nothing(jp_prior: Regime) -> None:
    text = package_text("opt-out.yaml").replace("Under opt-out, silence is a yes.", "[{circumstances}|{unstated}]")
    talkative = parse_regime(text, jp_prior.words, name="talkative.yaml")

    assert _decide(talkative).grounds[0].text["en"].endswith("[nothing|nothing]")


def test_circumstances_are_part_of_the_decisions_id(jp_prior: Regime) -> None:
    pirate = Circumstances(source="pirate")
    ids = {
        _decide(jp_prior).decision_id,
        _decide(jp_prior, use={"circumstances": pirate}).decision_id,
        _decide(jp_prior, circumstances=pirate).decision_id,
        _decide(jp_prior, circumstances=Circumstances()).decision_id,
    }

    assert len(ids) == 3


# --- one spelling ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        FILM,
        replace(FILM, title={"ja": '𠮷野\u2028\x7f\t"\\', "𠮷": "x", "ｚ": "y"}),
        Finding(work="w", score=1.0, q_start=0.0, q_end=0.001, r_start=-3.25, r_end=123456.789),
        Finding(work="w", q_end=1e15, r_end=1e22),
        Finding(work="w", score=0.0001),
        make_statement("grant", "ann", 1.5, works=("b", "a"), sublicence=True),
        {"b": 1.0, "a": [1, 2.5, None, True, "é"], "c": (0, -0.0, 1e-7, 10**15, 10.25)},
        {"\U00010000": 1, "\uffef": 2},
        [],
    ],
)
def test_canonical_json_is_what_rfc_8785_says(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(plain(value))


def test_what_is_canonical_can_be_read_again() -> None:
    facts = Facts(
        works=(FILM,),
        found=(Finding(work="film", score=1.0, q_end=2.5),),
        permissions=(make_statement("grant", "ann"),),
    )

    assert json.loads(canonical(facts)) == plain(facts)
    assert b'"score":1,' in canonical(facts) or b'"score":1}' in canonical(facts)


def test_facts_given_twice_count_once_and_two_that_differ_are_refused() -> None:
    one, two = make_statement("grant", "ann"), make_statement("grant", "ann")

    assert Facts(permissions=(one, two, make_statement("refusal", "ann"))).permissions == (
        one,
        make_statement("refusal", "ann"),
    )
    assert Facts(works=(FILM, FILM)).works == (FILM,)
    with pytest.raises(UsageError, match="two different permissions have the id 'grant-ann'"):
        Facts(permissions=(one, two, make_statement("grant", "ann", duties="report")))


def test_a_work_found_and_used_as_an_original_is_asked_in_both_roles(jp_prior: Regime) -> None:
    works = (make_work("ann", derived_from="manga"), Work(id="manga", kind="manga", shares=FILM.shares))
    decision = _decide(jp_prior, works=works, found=(Finding(work="film"), Finding(work="manga")))

    assert [(ground.work, ground.rule.removeprefix("jp-prior/")) for ground in decision.grounds] == [
        ("film", "silence"),
        ("manga", "silence"),
        ("manga", "upstream-silent"),
    ]


def test_a_developers_own_no_to_what_others_hold_is_no_objection(jp_prior: Regime) -> None:
    said = (make_statement("grant", "ann"), make_statement("refusal", "lab", to=("anyone",)))

    assert _decide(jp_prior, *said).verdict == "permitted"


def test_a_work_that_belongs_to_a_whole_in_two_ways_is_as_near_as_the_shorter(jp_prior: Regime) -> None:
    works = (
        make_work("ann", part_of=("season", "special", "series")),
        make_work("ann", id="season", part_of=("series",)),
        make_work("ann", id="special", part_of=("series",)),
        make_work("ann", id="series"),
    )
    said = (
        make_statement("refusal", "ann", 1, works=("season",)),
        make_statement("grant", "ann", 2, works=("series",)),
    )

    assert _decide(jp_prior, *said, works=works).verdict == "permitted"

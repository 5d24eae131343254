# SPDX-License-Identifier: Apache-2.0
"""What holds for every registry, every use and every regime: small random worlds, decided many times."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.rights import (
    ACTS,
    CIRCUMSTANCES,
    REGIMES,
    Basis,
    Circumstances,
    Decision,
    Facts,
    Finding,
    MoralRecord,
    Party,
    Permission,
    RightsRecord,
    Share,
    Use,
    Verdict,
    Work,
    load_regime,
)
from kyodaku.rights.decide import decide as decide_under
from support.law import day, make_mandate, make_statement, make_work
from support.worlds import (
    END,
    NOES,
    WORKS,
    circumstances,
    cleared,
    days,
    morals,
    places,
    portions,
    rulings,
    statements,
    uses,
    worlds,
)

regimes = st.sampled_from(REGIMES)
noes = st.sampled_from(NOES)
UNKNOWN: Final = (
    {"examined": False},
    {"error": "corrupt: nothing to read"},
    {"unseen": ("time",)},
    {"unseen": ("parts",)},
)
moderately: Final = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def decide(use: Use, facts: Facts, regime: str) -> Decision:
    """By the regime's name, so that an example is printed in a line."""
    return decide_under(use, facts, load_regime(regime))


def _with(facts: Facts, *added: Permission) -> Facts:
    return replace(facts, permissions=(*facts.permissions, *added))


def _short(decision: Decision) -> tuple[Any, ...]:
    return decision.verdict, decision.grounds, decision.needed


@moderately
@given(worlds(acyclic=False), uses, regimes, st.sampled_from(ACTS), days)
def test_decide_never_raises_and_the_strictest_ground_wins(
    facts: Facts, use: Use, regime: str, act: str, at: Any
) -> None:
    decision = decide(replace(use, act=act, at=at), facts, regime)

    effects = [Verdict(ground.effect) for ground in decision.grounds if ground.effect != "noted"]
    assert effects
    assert decision.verdict == max(effects, key=lambda effect: effect.rank)
    assert decision.verdict.is_go == (not decision.needed and all(effect.is_go for effect in effects))
    for ground in decision.grounds:
        holds_up = ground.effect in {"review", "refused"}
        assert set(ground.would_change) == ({"en", "ja"} if holds_up else set())
        assert all(
            text.strip() and "{" not in text for text in chain(ground.text.values(), ground.would_change.values())
        )


@moderately
@given(worlds(), uses, regimes, statements(kinds=noes, name="added"))
def test_adding_a_refusal_or_objection_never_loosens(facts: Facts, use: Use, regime: str, no: Permission) -> None:
    assert decide(use, _with(facts, no), regime).verdict >= decide(use, facts, regime).verdict


@moderately
@given(
    worlds(), uses, regimes, st.sampled_from(WORKS), st.sampled_from([("all",), ("reproduction",)]), places, portions
)
def test_adding_a_share_of_somebody_new_never_loosens(
    facts: Facts,
    use: Use,
    regime: str,
    work: str,
    rights: tuple[str, ...],
    where: tuple[str, ...],
    portion: Fraction | None,
) -> None:
    newcomer = Share(party="eve", rights=rights, territory=where, portion=portion)
    changed = tuple(replace(w, shares=(*w.shares, newcomer)) if w.id == work else w for w in facts.works)

    assert decide(use, replace(facts, works=changed), regime).verdict >= decide(use, facts, regime).verdict


@moderately
@given(st.lists(st.lists(st.tuples(days, st.sampled_from(["grant", *NOES])), max_size=4), min_size=1, max_size=4), days)
def test_a_committee_says_yes_only_if_the_last_word_of_every_member_is_yes(words: list[list[Any]], at: Any) -> None:
    """Against a naive reading: the last word of each member before the use, a no winning every tie."""
    members = [f"member-{number}" for number in range(len(words))]
    said = [
        make_statement(kind, member, id=f"{member}-{number}", recorded_at=moment, effective_from=moment)
        for member, spoken in zip(members, words, strict=True)
        for number, (moment, kind) in enumerate(spoken)
    ]
    last = [
        max(((moment, kind != "grant") for moment, kind in spoken if moment <= at), default=None) for spoken in words
    ]
    facts = Facts(works=(make_work(*members),), permissions=tuple(said), found=(Finding(work="film"),))
    use = Use(developer="lab", act="train", at=at)

    prior, opt_out = (decide(use, facts, regime).verdict for regime in ("jp-prior", "opt-out"))

    assert prior.is_go == all(word is not None and not word[1] for word in last)
    assert opt_out.is_go == (not any(word is not None and word[1] for word in last))


def _asked(decision: Decision, regime: str) -> list[tuple[str, str]]:
    """The holders whose word was asked, each with the work."""
    rules = {f"{regime}/{row.rule}" for row in load_regime(regime).tables["holder"].rows}
    return sorted({(str(g.party), str(g.work)) for g in decision.grounds if g.rule in rules and g.party != "lab"})


def _heeds(regime: str, kind: str) -> bool:
    """Whether the regime lets no use go ahead against this kind of no; some know no opt-out."""
    return not any(
        kind in row.when.get("statement", {kind}) and row.effect != "noted" and Verdict(row.effect).is_go
        for row in load_regime(regime).tables["holder"].rows
    )


@moderately
@given(worlds(), uses, regimes, st.sampled_from(["objection", "refusal", "reservation"]))
def test_any_one_holder_may_say_no(facts: Facts, use: Use, regime: str, kind: str) -> None:
    assert _heeds(regime, "objection")
    for party, work in _asked(decide(use, facts, regime), regime) if _heeds(regime, kind) else ():
        no = Permission(id="no", kind=kind, by=party, works=(work,), recorded_at=use.at, effective_from=use.at)
        assert not decide(use, _with(facts, no), regime).verdict.is_go


@moderately
@given(worlds(), uses, regimes)
def test_nothing_counts_before_both_its_times(facts: Facts, use: Use, regime: str) -> None:
    """Statements that were not yet known, or had no effect yet, let nothing through; at best a person looks at one."""
    counting = tuple(s for s in facts.permissions if s.known_at <= use.at and s.effective_from <= use.at)
    with_all, with_counting = decide(use, facts, regime), decide(use, replace(facts, permissions=counting), regime)
    if facts.basis is not None and facts.basis.kind == "grant":
        return  # a grant that is named as the basis brings its works with it

    assert with_all.verdict.is_go == with_counting.verdict.is_go
    assert with_all.verdict >= with_counting.verdict or with_all.verdict is Verdict.REVIEW


@moderately
@given(
    worlds(),
    uses,
    regimes,
    statements(kinds=st.just("revocation"), name="later"),
    st.sampled_from(["known", "effective"]),
)
def test_a_revocation_never_rewrites_an_earlier_decision(
    facts: Facts,
    use: Use,
    regime: str,
    revocation: Permission,
    late: str,
) -> None:
    after = day(END + 1)
    moved: dict[str, Any] = (
        {"recorded_at": after, "proof": None} if late == "known" else {"effective_from": after, "effective_until": None}
    )

    assert _short(decide(use, _with(facts, replace(revocation, **moved)), regime)) == _short(decide(use, facts, regime))


@moderately
@given(worlds(), uses, regimes, st.randoms(use_true_random=False))
def test_the_same_facts_in_any_order_give_the_same_bytes(facts: Facts, use: Use, regime: str, random: Any) -> None:
    def shuffled(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(values, len(values)))

    turned = Facts(
        works=shuffled(
            tuple(replace(work, shares=shuffled(work.shares), moral=shuffled(work.moral)) for work in facts.works)
        ),
        parties=shuffled(facts.parties),
        mandates=shuffled(facts.mandates),
        permissions=shuffled(tuple(replace(s, works=shuffled(s.works), to=shuffled(s.to)) for s in facts.permissions)),
        found=shuffled(facts.found + facts.found),
        basis=facts.basis,
        examined=facts.examined,
        matcher=facts.matcher,
        snapshot=facts.snapshot,
        circumstances=facts.circumstances,
    )

    assert (
        decide(replace(use, territory=shuffled(use.territory)), turned, regime).as_json()
        == decide(use, facts, regime).as_json()
    )


@moderately
@given(worlds(), uses, regimes, st.sampled_from(UNKNOWN))
def test_what_nobody_has_seen_is_never_permitted(facts: Facts, use: Use, regime: str, fault: dict[str, Any]) -> None:
    assert not decide(use, replace(facts, **fault), regime).verdict.is_go


@moderately
@given(worlds(), uses, regimes)
def test_the_facts_that_a_record_picks_are_all_that_matter(facts: Facts, use: Use, regime: str) -> None:
    record = RightsRecord(
        parties=facts.parties,
        works=facts.works,
        mandates=facts.mandates,
        permissions=facts.permissions,
    )

    picked = record.facts(
        facts.found,
        basis=facts.basis,
        developer=use.developer,
        examined=facts.examined,
        matcher=facts.matcher,
        snapshot=facts.snapshot,
        circumstances=facts.circumstances,
    )

    assert _short(decide(use, picked, regime)) == _short(decide(use, facts, regime))


@moderately
@given(worlds(), uses, regimes)
def test_what_else_is_registered_changes_no_decision_and_no_id(facts: Facts, use: Use, regime: str) -> None:
    known = {
        "parties": facts.parties,
        "works": facts.works,
        "mandates": facts.mandates,
        "permissions": facts.permissions,
    }
    more = {
        "parties": (*facts.parties, Party(id="zoe"), Party(id="yui")),
        "works": (*facts.works, Work(id="sequel", kind="film", derived_from=WORKS, shares=(Share(party="zoe"),))),
        "mandates": (*facts.mandates, make_mandate("guild", "zoe")),
        "permissions": (
            *facts.permissions,
            make_statement("refusal", "zoe", works="sequel"),
            make_statement("refusal", "yui", works="all"),
            make_statement("grant", "ann", works="sequel"),
        ),
    }

    alone, crowded = (RightsRecord(**held).facts(facts.found, examined=facts.examined) for held in (known, more))  # type: ignore[arg-type]

    assert decide(use, crowded, regime).as_json() == decide(use, alone, regime).as_json()


# --- what everybody granted, and what spoils it ----------------------------------------------------------------------


@moderately
@given(cleared(), regimes)
def test_what_every_holder_granted_goes_ahead_under_every_regime(world: tuple[Use, Facts], regime: str) -> None:
    assert decide(*world, regime).verdict.is_go


SPOILT: Final[dict[str, dict[str, Any]]] = {
    "recorded after the use": {"recorded_at": day(8.1)},
    "effective after the use": {"effective_from": day(8.1), "effective_until": None},
    "ended before the use": {"effective_until": day(8)},
    "for another act": {"acts": ("index",)},
    "for another purpose": {"purposes": ("sale",)},
    "for another country": {"territories": ("FR",)},
    "for another version": {"models": ("video-1", "video-1@1")},
    "for another medium": {"media": ("video",)},
    "for another work": {"works": ("elsewhere",)},
    "to another developer": {"to": ("other",)},
    "by another": {"by": "stranger"},
    "offered": {"kind": "offer"},
    "on conditions": {"conditions": ("the fee is paid",)},
    "without the right to sub-license": {"sublicence": False},
    "under nothing": {"under": None},
    "under what is not known": {"under": "nothing"},
}


@moderately
@given(cleared(), st.sampled_from(sorted(SPOILT)), st.randoms(use_true_random=False))
def test_every_grant_is_needed_as_it_is(world: tuple[Use, Facts], how: str, random: Any) -> None:
    use, facts = world
    said = random.choice(facts.permissions)
    is_head, is_sub = said.id.startswith("h-"), said.under is not None
    spoilt = replace(said, **SPOILT[how])
    others = tuple(held for held in facts.permissions if held is not said)
    if (how == "without the right to sub-license") != is_head and "sub-license" in how:
        return
    if (how.startswith("under") and not is_sub) or (how == "to another developer" and is_head):
        return

    without = decide(use, replace(facts, permissions=others), "jp-prior")
    with_spoilt = decide(use, replace(facts, permissions=(*others, spoilt)), "jp-prior")

    assert without.verdict is Verdict.REFUSED
    assert not with_spoilt.verdict.is_go


@moderately
@given(cleared(), regimes, noes, st.sampled_from([("lab",), ("anyone",)]), st.randoms(use_true_random=False))
def test_of_all_who_granted_each_may_still_say_no(
    world: tuple[Use, Facts], regime: str, kind: str, to: tuple[str, ...], random: Any
) -> None:
    use, facts = world
    work, holder = random.choice([(work.id, share.party) for work in facts.works for share in work.shares])
    no = Permission(
        id="no",
        kind=kind,
        by=holder,
        to=to,
        works=(work,),
        acts=(use.act,),
        recorded_at=day(7),
        effective_from=day(7),
    )
    later, early = replace(no, recorded_at=day(9)), replace(no, recorded_at=day(-1), effective_from=day(-1))

    if _heeds(regime, kind):
        assert not decide(use, _with(facts, no), regime).verdict.is_go
    assert decide(use, _with(facts, later), regime).verdict == decide(use, facts, regime).verdict
    assert decide(use, _with(facts, early), "jp-prior").verdict.is_go == _lifts(facts, holder, to)


def _lifts(facts: Facts, holder: str, refused: tuple[str, ...]) -> bool:
    """Whether the grant lifts an earlier refusal: no agent's does, nor a general one a refusal by name.

    Nor does a former holder's lift what the new one said of a part that it does not hold: that a person looks at.
    """
    grant = next(said for said in facts.permissions if said.id == f"g-{holder}")
    has_part = any(grant.works[0] in work.part_of for work in facts.works)
    if grant.by == f"agent-{holder}" or (grant.by == f"former-{holder}" and has_part):
        return False
    return refused == ("anyone",) or ("anyone" not in grant.to and grant.under is None)


@moderately
@given(cleared(), st.randoms(use_true_random=False), st.sampled_from(["grant", "revocation"]))
def test_an_earlier_exclusive_grant_or_a_revocation_spoils_a_grant(
    world: tuple[Use, Facts], random: Any, kind: str
) -> None:
    use, facts = world
    said = random.choice(facts.permissions)
    if kind == "grant":
        if said.under is not None:
            return
        spoils = replace(
            said, id="e", to=("other",), exclusive=True, sublicence=False, recorded_at=day(0), effective_from=day(0)
        )
    else:
        spoils = Permission(
            id="v", kind="revocation", by=said.by, revokes=said.id, recorded_at=day(3), effective_from=day(3)
        )

    assert not decide(use, _with(facts, spoils), "jp-prior").verdict.is_go


# --- the strictest verdict wins --------------------------------------------------------------------------------------


@moderately
@given(worlds(), uses, regimes)
def test_of_several_acts_the_strictest_decides(facts: Facts, use: Use, regime: str) -> None:
    together, alone = decide(use, facts, regime), [decide(each, facts, regime) for each in use.each_act]

    assert together.verdict == Verdict.strictest(decision.verdict for decision in alone)
    assert set(together.grounds) == set(chain.from_iterable(decision.grounds for decision in alone))
    assert {ground.act for ground in together.grounds} == {each.act for each in use.each_act}


@moderately
@given(worlds(), uses, regimes)
def test_of_several_territories_the_strictest_decides(facts: Facts, use: Use, regime: str) -> None:
    """Of countries: a use of the whole world is of those too that nobody named."""
    use = replace(use, also=())
    both, *each = (decide(replace(use, territory=where), facts, regime) for where in (("JP", "US"), ("JP",), ("US",)))

    assert both.verdict == Verdict.strictest(decision.verdict for decision in each)


@moderately
@given(worlds(), uses, regimes)
def test_of_several_works_the_strictest_decides(facts: Facts, use: Use, regime: str) -> None:
    facts = replace(facts, basis=None, examined=True)
    alone = [decide(use, replace(facts, found=(finding,)), regime).verdict for finding in facts.found]

    if alone:
        assert decide(use, facts, regime).verdict == Verdict.strictest(alone)


# --- what others were granted, what the developer states -------------------------------------------------------------


@moderately
@given(worlds(), uses, regimes, statements(kinds=st.sampled_from(["grant", "offer"]), name="added"))
def test_what_is_granted_to_another_never_loosens(facts: Facts, use: Use, regime: str, other: Permission) -> None:
    other = replace(other, to=("ben",))

    assert decide(use, _with(facts, other), regime).verdict >= decide(use, facts, regime).verdict


@moderately
@given(worlds(), uses, regimes, st.sampled_from(sorted(CIRCUMSTANCES)))
def test_what_is_unstated_never_goes_ahead_where_some_word_would_not(
    facts: Facts, use: Use, regime: str, name: str
) -> None:
    def verdict(word: str) -> Verdict:
        stated = {
            "use": replace(use.circumstances, **{name: word}),
            "facts": replace(facts.circumstances, **{name: word}),
        }
        return decide(
            replace(use, circumstances=stated["use"]), replace(facts, circumstances=stated["facts"]), regime
        ).verdict

    if verdict("unstated").is_go:
        assert all(verdict(word).is_go for word in CIRCUMSTANCES[name])


@moderately
@given(worlds(), uses, regimes, circumstances)
def test_a_mediums_word_never_loosens_what_the_use_states(
    facts: Facts, use: Use, regime: str, medium: Circumstances
) -> None:
    stated = {
        name: CIRCUMSTANCES[name][0]
        if getattr(use.circumstances, name) == "unstated"
        else getattr(use.circumstances, name)
        for name in CIRCUMSTANCES
    }
    use = replace(use, circumstances=Circumstances(**stated))
    without, with_medium = replace(facts, circumstances=Circumstances()), replace(facts, circumstances=medium)

    assert decide(use, with_medium, regime).verdict >= decide(use, without, regime).verdict


@moderately
@given(worlds(), uses, regimes, st.sampled_from(WORKS), morals)
def test_an_author_who_did_not_agree_never_loosens(
    facts: Facts, use: Use, regime: str, work: str, moral: MoralRecord
) -> None:
    against = replace(moral, author="Aki", consent=False)
    changed = tuple(replace(w, moral=(*w.moral, against)) if w.id == work else w for w in facts.works)

    assert decide(use, replace(facts, works=changed), regime).verdict >= decide(use, facts, regime).verdict


@moderately
@given(worlds(), uses, rulings, st.sampled_from(NOES))
def test_no_ruling_stands_against_a_holder_who_said_no(facts: Facts, use: Use, ruling: Basis, kind: str) -> None:
    facts = replace(facts, basis=ruling)
    for party, work in _asked(decide(use, facts, "jp-prior"), "jp-prior"):
        no = Permission(id="no", kind=kind, by=party, works=(work,), recorded_at=use.at, effective_from=use.at)
        assert decide(use, _with(facts, no), "jp-prior").verdict is Verdict.REFUSED

# SPDX-License-Identifier: Apache-2.0
"""What holds for every registry, every use and every regime: small random worlds, decided many times."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.rights import (
    ACTS,
    CIRCUMSTANCES,
    REGIMES,
    AlsoAct,
    Basis,
    Circumstances,
    Decision,
    Facts,
    Finding,
    Mandate,
    MoralRecord,
    Party,
    Permission,
    Proof,
    RightsRecord,
    Share,
    Term,
    Use,
    Verdict,
    Work,
    load_regime,
)
from kyodaku.rights.decide import decide as decide_under
from kyodaku.rights.vocabulary import LICENCE_LIMITS, PERMISSION_KINDS, RIGHTS
from support.law import day, make_mandate, make_statement, make_work

PARTIES = ("ann", "ben", "cho", "dai", "guild", "lab")
WORKS = ("film", "series", "manga", "song")
NOES = ("refusal", "objection", "reservation")
END = 10

days = st.integers(0, END).map(day)
some_days = st.none() | days
places = st.sampled_from([("world",), ("JP",), ("US",), ("JP", "US")])
portions = st.none() | st.sampled_from([Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), Fraction(1)])
regimes = st.sampled_from(REGIMES)
circumstances = st.builds(
    Circumstances, **{name: st.sampled_from(["unstated", *words]) for name, words in CIRCUMSTANCES.items()}
)
morals = st.builds(
    MoralRecord,
    author=st.sampled_from(["ann", "lab", "Nao Mori"]),
    consent=st.booleans(),
    acts=st.sampled_from([("all",), ("generate",), ("publish", "train")]),
    attribution=st.sampled_from(["", "N. Mori"]),
)
moderately = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _later(since: Any, until: Any) -> Any:
    return until if until is not None and until > since else None


@st.composite
def shares(draw: st.DrawFn, party: str | None = None) -> Share:
    holder = party or draw(st.sampled_from(PARTIES))
    since = draw(st.none() | st.just(day(3)))
    source = draw(st.none() | st.sampled_from([name for name in PARTIES if name != holder]))
    return Share(
        party=holder,
        rights=draw(st.just(("all",)) | st.sets(st.sampled_from(RIGHTS), min_size=1).map(tuple)),
        portion=draw(portions),
        territory=draw(places),
        valid_from=since,
        valid_until=_later(since or day(-1), draw(some_days)),
        acquired_from=source if since else None,
        includes_27_28=draw(st.booleans()),
    )


@st.composite
def works(draw: st.DrawFn, *, acyclic: bool) -> tuple[Work, ...]:
    made = []
    for number, name in enumerate(WORKS):
        others = [other for other in (WORKS[number + 1 :] if acyclic else (*WORKS, "lost")) if other != name]
        related = st.sets(st.sampled_from(others), max_size=2).map(tuple) if others else st.just(())
        terms = draw(st.just(()) | st.builds(lambda until, where: (Term(until=until, territory=where),), days, places))
        made.append(
            Work(
                id=name,
                kind="film",
                part_of=draw(related),
                derived_from=draw(related),
                shares=tuple(draw(st.lists(shares(), max_size=3))),
                terms=terms,
                moral=tuple(draw(st.lists(morals, max_size=2))),
            ),
        )
    return tuple(made)


@st.composite
def statements(draw: st.DrawFn, kinds: tuple[str, ...] = PERMISSION_KINDS, name: str = "s") -> Permission:
    kind = draw(st.sampled_from(kinds))
    since = draw(days)
    recorded = draw(days)
    revocation, licence = kind == "revocation", kind in {"grant", "offer"}
    return Permission(
        id=name,
        kind=kind,
        by=draw(st.sampled_from(PARTIES)),
        to=draw(st.sampled_from([("anyone",), ("lab",), ("ann", "lab"), ("ben",)])),
        sublicence=licence and draw(st.booleans()),
        exclusive=licence and draw(st.sampled_from([False, False, True])),
        under=draw(st.none() | st.integers(0, 7).map("s-{}".format).filter(lambda at: at != name)) if licence else None,
        effect=draw(st.sampled_from([None, "purge"])) if revocation else None,
        works=draw(st.just(("all",)) | st.sets(st.sampled_from(WORKS), min_size=1).map(tuple)),
        acts=draw(st.sampled_from([("all",), ("train",), ("generate", "train"), ("publish",)])),
        purposes=draw(st.sampled_from([("all",), ("research",)])),
        territories=draw(places),
        models=draw(st.sampled_from([("all",), ("video-1",), ("video-1@2",)])),
        media=draw(st.sampled_from([("all",), ("image",)])),
        duties=draw(st.sampled_from([(), ("attribution",)])),
        conditions=draw(st.sampled_from([(), ("the fee is paid",)])),
        recorded_at=recorded,
        effective_from=since,
        effective_until=_later(since, draw(some_days)),
        revokes=f"s-{draw(st.integers(0, 7))}" if revocation else None,
        proof=draw(st.none() | st.builds(Proof, kind=st.just("timestamp"), reference=st.just("tsa"), at=days)),
    )


@st.composite
def mandates(draw: st.DrawFn, name: str) -> Mandate:
    principal = draw(st.sampled_from([party for party in PARTIES if party != "guild"]))
    since = draw(days)
    return Mandate(
        id=name,
        agent="guild",
        principal=principal,
        may=draw(st.sampled_from([("all",), ("grant",), ("objection", "refusal", "reservation", "revocation")])),
        acts=draw(st.sampled_from([("all",), ("train",)])),
        works=draw(st.just(("all",)) | st.sets(st.sampled_from(WORKS), min_size=1).map(tuple)),
        territories=draw(places),
        recorded_at=draw(days),
        valid_from=since,
        valid_until=_later(since, draw(some_days)),
        revoked_at=draw(some_days),
    )


claims = st.builds(
    Basis,
    kind=st.sampled_from(["grant", "own_work", "open_licence", "public_domain", "limitation"]),
    source=st.sampled_from(["", "s-0", "s-1", "nowhere"]),
    licence=st.none() | st.just("CC-BY-4.0"),
    owner=st.none() | st.just("lab"),
    duties=st.sampled_from([(), ("attribution",)]),
    limits=st.sets(st.sampled_from(LICENCE_LIMITS)).map(tuple),
    valid_from=st.none() | st.just(day(2)),
    valid_until=st.none() | st.just(day(8)),
)
rulings = st.builds(
    Basis,
    kind=st.just("ruling"),
    source=st.sampled_from(["", "r"]),
    number=st.none() | st.just("2026-3"),
    fee=st.none() | st.just("120,000 JPY"),
    works=st.sets(st.sampled_from(WORKS), max_size=2).map(tuple),
    valid_from=st.none() | st.just(day(2)),
    valid_until=st.none() | st.just(day(8)),
)
bases = st.none() | claims | rulings


@st.composite
def worlds(draw: st.DrawFn, *, acyclic: bool = True) -> Facts:
    said = tuple(draw(statements(name=f"s-{number}")) for number in range(draw(st.integers(0, 7))))
    ids = {statement.id for statement in said}
    if acyclic:
        said = tuple(
            replace(s, under=s.under if _may_rest(s, said) else None)
            for s in said
            if s.revokes is None or (s.revokes in ids and _kind(said, s.revokes) != "revocation")
        )
    return Facts(
        works=draw(works(acyclic=acyclic)),
        parties=tuple(Party(id=party, name={"en": party.title()}) for party in PARTIES),
        mandates=tuple(draw(mandates(f"m-{n}")) for n in range(draw(st.integers(0, 3)))),
        permissions=said,
        found=tuple(Finding(work=name) for name in draw(st.sets(st.sampled_from(WORKS), max_size=2))),
        basis=draw(bases),
        examined=draw(st.sampled_from([True, True, True, False])),
        matcher="pdq-v1",
        snapshot="snapshot-1",
        circumstances=draw(st.just(Circumstances()) | circumstances),
    )


def _may_rest(said: Permission, others: tuple[Permission, ...]) -> bool:
    """On a grant that comes before it, so that no chain is a circle."""
    return any(other.id == said.under and other.kind == "grant" and other.id < said.id for other in others)


def _kind(said: tuple[Permission, ...], name: str) -> str:
    return next(statement.kind for statement in said if statement.id == name)


uses = st.builds(
    Use,
    developer=st.just("lab"),
    act=st.sampled_from(["train", "train", "generate", "publish"]),
    at=st.integers(2, END).map(day),
    purpose=st.sampled_from(["all", "research"]),
    model=st.sampled_from(["all", "video-1", "video-1@2"]),
    territory=places,
    media=st.sampled_from([("all",), ("image",), ("video",)]),
    also=st.just(())
    | st.builds(AlsoAct, act=st.sampled_from(["collect", "publish"]), territory=st.none() | places).map(lambda a: (a,)),
    circumstances=st.just(Circumstances()) | circumstances,
)


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
@given(worlds(), uses, regimes, statements(kinds=NOES, name="added"))
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
    worlds(), uses, regimes, statements(kinds=("revocation",), name="later"), st.sampled_from(["known", "effective"])
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
@given(worlds(), uses, regimes, st.sampled_from([{"examined": False}, {"error": "corrupt: nothing to read"}]))
def test_the_unexamined_is_never_permitted(facts: Facts, use: Use, regime: str, fault: dict[str, Any]) -> None:
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
@given(worlds(), uses, regimes, statements(kinds=("grant", "offer"), name="added"))
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

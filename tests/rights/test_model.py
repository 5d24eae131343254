# SPDX-License-Identifier: Apache-2.0
"""Records are checked when made, and equal facts are equal records."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any, cast

import pytest

from kyodaku.errors import UsageError
from kyodaku.rights import (
    CIRCUMSTANCES,
    AlsoAct,
    Basis,
    Circumstances,
    Facts,
    Finding,
    Mandate,
    MoralRecord,
    Party,
    Proof,
    Share,
    Term,
    Use,
    Work,
    canonical,
)
from support.law import day, make_mandate, make_statement, make_use, make_work

TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Party(id=""), "party: '' is not an id"),
        (lambda: Party(id=" a"), "not an id"),
        (lambda: Party(id="a\nb"), "not an id"),
        (lambda: Party(id="a" * 201), "not an id"),
        (lambda: Party(id="\ud800"), "not an id"),
        (lambda: Party(id=cast("Any", 7)), "not an id"),
        (lambda: Party(id="all"), "kept for statements about everything"),
        (lambda: Party(id="anyone"), "kept for statements about everything"),
        (lambda: Party(id="a", kind="holdr"), "party a: unknown kind of party 'holdr' (did you mean holder?)"),
        (lambda: Party(id="a", kind="xyz"), "one of: holder, association"),
        (lambda: Party(id="a", name={"en": " "}), "party a: the text for 'en' is not readable text"),
        (lambda: Party(id="a", name={"en": cast("Any", 3)}), "not readable text"),
        (lambda: Party(id="a", name={"en": "\udcff"}), "not readable text"),
        (lambda: Share(party="a", rights=()), "a share of no right"),
        (lambda: Share(party="a", rights=("copying",)), "unknown right 'copying'"),
        (lambda: Share(party="a", portion=Fraction(0)), "portion 0 is not above 0"),
        (lambda: Share(party="a", portion=Fraction(3, 2)), "portion 3/2 is not above 0"),
        (lambda: Share(party="a", territory=()), "no territory"),
        (lambda: Share(party="a", territory=("UK",)), "the United Kingdom is GB"),
        (lambda: Share(party="a", territory=("jp",)), "two capital letters"),
        (lambda: Share(party="a", valid_from=day(2), valid_until=day(2)), "the period ends"),
        (lambda: Share(party="a", acquired_from=""), "not an id"),
        (lambda: Work(id="w", kind=""), "work w: kind: '' is not an id"),
        (lambda: Work(id="w", kind="film", part_of=("w",)), "work w: a work is not part of"),
        (lambda: Work(id="w", kind="film", derived_from=cast("Any", "w")), "derived from, itself"),
        (lambda: make_work(identifiers=("10.5240/X",)), "work film: '10.5240/X' is not an identifier (the scheme"),
        (lambda: make_work(identifiers=("EIDR:10.5240/X",)), "is not an identifier"),
        (lambda: make_work(identifiers=("eidr:",)), "is not an identifier"),
        (lambda: make_work(identifiers=("isan: 0000",)), "is not an identifier"),
        (lambda: MoralRecord(author=""), "moral rights: author: '' is not an id"),
        (lambda: MoralRecord(author="Nao", acts=()), "moral rights of Nao: 'acts' is empty"),
        (lambda: MoralRecord(author="Nao", acts=("sing",)), "unknown act 'sing'"),
        (lambda: MoralRecord(author="Nao", consent=cast("Any", "yes")), "'consent' is true or false, not 'yes'"),
        (lambda: MoralRecord(author="Nao", attribution="a\nb"), "not one line of text"),
        (lambda: MoralRecord(author="Nao", source=" "), "not one line of text"),
        (lambda: MoralRecord(author="Nao", approver=""), "not an id"),
        (lambda: Term(until=datetime(2026, 1, 1)), "not a time with its zone"),  # noqa: DTZ001
        (lambda: Proof(kind="word", reference="r", at=day(0)), "unknown kind of proof"),
        (lambda: make_mandate("a", "a"), "a party needs no mandate from itself"),
        (lambda: make_mandate("a", "b", may=("sell",)), "unknown kind of statement 'sell'"),
        (lambda: make_mandate("a", "b", valid_until=day(-1)), "the period ends"),
        (lambda: make_mandate("a", "b", territories=("EU",)), "mandate a-for-b: unknown territory 'EU'"),
        (lambda: make_statement("refusal", "a", sublicence=True), "'sublicence' is said of a grant or an offer only"),
        (lambda: make_statement("objection", "a", exclusive=True), "'exclusive' is said of a grant or an offer only"),
        (lambda: make_statement("refusal", "a", under="g"), "'under' is said of a grant or an offer only"),
        (lambda: make_statement("grant", "a", under=" g"), "not an id"),
        (lambda: make_statement("grant", "a", under="grant-a"), "a sub-licence does not rest on itself"),
        (lambda: make_statement("grant", "a", sublicence="no"), "'sublicence' is true or false, not 'no'"),
        (lambda: make_statement("grant", "a", effect="purge"), "'effect' is said of a revocation only"),
        (lambda: make_statement("revocation", "a", revokes="b", effect="burn"), "unknown effect 'burn'"),
        (lambda: make_statement("grant", "a", to=()), "grant without 'to'"),
        (lambda: make_statement("offer", "a", acts=()), "offer without 'acts'"),
        (lambda: make_statement("grant", "a", works=()), "grant without 'works'"),
        (lambda: make_statement("refusal", "a", works=()), "refusal without 'works'"),
        (lambda: make_statement("refusal", "a", acts=("trian",)), "unknown act 'trian' (did you mean train?)"),
        (lambda: make_statement("refusal", "a", media=()), "'media' is empty"),
        (lambda: make_statement("refusal", "a", models=()), "'models' is empty"),
        (lambda: make_statement("refusal", "a", duties=("a\nb",)), "not one line of text"),
        (lambda: make_statement("refusal", "a", conditions=("x" * 1001,)), "not one line of text"),
        (lambda: make_statement("refusal", "a", effective_until=day(-1)), "the period ends"),
        (lambda: make_statement("refusal", "a", revokes="b"), "a revocation, and nothing else"),
        (lambda: make_statement("revocation", "a"), "a revocation, and nothing else"),
        (lambda: make_statement("revocation", "a", revokes=" "), "not an id"),
        (lambda: make_statement("veto", "a"), "unknown kind of statement 'veto'"),
        (lambda: make_statement("refusal", "a", recorded_at="2026-01-01"), "not a time with its zone"),
        (
            lambda: make_statement("refusal", "a", recorded_at=datetime.min.replace(tzinfo=TOKYO)),
            "outside the calendar",
        ),
        (lambda: make_use(act="all"), "unknown act 'all'"),
        (lambda: make_use(media=()), "use: 'media' is empty"),
        (lambda: make_use(purpose=""), "use: purpose: '' is not an id"),
        (lambda: AlsoAct(act="sing"), "use: also: unknown act 'sing'"),
        (lambda: AlsoAct(act="publish", territory=()), "use: also publish: no territory"),
        (lambda: Circumstances(source="stolen"), "circumstances: unknown source 'stolen'"),
        (lambda: Circumstances(market="unknown"), "unknown market 'unknown'"),
        (lambda: Basis(kind="own_work", number="3"), "'number', 'fee' and 'works' are said of a ruling only"),
        (lambda: Basis(kind="ruling", works=("",)), "basis: works: '' is not an id"),
        (lambda: Basis(kind="hearsay"), "unknown kind of basis"),
        (lambda: Basis(kind="ruling", valid_from=day(3), valid_until=day(1)), "the period ends"),
        (lambda: Basis(kind="open_licence", limits=("all",)), "unknown limit 'all'"),
        (lambda: Finding(work="w", how="rumour"), "unknown kind of finding"),
        (lambda: Finding(work="w", score=float("nan")), "finding w: 'score' is not a number"),
        (lambda: Finding(work="w", reference=""), "not an id"),
        (lambda: Facts(works=(make_work("a"), make_work("b"))), "facts: two different works have the id 'film'"),
    ],
)
def test_a_wrong_value_is_refused_where_it_is_written(make: Any, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()

    assert message in str(caught.value)


def test_a_bare_word_is_one_value_and_never_its_letters() -> None:
    refusal = make_statement("refusal", "a", works="film", acts="train")

    assert (refusal.works, refusal.acts) == (("film",), ("train",))


def test_what_a_refusal_leaves_open_is_refused_and_everything_swallows_the_rest() -> None:
    refusal = make_statement("refusal", "a", territories=("JP", "world"), models=("all", "video-1"))

    assert (refusal.to, refusal.acts, refusal.territories, refusal.models) == (
        ("anyone",),
        ("all",),
        ("world",),
        ("all",),
    )


def test_order_and_repetition_make_no_difference() -> None:
    one = make_statement("grant", "a", works=("b", "a", "b"), territories=("US", "JP"))
    other = make_statement("grant", "a", works=("a", "b"), territories=("JP", "US"))

    assert one == other
    assert hash(one) == hash(other)
    assert make_work("a", "b", "a") == make_work("b", "a")
    assert Facts(found=(Finding(work="b"), Finding(work="a"))) == Facts(
        found=(Finding(work="a"), Finding(work="b")) * 2
    )


def test_moments_are_kept_in_utc() -> None:
    statement = make_statement("refusal", "a", recorded_at=datetime(2026, 1, 1, 9, tzinfo=TOKYO))

    assert statement.recorded_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert statement.recorded_at.tzinfo is UTC


def test_a_proof_makes_a_statement_older_and_never_younger() -> None:
    proven = make_statement("grant", "a", 5, proof=Proof(kind="timestamp", reference="tsa", at=day(3)))
    useless = make_statement("grant", "a", 5, proof=Proof(kind="timestamp", reference="tsa", at=day(7)))

    assert (proven.known_at, useless.known_at, make_statement("grant", "a", 5).known_at) == (day(3), day(5), day(5))


def test_names_are_immutable_and_can_be_compared_printed_and_sent_to_another_process() -> None:
    party = Party(id="a", name={"ja": "甲", "en": "A"})

    assert list(party.name) == ["en", "ja"]
    assert (len(party.name), party.name["ja"], repr(party.name)) == (2, "甲", "{'en': 'A', 'ja': '甲'}")
    assert party == Party(id="a", name={"en": "A", "ja": "甲"})
    assert hash(party) == hash(copy.deepcopy(party)) == hash(pickle.loads(pickle.dumps(party)))
    with pytest.raises(KeyError):
        party.name["fr"]


def test_what_manifests_and_decoders_say_is_kept_even_if_it_was_no_text() -> None:
    assert Facts(error="corrupt: \udcff").error == "corrupt: \\udcff"
    assert Basis(kind="own_work", detail="\udcff", owner="\udcfe", licence="\udcfd").detail == "\\udcff"


def test_findings_are_rounded_to_what_every_machine_agrees_on() -> None:
    finding = Finding(work="w", score=0.970000000001, q_start=-0.0000001, q_end=1.23449999)

    assert finding == Finding(work="w", score=0.97, q_start=0.0, q_end=1.234)
    assert str(finding.q_start) == "0.0"


def test_a_use_left_open_is_the_widest_use() -> None:
    use = Use(developer="lab", act="train", at=day(0))

    assert (use.purpose, use.model, use.territory, use.media) == ("all", "all", ("world",), ("all",))


def test_a_mandate_that_does_not_say_covers_no_grant() -> None:
    mandate = Mandate(id="m", agent="guild", principal="a", recorded_at=day(0), valid_from=day(0))

    assert mandate.may == ("objection", "refusal", "reservation", "revocation")


def test_what_is_not_said_changes_no_spelling() -> None:
    """Records made before a field existed keep their ids."""
    grant = make_statement("grant", "a", sublicence=False, exclusive=False, under=None)
    forward = make_statement("revocation", "a", revokes="g", effect="forward")

    assert canonical(make_work("a")) == b'{"id":"film","kind":"film","shares":[{"party":"a"}]}'
    assert not {b"sublicence", b"exclusive", b"under", b"effect"} & set(canonical(grant).split(b'"'))
    assert (forward.effect, forward) == (None, make_statement("revocation", "a", revokes="g"))
    assert b"territories" not in canonical(make_mandate("a", "b"))
    assert b"also" not in canonical(make_use())
    assert canonical(Facts()) == canonical(Basis(kind="ruling", works=())).replace(b'"kind":"ruling"', b"")


def test_what_is_on_file_about_authors_is_put_in_order() -> None:
    one, two = (
        MoralRecord(author="Nao", consent=True, acts=("publish",)),
        MoralRecord(author="Aki", attribution="Aki M."),
    )

    assert make_work(moral=(one, two, one)) == make_work(moral=[two, one])
    assert make_work(moral=[one]).moral == (one,)
    assert (one.acts, two.acts, two.consent) == (("publish",), ("all",), False)
    assert make_work(identifiers=["isan:1", "eidr:10.5240/A"] * 2).identifiers == ("eidr:10.5240/A", "isan:1")


def test_circumstances_are_unstated_until_somebody_states_them() -> None:
    assert set(CIRCUMSTANCES) == set(Circumstances.__dataclass_fields__)
    assert {getattr(Circumstances(), name) for name in CIRCUMSTANCES} == {"unstated"}


@pytest.mark.parametrize(
    ("use", "medium", "both"),
    [
        ("lawful", "pirate", "pirate"),
        ("pirate", "lawful", "pirate"),
        ("circumvented", "lawful", "circumvented"),
        ("unstated", "lawful", "lawful"),
        ("pirate", "unstated", "pirate"),
        ("unstated", "unstated", "unstated"),
    ],
)
def test_of_two_words_about_a_circumstance_the_stricter_counts(use: str, medium: str, both: str) -> None:
    joined = Circumstances(source=use, actor="other").joined(Circumstances(source=medium))

    assert joined == Circumstances(source=both, actor="other")


def test_further_acts_are_said_once_and_with_their_own_territory_only() -> None:
    also = [AlsoAct(act="train"), AlsoAct(act="publish", territory=("US",)), AlsoAct(act="publish", territory=("JP",))]
    use = make_use(also=also)

    assert use.also == (AlsoAct(act="publish", territory=("JP", "US")),)
    assert use == make_use(also=also[::-1])
    assert [(each.act, each.territory, each.also) for each in use.each_act] == [
        ("train", ("JP",), ()),
        ("publish", ("JP", "US"), ()),
    ]
    assert make_use(also=[AlsoAct(act="publish", territory=("JP",))]).also == (AlsoAct(act="publish"),)
    assert make_use(also=[AlsoAct(act="train", territory=("JP",))]) == make_use()
    assert make_use(also=[AlsoAct(act="train", territory=("US",))]).each_act[1].territory == ("US",)
    assert make_use().each_act == (make_use(),)


def test_a_portion_is_what_is_written() -> None:
    assert Share(party="a", portion=0.1).portion == Fraction(1, 10)  # type: ignore[arg-type]


def test_a_moment_of_another_library_is_kept_as_a_moment() -> None:
    class Moment(datetime):
        pass

    use = Use(developer="lab", act="train", at=Moment(2026, 6, 1, 9, tzinfo=timezone(timedelta(hours=9))))

    assert type(use.at) is datetime
    assert canonical(use) == canonical(replace(use, at=datetime(2026, 6, 1, tzinfo=UTC)))


@pytest.mark.parametrize("name", ["may", "acts", "works"])
def test_a_mandate_for_nothing_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"'{name}' is empty"):
        make_mandate("guild", "ann", **{name: ()})

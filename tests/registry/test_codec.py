# SPDX-License-Identifier: Apache-2.0
"""What is stored says what was stated, and says it in one way only."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
import rfc8785
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kyodaku.errors import KyodakuError
from kyodaku.registry._codec import Record, body_of, canonical_body, derived_id, kind_of, record_of
from kyodaku.registry._importing import draft
from kyodaku.registry.documents import Document
from kyodaku.rights import (
    ACTS,
    MEDIA,
    PERMISSION_KINDS,
    RIGHTS,
    Mandate,
    MoralRecord,
    Party,
    Permission,
    Proof,
    Share,
    Term,
    Work,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs", "Co", "Cn", "Cf"]), min_size=1, max_size=8
)
IDS = TEXT.filter(lambda text: text not in {"all", "anyone", "world"} and text.isprintable())
NAMES = st.dictionaries(st.sampled_from(["en", "ja", "ja-Hrkt", "zh"]), TEXT, max_size=3)
PLACES = st.just(("world",)) | st.lists(st.sampled_from(["JP", "KR", "US", "NO"]), min_size=1).map(tuple)
NAIVE_EARLY, NAIVE_MIDDLE, NAIVE_LATE = (datetime(year, 1, 1) for year in (1990, 2020, 2090))  # noqa: DTZ001
EARLY = st.datetimes(NAIVE_EARLY, NAIVE_MIDDLE, timezones=st.sampled_from([UTC, timezone(timedelta(hours=9))]))
LATE = st.datetimes(NAIVE_MIDDLE + timedelta(days=2), NAIVE_LATE, timezones=st.just(UTC))


def some(words: tuple[str, ...], least: int = 1) -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(("all",)) | st.lists(st.sampled_from(words), min_size=least).map(tuple)


SHARES = st.builds(
    Share,
    party=IDS,
    rights=some(RIGHTS),
    portion=st.none() | st.fractions(Fraction(1, 100), 1, max_denominator=100),
    territory=PLACES,
    valid_from=st.none() | EARLY,
    valid_until=st.none() | LATE,
    acquired_from=st.none() | IDS,
    includes_27_28=st.booleans(),
)
MORAL = st.builds(
    MoralRecord,
    author=IDS,
    consent=st.booleans(),
    acts=some(ACTS),
    attribution=st.just("") | TEXT,
    source=st.just("") | TEXT,
    approver=st.none() | IDS,
)
IDENTIFIERS = ["eidr:10.5240/7791-8534-2C23-9030-8610-5", "isan:0000-0000-D07A-0090-Q", "isrc:USRC17607839"]
LICENCE = {"sublicence": st.booleans(), "exclusive": st.booleans(), "under": st.none() | st.just("the grant above")}
RECORDS: st.SearchStrategy[Record] = st.one_of(
    st.builds(Party, id=IDS, kind=st.sampled_from(["holder", "developer"]), name=NAMES),
    st.builds(
        Work,
        id=st.just("the work"),
        kind=IDS,
        title=NAMES,
        part_of=st.lists(IDS, max_size=3).map(tuple),
        derived_from=st.lists(IDS, max_size=3).map(tuple),
        shares=st.lists(SHARES, max_size=3).map(tuple),
        terms=st.lists(st.builds(Term, until=LATE, territory=PLACES), max_size=2).map(tuple),
        moral=st.lists(MORAL, max_size=2).map(tuple),
        identifiers=st.lists(st.sampled_from(IDENTIFIERS), max_size=2).map(tuple),
    ),
    st.builds(
        Mandate,
        id=IDS,
        agent=st.just("agent"),
        principal=st.just("principal"),
        may=some(PERMISSION_KINDS),
        acts=some(ACTS),
        works=st.lists(IDS, min_size=1, max_size=3).map(tuple),
        territories=PLACES,
        recorded_at=st.just(NOW),
        valid_from=EARLY,
        valid_until=st.none() | LATE,
        revoked_at=st.none() | LATE,
    ),
    *(
        st.builds(
            Permission,
            id=IDS,
            kind=st.sampled_from(kinds),
            by=IDS,
            to=st.lists(IDS, min_size=1, max_size=3).map(tuple) | st.just(("anyone",)),
            works=st.lists(IDS, min_size=1, max_size=3).map(tuple),
            acts=some(ACTS),
            purposes=st.lists(IDS, min_size=1, max_size=2).map(tuple),
            territories=PLACES,
            models=st.lists(IDS, min_size=1, max_size=2).map(tuple),
            media=some(MEDIA),
            conditions=st.lists(TEXT, max_size=2).map(tuple),
            duties=st.lists(TEXT, max_size=2).map(tuple),
            recorded_at=st.just(NOW),
            effective_from=EARLY,
            effective_until=st.none() | LATE,
            **more,
        )
        for kinds, more in (
            (["grant", "offer"], LICENCE),
            (["refusal", "reservation", "objection"], {}),
            (["revocation"], {"revokes": IDS, "effect": st.sampled_from([None, "forward", "purge"])}),
        )
    ),
)


@given(RECORDS)
def test_a_record_comes_back_from_what_is_stored_of_it(record: Record) -> None:
    stored = json.loads(canonical_body(body_of(record)))
    assert record_of(kind_of(record), stored, NOW) == record


@given(RECORDS)
def test_what_is_stored_can_be_imported_again_as_it_is(record: Record) -> None:
    body = body_of(record)
    section = {"party": "parties", "work": "works", "mandate": "mandates", "permission": "permissions"}[kind_of(record)]
    drafted = draft([Document(name="x", value=json.loads(json.dumps({section: [body]})))], NOW)
    assert drafted.faults == []
    (candidate,) = drafted.candidates
    assert candidate.body == body
    assert record_of(kind_of(record), candidate.body, NOW) == record


@given(RECORDS)
def test_what_is_stored_is_canonical_json(record: Record) -> None:
    body = body_of(record)
    assert canonical_body(body) == rfc8785.dumps(body)


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=4), st.text(max_size=4) | st.booleans(), max_size=6
    )
)
def test_the_fast_way_of_writing_canonical_json_is_the_right_one(body: dict[str, Any]) -> None:
    try:
        expected = rfc8785.dumps(body)
    except rfc8785.CanonicalizationError:
        with pytest.raises(UnicodeEncodeError):
            canonical_body(body)
    else:
        assert canonical_body(body) == expected


def test_keys_beyond_the_basic_plane_are_ordered_as_the_standard_orders_them() -> None:
    body = {"\ue000": 1, "𠮷": 2}
    assert canonical_body(body) == rfc8785.dumps(body)
    assert list(json.loads(canonical_body(body))) == ["𠮷", "\ue000"]


@given(RECORDS, st.randoms())
def test_the_order_of_writing_is_no_matter(record: Record, rng: Any) -> None:
    shuffled = {
        name: rng.sample(held, len(held)) if isinstance(held, list) else held for name, held in body_of(record).items()
    }
    assert body_of(record_of(kind_of(record), dict(reversed(shuffled.items())), NOW)) == body_of(record)


def test_empty_fields_and_the_registrys_own_times_are_left_out() -> None:
    assert body_of(Party(id="a")) == {"id": "a", "kind": "holder"}
    share = Share(party="a", portion=Fraction(1, 3), includes_27_28=True)
    work = Work(id="w", kind="film", shares=(share,))
    assert body_of(work)["shares"] == [
        {"party": "a", "rights": ["all"], "portion": "1/3", "territory": ["world"], "includes_27_28": True}
    ]
    refusal = Permission(id="p", kind="refusal", by="a", works=("w",), recorded_at=NOW, effective_from=NOW)
    assert "recorded_at" not in body_of(refusal)


OLD_BODIES = [
    '{"id":"a","kind":"holder"}',
    '{"id":"w","kind":"film","shares":[{"party":"a","rights":["all"],"territory":["world"]}]}',
    '{"acts":["all"],"agent":"a","id":"m","may":["grant"],"principal":"b","works":["all"]}',
    (
        '{"acts":["all"],"by":"a","id":"p","kind":"refusal","media":["all"],"models":["all"],"purposes":["all"],'
        '"territories":["world"],"to":["anyone"],"works":["all"]}'
    ),
    (
        '{"acts":["all"],"by":"a","id":"r","kind":"revocation","media":["all"],"models":["all"],"purposes":["all"],'
        '"revokes":"p","territories":["world"],"to":["anyone"],"works":["all"]}'
    ),
]


@pytest.mark.parametrize("text", OLD_BODIES)
def test_what_was_recorded_by_the_first_version_has_the_same_body_ever_after(text: str) -> None:
    stated = json.loads(text)
    kind = {"a": "party", "w": "work", "m": "mandate"}.get(stated["id"], "permission")
    body = body_of(record_of(kind, stated, NOW))
    for name in ("effective_from", "valid_from"):
        body.pop(name, None)
    assert canonical_body(body).decode() == text


def test_a_statement_without_its_own_time_is_effective_when_it_is_recorded() -> None:
    stated = {"id": "p", "kind": "refusal", "by": "a", "works": ["w"]}
    refusal = record_of("permission", stated, NOW)
    assert isinstance(refusal, Permission)
    assert refusal.effective_from == refusal.recorded_at == NOW


def test_shares_that_are_remembered_are_forgotten_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kyodaku.registry._codec._MAX_PARTS", 3)
    for i in [*range(9), *range(9)]:
        stated = {"id": "w", "kind": "film", "shares": [{"party": f"p-{i}"}, {"party": "q", "portion": "1/2"}]}
        made = record_of("work", stated)
        assert isinstance(made, Work)
        assert {share.party for share in made.shares} == {f"p-{i}", "q"}
        assert body_of(made)["shares"][0]["party"] == f"p-{i}"
        body_of(made)["shares"][0]["party"] = "changed"
        assert body_of(made)["shares"][0]["party"] == f"p-{i}"


def test_a_proof_is_kept() -> None:
    proof = Proof(kind="timestamp", reference="tsa.example/1", at=NOW - timedelta(days=9))
    refusal = Permission(id="p", kind="refusal", by="a", works=("w",), recorded_at=NOW, effective_from=NOW, proof=proof)
    assert record_of("permission", json.loads(canonical_body(body_of(refusal))), NOW) == refusal


def test_an_id_is_made_from_what_is_said_and_not_from_the_id() -> None:
    body = {"kind": "refusal", "by": "a"}
    assert (
        derived_id("permission", body)
        == derived_id("permission", {**body, "id": "x"})
        != derived_id("permission", {"by": "b"})
    )
    assert derived_id("mandate", body)[:2] == "m-"


def test_what_a_later_version_stored_is_not_read_by_guessing() -> None:
    with pytest.raises(KyodakuError, match=r"a share with 'colour' .written by a newer version: update"):
        record_of("work", {"id": "w", "kind": "film", "shares": [{"party": "a", "colour": "red"}]})


@given(RECORDS)
def test_a_record_written_as_yaml_is_read_as_the_same(tmp_path_factory: pytest.TempPathFactory, record: Record) -> None:
    section = {"party": "parties", "work": "works", "mandate": "mandates", "permission": "permissions"}[kind_of(record)]
    path = tmp_path_factory.getbasetemp() / "record.yaml"
    path.write_text(
        yaml.safe_dump({section: [body_of(record)]}, allow_unicode=True, default_style='"'), encoding="utf-8"
    )
    text = path.read_text(encoding="utf-8").replace('!!bool "true"', "true")  # the one value that is no text
    path.write_text(text.replace('!!bool "false"', "false"), encoding="utf-8")
    drafted = draft([Document.read(path)], NOW)
    assert drafted.faults == []
    assert record_of(kind_of(record), drafted.candidates[0].body, NOW) == record

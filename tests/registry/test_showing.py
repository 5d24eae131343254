# SPDX-License-Identifier: Apache-2.0
"""One work in both times: who holds it, who speaks for it, what was said of it, what of that cannot all be right."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyodaku.errors import UsageError
from kyodaku.registry import ImportReport, Registry, WorkView
from kyodaku.registry._codec import as_text
from kyodaku.registry._conflicts import conflicts_of_shares
from kyodaku.rights import WORLD
from kyodaku.rights.vocabulary import COPYRIGHTS

Importing = Callable[[str], ImportReport]

STATEMENTS = """
parties:
  - {id: composer, kind: holder}
  - {id: former, kind: holder}
works:
  - {id: song, kind: music, part_of: [film-1], shares: [{party: composer}]}
  - id: sequel
    kind: film
    shares:
      - {party: studio, acquired_from: former, valid_from: 2026-03-01T00:00:00Z}
      - {party: author, valid_until: 2026-03-01T00:00:00Z}
mandates:
  - {id: m-all, agent: assoc, principal: studio, may: all, valid_from: 2026-01-01T00:00:00Z}
  - {id: m-other, agent: assoc, principal: composer, may: all, works: [song], valid_from: 2026-01-01T00:00:00Z,
     valid_until: 2026-02-01T00:00:00Z}
permissions:
  - {id: g-film, kind: grant, by: studio, to: lab, works: [film-1], acts: [train], effective_from: 2026-02-01T00:00:00Z,
     effective_until: 2026-08-01T00:00:00Z}
  - {id: g-series, kind: grant, by: studio, to: lab, works: [series-1], acts: [mine],
     effective_from: 2026-01-01T00:00:00Z}
  - {id: n-studio, kind: refusal, by: studio, works: all, acts: [generate], effective_from: 2026-01-01T00:00:00Z}
  - {id: n-assoc, kind: refusal, by: assoc, works: all, acts: [publish], effective_from: 2026-01-01T00:00:00Z}
  - {id: n-author, kind: refusal, by: author, works: all, acts: [train], effective_from: 2026-01-01T00:00:00Z}
  - {id: n-song, kind: refusal, by: composer, works: [song], effective_from: 2026-01-01T00:00:00Z}
  - {id: r-film, kind: revocation, by: studio, revokes: g-film, effective_from: 2026-05-01T00:00:00Z}
"""


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00:00Z")


def standings(view: WorkView) -> dict[str, str]:
    return {each.declaration.id: each.standing for each in view.statements}


# --- both times -------------------------------------------------------------------------------------------------------
def test_a_work_is_shown_with_all_that_concerns_it_and_nothing_else(studio: Registry, importing: Importing) -> None:
    importing(STATEMENTS)
    view = studio.show("film-1", effective_at=day("2026-06-15"))
    assert [share["party"] for share in view.shares] == ["studio"]
    assert [each.declaration.id for each in view.mandates] == ["m-all"]
    assert standings(view) == {
        "g-series": "in force",
        "n-studio": "in force",
        "n-assoc": "in force",
        "g-film": "revoked",
    }
    revoked = view.statements[-1]
    assert revoked.revoked_by == "r-film"
    assert json.loads(studio.ledger.entry(revoked.declaration.ledger_index))["subject"] == "g-film"
    assert view.conflicts == ()


@pytest.mark.parametrize(
    ("moment", "standing"),
    [
        ("2026-01-31", "not yet effective"),
        ("2026-02-01", "in force"),
        ("2026-04-30", "in force"),
        ("2026-05-01", "revoked"),
        ("2026-08-01", "revoked"),
    ],
)
def test_a_statement_stands_as_it_did_at_the_moment(
    studio: Registry, importing: Importing, moment: str, standing: str
) -> None:
    importing(STATEMENTS)
    assert standings(studio.show("film-1", effective_at=day(moment)))["g-film"] == standing


def test_what_was_recorded_later_was_not_known_before(studio: Registry, importing: Importing, clock: Any) -> None:
    before = clock()
    importing(STATEMENTS.partition("  - {id: r-film")[0])
    granted = clock()
    importing("permissions:\n  - {id: r-film" + STATEMENTS.partition("{id: r-film")[2])
    importing("works: [{id: film-1, kind: film, title: {en: Renamed}, shares: [{party: studio}]}]")
    at = day("2026-09-01")
    assert studio.show("film-1", as_of=before, effective_at=at).statements == ()
    then = studio.show("film-1", as_of=granted, effective_at=at)
    assert (standings(then)["g-film"], then.declaration.body["title"]["en"]) == ("expired", "First Film")
    now = studio.show("film-1", effective_at=at)
    assert (standings(now)["g-film"], now.declaration.body["title"]["en"]) == ("revoked", "Renamed")
    assert then.as_of == granted
    tokyo = granted.astimezone()
    assert studio.show("film-1", as_of=tokyo, effective_at=at) == then
    assert studio.show("film-1", as_of=granted).effective_at == granted


def test_shares_and_speakers_are_those_of_the_moment(studio: Registry, importing: Importing) -> None:
    importing(STATEMENTS)
    before = studio.show("sequel", effective_at=day("2026-02-15"))
    after = studio.show("sequel", effective_at=day("2026-03-01"))
    assert [share["party"] for share in before.shares] == ["author"]
    assert set(standings(before)) == {"n-author"}
    assert [share["party"] for share in after.shares] == ["studio"]
    assert set(standings(after)) == {"n-studio", "n-assoc"}
    song = studio.show("song", effective_at=day("2026-02-15"))
    assert {each.declaration.id: each.standing for each in song.mandates} == {"m-other": "expired"}
    assert {"n-song", "g-film", "g-series"} <= set(standings(song))


def test_a_mandate_revoked_since_is_shown_as_revoked(studio: Registry, importing: Importing) -> None:
    given = "mandates: [{id: m, agent: assoc, principal: studio, may: all, valid_from: 2026-01-01T00:00:00Z%s}]"
    importing(given % "")
    importing(given % ", revoked_at: 2026-06-01T00:00:00Z")
    (then,) = studio.show("film-1", effective_at=day("2026-05-31")).mandates
    (now,) = studio.show("film-1", effective_at=day("2026-06-01")).mandates
    assert (then.standing, now.standing) == ("in force", "revoked")


WITHDRAWN = """
works:
  - {id: joint, kind: film, shares: [{party: studio}, {party: author}]}
mandates:
  - {agent: assoc, principal: studio, may: all, valid_from: 2026-01-01T00:00:00Z}
  - {agent: assoc, principal: author, may: all, valid_from: 2026-01-01T00:00:00Z}
permissions:
  - {id: n, kind: refusal, by: assoc, works: all, effective_from: 2026-01-01T00:00:00Z}
  - {id: own, kind: refusal, by: studio, works: [film-1], effective_from: 2026-01-01T00:00:00Z}
  - {id: r-studio, kind: revocation, by: studio, revokes: n, effective_from: 2026-02-01T00:00:00Z}
"""


def standing(view: WorkView, statement: str) -> tuple[str, str | None]:
    (found,) = (each for each in view.statements if each.declaration.id == statement)
    return found.standing, found.revoked_by


def test_one_of_several_for_whom_an_agent_said_no_does_not_withdraw_it_for_the_others(
    studio: Registry, importing: Importing
) -> None:
    importing(WITHDRAWN)
    at = day("2026-06-01")
    assert standing(studio.show("film-1", effective_at=at), "n") == ("revoked", "r-studio")
    assert standing(studio.show("joint", effective_at=at), "n") == ("in force", "r-studio")
    assert standing(studio.show("manga-1", effective_at=at), "n") == ("in force", "r-studio")
    importing(
        "permissions: [{id: r-author, kind: revocation, by: author, revokes: n, effective_from: 2026-03-01T00:00:00Z}]"
    )
    assert standing(studio.show("joint", effective_at=at), "n") == ("revoked", "r-author")
    assert standing(studio.show("joint", effective_at=day("2026-02-15")), "n") == ("in force", "r-studio")


def test_a_no_that_its_agent_withdraws_is_withdrawn_for_all(studio: Registry, importing: Importing) -> None:
    importing(WITHDRAWN.replace("by: studio, revokes", "by: assoc, revokes"))
    assert standing(studio.show("joint", effective_at=day("2026-06-01")), "n") == ("revoked", "r-studio")


@pytest.mark.parametrize(
    "part", ["acts: [train]", "territories: [JP]", "works: [series-1, manga-1]", "to: [lab]", "models: [video-1]"]
)
def test_of_a_no_goes_what_the_revocation_names(studio: Registry, importing: Importing, part: str) -> None:
    importing(WITHDRAWN)
    importing(f"permissions: [{{id: r, kind: revocation, by: studio, revokes: own, {part}}}]")
    now = standing(studio.show("film-1"), "own")
    assert now == ("revoked" if "series-1" in part else "in force", "r")


def test_a_revocation_that_has_ended_withdraws_nothing(studio: Registry, importing: Importing) -> None:
    importing(WITHDRAWN)
    importing(
        "permissions: [{id: r, kind: revocation, by: studio, revokes: own, effective_from: 2026-03-01T00:00:00Z,"
        " effective_until: 2026-04-01T00:00:00Z}]"
    )
    stood = [standing(studio.show("film-1", effective_at=day(f"2026-0{month}-15")), "own") for month in (2, 3, 4)]
    assert stood == [("in force", None), ("revoked", "r"), ("in force", None)]


def test_an_id_that_is_no_text_is_nobodys(studio: Registry) -> None:
    for odd in ("\udcff", "film\0"):
        assert studio.history(odd) == ()
        for ask in (studio.show, studio.require_work, studio.reference):
            with pytest.raises(UsageError, match="unknown"):
                ask(odd)


def test_a_view_is_json(studio: Registry, importing: Importing) -> None:
    importing(STATEMENTS)
    view = json.loads(json.dumps(studio.show("film-1", effective_at=day("2026-06-15")).as_json()))
    assert (view["work"], view["effective_at"]) == ("film-1", "2026-06-15T00:00:00Z")
    assert {(each["id"], each["standing"], each["ledger_index"]) for each in view["statements"]} >= {
        ("g-film", "revoked", 13)
    }


@pytest.mark.parametrize("name", ["film-9", "studio"])
def test_an_unknown_work_is_said_to_be_so(studio: Registry, name: str) -> None:
    with pytest.raises(UsageError, match=f"unknown work '{name}'"):
        studio.show(name)
    with pytest.raises(UsageError, match=r"nobody had declared it by 1999-01-01T00:00:00Z"):
        studio.conflicts("film-1", day("1999-01-01"))


# --- conflicts --------------------------------------------------------------------------------------------------------
def test_portions_over_the_whole_are_kept_and_shown(studio: Registry, importing: Importing, tmp_path: Path) -> None:
    report = importing("""
works:
  - id: w
    kind: film
    shares:
      - {party: studio, portion: 2/3, territory: [JP, US]}
      - {party: author, portion: 1/2, rights: [reproduction, transmission], territory: [JP, KR],
         valid_from: 2026-01-01T00:00:00Z}
""")
    assert report.new == {"work": 1}
    (conflict,) = studio.conflicts("w")
    assert conflict.as_json() == {
        "kind": "overclaimed",
        "parties": ["author", "studio"],
        "rights": ["reproduction", "transmission"],
        "territories": ["JP"],
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": None,
        "statements": [],
        "detail": "7/6",
    }
    (note,) = report.notes
    assert note == (
        f"{tmp_path / 'registry.yaml'}:3: work 'w': portions come to more than the whole (7/6): author, studio "
        "[reproduction, transmission in JP from 2026-01-01]"
    )
    importing("works: [{id: v, kind: film, shares: [{party: studio, portion: 1}, {party: author}]}]")
    (over,) = studio.conflicts("v")
    assert (over.kind, over.detail, over.rights, over.territories) == (
        "overclaimed",
        "1, and more",
        ("all",),
        ("world",),
    )


def test_many_shares_of_one_work_are_added_up_in_time_that_grows_with_their_number() -> None:
    shares = [
        {
            "party": f"p-{i}",
            "rights": ["all"],
            "portion": "1/1000",
            "territory": sorted({"JP", "KR", "US", "FR"} - ({"KR"} if i % 2 else {"FR"})),
            "valid_from": as_text(day("2026-01-01") + timedelta(hours=i)),
        }
        for i in range(1000)
    ]
    began = time.process_time()
    assert list(conflicts_of_shares({"shares": shares})) == []
    assert time.process_time() - began < 10, "share by share in each stretch of time it took minutes"


def test_shares_that_follow_each_other_or_lie_apart_are_no_conflict(studio: Registry, importing: Importing) -> None:
    report = importing("""
works:
  - {id: a, kind: film, shares: [{party: studio, portion: 1, valid_until: 2026-01-01T00:00:00Z},
     {party: author, portion: 1, valid_from: 2026-01-01T00:00:00Z}]}
  - {id: b, kind: film, shares: [{party: studio, territory: JP}, {party: author, territory: US}]}
  - {id: c, kind: film, shares: [{party: studio, portion: 1/2}, {party: author, portion: 1/2}]}
  - {id: d, kind: film, shares: [{party: studio, portion: 1}, {party: author, rights: performance, portion: 1}]}
""")
    assert report.notes == ()
    assert [studio.conflicts(work) for work in "abcd"] == [()] * 4


def test_two_who_acquired_the_same_from_one_are_shown(studio: Registry, importing: Importing) -> None:
    importing("""
parties: [{id: former}]
works:
  - {id: w, kind: film, shares: [{party: studio, acquired_from: former, rights: [reproduction, adaptation]},
     {party: author, acquired_from: former, territory: JP, valid_until: 2030-01-01T00:00:00Z}]}
  - {id: v, kind: film, shares: [{party: studio, acquired_from: former, portion: 1/2},
     {party: author, acquired_from: former, portion: 1/2}]}
""")
    (conflict,) = studio.conflicts("w")
    assert (conflict.kind, conflict.parties, conflict.detail) == ("transferred_twice", ("author", "studio"), "former")
    assert (conflict.rights, conflict.territories) == (("adaptation", "reproduction"), ("JP",))
    assert conflict.valid_until == day("2030-01-01")
    assert str(conflict).startswith(
        "former transferred the same to each of author, studio [adaptation, reproduction in JP"
    )
    assert studio.conflicts("v") == ()


def test_a_holder_that_a_later_declaration_leaves_out_is_not_forgotten(
    studio: Registry, importing: Importing, clock: Any
) -> None:
    before = clock()
    importing("works: [{id: film-1, kind: film, shares: [{party: author}]}]")
    (conflict,) = studio.conflicts("film-1")
    assert (conflict.kind, conflict.parties, conflict.detail) == ("no_longer_named", ("studio",), "6")
    assert str(conflict) == "studio was a holder until the latest declaration left it out (ledger 6)"
    assert studio.conflicts("film-1", before) == ()
    importing("works: [{id: film-1, kind: film, shares: [{party: author, acquired_from: studio}]}]")
    assert studio.conflicts("film-1") == ()


EXCLUSIVE = "{id: %s, kind: grant, by: studio, to: %s, works: [%s], acts: %s, effective_from: 2026-0%d-01T00:00:00Z%s}"


@pytest.mark.parametrize(
    ("other", "is_one"),
    [
        (("o", "rival", "film-1", "[train, mine]", 3, ""), True),
        (("o", "[lab, rival]", "series-1", "all", 1, ", exclusive: true"), True),
        (("o", "anyone", "film-1", "[train]", 1, ""), True),
        (("o", "lab", "film-1", "[train]", 3, ""), False),
        (("o", "rival", "film-1", "[mine]", 3, ""), False),
        (("o", "rival", "film-1", "[train]", 3, ", territories: [US]"), False),
        (("o", "rival", "film-1", "[train]", 3, ", models: [video-2]"), False),
        (("o", "rival", "film-1", "[train]", 7, ""), False),
    ],
)
def test_what_was_granted_exclusively_and_to_another_is_shown(
    studio: Registry, importing: Importing, other: tuple[Any, ...], *, is_one: bool
) -> None:
    first = EXCLUSIVE % (
        "e",
        "lab",
        "film-1",
        "[train]",
        2,
        ", exclusive: true, territories: [JP, KR], models: [video-1]",
    )
    importing(f"""
parties: [{{id: rival, kind: developer}}]
permissions:
  - {first}
  - {EXCLUSIVE % other}
  - {{kind: revocation, by: studio, revokes: e, effective_from: 2026-07-01T00:00:00Z}}
""")
    found = studio.conflicts("film-1")
    assert [(each.kind, each.statements) for each in found] == ([("granted_elsewhere", ("e", "o"))] if is_one else [])
    assert all(each.valid_until == day("2026-07-01") and "JP" in each.territories for each in found)


# --- held against counting everything ---------------------------------------------------------------------------------
MOMENTS = [None, *(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=365 * i) for i in range(4))]
SHARES = st.lists(
    st.fixed_dictionaries(
        {
            "party": st.sampled_from("abc"),
            "rights": st.sampled_from([["all"], ["adaptation"], ["adaptation", "performance"]]),
            "territory": st.sampled_from([["world"], ["JP"], ["JP", "US"]]),
        },
        optional={
            "portion": st.sampled_from(["1", "1/2", "1/3", "2/3"]),
            "valid_from": st.sampled_from(MOMENTS[1:]).map(lambda moment: moment.isoformat()),
            "valid_until": st.sampled_from(MOMENTS[1:]).map(lambda moment: moment.isoformat()),
        },
    ).filter(lambda share: share.get("valid_from", "") < share.get("valid_until", "9")),
    max_size=5,
)


def covers(share: dict[str, Any], right: str, place: str, moment: str) -> bool:
    return (
        (right in share["rights"] or (share["rights"] == ["all"] and right in COPYRIGHTS))
        and (place in share["territory"] or WORLD in share["territory"])
        and share.get("valid_from", "") <= moment < share.get("valid_until", "9")
    )


@given(SHARES)
def test_what_is_overclaimed_is_what_counting_right_by_right_and_day_by_day_finds(shares: list[dict[str, Any]]) -> None:
    found = [each for each in conflicts_of_shares({"shares": shares}) if each.kind == "overclaimed"]
    expected = set()
    for right in (*COPYRIGHTS, "performance"):
        for place in ("world", "JP", "US"):
            for moment in ["2019-06-01", *(f"{2020 + i}-06-01" for i in range(5))]:
                meeting = [share for share in shares if covers(share, right, place, moment)]
                total = sum((Fraction(share.get("portion", 0)) for share in meeting), Fraction(0))
                if total > 1 or (total == 1 and any("portion" not in share for share in meeting)):
                    expected.add(frozenset(share["party"] for share in meeting))
    assert {frozenset(each.parties) for each in found} == expected

# SPDX-License-Identifier: Apache-2.0
"""Who may say what: holders for their works, agents within their mandates, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kyodaku.errors import NotAuthorised
from kyodaku.registry import ImportReport, Registry, UnacceptableError

Importing = Callable[[str], ImportReport]

SETTING = """
parties:
  - {id: former, kind: holder}
  - {id: composer, kind: holder}
  - {id: manager, kind: committee}
works:
  - {id: sequel, kind: film, shares: [{party: studio, acquired_from: former}]}
  - {id: song, kind: music, part_of: [film-1], shares: [{party: composer}]}
  - {id: orphan, kind: film}
mandates:
  - {id: m-all, agent: assoc, principal: author, may: all}
  - {id: m-some, agent: manager, principal: studio, may: [grant, offer], acts: [train, mine], works: [series-1]}
  - {id: m-over, agent: manager, principal: author, may: all, valid_from: 2020-01-01T00:00:00Z,
     valid_until: 2025-01-01T00:00:00Z}
  - {id: m-revoked, agent: manager, principal: composer, may: all, valid_from: 2020-01-01T00:00:00Z,
     revoked_at: 2025-06-01T00:00:00Z}
  - {id: m-later, agent: manager, principal: composer, may: all, valid_from: 2030-01-01T00:00:00Z}
"""

MAY = {
    "a holder, of its work": "{kind: objection, by: studio, works: [film-1]}",
    "a holder, of a whole of which it holds a part": "{kind: refusal, by: composer, works: [series-1]}",
    "whoever held the share before": "{kind: refusal, by: former, works: [sequel]}",
    "a holder, of all it holds": "{kind: refusal, by: studio, works: all}",
    "an agent with a full mandate": "{kind: grant, by: assoc, to: lab, works: [manga-1], acts: [generate]}",
    "an agent, of all it may speak for": "{kind: reservation, by: assoc, works: all}",
    "an agent with a mandate for the whole": "{kind: grant, by: manager, to: lab, works: [film-1], acts: [train]}",
    "an agent mandated for some acts": "{kind: grant, by: manager, to: lab, works: [film-1], acts: [train, index]}",
    "an agent, of all acts": "{kind: grant, by: manager, to: lab, works: [series-1], acts: all}",
}
MAY_NOT = {
    "a developer": ("{kind: grant, by: lab, to: lab, works: [film-1], acts: [train]}", "'film-1'", "studio"),
    "a developer, of all": (
        "{kind: refusal, by: lab, works: all}",
        "a developer and speaks for no holder",
        "name the works",
    ),
    "a holder of another work": ("{kind: refusal, by: studio, works: [manga-1]}", "'manga-1'", "author"),
    "the author of the original, of what was made from it": (
        "{kind: objection, by: author, works: [film-1]}",
        "'film-1'",
        "studio",
    ),
    "the holder of a whole, of a part": (
        "{kind: grant, by: studio, to: lab, works: [song], acts: [train]}",
        "'song'",
        "composer",
    ),
    "a holder of one of two works": ("{kind: refusal, by: studio, works: [film-1, song]}", "'song'", "composer"),
    "anybody, of a work without holders": (
        "{kind: refusal, by: studio, works: [orphan]}",
        "'orphan'",
        "nobody's share",
    ),
    "an agent of another": ("{kind: refusal, by: assoc, works: [film-1]}", "'film-1'", "studio"),
    "an agent for another kind": ("{kind: objection, by: manager, works: [film-1]}", "this objection", "studio"),
    "an agent for another act": (
        "{kind: grant, by: manager, to: lab, works: [film-1], acts: [generate]}",
        "'film-1'",
        "studio",
    ),
    "an agent for another work": (
        "{kind: grant, by: manager, to: lab, works: [sequel], acts: [train]}",
        "'sequel'",
        "former, studio",
    ),
    "an agent whose mandate is over": (
        "{kind: grant, by: manager, to: lab, works: [manga-1], acts: [train]}",
        "'manga-1'",
        "author",
    ),
    "an agent whose mandate was revoked": (
        "{kind: grant, by: manager, to: lab, works: [song], acts: [train]}",
        "'song'",
        "composer",
    ),
}


@pytest.fixture
def setting(studio: Registry, importing: Importing) -> Registry:
    importing(SETTING)
    return studio


@pytest.mark.parametrize("statement", MAY.values(), ids=MAY.keys())
def test_these_may_speak(setting: Registry, importing: Importing, statement: str) -> None:
    assert importing(f"permissions: [{statement}]").new == {"permission": 1}


@pytest.mark.parametrize(("statement", "what", "needed"), MAY_NOT.values(), ids=MAY_NOT.keys())
def test_these_may_not_and_are_told_whose_word_is_needed(
    setting: Registry, importing: Importing, statement: str, what: str, needed: str
) -> None:
    before = setting.ledger.size
    with pytest.raises(NotAuthorised) as error:
        importing(f"permissions: [{statement}]")
    assert what in str(error.value)
    assert needed in str(error.value)
    assert setting.ledger.size == before


def test_a_mandate_in_the_same_file_counts(studio: Registry, importing: Importing) -> None:
    importing("""
mandates: [{agent: assoc, principal: studio, may: [grant]}]
permissions: [{kind: grant, by: assoc, to: lab, works: [film-1], acts: [train]}]
""")
    assert len(studio.record().permissions) == 1


def test_a_share_in_the_same_file_counts_and_one_that_was_taken_away_does_not(
    studio: Registry, importing: Importing
) -> None:
    moved = """
works: [{id: film-1, kind: film, shares: [{party: author}]}]
permissions: [{kind: refusal, by: %s, works: film-1}]
"""
    with pytest.raises(NotAuthorised, match="needed: a statement by author"):
        importing(moved % "studio")
    importing(moved % "author")


def test_a_part_that_was_taken_out_of_its_whole_no_longer_speaks_for_it(
    setting: Registry, importing: Importing
) -> None:
    importing("works: [{id: song, kind: music, shares: [{party: composer}]}]")
    with pytest.raises(NotAuthorised, match="'composer' has no share in 'series-1'"):
        importing("permissions: [{kind: refusal, by: composer, works: [series-1]}]")


# --- sub-licences ---------------------------------------------------------------------------------------------------
LICENCES = """
parties:
  - {id: partner, kind: developer}
  - {id: stranger, kind: developer}
works:
  - {id: film-2, kind: film, shares: [{party: author}]}
permissions:
  - {id: head, kind: grant, by: studio, to: lab, works: [series-1], acts: [train, fine_tune], sublicence: true}
  - {id: silent, kind: grant, by: studio, to: lab, works: [film-1], acts: [train]}
  - {id: offered, kind: offer, by: studio, to: lab, works: [film-1], acts: [train], sublicence: true}
  - {id: catalogue, kind: grant, by: studio, to: lab, works: all, acts: [train], sublicence: true}
  - {id: second, kind: grant, by: lab, under: head, to: partner, works: [film-1], acts: [train], sublicence: true}
"""
UNDER = "{kind: grant, by: %s, to: stranger, under: %s, works: %s, acts: %s}"


@pytest.mark.parametrize(
    ("by", "under", "works", "acts"),
    [
        ("lab", "head", "[series-1]", "[train]"),
        ("lab", "head", "[film-1]", "[train, generate]"),  # it reaches as far as the grant above it does
        ("lab", "head", "[film-1]", "all"),
        ("lab", "catalogue", "[film-1, series-1]", "[train]"),
        ("lab", "catalogue", "all", "[train]"),
        ("partner", "second", "[film-1]", "[train]"),
    ],
)
def test_a_licensee_that_may_license_others_may_do_so(
    studio: Registry, importing: Importing, by: str, under: str, works: str, acts: str
) -> None:
    importing(LICENCES)
    assert importing(f"permissions: [{UNDER % (by, under, works, acts)}]").new == {"permission": 1}
    assert len(studio.snapshot().rights.permissions) == 6


@pytest.mark.parametrize(
    ("by", "under", "works", "acts", "what"),
    [
        ("partner", "head", "[film-1]", "[train]", "'head' is no grant to 'partner' (it is to lab)"),
        (
            "lab",
            "silent",
            "[film-1]",
            "[train]",
            "'silent' does not let 'lab' license others (needed: a grant with sub",
        ),
        ("lab", "offered", "[film-1]", "[train]", "'offered' is no grant that could be sublicensed (it is: offer)"),
        ("lab", "head", "[film-1]", "[generate]", "'head' does not cover generate (needed: a grant of it with subl"),
        (
            "lab",
            "head",
            "[film-1, film-2]",
            "[train]",
            "'head' is not about 'film-2' (needed: a grant of it with subli",
        ),
        ("lab", "head", "all", "[train]", "'head' is not about 'all'"),
        ("lab", "catalogue", "[film-2]", "[train]", "'catalogue' is not about 'film-2'"),
        ("partner", "second", "[series-1]", "[train]", "'second' is not about 'series-1'"),
    ],
)
def test_a_licensee_may_license_no_more_than_it_may_pass_on(
    studio: Registry, importing: Importing, by: str, under: str, works: str, acts: str, what: str
) -> None:
    importing(LICENCES)
    with pytest.raises(NotAuthorised) as error:
        importing(f"permissions: [{UNDER % (by, under, works, acts)}]")
    assert what in str(error.value)


def test_a_licence_that_rests_on_itself_rests_on_nothing(studio: Registry, importing: Importing) -> None:
    importing("parties: [{id: partner, kind: developer}]")
    with pytest.raises(UnacceptableError, match="a circle of 'under': a → b → a"):
        importing("""
permissions:
  - {id: a, kind: grant, by: lab, to: partner, under: b, works: all, acts: [train], sublicence: true}
  - {id: b, kind: grant, by: partner, to: lab, under: a, works: all, acts: [train], sublicence: true}
""")
    with pytest.raises(UnacceptableError, match="unknown permission 'nothing'"):
        importing("permissions: [{kind: grant, by: lab, to: partner, under: nothing, works: all, acts: [train]}]")


def test_a_holder_may_withdraw_what_was_licensed_under_its_grant(studio: Registry, importing: Importing) -> None:
    importing(LICENCES)
    assert importing("permissions: [{kind: revocation, by: studio, revokes: second}]").new == {"permission": 1}


def test_who_speaks_for_another_in_one_country_does_so_there(studio: Registry, importing: Importing) -> None:
    importing("mandates: [{agent: assoc, principal: studio, may: all, territories: [JP]}]")
    said = "permissions: [{kind: refusal, by: assoc, works: [film-1], territories: %s}]"
    with pytest.raises(NotAuthorised, match="'assoc' has no share in 'film-1'"):
        importing(said % "[US]")
    assert importing(said % "[JP, US]").new == importing(said % "world").new == {"permission": 1}


# --- revocations ------------------------------------------------------------------------------------------------------
SAID = """
mandates:
  - {id: m-1, agent: assoc, principal: studio, may: all}
permissions:
  - {id: own-grant, kind: grant, by: studio, to: lab, works: [film-1], acts: [train]}
  - {id: own-refusal, kind: refusal, by: studio, works: [film-1]}
  - {id: agents-grant, kind: grant, by: assoc, to: lab, works: [film-1], acts: [train]}
  - {id: agents-refusal, kind: refusal, by: assoc, works: [film-1]}
  - {id: everything, kind: grant, by: studio, to: lab, works: all, acts: [train]}
"""


@pytest.mark.parametrize(
    ("by", "revokes"),
    [
        ("studio", "own-grant"),
        ("studio", "own-refusal"),
        ("studio", "agents-grant"),
        ("studio", "agents-refusal"),
        ("assoc", "agents-grant"),
        ("assoc", "agents-refusal"),
        ("assoc", "own-grant"),
        ("assoc", "everything"),
    ],
)
def test_these_may_revoke(studio: Registry, importing: Importing, by: str, revokes: str) -> None:
    importing(SAID)
    assert importing(f"permissions: [{{kind: revocation, by: {by}, revokes: {revokes}}}]").new == {"permission": 1}
    assert len(studio.record().permissions) == 6


@pytest.mark.parametrize(
    ("by", "revokes", "needed"),
    [
        ("assoc", "own-refusal", "studio"),
        ("author", "own-grant", "studio"),
        ("lab", "own-refusal", "studio"),
        ("lab", "agents-grant", "assoc"),
        ("author", "everything", "studio"),
        ("lab", "everything", "studio"),
    ],
)
def test_these_may_not_revoke(studio: Registry, importing: Importing, by: str, revokes: str, needed: str) -> None:
    importing(SAID)
    with pytest.raises(NotAuthorised, match=f"'{revokes}' is not {by}'s to withdraw .needed: a revocation by {needed}"):
        importing(f"permissions: [{{kind: revocation, by: {by}, revokes: {revokes}}}]")


def test_a_principal_withdraws_what_was_said_of_its_works_and_not_what_was_said_of_anothers(
    studio: Registry, importing: Importing
) -> None:
    importing("""
mandates:
  - {agent: assoc, principal: studio, may: all}
  - {agent: assoc, principal: author, may: all}
permissions:
  - {id: of-manga, kind: refusal, by: assoc, works: [manga-1]}
  - {id: of-both, kind: refusal, by: assoc, works: [manga-1, film-1]}
  - {id: of-all, kind: refusal, by: assoc, works: all}
""")
    with pytest.raises(NotAuthorised, match="'of-manga' is not studio's to withdraw"):
        importing("permissions: [{kind: revocation, by: studio, revokes: of-manga}]")
    for named in ("of-both", "of-all"):
        assert importing(f"permissions: [{{kind: revocation, by: studio, revokes: {named}}}]").new == {"permission": 1}


def test_a_revocation_is_final(studio: Registry, importing: Importing) -> None:
    importing(f"{SAID}  - {{id: r-1, kind: revocation, by: studio, revokes: own-grant}}\n")
    with pytest.raises(NotAuthorised, match="'r-1' is a revocation, and final"):
        importing("permissions: [{kind: revocation, by: studio, revokes: r-1}]")


def test_whatever_may_be_recorded_can_be_read_as_the_law_wants_it(setting: Registry, importing: Importing) -> None:
    importing(SAID)
    for statement in MAY.values():
        importing(f"permissions: [{statement}]")
    record: Any = setting.snapshot().rights
    assert len(record.permissions) == 5 + len(MAY)

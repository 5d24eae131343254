# SPDX-License-Identifier: Apache-2.0
"""A snapshot for one developer: it decides as the whole one does, and says nothing of what others were granted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kyodaku.errors import UsageError
from kyodaku.registry import Registry, Snapshot
from kyodaku.registry._codec import as_text, body_of, canonical, moment_of, record_of
from kyodaku.registry._held import SECTIONS, Held
from kyodaku.registry._lookup import Lookup
from kyodaku.registry._seen_by import seen_by
from kyodaku.registry._stored_rights import open_rights, write_rights
from kyodaku.rights import Facts, Finding, Party, Proof, RightsRecord, Use, decide, load_regime
from support.law import day, make_statement
from support.worlds import cleared, uses, worlds

_KINDS = {section: kind for kind, section in SECTIONS.items()}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REGIMES = [load_regime(name) for name in ("jp-prior", "opt-out")]


def text_of(record: Any) -> str:
    recorded = getattr(record, "recorded_at", None)
    dated = {} if recorded is None else {"recorded_at": as_text(recorded)}
    return canonical({"body": body_of(record), **dated}).decode()


def held_of(facts: Facts) -> Held:
    items = {section: [(each.id, text_of(each)) for each in getattr(facts, section)] for section in _KINDS}
    return Held(items=items, references=[], as_of=_EPOCH, as_of_others=_EPOCH)


def rights_of(held: Held) -> RightsRecord:
    """What the parts of a state say; refused if something in it names what is not there."""
    made: dict[str, list[Any]] = {section: [] for section in _KINDS}
    for section, items in held.items.items():
        for _, text in items:
            item = json.loads(text)
            recorded = moment_of(item["recorded_at"]) if "recorded_at" in item else None
            made[section].append(record_of(_KINDS[section], item["body"], recorded))
    return RightsRecord(**made)


def with_developers(facts: Facts) -> Facts:
    kinds = {"lab": "developer", "ben": "developer", "guild": "developer"}
    return replace(facts, parties=tuple(replace(each, kind=kinds.get(each.id, "holder")) for each in facts.parties))


def asked(rights: RightsRecord, world: Facts) -> Facts:
    return rights.facts(
        world.found,
        basis=world.basis,
        developer="lab",
        examined=world.examined,
        circumstances=world.circumstances,
    )


@settings(max_examples=300, deadline=None)
@given(world=worlds(), use=uses)
def test_it_decides_for_the_developer_as_all_of_it_would(world: Facts, use: Use) -> None:
    world = with_developers(world)
    held = held_of(world)
    whole, part = rights_of(held), rights_of(seen_by(held, "lab", b"secret"))
    claimed = world.basis.source if world.basis is not None and world.basis.kind == "grant" else ""
    assume(claimed not in whole.permissions or claimed in part.permissions)
    for regime in REGIMES:
        expected, found = (decide(use, asked(rights, world), regime) for rights in (whole, part))
        assert (found.verdict, found.grounds, found.needed) == (expected.verdict, expected.grounds, expected.needed)


@st.composite
def taken(draw: st.DrawFn) -> tuple[Use, Facts]:
    """A use that everybody granted, but that one of them had, or has, also granted it to a rival."""
    use, facts = draw(cleared())
    grant = draw(st.sampled_from([said for said in facts.permissions if said.kind == "grant"]))
    rivals = replace(
        grant,
        id=draw(st.sampled_from(["a-rival", "z-rival"])),
        to=("rival",),
        exclusive=draw(st.sampled_from([True, True, True, False])),
        sublicence=False,
        works=draw(st.sampled_from([grant.works, ("all",), ("film",)])),
        recorded_at=draw(st.integers(0, 4).map(day)),
        effective_from=draw(st.integers(0, 4).map(day)),
        duties=("rival-duty",),
        proof=draw(st.sampled_from([None, None, Proof(kind="timestamp", reference="rival-tsa", at=day(0))])),
    )
    withdrawn = replace(
        make_statement("revocation", rivals.by, draw(st.integers(3, 9)), works=(), revokes=rivals.id), id="x-rival"
    )
    said = (*facts.permissions, rivals, *((withdrawn,) if draw(st.booleans()) else ()))
    names = {share.party for work in facts.works for share in work.shares}
    names |= {share.acquired_from for work in facts.works for share in work.shares if share.acquired_from}
    names |= {name for each in said for name in (each.by, *each.to) if name != "anyone"}
    names |= {name for each in facts.mandates for name in (each.agent, each.principal)} | {"lab"}
    return use, replace(facts, permissions=said, parties=tuple(Party(id=name, kind="developer") for name in names))


@settings(max_examples=300, deadline=None)
@given(case=taken())
def test_a_grant_that_was_made_to_another_before_takes_away_as_much(case: tuple[Use, Facts]) -> None:
    use, world = case
    held = held_of(world)
    seen = seen_by(held, "lab", b"secret")
    assert "rival" not in str(seen.items)
    for regime in REGIMES:
        expected, found = (decide(use, asked(rights_of(part), world), regime) for part in (held, seen))
        assert (found.verdict, found.grounds, found.needed) == (expected.verdict, expected.grounds, expected.needed)


@settings(max_examples=200, deadline=None)
@given(world=worlds())
def test_nothing_said_to_others_alone_is_in_it(world: Facts) -> None:
    held = held_of(with_developers(world))
    part = rights_of(seen_by(held, "lab", b"secret"))
    whole = rights_of(held)
    resting = {said.id for said in part.permissions.values()}
    for said in part.permissions.values():
        if said.id in whole.permissions:
            under_it = any(each.under == said.id for each in part.permissions.values())
            withdraws = said.revokes in resting
            assert said.by == "lab" or {"lab", "anyone"} & set(said.to) or under_it or withdraws
            if said.by != "lab" and not under_it:
                assert set(said.to).intersection(whole.parties) <= {"lab"}
        else:  # how far an exclusive grant reaches, what that rests on, or its revocation
            assert (said.duties, said.conditions, said.proof) == ((), (), None)
            assert set(said.to).isdisjoint(whole.parties)


@settings(max_examples=60, deadline=None)
@given(world=worlds())
def test_rights_that_are_looked_up_give_the_facts_that_the_record_gives(
    tmp_path_factory: pytest.TempPathFactory, world: Facts
) -> None:
    folder = tmp_path_factory.mktemp("rights")
    held = held_of(world)
    write_rights(held.items, folder / "rights", folder / "hashes")
    whole, stored = rights_of(held), open_rights(Lookup(folder / "rights", (folder / "hashes").read_bytes()))
    assert asked(stored, world) == asked(whole, world)
    for work in (*whole.works, "lost"):
        found = [Finding(work=work)]
        assert stored.facts(found) == whole.facts(found)
        assert stored.about(work) == whole.about(work)
    shutil.rmtree(folder)


# --- as a folder ------------------------------------------------------------------------------------------------------
RIVALS = """
parties:
  - {id: rival-gmbh, kind: developer, name: {en: Rival Pictures}}
  - {id: third, kind: developer}
permissions:
  - {id: g-lab, kind: grant, by: studio, to: [lab, rival-gmbh], works: [film-1, series-1], acts: [train]}
  - {id: g-rival, kind: grant, by: studio, to: rival-gmbh, works: [film-1], acts: [train], models: [rival-video],
     duties: [rival-duty], conditions: [rival-fee], effective_from: 2026-01-03T04:05:06Z}
  - {id: o-rival, kind: offer, by: author, to: rival-gmbh, works: [manga-1], acts: [publish]}
  - {id: n-rival, kind: refusal, by: author, to: rival-gmbh, works: [manga-1]}
  - {id: x-rival, kind: revocation, by: studio, revokes: g-rival}
  - {id: r-all, kind: refusal, by: author, works: [manga-1], acts: [generate]}
"""
EXCLUSIVE = """
permissions:
  - {id: e-rival, kind: grant, by: studio, to: rival-gmbh, works: [series-1], acts: [train], exclusive: true,
     duties: [rival-duty], conditions: [rival-fee]}
"""


@pytest.fixture
def studio(templates: Path, tmp_path: Path) -> Iterator[Registry]:
    clock = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in range(1000))
    with Registry.open(shutil.copytree(templates / "studio", tmp_path / "workspace"), clock=clock.__next__) as opened:
        declare(opened, RIVALS, tmp_path)
        yield opened


def declare(registry: Registry, text: str, folder: Path) -> None:
    (folder / "rivals.yaml").write_text(text, encoding="utf-8")
    registry.import_files([folder / "rivals.yaml"])


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_no_file_says_anything_of_another_developers_grants(studio: Registry, tmp_path: Path) -> None:
    assert b"rival" in contents(studio.export(tmp_path / "whole").path)
    made = studio.export(tmp_path / "part", audience="lab")
    assert b"rival" not in contents(made.path).lower()
    assert b"2026-01-03T04:05:06" not in contents(made.path)
    opened = Snapshot.open(made.path, trust=studio.signing_key().public, now=datetime(2026, 1, 2, tzinfo=UTC))
    assert opened.statement is not None
    assert opened.statement.audience == "lab"
    assert sorted(opened.rights.permissions) == ["g-lab", "r-all"]
    assert opened.rights.permissions["g-lab"].to == ("lab",)
    assert sorted(opened.rights.parties) == ["assoc", "author", "lab", "studio"]
    assert opened.id != studio.snapshot().id


def test_an_exclusive_grant_to_another_is_there_as_far_as_it_reaches(studio: Registry, tmp_path: Path) -> None:
    declare(studio, EXCLUSIVE, tmp_path)
    made = studio.export(tmp_path / "part", audience="lab").path
    assert b"rival" not in contents(made).lower()
    taken = [said for said in Snapshot.open(made).rights.permissions.values() if said.exclusive]
    assert [(said.by, said.works, said.acts) for said in taken] == [("studio", ("series-1",), ("train",))]
    assert {said.id for said in taken}.isdisjoint(studio.record().permissions)
    third = studio.export(tmp_path / "third", audience="third").path  # to which nothing was granted that could be taken
    assert not [said for said in Snapshot.open(third).rights.permissions.values() if said.exclusive]


def test_it_is_made_for_parties_that_are_known(studio: Registry, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no party 'nobody' to make it for"):
        studio.export(tmp_path / "made", audience="nobody")
    assert not (tmp_path / "made").exists()

# SPDX-License-Identifier: Apache-2.0
"""Names beside works: declared for good, found in texts, carried by snapshots as far as they may go."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.registry import ImportReport, Registry, Snapshot
from kyodaku.registry.deltas import apply_delta
from kyodaku.rights import Work

Importing = Callable[[str], ImportReport]

NAMED = """\
works:
  - id: keeper
    kind: character
    title: {en: Wickard Lampwright}
    part_of: film-1
    shares: [{party: studio, rights: all}]
    names: [Old Wickard, {text: ウィッカード, lang: ja, kind: kana}]
    traits:
      - {text: {en: three-eyed walrus}, weight: 3, group: body, must: true}
      - {text: {en: brass diving helmet}, weight: 2, group: dress}
      - {text: {en: accordion of whale bone}, weight: 2, group: prop}
      - {text: {en: emerald striped waistcoat}, group: dress}
    descriptions: {en: A three-eyed walrus in a brass diving helmet.}
"""
RENAMED = NAMED.replace("Old Wickard", "Young Wickard")
UNNAMED = "\n".join(NAMED.splitlines()[:6])
DESCRIBED = (
    "a three-eyed walrus with a brass diving helmet plays an accordion of whale bone in an emerald striped waistcoat"
)


def found(snapshot: Snapshot, text: str) -> list[tuple[str, str]]:
    return [(mention.work, mention.how) for mention in snapshot.names().find(text)]


# --- declaring --------------------------------------------------------------------------------------------------------
def test_names_are_a_declaration_of_their_own(studio: Registry, importing: Importing) -> None:
    assert importing(NAMED).new == {"work": 1, "names": 1}
    assert importing(NAMED).unchanged == {"work": 1, "names": 1}
    assert importing(RENAMED).new == {"names": 1}
    assert importing(UNNAMED).new == {}
    assert [each.kind for each in studio.history("keeper")] == ["work", "names", "names"]
    studio.verify()


def test_a_title_is_a_name_and_names_may_be_taken_back(studio: Registry, importing: Importing) -> None:
    assert found(studio.snapshot(), "Wickard Lampwright") == []
    importing(NAMED)
    assert found(studio.snapshot(), "Wickard Lampwright and old wickard") == [("keeper", "exact"), ("keeper", "exact")]
    assert found(studio.snapshot(), DESCRIBED) == [("keeper", "description")]
    importing(f"{UNNAMED}\n    names: []\n")
    assert found(studio.snapshot(), "Wickard Lampwright and old wickard") == [("keeper", "exact")]
    assert found(studio.snapshot(), DESCRIBED) == []


def test_names_are_no_law(studio: Registry, importing: Importing) -> None:
    importing(UNNAMED)
    before = studio.snapshot()
    importing(NAMED)
    after = studio.snapshot()
    assert after.id != before.id
    assert after.rights.works["keeper"] == before.rights.works["keeper"]


@pytest.mark.parametrize(
    ("change", "line", "what"),
    [
        (("[Old Wickard,", "[3,"), 7, "a name is written as fields, not as 3"),
        (("[Old Wickard,", "['  ',"), 2, "a name has 1 to 200 characters"),
        (("[Old Wickard,", f"[{'x' * 201},"), 2, "a name has 1 to 200 characters"),
        (("[Old Wickard,", "[{lang: en},"), 7, "'text' is missing"),
        (("kind: kana", "kind: kanji"), 7, "unknown kind of name 'kanji'"),
        (("kind: kana", "distinctive: perhaps"), 7, "'distinctive' is neither true nor false"),
        (("weight: 3", "weight: heavy"), 9, "'heavy' is not a weight"),
        (("weight: 3", "weight: 0"), 2, "a trait's weight is above 0 and at most 10, not 0.0"),
        (("weight: 3", "weight: .nan"), 9, "not a weight"),
        (("group: body", "group: soul"), 9, "unknown group of traits 'soul'"),
        (("{en: three-eyed walrus}", "{}"), 2, "a trait needs its text in one language at least"),
        (("{en: three-eyed walrus}", "walrus"), 9, "'text' is not text by language"),
        (("{en: three-eyed walrus}", "{en: ''}"), 2, "a trait has a language and 1 to 4000 characters"),
        (("descriptions: {en", "description: {en"), 13, "unknown field 'description'"),
    ],
)
def test_what_is_wrong_with_a_name_is_told_with_its_line(
    importing: Importing, studio: Registry, change: tuple[str, str], line: int, what: str
) -> None:
    text = NAMED.replace(*change)
    assert text != NAMED
    with pytest.raises(UsageError) as told:
        importing(text)
    assert what in str(told.value)
    if line > 2:
        assert f":{line}:" in str(told.value)
    assert studio.history("keeper") == ()


def test_too_many_names_are_refused(importing: Importing, studio: Registry) -> None:
    many = ", ".join(f"Wickard the {number}th" for number in range(401))
    with pytest.raises(UsageError, match="at most 400 names"):
        importing(f"{UNNAMED}\n    names: [{many}]\n")
    assert studio.history("keeper") == ()


def test_a_title_longer_than_any_name_counts_as_its_beginning(importing: Importing, studio: Registry) -> None:
    title = " ".join(f"lantern{number}" for number in range(60))
    importing(f"works: [{{id: long, kind: film, title: {{en: {title}}}}}]")
    assert found(studio.snapshot(), title[:200]) == [("long", "exact")]


def test_names_and_traits_come_in_tables(studio: Registry, tmp_path: Path) -> None:
    (tmp_path / "works.csv").write_text(
        "id,kind,title.en,descriptions.en\nkeeper,character,Wickard Lampwright,A walrus\n"
    )
    (tmp_path / "names.csv").write_text(
        "work,text,lang,kind,distinctive\nkeeper,Old Wickard,en,,true\nkeeper,ウィッカード,ja,kana,\n", encoding="utf-8"
    )
    (tmp_path / "traits.csv").write_text("work,text.en,weight,group,must\nkeeper,three-eyed walrus,2.5,body,true\n")
    assert studio.import_files(tmp_path.glob("*.csv")).new == {"work": 1, "names": 1}
    (declared,) = studio.history("keeper", kind="names")
    assert declared.body == {
        "id": "keeper",
        "names": [
            {"text": "Old Wickard", "lang": "en", "distinctive": True},
            {"text": "ウィッカード", "lang": "ja", "kind": "kana"},
        ],
        "traits": [{"text": {"en": "three-eyed walrus"}, "weight": "2.5", "group": "body", "must": True}],
        "descriptions": {"en": "A walrus"},
    }


def test_names_come_in_json_lines(studio: Registry, tmp_path: Path) -> None:
    item = {"section": "works", "id": "keeper", "kind": "character", "names": ["Old Wickard"]}
    (tmp_path / "works.jsonl").write_text(json.dumps(item))
    assert studio.import_files([tmp_path / "works.jsonl"]).new == {"work": 1, "names": 1}
    assert found(studio.snapshot(), "old wickard") == [("keeper", "exact")]


def test_a_list_shows_how_many_traits_there_are_and_none_of_them(studio: Registry, importing: Importing) -> None:
    importing(NAMED)
    (declared,) = studio.history("keeper", kind="names")
    assert declared.as_json()["body"]["traits"] == 4
    assert declared.as_json()["body"]["descriptions"] == ["en"]
    assert "walrus" not in json.dumps(declared.as_json())


def test_earlier_names_can_be_erased(studio: Registry, importing: Importing) -> None:
    importing(NAMED)
    importing(RENAMED)
    first, second = studio.history("keeper", kind="names")
    with pytest.raises(UsageError, match="what holds of names 'keeper'"):
        studio.erase(second.ledger_index)
    studio.erase(first.ledger_index)
    assert studio.verify().erased == (first.ledger_index,)


# --- in the workspace -------------------------------------------------------------------------------------------------
def test_the_index_is_kept_until_names_change(studio: Registry, importing: Importing) -> None:
    importing(NAMED)
    folder = studio.directory / "names"
    studio.snapshot().names()
    (kept,) = [path for path in folder.iterdir() if path.is_dir()]
    written = (kept / "names.json").stat().st_mtime_ns
    importing("permissions: [{kind: refusal, by: studio, works: [film-1], acts: [train]}]")
    studio.snapshot().names()
    assert (kept / "names.json").stat().st_mtime_ns == written
    for number in range(5):
        importing(NAMED.replace("Old Wickard", f"Wickard the {number}th"))
        studio.snapshot().names()
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 3


def test_an_index_that_was_changed_is_made_anew(studio: Registry, importing: Importing) -> None:
    importing(NAMED)
    studio.snapshot().names()
    for path in (studio.directory / "names").rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    assert found(studio.snapshot(), "old wickard") == [("keeper", "exact")]


@pytest.mark.parametrize("content", ["", "{}\n", "no\n", None])
def test_names_that_were_changed_beside_a_snapshot_are_told(
    studio: Registry, importing: Importing, content: str | None
) -> None:
    importing(NAMED)
    snapshot = studio.snapshot()
    file = snapshot.path / "names.jsonl"
    file.unlink() if content is None else file.write_text(content)
    with pytest.raises(IntegrityError, match=r"is part of the snapshot|is not as it was when the snapshot was taken"):
        snapshot.names()


# --- elsewhere --------------------------------------------------------------------------------------------------------
def test_a_snapshot_for_anyone_has_names_and_no_traits(studio: Registry, importing: Importing, tmp_path: Path) -> None:
    importing(NAMED)
    exported = studio.export(tmp_path / "out")
    assert exported.statement.id == studio.snapshot().id
    carried = Snapshot.open(tmp_path / "out")
    assert found(carried, "old wickard") == [("keeper", "exact")]
    assert found(carried, DESCRIBED) == []


def test_a_snapshot_for_one_developer_finds_what_is_described(
    studio: Registry, importing: Importing, tmp_path: Path
) -> None:
    importing(NAMED)
    studio.export(tmp_path / "out", audience="lab")
    adopted = studio.decide_from(tmp_path / "out")
    assert found(adopted, DESCRIBED) == [("keeper", "description")]


@pytest.mark.parametrize("audience", [None, "lab"])
def test_no_phrase_of_a_holders_leaves_the_workspace(
    studio: Registry, importing: Importing, tmp_path: Path, audience: str | None
) -> None:
    importing(NAMED)
    studio.export(tmp_path / "out", audience=audience)
    everything = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"Old Wickard" in everything
    assert not [word for word in (b"walrus", b"helmet", b"whale", b"waistcoat") if word in everything]


def test_other_traits_are_another_state_everywhere(studio: Registry, importing: Importing, tmp_path: Path) -> None:
    importing(NAMED)
    before = studio.export(tmp_path / "before").statement.id
    importing(NAMED.replace("weight: 3", "weight: 4"))
    after = studio.export(tmp_path / "after").statement.id
    assert after == studio.snapshot().id != before


def test_a_delta_brings_new_names(studio: Registry, importing: Importing, tmp_path: Path) -> None:
    importing(NAMED)
    studio.export(tmp_path / "old")
    importing(RENAMED)
    studio.export(tmp_path / "delta", since=tmp_path / "old")
    apply_delta(tmp_path / "old", tmp_path / "delta", tmp_path / "new")
    assert found(Snapshot.open(tmp_path / "new"), "young wickard, old wickard") == [("keeper", "exact")]


def test_names_that_were_changed_on_the_way_are_told(studio: Registry, importing: Importing, tmp_path: Path) -> None:
    importing(NAMED)
    studio.export(tmp_path / "out")
    for name in ("names.jsonl", "names/names.json", "names/works_blob.npy"):
        copy = tmp_path / "copy"
        shutil.copytree(tmp_path / "out", copy)
        content = bytearray((copy / name).read_bytes())
        content[-2] ^= 1
        (copy / name).unlink()
        (copy / name).write_bytes(content)
        with pytest.raises(IntegrityError):
            studio.decide_from(copy)
        shutil.rmtree(copy)


def test_a_snapshot_without_names_says_so(studio: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Callable[..., None] = lambda *_: None  # noqa: E731
    monkeypatch.setattr("kyodaku.registry.exporting.write_names", nothing)
    studio.export(tmp_path / "older")
    with pytest.raises(KyodakuError, match="nothing can be found in a text"):
        Snapshot.open(tmp_path / "older").names()


def test_a_work_that_is_declared_in_python_keeps_its_names(studio: Registry, importing: Importing) -> None:
    importing(NAMED)
    studio.declare(Work(id="keeper", kind="character", title={"en": "Wickard Lampwright"}))
    assert found(studio.snapshot(), "old wickard") == [("keeper", "exact")]


def test_the_studios_name_tells_that_a_plain_word_is_meant(studio: Registry, importing: Importing) -> None:
    importing("works: [{id: plain, kind: film, title: {en: Orange}, shares: [{party: studio, rights: all}]}]")
    names = studio.snapshot().names()
    assert names.find("an orange on a table") == []
    told: list[Any] = names.find("the film Orange by Example Studio")
    assert [mention.work for mention in told] == ["plain"]

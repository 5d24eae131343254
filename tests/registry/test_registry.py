# SPDX-License-Identifier: Apache-2.0
"""The registry as a whole: opened, read at any moment, never edited, and sound or known to be unsound."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest

from kyodaku.copies import Fingerprint
from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import Log, record, verify_checkpoint
from kyodaku.registry import ImportReport, Registry
from support.postgresql import Server

Importing = Callable[[str], ImportReport]
Tamper = Callable[[str], None]
MakeFingerprint = Callable[..., Fingerprint]

GRANT = """
permissions:
  - {id: g-1, kind: grant, by: studio, to: lab, works: [film-1], acts: [train], effective_from: 2026-03-01T00:00:00Z,
     effective_until: 2026-06-01T00:00:00Z}
"""


on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)


def database(registry: Registry) -> sqlite3.Connection:
    return sqlite3.connect(registry.directory / "registry.sqlite", isolation_level=None)


# --- opening ----------------------------------------------------------------------------------------------------------
def test_a_workspace_is_made_once_and_opened_ever_after(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "w", create=True) as first, Registry.open(tmp_path / "w", create=True) as second:
        assert first.signing_key() == second.signing_key()
        first.import_document({"parties": [{"id": "a"}]})
        assert "a" in second.record().parties
    with Registry.open(str(tmp_path / "w")) as third:
        assert "a" in third.record().parties
    names = {path.name for path in (tmp_path / "w").iterdir()}
    assert names == {"registry.sqlite", "lock", "references", "index", "ledger", "keys"}


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_without_a_workspace_is_said_to_be_so(tmp_path: Path, *, there: bool) -> None:
    if there:
        (tmp_path / "w").mkdir()
    with pytest.raises(UsageError, match=r"there is no workspace here .*kyodaku init"):
        Registry.open(tmp_path / "w")
    assert (tmp_path / "w").exists() == there


def test_a_workspace_whose_making_was_interrupted_is_finished_by_making_it_again(tmp_path: Path) -> None:
    Log(tmp_path / "w" / "ledger")
    (tmp_path / "w" / "registry.sqlite").touch()
    with pytest.raises(UsageError, match="this workspace was never finished"):
        Registry.open(tmp_path / "w")
    with Registry.open(tmp_path / "w", create=True) as registry:
        assert registry.verify().declarations == 0


def test_a_workspace_that_cannot_be_made_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KyodakuError, match="the workspace cannot be made: Not a directory"):
        Registry.open(tmp_path / "file" / "w", create=True)


@on_sqlite
def test_a_database_that_is_none_is_an_integrity_failure(registry: Registry) -> None:
    registry.close()
    (registry.directory / "registry.sqlite").write_bytes(b"this is not a database, but long enough to be one" * 100)
    with pytest.raises(IntegrityError, match="the registry's database is damaged"):
        Registry.open(registry.directory)


def test_a_key_that_is_gone_is_said_to_be_so_and_nothing_is_recorded(studio: Registry) -> None:
    shutil.rmtree(studio.directory / "keys")
    with pytest.raises(KyodakuError, match="the key could not be read"):
        studio.import_document({"parties": [{"id": "new"}]})
    assert "new" not in studio.record().parties


@on_sqlite
def test_a_database_that_another_program_holds_is_said_to_be_so(
    studio: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kyodaku.registry._sqlite._BUSY_MS", 50)
    other = database(studio)
    other.execute("BEGIN IMMEDIATE")
    with Registry.open(studio.directory) as registry:
        with pytest.raises(KyodakuError, match="the registry's database failed: database is locked"):
            registry.import_document({"parties": [{"id": "a"}]})
        other.execute("ROLLBACK")
        registry.import_document({"parties": [{"id": "a"}]})
    assert studio.verify().orphans == ()


# --- never edited -----------------------------------------------------------------------------------------------------
GUARDED = ["declarations", "declaration_links", "settings"]


@on_sqlite
@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize(
    "statement", ["DELETE FROM {}", "UPDATE {0} SET {1} = {1}", "REPLACE INTO {0} SELECT * FROM {0}"]
)
def test_the_file_refuses_edits_and_deletions(studio: Registry, table: str, statement: str) -> None:
    column = "value" if table == "settings" else "seq"
    with pytest.raises(sqlite3.IntegrityError, match="nothing is edited or deleted"):
        database(studio).execute(statement.format(table, column))
    assert studio.verify().declarations == 7


@on_postgresql
@pytest.mark.parametrize("table", [*GUARDED, "ledger_entries"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {}",
        "DELETE FROM {} WHERE false",
        "UPDATE {0} SET {1} = {1}",
        "TRUNCATE {} CASCADE",
        "INSERT INTO {0} SELECT * FROM {0} LIMIT 1 ON CONFLICT ({2}) DO UPDATE SET {1} = EXCLUDED.{1}",
    ],
)
def test_the_server_refuses_edits_and_deletions(studio: Registry, server: Server, table: str, statement: str) -> None:
    column = "value" if table == "settings" else "seq"
    key = {"settings": "name", "declaration_links": "name, relation, seq"}.get(table, "seq")
    with (
        server.connect("shared") as connection,
        pytest.raises(psycopg.errors.RaiseException, match="nothing is edited or deleted"),
    ):
        connection.execute(statement.format(table, column, key))
    assert studio.verify().declarations == 7


# --- two times --------------------------------------------------------------------------------------------------------
def test_the_record_of_any_moment_is_what_was_recorded_by_then(
    studio: Registry, importing: Importing, clock: Any
) -> None:
    before = clock()
    importing(GRANT)
    granted = clock()
    importing("permissions: [{id: r-1, kind: revocation, by: studio, revokes: g-1}]")
    importing("works: [{id: film-1, kind: film, title: {en: Renamed}}]")
    revoked = clock()
    assert set(studio.record(before).permissions) == set()
    assert set(studio.record(granted).permissions) == {"g-1"}
    assert set(studio.record(revoked).permissions) == set(studio.record().permissions) == {"g-1", "r-1"}
    assert studio.record(granted).works["film-1"].title["en"] == "First Film"
    assert studio.record(revoked).works["film-1"].title["en"] == "Renamed"
    assert studio.record(datetime(1999, 1, 1, tzinfo=UTC)).parties == {}
    in_tokyo = granted.astimezone(timezone(timedelta(hours=9)))
    assert set(studio.record(in_tokyo).permissions) == {"g-1"}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-02-28T23:59:59Z", set()),
        ("2026-03-01T00:00:00Z", {"g-1"}),
        ("2026-04-15T00:00:00Z", {"g-1", "m-1", "r-1"}),
        ("2026-05-31T23:59:59Z", {"g-1", "r-1"}),
        ("2026-06-01T00:00:00Z", set()),
    ],
)
def test_what_was_in_force_at_a_moment_can_be_asked(
    studio: Registry, importing: Importing, moment: str, expected: set[str]
) -> None:
    importing(f"""
mandates:
  - {{id: m-1, agent: assoc, principal: studio, valid_from: 2026-03-15T00:00:00Z, revoked_at: 2026-05-01T00:00:00Z}}
{GRANT}
  - {{id: r-1, kind: revocation, by: studio, revokes: g-1, effective_from: 2026-04-01T00:00:00Z}}
""")
    found = studio.record(effective_at=datetime.fromisoformat(moment))
    assert set(found.permissions) | set(found.mandates) == expected
    assert set(studio.record().permissions) == {"g-1", "r-1"}


def test_a_revocation_outlasts_nothing_that_it_revokes(studio: Registry, importing: Importing) -> None:
    importing(
        GRANT + "  - {id: r-1, kind: revocation, by: studio, revokes: g-1, effective_from: 2026-04-01T00:00:00Z}\n"
    )
    assert studio.record(effective_at=datetime(2027, 1, 1, tzinfo=UTC)).permissions == {}


def test_history_tells_all_that_was_declared_under_an_id(studio: Registry, importing: Importing) -> None:
    importing(GRANT)
    importing("parties: [{id: film-1, name: {en: A party of the same name}}]")
    work, party = studio.history("film-1")
    assert (work.kind, party.kind) == ("work", "party")
    assert studio.history("film-1", kind="party") == (party,)
    assert studio.history("nothing") == ()
    (grant,) = studio.history("g-1")
    assert grant.as_json() == {
        "seq": 8,
        "kind": "permission",
        "id": "g-1",
        "body": {
            "id": "g-1",
            "kind": "grant",
            "by": "studio",
            "to": ["lab"],
            "works": ["film-1"],
            "acts": ["train"],
            "purposes": ["all"],
            "territories": ["world"],
            "models": ["all"],
            "media": ["all"],
            "effective_from": "2026-03-01T00:00:00Z",
            "effective_until": "2026-06-01T00:00:00Z",
        },
        "body_sha256": grant.body_sha256,
        "recorded_at": "2026-01-01T00:00:02Z",
        "effective_from": "2026-03-01T00:00:00Z",
        "effective_until": "2026-06-01T00:00:00Z",
        "ledger_index": 7,
        "salt": grant.salt,
    }
    assert studio.history("studio")[0].as_json()["effective_from"] is None


# --- the clock --------------------------------------------------------------------------------------------------------
def test_a_clock_set_back_a_little_never_records_out_of_order(studio: Registry, clock: Any) -> None:
    studio.import_document({"parties": [{"id": "a"}]})
    clock.now -= timedelta(minutes=2)
    studio.import_document({"parties": [{"id": "b"}]})
    (a,), (b,) = studio.history("a"), studio.history("b")
    assert a.recorded_at == b.recorded_at


def test_a_clock_that_must_be_wrong_records_nothing(studio: Registry, clock: Any) -> None:
    studio.import_document({"parties": [{"id": "a"}]})
    clock.now -= timedelta(days=30)
    with pytest.raises(KyodakuError, match=r"the clock says 2025-12-02.*but the newest declaration is of 2026-01-01"):
        studio.import_document({"parties": [{"id": "b"}]})
    assert studio.history("b") == ()


def test_a_clock_without_a_time_zone_is_a_mistake(tmp_path: Path) -> None:
    with (
        Registry.open(tmp_path, create=True, clock=lambda: datetime(2026, 1, 1)) as registry,  # noqa: DTZ001
        pytest.raises(ValueError, match="time zone"),
    ):
        registry.import_document({"parties": [{"id": "a"}]})


# --- soundness --------------------------------------------------------------------------------------------------------
def test_every_declaration_is_an_entry_and_the_checkpoint_covers_them(
    studio: Registry, make_fingerprint: MakeFingerprint
) -> None:
    studio.add_reference("film-1", make_fingerprint(1))
    studio.ledger.append(record("clear-batch", time=datetime.now(UTC), subject="run-1", sha256="ab" * 32))
    studio.ledger.append(b"not even a record")
    sound = studio.verify()
    assert (sound.entries, sound.declarations, sound.references, sound.orphans) == (10, 8, 1, ())
    note = (studio.directory / "ledger" / "checkpoint").read_text(encoding="utf-8")
    assert verify_checkpoint(note, studio.signing_key().public).size == 8


@on_sqlite
def test_entries_of_an_import_that_was_never_committed_are_told_and_harm_nothing(studio: Registry) -> None:
    orphan = record("declaration", time=datetime.now(UTC), subject="lost", sha256="ab" * 32, kind="party")
    studio.ledger.append_many([orphan, orphan])
    assert studio.verify().orphans == (7, 8)
    studio.import_document({"parties": [{"id": "next"}]})
    assert studio.verify().orphans == (7, 8)
    with Registry.open(studio.directory) as again:
        assert "next" in again.record().parties


TAMPERED = {
    "a body": (
        "UPDATE declarations SET body = replace(body, 'First', 'Fist') WHERE id = 'film-1'",
        "its body does not hash",
    ),
    "a body and its hash": (
        (
            "UPDATE declarations SET body = '{}', body_sha256 = "
            "'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' WHERE id = 'film-1'"
        ),
        "says sha256",
    ),
    "an id": ("UPDATE declarations SET id = 'film-2' WHERE id = 'film-1'", "says subject 'film-1', not 'film-2'"),
    "a kind": ("UPDATE declarations SET kind = 'party' WHERE id = 'film-1'", "says kind 'work', not 'party'"),
    "an index": (
        "UPDATE declarations SET ledger_index = 99 WHERE id = 'film-1'",
        "its entry 99 is not in the ledger of 7",
    ),
}


@pytest.mark.parametrize(("statement", "what"), TAMPERED.values(), ids=TAMPERED.keys())
def test_a_declaration_changed_in_the_database_is_named(
    studio: Registry, tamper: Tamper, statement: str, what: str
) -> None:
    tamper(statement)
    with pytest.raises(IntegrityError, match=what) as error:
        studio.verify()
    assert "film-" in str(error.value.where)


def test_a_declaration_deleted_from_the_database_shows(studio: Registry, tamper: Tamper, backend: str) -> None:
    tamper("DELETE FROM declarations WHERE id = 'studio'")
    if backend == "sqlite":  # where a killed import leaves the same
        assert studio.verify().orphans == (0,)
        return
    with pytest.raises(IntegrityError, match="entry 0 of the ledger is a declaration that the database does not have"):
        studio.verify()


@on_sqlite
def test_a_ledger_put_back_behind_the_database_is_noticed_on_opening(studio: Registry, tmp_path: Path) -> None:
    older = shutil.copytree(studio.directory / "ledger", tmp_path / "older")
    studio.import_document({"parties": [{"id": "a"}]})
    shutil.rmtree(studio.directory / "ledger")
    shutil.copytree(older, studio.directory / "ledger")
    with pytest.raises(IntegrityError, match="knows entry 7 of the ledger, which has 7"):
        Registry.open(studio.directory)
    other = Log(tmp_path / "other")
    other.append_many([b"x"] * 20)
    shutil.rmtree(studio.directory / "ledger")
    shutil.copytree(other.directory, studio.directory / "ledger")
    with pytest.raises(IntegrityError, match="not a record"):
        Registry.open(studio.directory)


@on_sqlite
def test_a_ledger_with_another_past_is_told_by_its_first_entry_that_differs(studio: Registry, tmp_path: Path) -> None:
    forged = Log(tmp_path / "forged")
    entries = list(studio.ledger.entries())
    forged.append_many([entries[1], entries[0], *entries[2:]])
    shutil.copy(studio.directory / "ledger" / "checkpoint", forged.directory / "checkpoint")
    shutil.rmtree(studio.directory / "ledger")
    shutil.copytree(forged.directory, studio.directory / "ledger")
    with pytest.raises(IntegrityError, match=r"declaration 1 .party studio.: entry 0 of the ledger .* says subject"):
        studio.verify()
    (studio.directory / "ledger" / "checkpoint").unlink()
    with pytest.raises(IntegrityError, match="says subject"):
        studio.verify()


# --- references -------------------------------------------------------------------------------------------------------
def test_a_reference_is_registered_once_however_often_it_is_added(
    studio: Registry, make_fingerprint: MakeFingerprint, tmp_path: Path
) -> None:
    media = tmp_path / "first.mp4"
    media.touch()
    first = studio.add_reference("film-1", make_fingerprint(1), source={"media": str(media), "sha256": "ab" * 32})
    assert (
        studio.add_reference("film-1", make_fingerprint(1), source={"media": str(media), "sha256": "ab" * 32}) == first
    )
    assert studio.add_reference("film-1", make_fingerprint(1)) == first
    assert len(studio.history(first)) == 1
    assert studio.add_reference("series-1", make_fingerprint(1)) != first
    found = studio.reference(first)
    assert (found.work, found.descriptor, found.duration_s, found.frames) == ("film-1", "pdq-v1", 20.0, 40)
    assert Fingerprint.load(found.path) == make_fingerprint(1)
    assert found.media_path == media
    media.unlink()
    assert found.media_path is None


def test_many_references_are_registered_all_or_none(studio: Registry, make_fingerprint: MakeFingerprint) -> None:
    media = [(make_fingerprint(number), {"line": number}) for number in (1, 2, 1)]
    first, second, again = studio.add_references("film-1", media)
    assert (first == again, first == second) == (True, False)
    assert studio.add_references("film-1", media) == [first, second, again]
    assert [len(studio.history(reference)) for reference in (first, second)] == [1, 1]
    assert studio.add_references("film-1", []) == []
    strange = replace(make_fingerprint(4), descriptor="nobodys-v1")
    with pytest.raises(UsageError, match="nobodys-v1"):
        studio.add_references("film-1", [(make_fingerprint(3), {}), (strange, {})])
    assert studio.verify().references == 2


def test_a_medium_that_moved_is_declared_anew_under_the_same_reference(
    studio: Registry, make_fingerprint: MakeFingerprint
) -> None:
    reference = studio.add_reference("film-1", make_fingerprint(1), source={"fingerprint": "first.kyf"})
    assert studio.reference(reference).media_path is None
    assert studio.add_reference("film-1", make_fingerprint(1), source={"media": "/films/first.mp4"}) == reference
    assert studio.reference(reference).source == {"media": "/films/first.mp4"}
    assert len(studio.history(reference)) == 2
    assert list(studio.snapshot().references) == [reference]


def test_a_file_name_that_is_no_text_is_kept_as_escapes(studio: Registry, make_fingerprint: MakeFingerprint) -> None:
    reference = studio.add_reference("film-1", make_fingerprint(1), source={"media": "/films/caf\udce9.mp4", "n": [1]})
    assert studio.reference(reference).source == {"media": "/films/caf\\udce9.mp4", "n": [1]}


def test_a_reference_of_an_unknown_work_is_refused(studio: Registry, make_fingerprint: MakeFingerprint) -> None:
    with pytest.raises(UsageError, match=r"unknown work 'film-2' \(did you mean film-1\?\)"):
        studio.add_reference("film-2", make_fingerprint(1))
    with pytest.raises(UsageError, match="unknown reference 'r-0'"):
        studio.reference("r-0")
    studio.require_work("film-1")
    with pytest.raises(UsageError, match="unknown work 'zzzzz'"):
        studio.require_work("zzzzz")


def test_a_work_is_asked_for_in_an_empty_registry(registry: Registry) -> None:
    with pytest.raises(UsageError, match=r"declare it first: `kyodaku registry import`"):
        registry.require_work("film-1")


def test_a_fingerprint_of_another_descriptor_is_refused(studio: Registry, make_fingerprint: MakeFingerprint) -> None:
    with pytest.raises(UsageError, match="made with other-v1, which is not known here"):
        studio.add_reference("film-1", make_fingerprint(1, descriptor="other-v1"))


def test_a_references_file_that_is_gone_or_changed_is_named(
    studio: Registry, make_fingerprint: MakeFingerprint
) -> None:
    reference = studio.reference(studio.add_reference("film-1", make_fingerprint(1)))
    other = studio.reference(studio.add_reference("film-1", make_fingerprint(2)))
    assert studio.verify().references == 2
    shutil.copy(other.path, reference.path)
    with pytest.raises(IntegrityError, match="not the fingerprint that was declared"):
        studio.verify()
    reference.path.unlink()
    if studio.directory.joinpath("registry.url").exists():
        return  # another workspace may have it: test_sharing
    with pytest.raises(IntegrityError, match="cannot be read"):
        studio.verify()


def test_a_fingerprint_that_cannot_be_stored_is_not_declared(
    studio: Registry, make_fingerprint: MakeFingerprint
) -> None:
    (studio.directory / "references").rmdir()
    (studio.directory / "references").touch()
    with pytest.raises(KyodakuError, match="the fingerprint cannot be stored"):
        studio.add_reference("film-1", make_fingerprint(1))
    assert studio.verify().references == 0

# SPDX-License-Identifier: Apache-2.0
"""A registry that several workspaces share: what one declares all know, in one order, under one ledger."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kyodaku.copies import Fingerprint
from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import leaf_hash, record, verify_checkpoint, verify_inclusion
from kyodaku.ledger.merkle import Frontier
from kyodaku.registry import Registry, upgrade
from kyodaku.registry._address import Address
from support.postgresql import LOCKED, OWNER, Server

MakeFingerprint = Callable[..., Fingerprint]
Tamper = Callable[[str], None]


@pytest.fixture
def backend() -> str:
    return "postgresql"


@pytest.fixture
def other(studio: Registry, server: Server, clock: Callable[[], datetime], tmp_path: Path) -> Iterator[Registry]:
    """Another workspace that shares the studio's registry."""
    with Registry.open(tmp_path / "other", registry_url=server.url("shared"), create=True, clock=clock) as opened:
        yield opened


# --- together ---------------------------------------------------------------------------------------------------------
def test_what_one_workspace_declares_all_know(studio: Registry, other: Registry) -> None:
    grant = {"id": "g-1", "kind": "grant", "by": "studio", "to": "lab", "works": ["film-1"], "acts": ["train"]}
    assert other.import_document({"permissions": [grant]}).new == {"permission": 1}
    assert studio.import_document({"permissions": [grant]}).unchanged == {"permission": 1}
    assert dict(studio.record().permissions) == dict(other.record().permissions)
    assert studio.snapshot().id == other.snapshot().id
    assert (studio.origin, studio.ledger.size) == (other.origin, 8)
    assert studio.verify().declarations == other.verify().declarations == 8
    assert studio.signing_key() != other.signing_key()


def test_each_workspace_keeps_a_checkpoint_of_its_own(studio: Registry, other: Registry) -> None:
    other.import_document({"parties": [{"id": "new"}]})
    note = (other.directory / "ledger" / "checkpoint").read_text(encoding="utf-8")
    kept = verify_checkpoint(note, other.signing_key().public, other.origin)
    assert (kept.size, kept.root) == (8, studio.ledger.root())
    proof = studio.ledger.inclusion_proof(7, kept.size)
    verify_inclusion(leaf_hash(studio.ledger.entry(7)), 7, kept.size, proof, kept.root)


def test_a_workspace_remembers_its_registry_without_the_password(studio: Registry, server: Server) -> None:
    kept = (studio.directory / "registry.url").read_text(encoding="utf-8")
    assert kept == f"{server.url('shared')}\n"
    names = {path.name for path in studio.directory.iterdir()}
    assert names == {"registry.url", "references", "index", "ledger", "keys"}
    with Registry.open(studio.directory) as again:
        assert "film-1" in again.record().works


def test_a_workspace_belongs_to_one_registry(studio: Registry, server: Server, tmp_path: Path) -> None:
    elsewhere = server.url("postgres")
    with pytest.raises(
        UsageError, match=r"this workspace belongs to the registry postgresql://.*take another workspace"
    ):
        Registry.open(studio.directory, registry_url=elsewhere)
    Registry.open(tmp_path / "own", create=True).close()
    with pytest.raises(UsageError, match="this workspace has a registry of its own"):
        Registry.open(tmp_path / "own", registry_url=elsewhere, create=True)


def test_a_folder_that_is_no_workspace_yet_does_not_join_by_being_opened(
    studio: Registry, server: Server, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"there is no workspace here \(make one with `kyodaku init`"):
        Registry.open(tmp_path / "w", registry_url=server.url("shared"))
    assert not (tmp_path / "w").exists()


def test_an_address_that_was_mistyped_can_be_put_right(studio: Registry, server: Server, tmp_path: Path) -> None:
    with pytest.raises(KyodakuError, match='database "nowhere" does not exist'):
        Registry.open(tmp_path / "w", registry_url=server.url("nowhere"), create=True)
    with Registry.open(tmp_path / "w", registry_url=server.url("shared"), create=True) as registry:
        assert "film-1" in registry.record().works


def test_a_fingerprint_that_another_workspace_keeps_is_asked_for_in_one_line(
    studio: Registry, other: Registry, make_fingerprint: MakeFingerprint
) -> None:
    reference = studio.add_reference("film-1", make_fingerprint(1))
    assert (studio.verify().references, studio.verify().elsewhere) == (1, 0)
    assert (other.verify().references, other.verify().elsewhere) == (0, 1)
    missing = other.reference(reference).path
    with pytest.raises(KyodakuError, match=r"registered from another workspace .copy the file of this name") as error:
        other.snapshot()
    assert "\n" not in str(error.value)
    assert str(missing) in str(error.value)
    shutil.copy(studio.reference(reference).path, missing)
    assert other.snapshot().id == studio.snapshot().id


# --- one after the other ----------------------------------------------------------------------------------------------
def test_writers_wait_for_each_other_and_readers_for_nobody(studio: Registry, other: Registry) -> None:
    started, done = threading.Event(), threading.Event()

    def declare() -> None:
        started.set()
        other.import_document({"parties": [{"id": "later"}]})
        done.set()

    with studio._writing() as (turn, _):
        size = turn.log.size
        thread = threading.Thread(target=declare)
        thread.start()
        started.wait(10)
        assert not done.wait(0.3)
        assert "later" not in other.record().parties  # a reader is let in
        assert turn.log.size == size
    thread.join(30)
    assert done.is_set()
    assert "later" in studio.record().parties


def test_a_writer_that_waits_too_long_is_told_so(
    studio: Registry, other: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kyodaku.registry._postgresql._WAIT", "50ms")
    with (
        studio._writing(),
        pytest.raises(KyodakuError, match=r"another machine has been writing for a long time \(try again\)"),
    ):
        other.import_document({"parties": [{"id": "a"}]})
    assert other.import_document({"parties": [{"id": "a"}]}).new == {"party": 1}


def test_a_reader_has_one_view_whatever_is_declared_meanwhile(studio: Registry, other: Registry) -> None:
    from kyodaku.registry._state import rights_record  # noqa: PLC0415

    with studio._reading() as connection:
        before = rights_record(connection, None)
        other.import_document({"parties": [{"id": "later"}]})
        assert dict(rights_record(connection, None).parties) == dict(before.parties)
    assert "later" in studio.record().parties


def test_entries_of_other_kinds_stand_in_the_same_ledger(studio: Registry, other: Registry) -> None:
    entry = record("clear-batch", time=datetime.now(UTC), subject="run-1", sha256="ab" * 32)
    assert other.ledger.append(entry) == 7
    assert other.ledger.append_many([]) == range(8, 8)
    assert studio.import_document({"parties": [{"id": "next"}]}).recorded[0].ledger_index == 8
    assert list(studio.ledger.entries(7, 8)) == [entry]
    assert studio.verify().orphans == other.verify().orphans == ()
    with pytest.raises(IndexError):
        studio.ledger.entry(9)


def test_an_import_that_fails_leaves_no_entry_either(
    studio: Registry, other: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError

    monkeypatch.setattr("kyodaku.registry._recording.links_of", broken)
    with pytest.raises(RuntimeError):
        studio.import_document({"parties": [{"id": "a"}]})
    assert (other.ledger.size, other.verify().orphans) == (7, ())


# --- what is not sound ------------------------------------------------------------------------------------------------
def rewritten(entries: list[bytes]) -> str:
    """SQL that puts other entries in the place of the ledger's, with hashes that agree with them."""
    frontier = Frontier()
    rows = [(i, entry, b"".join(frontier.append(leaf_hash(entry)))) for i, entry in enumerate(entries)]
    values = ", ".join(f"({i}, '\\x{entry.hex()}', '\\x{hashes.hex()}')" for i, entry, hashes in rows)
    return f"TRUNCATE ledger_entries; INSERT INTO ledger_entries VALUES {values}"


def test_a_past_that_was_rewritten_with_all_its_hashes_shows_against_every_workspace(
    studio: Registry, other: Registry, tamper: Tamper
) -> None:
    decided = studio.ledger.append(b"what was decided")  # which no row of the database bears out
    for registry in (studio, other):
        registry.import_document({"parties": [{"id": f"new-{registry is studio}"}]})
    entries = list(studio.ledger.entries())
    tamper(rewritten([*entries[:decided], b"another", *entries[decided + 1 :]]))
    for registry in (studio, other):
        assert registry.ledger.verify() == 10
        with pytest.raises(IntegrityError, match="the past was changed"):
            registry.verify()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE ledger_entries SET entry = 'x' WHERE seq = 2", "entry 2 at row 2 of ledger_entries: its bytes do not"),
        ("DELETE FROM ledger_entries WHERE seq = 2", "entry 2 at row 2 of ledger_entries: it is gone"),
        (
            "UPDATE ledger_entries SET hashes = '' WHERE seq = 6",
            "entry 6 at row 6 of ledger_entries: its hashes are mis",
        ),
        (
            "UPDATE ledger_entries SET hashes = hashes || 'x' WHERE seq = 1",
            "more hashes are recorded with it than",
        ),
        ("DELETE FROM ledger_entries WHERE seq = 6", "its entry 6 is not in the ledger of 6 entries"),
    ],
)
def test_a_ledger_changed_in_the_database_is_named(studio: Registry, tamper: Tamper, statement: str, what: str) -> None:
    tamper(statement)
    with pytest.raises(IntegrityError) as error:
        studio.verify()
    assert what in str(error.value)


def test_a_ledger_that_lacks_the_newest_entry_is_noticed_on_opening(studio: Registry, tamper: Tamper) -> None:
    tamper("DELETE FROM ledger_entries WHERE seq = 6")
    with pytest.raises(IntegrityError, match="the database knows entry 6 of the ledger, which has 6"):
        Registry.open(studio.directory)


# --- who may ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def roles(studio: Registry, server: Server) -> Iterator[None]:
    """A role that may declare, and one that may read, as the manual says to make them."""
    with server.connect("shared") as connection:
        connection.execute("CREATE ROLE declarer LOGIN; CREATE ROLE reader LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO declarer, reader")
        tables = "declarations, declaration_links, ledger_entries"
        connection.execute(f"GRANT INSERT ON {tables} TO declarer")
    yield
    with server.connect("shared") as connection:
        connection.execute("DROP OWNED BY declarer, reader; DROP ROLE declarer, reader")


def test_a_role_that_may_only_add_is_enough(roles: None, server: Server, tmp_path: Path) -> None:
    url = server.url("shared", "declarer")
    with Registry.open(tmp_path / "w", registry_url=url, create=True) as registry:
        assert registry.import_document({"parties": [{"id": "a"}]}).new == {"party": 1}
        assert registry.verify().declarations == 8


def test_erasing_takes_the_privilege_that_the_manual_names(roles: None, server: Server, tmp_path: Path) -> None:
    url = server.url("shared", "declarer")
    with Registry.open(tmp_path / "w", registry_url=url, create=True) as registry:
        registry.import_document({"parties": [{"id": "taro", "name": {"ja": "山田太郎"}}]})
        registry.import_document({"parties": [{"id": "taro"}]})
        index = registry.history("taro")[0].ledger_index
        size = registry.ledger.size
        with pytest.raises(KyodakuError, match=r"permission denied for table declarations \(ask the database's owner"):
            registry.erase(index)
        assert registry.ledger.size == size
        with server.connect("shared") as connection:
            connection.execute("GRANT UPDATE (body, body_sha256, salt) ON declarations TO declarer")
        registry.erase(index)
        assert registry.verify().erased == (index,)


def test_a_role_that_may_only_read_declares_nothing(roles: None, server: Server, tmp_path: Path) -> None:
    url = server.url("shared", "reader")
    with Registry.open(tmp_path / "w", registry_url=url, create=True) as registry:
        assert "film-1" in registry.record().works
        with pytest.raises(KyodakuError, match=r"permission denied for table \w+ \(ask the database's owner"):
            registry.import_document({"parties": [{"id": "a"}]})
        assert registry.verify().declarations == 7


# --- passwords and faults ---------------------------------------------------------------------------------------------
SECRET = "tr0ub4dor&3"
QUOTED = "tr0ub4dor%263"


@pytest.fixture
def locked(studio: Registry, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address, without a password, of an empty database that asks for one."""
    monkeypatch.delenv("KYODAKU_REGISTRY", raising=False)
    name = server.new_database(name=LOCKED[0])
    with server.connect() as connection:
        connection.execute(f"ALTER ROLE {OWNER} PASSWORD '{SECRET}'")
    yield server.url(name)
    with server.connect() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("way", ["address", "query", "variable", "file", "PGPASSWORD"])
def test_a_password_is_taken_from_where_it_may_stand_and_shown_nowhere(
    locked: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_address = locked.replace(f"{OWNER}@", f"{OWNER}:{QUOTED}@")
    url = {"address": in_address, "query": f"{locked}&password={QUOTED}", "variable": in_address}.get(way, locked)
    if way == "file":
        (tmp_path / "pgpass").write_text(f"*:*:*:*:{SECRET}\n", encoding="utf-8")
        (tmp_path / "pgpass").chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    elif way == "PGPASSWORD":
        monkeypatch.setenv("PGPASSWORD", SECRET)
    with Registry.open(tmp_path / "w", registry_url=url, create=True) as registry:
        registry.import_document({"parties": [{"id": "a"}]})
        shown = [repr(registry), repr(vars(registry)), str(registry._address), repr(vars(registry._database))]
        assert not any(secret in text for secret in (SECRET, QUOTED) for text in shown)
    kept = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "w").glob("registry*"))
    assert kept == f"{locked}\n"
    if way == "variable":
        monkeypatch.setenv("KYODAKU_REGISTRY", in_address)
        with Registry.open(tmp_path / "w") as registry:
            assert "a" in registry.record().parties
        monkeypatch.setenv("KYODAKU_REGISTRY", "postgresql://somebody:else@elsewhere/db")
    if way in {"address", "query", "variable"}:
        with pytest.raises(KyodakuError, match="no password supplied") as error:
            Registry.open(tmp_path / "w")
        assert "PGPASSFILE or KYODAKU_REGISTRY" in str(error.value)


def test_a_wrong_password_is_not_repeated(locked: str, tmp_path: Path) -> None:
    wrong = locked.replace(f"{OWNER}@", f"{OWNER}:hunter22@")
    with pytest.raises(KyodakuError, match="password authentication failed for user") as error:
        Registry.open(tmp_path / "w", registry_url=wrong, create=True)
    assert "hunter22" not in str(error.value) + repr(error.value)
    chained = error.value
    while chained is not None:
        assert "hunter22" not in str(chained)
        chained = chained.__cause__  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://u:hunter22@127.0.0.1:1/db", "Connection refused"),
        ("postgresql://u:hunter22@/db?host=/nowhere", "No such file or directory"),
        ("postgresql://u:hunter22@127.0.0.1:1/db?sslmode=nonsense", 'invalid sslmode value: "nonsense"'),
        ("postgresql://u:hunter22@h:port/db", "the registry's address cannot be read"),
        ("hunter22", "the registry's address cannot be read"),
        ("", "the registry's address cannot be read"),
        ("mysql://u:hunter22@h/db", "a shared registry is not kept in 'mysql'"),
        ("sqlite:///registry.sqlite", "a shared registry is not kept in 'sqlite'"),
        ("postgresql://u:hunter22@h", "the registry's address names no database"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_in_one_line_without_its_password(
    tmp_path: Path, url: str, what: str
) -> None:
    for attempt in (lambda: Registry.open(tmp_path / "w", registry_url=url, create=True), lambda: upgrade(url)):
        with pytest.raises(KyodakuError) as error:
            attempt()
        assert what in str(error.value)
        assert "\n" not in str(error.value)
        assert "hunter22" not in str(error.value)


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("postgresql://u:pa@secret@host/db", "more than one @"),
        ("postgresql://u@/db?host=/x&sslpassword=secret", "'sslpassword' in the registry's address"),
        ("postgresql://u@/db?host=/x&Password=secret", "'Password' in the registry's address"),
    ],
)
def test_what_may_be_part_of_a_password_is_refused_and_not_repeated(address: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as error:
        Address.parse(address)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_keep_every_letter_is_refused_before_anything_is_made(
    server: Server, tmp_path: Path, encoding: str
) -> None:
    name = f"in_{encoding.lower()}"
    with server.connect() as connection:
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE_PROVIDER libc LOCALE 'C'"
        )
    for opening in (
        lambda: Registry.open(tmp_path / "w", registry_url=server.url(name), create=True),
        lambda: upgrade(server.url(name), workspace=tmp_path),
    ):
        with pytest.raises(KyodakuError, match=f"the database keeps text as {encoding}, not as UTF8"):
            opening()
    with server.connect(name) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_two_spellings_of_an_address_are_one() -> None:
    one = Address.parse("postgres://u:a@h:5432/db?sslmode=require&application_name=x")
    two = Address.parse("postgresql+psycopg://u@h:5432/db?application_name=x&sslmode=require&password=b")
    assert (one, str(one), one.has_password) == (two, str(two), True)
    assert one != Address.parse("postgresql://u@h:5432/other?sslmode=require&application_name=x")


def test_without_the_driver_the_way_to_get_it_is_told(
    studio: Registry, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delitem(sys.modules, "kyodaku.registry._postgresql")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(KyodakuError, match=r"needs the package psycopg \(pip install 'kyodaku\[postgresql\]'\)"):
        Registry.open(tmp_path / "w", registry_url=server.url("shared"), create=True)


def test_a_server_that_goes_away_is_told_in_one_line_and_nothing_is_recorded(
    studio: Registry, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kyodaku.registry import registry as module  # noqa: PLC0415

    recorded = module.record_all

    def cut(*given: object) -> object:
        done = recorded(*given)  # type: ignore[arg-type]
        with server.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kyodaku'"
            )
        return done

    with monkeypatch.context() as patched:
        patched.setattr(module, "record_all", cut)
        with pytest.raises(KyodakuError, match="the registry's database failed: ") as error:
            studio.import_document({"parties": [{"id": "a"}]})
    assert "\n" not in str(error.value)
    assert "a" not in studio.record().parties  # the connection is made anew
    assert (studio.ledger.size, studio.verify().orphans) == (7, ())


def test_a_failing_checkpoint_does_not_undo_what_is_recorded(studio: Registry) -> None:
    (studio.directory / "ledger" / "checkpoint").unlink()
    (studio.directory / "ledger" / "checkpoint").mkdir()
    with pytest.raises(KyodakuError, match="it is recorded, but the checkpoint could not be kept"):
        studio.import_document({"parties": [{"id": "a"}]})
    assert "a" in studio.record().parties

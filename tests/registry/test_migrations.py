# SPDX-License-Identifier: Apache-2.0
"""Tables of an earlier version are brought up whole, or left as they were; those of a later one are not touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

from kyodaku.copies import Fingerprint
from kyodaku.errors import KyodakuError, UsageError
from kyodaku.ledger import Log, SigningKey, record
from kyodaku.registry import Registry, upgrade
from kyodaku.registry import _migrating as migrating
from kyodaku.registry._tables import metadata
from support.postgresql import Server

MakeFingerprint = Callable[..., Fingerprint]
VERSION_1 = Path(__file__).with_name("version_1.sql").read_text(encoding="utf-8")


@pytest.fixture
def old_workspace(tmp_path: Path, make_fingerprint: MakeFingerprint) -> Path:
    """A workspace as the version before migrations left it."""
    folder = tmp_path / "workspace"
    for name in ("references", "index", "keys"):
        (folder / name).mkdir(parents=True)
    SigningKey.at(folder / "keys" / "ledger.key", name="kyodaku/6f00d6d4b82c5df5")
    fingerprint = make_fingerprint(1)
    (folder / "references" / f"{fingerprint.sha256}.kyf").write_bytes(fingerprint.to_bytes())
    with closing(sqlite3.connect(folder / "registry.sqlite")) as connection:
        connection.executescript(VERSION_1)
        rows = connection.execute("SELECT kind, id, body_sha256 FROM declarations ORDER BY seq").fetchall()
    moment = datetime(2025, 6, 1, tzinfo=UTC)
    Log(folder / "ledger").append_many(
        [record("declaration", time=moment, subject=key, sha256=sha256, kind=kind) for kind, key, sha256 in rows]
    )
    return folder


def tables_of(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "registry.sqlite")) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


# --- the steps --------------------------------------------------------------------------------------------------------
def test_the_steps_are_the_ones_that_are_known() -> None:
    config = Config()
    config.set_main_option("script_location", "kyodaku.registry:migrations")
    config.set_main_option("path_separator", "os")
    steps = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(steps)) == migrating.REVISIONS


@pytest.fixture
def engine(request: pytest.FixtureRequest, registry: Registry, backend: str) -> Iterator[Engine]:
    path = registry.directory / "registry.sqlite"
    url = f"sqlite:///{path}" if backend == "sqlite" else f"postgresql+psycopg{server_url(request)}"
    engine = create_engine(url)
    yield engine
    engine.dispose()


def server_url(request: pytest.FixtureRequest) -> str:
    server: Server = request.getfixturevalue("server")
    return server.url("shared").removeprefix("postgresql")


def test_the_steps_make_the_tables_that_the_code_works_with(engine: Engine, backend: str) -> None:
    def is_compared(_: Any, name: str | None, kind: str, *__: Any) -> bool:
        only = (
            metadata.tables[name].info.get("only", backend) if kind == "table" and name in metadata.tables else backend
        )
        return name != "alembic_version" and only == backend

    with engine.connect() as connection:
        options = {"include_object": is_compared, "compare_type": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_no_language_orders_what_is_stored(registry: Registry, server: Server) -> None:
    with server.connect("shared") as connection:
        collations = connection.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type IN ('text', 'character varying') "
            "AND table_name <> 'alembic_version'"
        ).fetchall()
    assert len(collations) > 9
    assert {collation for _, _, collation in collations} == {"C"}


# --- a workspace of its own -------------------------------------------------------------------------------------------
def test_an_older_workspace_is_brought_up_when_it_is_opened(old_workspace: Path) -> None:
    with Registry.open(old_workspace) as registry:
        sound = registry.verify()
        assert (sound.declarations, sound.references, sound.orphans) == (11, 1, ())
        record = registry.record()
        assert (len(record.works), len(record.mandates), len(record.permissions)) == (3, 1, 3)
        by_agent = {"kind": "refusal", "by": "assoc", "works": ["series-1"]}
        assert registry.import_document({"permissions": [by_agent]}).new == {"permission": 1}
        again = {"id": "n-1", "kind": "refusal", "by": "studio", "works": "all", "acts": "generate"}
        assert registry.import_document({"permissions": [again]}).new == {}
    assert "declaration_works" not in tables_of(old_workspace)
    with closing(sqlite3.connect(old_workspace / "registry.sqlite")) as connection:
        links = connection.execute("SELECT relation, name FROM declaration_links WHERE seq <= 11").fetchall()
        assert sorted(links) == [
            ("about", "film-1"),
            ("agent", "assoc"),
            ("catalogue", "studio"),
            ("derived_from", "manga-1"),
            ("of", "film-1"),
            ("part_of", "series-1"),
            ("principal", "studio"),
            ("revokes", "g-1"),
        ]
        assert connection.execute("SELECT value FROM settings WHERE name = 'schema'").fetchone() == ("2",)
        with pytest.raises(sqlite3.IntegrityError, match="nothing is edited or deleted"):
            connection.execute("UPDATE settings SET value = '1' WHERE name = 'schema'")


def test_a_copy_of_the_older_database_is_kept(old_workspace: Path) -> None:
    before = VERSION_1.count("\n")
    Registry.open(old_workspace).close()
    Registry.open(old_workspace).close()
    copies = [path.name for path in old_workspace.iterdir() if path.name.startswith("registry.sqlite.before")]
    assert copies == ["registry.sqlite.before-0004"]
    with closing(sqlite3.connect(old_workspace / copies[0])) as connection:
        assert "\n".join(connection.iterdump()).count("\n") == before - 3  # but for the comment and the last line's end
        assert connection.execute("SELECT count(*) FROM declarations").fetchone() == (11,)


def test_processes_that_open_an_older_workspace_at_once_bring_it_up_once(old_workspace: Path) -> None:
    def open_it(_: int) -> int:
        with Registry.open(old_workspace) as registry:
            return registry.verify().declarations

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(open_it, range(4))) == [11] * 4


def test_a_step_that_fails_leaves_everything_as_it_was(old_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables_of(old_workspace)
    with monkeypatch.context() as patched:
        patched.setattr("kyodaku.registry.migrations.guards.unguard", None)  # what the step calls last
        with pytest.raises(TypeError):
            Registry.open(old_workspace)
    assert tables_of(old_workspace) == before
    with Registry.open(old_workspace) as registry:
        assert registry.verify().declarations == 11


def test_without_room_for_the_copy_nothing_is_changed(old_workspace: Path) -> None:
    (old_workspace / ".registry.sqlite.before-0004.new").mkdir()
    before = tables_of(old_workspace)
    with pytest.raises(KyodakuError, match=r"the database cannot be copied first: .*nothing was changed"):
        Registry.open(old_workspace)
    assert tables_of(old_workspace) == before


@pytest.mark.parametrize("has_steps", [False, True])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_workspace_of_a_later_version_is_not_touched(
    registry: Registry, tamper: Callable[[str], None], *, has_steps: bool
) -> None:
    if has_steps:
        tamper("UPDATE alembic_version SET version_num = '0099'")
    else:
        tamper("DROP TABLE alembic_version")
        tamper("UPDATE settings SET value = '0099' WHERE name = 'schema'")
    with pytest.raises(KyodakuError, match=r"has schema 0099, this version works with 0004 \(update Kyodaku\)"):
        Registry.open(registry.directory)
    assert not list(registry.directory.glob("*before*"))


# --- a shared registry ------------------------------------------------------------------------------------------------
@pytest.fixture
def old_shared(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with a shared registry, whose tables are those of the first step."""
    name = server.new_database()
    with monkeypatch.context() as patched:
        patched.setattr(migrating, "HEAD", "0001")
        patched.setattr("kyodaku.registry._postgresql.HEAD", "0001")
        assert upgrade(server.url(name)) == (None, "0004")
    with server.connect(name) as connection:
        connection.execute(
            "INSERT INTO declarations SELECT 1, 'work', 'film-1', 'film-1', "
            """'{"id":"film-1","kind":"film","part_of":["s"]}', repeat('0', 64), repeat('0', 27), NULL, NULL, 0"""
        )
    yield name
    with server.connect() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_older_shared_registry_is_brought_up_only_when_that_is_asked_for(
    server: Server, old_shared: str, tmp_path: Path
) -> None:
    url = server.url(old_shared)
    for create in (False, True):
        with pytest.raises(
            KyodakuError, match=r"has schema 0001, this version works with 0004 .`kyodaku registry upgr"
        ):
            Registry.open(tmp_path / "w", registry_url=url, create=create)
    assert upgrade(url) == ("0001", "0004")
    assert upgrade(url) == ("0004", "0004")
    with server.connect(old_shared) as connection:
        assert connection.execute("SELECT name, relation, seq FROM declaration_links").fetchall() == [
            ("s", "part_of", 1)
        ]
        assert connection.execute("SELECT count(*) FROM ledger_entries").fetchone() == (0,)


def test_a_shared_registry_of_a_later_version_is_not_touched(server: Server, old_shared: str, tmp_path: Path) -> None:
    with server.connect(old_shared) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    url = server.url(old_shared)
    for attempt in (lambda: upgrade(url), lambda: Registry.open(tmp_path / "w", registry_url=url)):
        with pytest.raises(KyodakuError, match=r"has schema 0099, this version works with 0004 .update Kyodaku"):
            attempt()


def test_a_database_without_a_registry_is_said_to_have_none(server: Server, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"there is no registry in this database .make one with `kyodaku init --registry"
    ):
        Registry.open(tmp_path / "w", registry_url=server.url("postgres"))

# SPDX-License-Identifier: Apache-2.0
"""A registry in a folder, a clock that can be set, and fingerprints without films."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from kyodaku.copies import Fingerprint
from kyodaku.registry import ImportReport, Registry
from support.postgresql import Server, running_server

EXAMPLE = """\
parties:
  - {id: studio, kind: holder, name: {en: Example Studio, ja: 例スタジオ}}
  - {id: author, kind: holder, name: {en: An Author, ja: 作者}}
  - {id: assoc, kind: association, name: {en: An Association}}
  - {id: lab, kind: developer, name: {en: Example Lab}}
works:
  - {id: manga-1, kind: manga, title: {ja: 漫画}, shares: [{party: author, rights: all}]}
  - {id: series-1, kind: series, derived_from: [manga-1], shares: [{party: studio, rights: all}]}
  - {id: film-1, kind: film, title: {en: First Film, ja: 最初の映画}, part_of: [series-1],
     shares: [{party: studio, rights: all}]}
"""


LONG_BEFORE = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass
class Clock:
    """Says the time it was set to, a second later each time."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


# --- both databases ---------------------------------------------------------------------------------------------------
TABLES = ("declarations", "declaration_links", "runs", "settings", "ledger_entries")


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """What the registry of the test is kept in; a test about one of them says which."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    with running_server() as running:
        yield running


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace and one with the example in it, made once: making one waits for the disk a dozen times."""
    return make_templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="session")
def shared_templates(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Path:
    """The same two for a shared registry, whose tables are kept in schemas of the names `empty` and `studio`."""
    database = server.new_database(name="shared")
    with server.connect(database) as connection:

        def keep(name: str) -> None:
            connection.execute(f"CREATE SCHEMA {name}")
            for table in TABLES:
                connection.execute(f"CREATE TABLE {name}.{table} AS TABLE public.{table}")

        return make_templates(tmp_path_factory.mktemp("shared"), registry_url=server.url(database), keep=keep)


def make_templates(folder: Path, *, registry_url: str | None = None, keep: Callable[[str], None] | None = None) -> Path:
    Registry.open(folder / "empty", registry_url=registry_url, create=True, clock=Clock(LONG_BEFORE)).close()
    shutil.copytree(folder / "empty", folder / "studio")
    if keep:
        keep("empty")
    (folder / "example.yaml").write_text(EXAMPLE, encoding="utf-8")
    with Registry.open(folder / "studio", clock=Clock(LONG_BEFORE)) as opened:
        opened.import_files([folder / "example.yaml"])
    if keep:
        keep("studio")
    return folder


@contextmanager
def opened_from(request: pytest.FixtureRequest, backend: str, name: str, folder: Path) -> Iterator[Registry]:
    """A registry like the template of this name, which the test has to itself."""
    kept: Path = request.getfixturevalue("templates" if backend == "sqlite" else "shared_templates")
    if backend == "postgresql":
        server: Server = request.getfixturevalue("server")
        with server.connect("shared") as connection:
            connection.execute("SET session_replication_role = replica")  # or nothing could be taken away
            connection.execute(f"TRUNCATE {', '.join(TABLES)}")
            for table in TABLES:
                connection.execute(f"INSERT INTO {table} SELECT * FROM {name}.{table}")
    with Registry.open(
        shutil.copytree(kept / name, folder / "workspace"), clock=request.getfixturevalue("clock")
    ) as opened:
        yield opened


@pytest.fixture
def registry(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[Registry]:
    """A registry in which nothing was declared."""
    with opened_from(request, backend, "empty", tmp_path) as opened:
        yield opened


@pytest.fixture
def studio(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[Registry]:
    """A registry with a studio, an author, an association, a lab, and three works."""
    with opened_from(request, backend, "studio", tmp_path) as opened:
        yield opened


@pytest.fixture
def tamper(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Callable[[str], None]:
    """Change the test's database as somebody could who has it all in hand."""

    def in_file(statement: str) -> None:
        connection = sqlite3.connect(tmp_path / "workspace" / "registry.sqlite", isolation_level=None)
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        connection.close()

    def in_server(statement: str) -> None:
        with request.getfixturevalue("server").connect("shared") as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement)

    return in_file if backend == "sqlite" else in_server


# --- what is declared -------------------------------------------------------------------------------------------------
@pytest.fixture
def importing(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], ImportReport]:
    """Import a text as the file `registry.yaml` into the test's registry."""
    into: Registry = request.getfixturevalue("studio" if "studio" in request.fixturenames else "registry")

    def import_text(text: str) -> ImportReport:
        path = tmp_path / "registry.yaml"
        path.write_text(text, encoding="utf-8")
        return into.import_files([path])

    return import_text


@pytest.fixture
def make_fingerprint() -> Callable[..., Fingerprint]:
    def make(seed: int, frames: int = 40, descriptor: str = "pdq-v1") -> Fingerprint:
        rng = np.random.default_rng(seed)
        return Fingerprint(
            descriptor=descriptor,
            duration_s=frames / 2,
            times=np.arange(frames, dtype=np.float32) * np.float32(0.5),
            codes=rng.integers(0, 256, (frames, 32), dtype=np.uint8),
            quality=np.full(frames, 100, dtype=np.uint8),
        )

    return make

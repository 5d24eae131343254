# SPDX-License-Identifier: Apache-2.0
"""Imports that are killed, and processes that meet in one workspace: real processes on a real database."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kyodaku.registry import Registry, Snapshot
from support.postgresql import Server

IMPORTER = Path(__file__).with_name("importer.py")


def start(verb: str, workspace: Path, *words: str, told: Path) -> subprocess.Popen[bytes]:
    with told.open("wb") as output:
        return subprocess.Popen([sys.executable, str(IMPORTER), verb, str(workspace), *words], stdout=output)


def lines(told: Path) -> list[str]:
    return [line.strip() for line in told.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]


def wait_for(told: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(lines(told)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def workspace(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[Path]:
    """Where a workspace is to be made; one that shares a registry is there already, as it has to be told which."""
    folder = tmp_path / "workspace"
    if backend == "sqlite":
        yield folder
        return
    server: Server = request.getfixturevalue("server")
    name = server.new_database()
    Registry.open(folder, registry_url=server.url(name), create=True).close()
    yield folder
    with server.connect() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def big_files(tmp_path: Path) -> list[Path]:
    """Three files that build on each other, each long enough to be killed in."""
    count = 400
    grant = {"kind": "grant", "by": "studio", "to": "lab", "acts": ["train"]}
    contents = [
        {"parties": [{"id": "studio"}, {"id": "lab", "kind": "developer"}, *({"id": f"p-{i}"} for i in range(count))]},
        {"works": [{"id": f"w-{i}", "kind": "film", "shares": [{"party": "studio"}]} for i in range(count)]},
        {"permissions": [{**grant, "works": [f"w-{i}"]} for i in range(count)]},
    ]
    paths = [tmp_path / f"{i}.json" for i in range(3)]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(json.dumps(content), encoding="utf-8")
    return paths


SIZES = [402, 400, 400]


@pytest.mark.parametrize("seed", range(3))
def test_an_import_killed_at_any_moment_is_there_whole_or_not_at_all(
    workspace: Path, backend: str, tmp_path: Path, big_files: list[Path], seed: int
) -> None:
    told = tmp_path / "told"
    process = start("import", workspace, *map(str, big_files), told=told)
    wait_for(told, 1)
    time.sleep(random.Random(seed).random() * 0.35)
    process.kill()
    process.wait()
    done = len(lines(told)) - 1
    with Registry.open(workspace, create=True) as registry:
        sound = registry.verify()
        assert sound.declarations in (sum(SIZES[:done]), sum(SIZES[: done + 1]))  # the last was not told any more
        assert sound.declarations + len(sound.orphans) == sound.entries
        assert backend == "sqlite" or not sound.orphans  # there, entry and row are one commit
        for path in big_files:
            registry.import_files([path])
        assert registry.verify().declarations == sum(SIZES)
        assert registry.verify().orphans == sound.orphans
        record = registry.record()
        assert (len(record.parties), len(record.works), len(record.permissions)) == (402, 400, 400)


@pytest.mark.parametrize("seed", range(2))
def test_references_added_by_a_killed_process_are_all_found(workspace: Path, tmp_path: Path, seed: int) -> None:
    told = tmp_path / "told"
    with Registry.open(workspace, create=True) as registry:
        registry.import_document({"parties": [{"id": "s"}], "works": [{"id": "film-1", "kind": "film"}]})
    process = start("refer", workspace, *map(str, range(60)), told=told)
    wait_for(told, 2)
    time.sleep(random.Random(seed).random() * 0.3)
    process.kill()
    process.wait()
    acknowledged = lines(told)[1:]
    with Registry.open(workspace) as registry:
        sound = registry.verify()
        snapshot = registry.snapshot()
        assert set(acknowledged[::2]) <= set(snapshot.reference_works)
        assert sound.references == len(snapshot.references) == len(snapshot.reference_works)
        for taken in acknowledged[1::2]:  # and every snapshot that was told of opens
            assert Snapshot.open(registry.snapshot_path(taken)).id == taken


def test_processes_declaring_side_by_side_lose_nothing(workspace: Path, backend: str, tmp_path: Path) -> None:
    homes = dict.fromkeys("abc", workspace)
    if backend == "postgresql":  # each from a machine of its own
        homes = {name: shutil.copytree(workspace, tmp_path / f"home-{name}") for name in homes}
    writers = {name: start("statements", home, name, "8", told=tmp_path / name) for name, home in homes.items()}
    assert [process.wait(timeout=120) for process in writers.values()] == [0, 0, 0]
    with Registry.open(workspace) as registry:
        sound = registry.verify()
        assert (sound.declarations, sound.entries, sound.orphans) == (24, 24, ())
        assert set(registry.record().parties) == {f"{name}-{i}" for name in "abc" for i in range(8)}
        moments = [registry.history(f"a-{i}")[0].recorded_at for i in range(8)]
        assert moments == sorted(moments)


def test_processes_taking_snapshots_side_by_side_agree(workspace: Path, tmp_path: Path) -> None:
    with Registry.open(workspace, create=True) as registry:
        registry.import_document({"parties": [{"id": "s"}], "works": [{"id": "film-1", "kind": "film"}]})
    writers = [start("refer", workspace, *"123", told=tmp_path / f"told-{i}") for i in range(3)]
    assert [process.wait(timeout=120) for process in writers] == [0, 0, 0]
    told = [lines(tmp_path / f"told-{i}") for i in range(3)]
    assert told[0][1::2] == told[1][1::2] == told[2][1::2]  # the same references
    assert len({each[-1] for each in told}) == 1  # and, when all are there, the same snapshot
    with Registry.open(workspace) as registry:
        assert registry.verify().references == 3

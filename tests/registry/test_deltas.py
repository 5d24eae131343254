# SPDX-License-Identifier: Apache-2.0
"""What is new of a snapshot, put together with an older one: byte for byte the newer one, or nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kyodaku.copies import Fingerprint
from kyodaku.errors import IntegrityError, UsageError
from kyodaku.registry import Registry, Snapshot
from kyodaku.registry.deltas import apply_delta

MakeFingerprint = Callable[..., Fingerprint]
BEFORE = """
permissions:
  - {id: g-1, kind: grant, by: studio, to: lab, works: [film-1], acts: [train]}
"""
AFTER = """
works: [{id: film-1, kind: film, title: {en: Renamed}}, {id: film-2, kind: film, part_of: [series-1]}]
permissions:
  - {id: g-2, kind: grant, by: author, to: lab, works: all, acts: [train]}
  - {id: x-1, kind: revocation, by: studio, revokes: g-1}
"""


@pytest.fixture
def studio(templates: Path, tmp_path: Path, make_fingerprint: MakeFingerprint) -> Iterator[Registry]:
    clock = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in range(1000))
    with Registry.open(shutil.copytree(templates / "studio", tmp_path / "workspace"), clock=clock.__next__) as opened:
        declare(opened, BEFORE, tmp_path)
        opened.add_reference("film-1", make_fingerprint(1))
        yield opened


def declare(registry: Registry, text: str, folder: Path) -> None:
    (folder / "more.yaml").write_text(text, encoding="utf-8")
    registry.import_files([folder / "more.yaml"])


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def old(studio: Registry, tmp_path: Path) -> Path:
    return studio.export(tmp_path / "old").path


@pytest.fixture
def delta(studio: Registry, old: Path, tmp_path: Path, make_fingerprint: MakeFingerprint) -> Path:
    declare(studio, AFTER, tmp_path)
    studio.add_reference("film-1", make_fingerprint(2))
    return studio.export(tmp_path / "delta", since=old).path


def test_old_and_new_together_are_what_the_whole_would_be(
    studio: Registry, old: Path, delta: Path, tmp_path: Path
) -> None:
    applied = apply_delta(old, delta, tmp_path / "new", trust=studio.signing_key().public)
    whole = studio.export(tmp_path / "whole").path
    made, expected = files(applied.path), files(whole)
    assert made.pop("snapshot.dsse.json") == (delta / "snapshot.dsse.json").read_bytes()
    del expected["snapshot.dsse.json"]  # made a second later
    assert made == expected
    opened = Snapshot.open(
        applied.path, trust=studio.signing_key().public, now=datetime(2026, 1, 2, tzinfo=UTC), seen=studio.ledger.size
    )
    assert opened.id == studio.snapshot().id
    assert opened.rights.works["film-1"].title["en"] == "Renamed"


def test_only_what_is_new_is_in_it(old: Path, delta: Path) -> None:
    changes = [json.loads(line) for line in (delta / "rights.changes").read_text().splitlines()]
    assert [change["id"] for change in changes] == ["g-2", "x-1", "film-1", "film-2"]
    assert not {"rights", "regimes/jp-prior.yaml"} & files(delta).keys()
    segments = [name for name in files(delta) if name.endswith("codes.npy")]
    assert len(segments) <= len([name for name in files(old) if name.endswith("codes.npy")])


def test_what_is_gone_is_gone(studio: Registry, tmp_path: Path) -> None:
    """As when a developer's own statement is withdrawn from what it may see: here, the newer is the older."""
    empty = studio.export(tmp_path / "one").path
    declare(studio, AFTER, tmp_path)
    full = studio.export(tmp_path / "two").path
    from kyodaku.registry.deltas import write_delta  # noqa: PLC0415

    (tmp_path / "back").mkdir()
    write_delta(full, empty, tmp_path / "back")
    assert files(apply_delta(full, tmp_path / "back", tmp_path / "again").path) == files(empty)


def test_one_for_a_developer_follows_one_for_the_same(studio: Registry, old: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it was made for anyone, and the new one is for lab"):
        studio.export(tmp_path / "delta", since=old, audience="lab")
    assert not (tmp_path / "delta").exists()
    first = studio.export(tmp_path / "first", audience="lab").path
    declare(studio, AFTER, tmp_path)
    made = studio.export(tmp_path / "next", audience="lab", since=first).path
    assert apply_delta(first, made, tmp_path / "both").statement.audience == "lab"


def test_one_that_follows_another_is_refused(studio: Registry, delta: Path, tmp_path: Path) -> None:
    other = studio.export(tmp_path / "other").path
    with pytest.raises(UsageError, match="it follows another snapshot"):
        apply_delta(other, delta, tmp_path / "new")
    with pytest.raises(UsageError, match="there is no delta"):
        apply_delta(other, other, tmp_path / "new")
    with pytest.raises(UsageError, match="only what is new of a snapshot"):
        studio.decide_from(delta)
    with pytest.raises(IntegrityError):
        Snapshot.open(delta)


def comes_to(old: Path, delta: Path, out: Path) -> dict[str, bytes] | None:
    """What is put together, or None if it is refused."""
    try:
        apply_delta(old, delta, out)
    except (IntegrityError, UsageError):
        assert not out.exists()
        return None
    made = files(out)
    shutil.rmtree(out)
    return made


def test_nothing_else_comes_of_one_that_was_changed(old: Path, delta: Path, tmp_path: Path) -> None:
    expected, refused = comes_to(old, delta, tmp_path / "new"), 0
    for name, whole in files(delta).items():
        for content in (
            b"", whole[:-1], whole[: len(whole) // 2] + b"x" + whole[len(whole) // 2 + 1 :],
            b'{"section":"permissions","id":"no","item":"{\\"body\\":{}}"}\n', b"[]", b'{"format":1}',
            b'{"section":"works","id":"no","item":null}\n', b"\xff\n", b"[" * 90_000,
        ):  # fmt: skip
            (delta / name).unlink()  # its links elsewhere stay as they are
            (delta / name).write_bytes(content)
            found = comes_to(old, delta, tmp_path / "new")
            assert found in (None, expected)
            refused += found is None
        (delta / name).write_bytes(whole)
    assert refused >= 7 * len(files(delta))


def test_nothing_else_comes_of_an_older_one_that_was_changed(old: Path, delta: Path, tmp_path: Path) -> None:
    expected, refused = comes_to(old, delta, tmp_path / "new"), set()
    for name, whole in files(old).items():
        (old / name).unlink()
        (old / name).write_bytes(whole[:-1])
        found = comes_to(old, delta, tmp_path / "new")
        assert found in (None, expected)
        if found is None:
            refused.add(name)
        (old / name).write_bytes(whole)
    assert {"rights", "rights.hashes", "snapshot.dsse.json", "regimes/jp-prior.yaml"} <= refused

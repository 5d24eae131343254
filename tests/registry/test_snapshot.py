# SPDX-License-Identifier: Apache-2.0
"""Snapshots: what gates decide from stays what it was, is the same everywhere, and opens only unchanged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kyodaku.copies import Fingerprint, QueryFingerprint
from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.registry import ImportReport, Registry, Snapshot
from kyodaku.rights import Work

Importing = Callable[[str], ImportReport]
MakeFingerprint = Callable[..., Fingerprint]


def found(snapshot: Snapshot, fingerprint: Fingerprint) -> list[str]:
    """The works that the fingerprint's medium shows, according to the snapshot."""
    matches = snapshot.references.search(QueryFingerprint.of(fingerprint))
    return [snapshot.reference_works[match.reference] for match in matches]


def test_a_snapshot_holds_the_record_and_finds_the_references(
    studio: Registry, importing: Importing, make_fingerprint: MakeFingerprint
) -> None:
    importing("""
mandates: [{id: m-1, agent: assoc, principal: studio, may: all}]
permissions: [{id: g-1, kind: grant, by: studio, to: lab, works: [film-1], acts: [train]}]
""")
    reference = studio.add_reference("film-1", make_fingerprint(1))
    snapshot = studio.snapshot()
    record = studio.record()
    for name in ("parties", "works", "mandates", "permissions"):
        assert dict(getattr(snapshot.rights, name)) == dict(getattr(record, name))
    assert snapshot.rights.permissions["g-1"].recorded_at == studio.history("g-1")[0].recorded_at
    assert snapshot.reference_works == {reference: "film-1"}
    assert found(snapshot, make_fingerprint(1)) == ["film-1"]
    assert found(snapshot, make_fingerprint(2)) == []
    assert snapshot.as_of == studio.history(reference)[0].recorded_at
    assert snapshot.path == studio.snapshot_path(snapshot.id)


def test_an_empty_registry_has_a_snapshot_too(registry: Registry) -> None:
    snapshot = registry.snapshot()
    assert (dict(snapshot.rights.works), len(snapshot.references)) == ({}, 0)
    assert snapshot.as_of == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_snapshot_stays_what_it_was_while_the_registry_goes_on(
    studio: Registry, importing: Importing, make_fingerprint: MakeFingerprint
) -> None:
    studio.add_reference("film-1", make_fingerprint(1))
    before = studio.snapshot()
    in_use = Snapshot.open(before.path)
    importing("works: [{id: film-1, kind: film, title: {en: Renamed}}]")
    for seed in range(2, 12):  # enough for the index to merge its segments, and sweep up after itself
        studio.add_reference("series-1", make_fingerprint(seed))
        studio.snapshot()
    for snapshot in (before, in_use, Snapshot.open(before.path)):
        assert snapshot.rights.works["film-1"].title["en"] == "First Film"
        assert found(snapshot, make_fingerprint(1)) == ["film-1"]
        assert found(snapshot, make_fingerprint(5)) == []
    after = studio.snapshot()
    assert after.id != before.id
    assert found(after, make_fingerprint(5)) == ["series-1"]


def test_the_snapshot_of_an_earlier_moment_is_the_one_that_was_taken_then(
    studio: Registry, importing: Importing, make_fingerprint: MakeFingerprint, clock: Callable[[], datetime]
) -> None:
    studio.add_reference("film-1", make_fingerprint(1))
    then = clock()
    before = studio.snapshot()
    studio.add_reference("film-1", make_fingerprint(2))
    importing("permissions: [{kind: refusal, by: studio, works: [film-1]}]")
    studio.snapshot()
    assert studio.snapshot(then).id == before.id
    shutil.rmtree(before.path)
    again = studio.snapshot(then)
    assert (again.id, again.as_of) == (before.id, before.as_of)
    assert found(again, make_fingerprint(1)) == ["film-1"]
    assert found(again, make_fingerprint(2)) == []


def test_the_same_registry_has_the_same_snapshot_whatever_its_history_of_segments(
    studio: Registry, make_fingerprint: MakeFingerprint, tmp_path: Path
) -> None:
    for seed in range(3):
        studio.add_reference("film-1", make_fingerprint(seed))
        studio.snapshot()
    taken = studio.snapshot()
    shutil.copytree(studio.directory, tmp_path / "copy", ignore=shutil.ignore_patterns("snapshots", "index"))
    (tmp_path / "copy" / "index").mkdir()
    with Registry.open(tmp_path / "copy") as copy:  # the index is made anew from the references
        again = copy.snapshot()
    assert again.id == taken.id
    assert (again.path / "rights.json").read_bytes() == (taken.path / "rights.json").read_bytes()
    assert found(again, make_fingerprint(2)) == ["film-1"]


def test_another_process_opens_a_snapshot_without_the_registry(
    studio: Registry, make_fingerprint: MakeFingerprint, tmp_path: Path
) -> None:
    studio.add_reference("film-1", make_fingerprint(1))
    taken = studio.snapshot()
    moved = shutil.copytree(taken.path, tmp_path / taken.path.name)
    shutil.rmtree(studio.directory)
    code = (
        "import sys; from kyodaku.registry import Snapshot; s = Snapshot.open(sys.argv[1], verify=False);"
        "print(s.id, *s.reference_works.values(), *s.rights.works, len(s.references))"
    )
    output = subprocess.run([sys.executable, "-c", code, str(moved)], check=True, capture_output=True, text=True).stdout
    assert output.split() == [taken.id, "film-1", "film-1", "manga-1", "series-1", "1"]


def test_a_snapshot_is_canonical_json(studio: Registry) -> None:
    text = (studio.snapshot().path / "rights.json").read_bytes()
    import rfc8785  # noqa: PLC0415

    assert rfc8785.dumps(json.loads(text)) == text


# --- what does not open -----------------------------------------------------------------------------------------------
def test_a_snapshot_that_is_not_there_is_said_to_be_so(studio: Registry) -> None:
    with pytest.raises(KyodakuError, match="there is no snapshot: No such file"):
        Snapshot.open(studio.snapshot_path("sha256:00"))


def test_a_snapshot_with_other_contents_than_its_name_says_does_not_open(studio: Registry) -> None:
    taken = studio.snapshot()
    file = taken.path / "rights.json"
    file.write_bytes(file.read_bytes().replace(b"First", b"Fist."))
    with pytest.raises(IntegrityError, match="its contents do not hash to its name"):
        Snapshot.open(taken.path)


def test_a_snapshot_with_another_index_does_not_open(studio: Registry, make_fingerprint: MakeFingerprint) -> None:
    reference = studio.add_reference("film-1", make_fingerprint(1))
    taken, path = studio.snapshot(), studio.snapshot().path
    studio.add_reference("film-1", make_fingerprint(2))
    later = studio.snapshot()
    shutil.copytree(later.path / "index", taken.path / "other")
    shutil.rmtree(path / "index")
    (path / "other").rename(path / "index")
    assert Snapshot.open(path).reference_works == {reference: "film-1"}  # a larger index serves, too
    shutil.rmtree(path / "index")
    with pytest.raises(IntegrityError, match="the index of this descriptor is missing"):
        Snapshot.open(path)
    with Registry.open(studio.directory.with_name("other"), create=True) as other:
        other.declare(Work(id="film-2", kind="film"))
        other.add_reference("film-2", make_fingerprint(3))
        shutil.copytree(other.snapshot().path / "index", path / "index")
    with pytest.raises(IntegrityError, match=f"the index lacks the reference {reference}"):
        Snapshot.open(path)


def test_a_snapshot_whose_index_holds_another_film_under_the_name_does_not_open(
    studio: Registry, make_fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.add_reference("film-1", make_fingerprint(1))
    taken = studio.snapshot()
    monkeypatch.setattr(
        "kyodaku.registry.snapshot.open_references",
        lambda folder, ids, works, verify: type("Index", (), {"content_id": "other"})(),
    )
    with pytest.raises(IntegrityError, match="the index is not the one"):
        Snapshot.open(taken.path)


def test_a_snapshot_of_a_later_format_asks_for_an_update(studio: Registry) -> None:
    from hashlib import sha256  # noqa: PLC0415

    taken = studio.snapshot()
    text = (taken.path / "rights.json").read_bytes().replace(b'"format":2', b'"format":3')
    later = taken.path.with_name(sha256(text).hexdigest())
    later.mkdir()
    (later / "rights.json").write_bytes(text)
    with pytest.raises(KyodakuError, match=r"a snapshot of format 3 .update Kyodaku"):
        Snapshot.open(later)


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b"[]",
        b"",
        b'{"format":2}',
        b'{"format": 2}',
        b'{"format":2,"mandates":[{}],',
        b'{"format":2,"parties":{}}',
        b"\xff",
    ],
)
def test_what_hashes_to_its_name_and_is_no_snapshot_does_not_open(tmp_path: Path, text: bytes) -> None:
    from hashlib import sha256  # noqa: PLC0415

    folder = tmp_path / sha256(text).hexdigest()
    folder.mkdir()
    (folder / "rights.json").write_bytes(text)
    with pytest.raises(IntegrityError, match="not a snapshot that Kyodaku wrote"):
        Snapshot.open(folder)


def test_a_record_with_a_field_of_a_later_version_asks_for_an_update(studio: Registry) -> None:
    from hashlib import sha256  # noqa: PLC0415

    taken = studio.snapshot()
    text = (
        (taken.path / "rights.json")
        .read_bytes()
        .replace(b'{"body":{"id":"assoc"', b'{"body":{"colour":"red","id":"assoc"')
    )
    later = taken.path.with_name(sha256(text).hexdigest())
    shutil.copytree(taken.path, later)
    (later / "rights.json").write_bytes(text)
    with pytest.raises(KyodakuError, match="a party with 'colour'"):
        Snapshot.open(later)


def test_a_snapshot_that_cannot_be_kept_is_said_to_be_so(studio: Registry) -> None:
    (studio.directory / "snapshots").touch()
    with pytest.raises(KyodakuError, match="the snapshot cannot be kept: Not a directory"):
        studio.snapshot()


def test_a_full_disk_leaves_no_half_of_a_snapshot(studio: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", full)
        with pytest.raises(KyodakuError, match="the snapshot cannot be kept: No space left on device"):
            studio.snapshot()
    assert list((studio.directory / "snapshots").iterdir()) == []
    assert studio.snapshot().path.is_dir()


def test_where_files_cannot_be_linked_they_are_copied(
    studio: Registry, make_fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.add_reference("film-1", make_fingerprint(1))

    def no_links(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert found(studio.snapshot(), make_fingerprint(1)) == ["film-1"]


def test_leftovers_of_a_killed_process_are_in_nobodys_way(studio: Registry) -> None:
    (studio.directory / "snapshots" / ".0123456789abcdef.new" / "index").mkdir(parents=True)
    taken = studio.snapshot()
    assert Snapshot.open(taken.path).id == taken.id

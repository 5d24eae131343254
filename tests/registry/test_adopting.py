# SPDX-License-Identifier: Apache-2.0
"""A workspace that decides from another's snapshot: whom it believes, what it remembers, what it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import SigningKey, sign_note
from kyodaku.registry import Registry, Snapshot
from kyodaku.registry._statement import Statement


class Moving:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def time() -> Moving:
    return Moving()


@pytest.fixture
def studio(templates: Path, tmp_path: Path, time: Moving) -> Iterator[Registry]:
    with Registry.open(shutil.copytree(templates / "studio", tmp_path / "studio"), clock=time) as opened:
        yield opened


@pytest.fixture
def gate(templates: Path, tmp_path: Path, time: Moving) -> Iterator[Registry]:
    """A developer's own workspace, of another ledger than the studio's."""
    folder = shutil.copytree(templates / "empty", tmp_path / "gate")
    with Registry.open(folder, clock=time) as opened:
        opened._origin = "another/ledger"  # the templates are of one
        yield opened


def grant(studio: Registry, folder: Path, name: str) -> None:
    (folder / "grant.yaml").write_text(
        f"permissions: [{{id: {name}, kind: grant, by: studio, to: lab, works: [film-1], acts: [train]}}]\n"
    )
    studio.import_files([folder / "grant.yaml"])


def test_it_decides_from_the_snapshot_and_keeps_it(studio: Registry, gate: Registry, tmp_path: Path) -> None:
    made = studio.export(tmp_path / "made")
    assert not gate.knows_party("lab")
    adopted = gate.decide_from(made.path, key=studio.signing_key().public)
    assert adopted.id == made.statement.id == studio.snapshot().id == gate.snapshot().id
    assert gate.knows_party("lab")
    shutil.rmtree(made.path)
    assert adopted.rights.works["film-1"].title["en"] == "First Film"
    assert Snapshot.open(gate.snapshot_path(adopted.id)).id == adopted.id
    assert gate.snapshot(datetime(2026, 1, 1, tzinfo=UTC)).id != adopted.id  # its own registry is still there


def test_the_key_is_asked_for_once(studio: Registry, gate: Registry, tmp_path: Path) -> None:
    made = studio.export(tmp_path / "made").path
    with pytest.raises(UsageError, match=r"whose key signs .* is not known here"):
        gate.decide_from(made)
    gate.decide_from(made, key=studio.signing_key().public)
    gate.decide_from(made)
    with pytest.raises(IntegrityError, match="is this the key of who made it"):
        gate.decide_from(made, key=SigningKey.generate(studio.origin).public)
    studio.decide_from(made)  # one's own needs none


def test_a_key_that_was_replaced_is_followed_to_the_next_and_believed_no_more(
    studio: Registry, gate: Registry, tmp_path: Path
) -> None:
    first = studio.signing_key()
    gate.decide_from(studio.export(tmp_path / "before").path, key=first.public)
    studio.rotate_key()
    after = studio.export(tmp_path / "after")
    gate.decide_from(after.path)
    assert Snapshot.open(after.path, trust=studio.keys(), now=after.statement.made_at).id == after.statement.id
    forged = shutil.copytree(after.path, tmp_path / "forged")
    false = replace(after.statement, rotations=()).signed(first)
    (forged / "snapshot.dsse.json").write_bytes(false)
    with pytest.raises(IntegrityError, match="is this the key of who made it"):
        gate.decide_from(forged)
    with pytest.raises(IntegrityError):
        Snapshot.open(forged, trust=first.public, now=after.statement.made_at)  # its checkpoint is the new key's


def test_an_older_one_is_not_taken_in_after_a_newer(
    studio: Registry, gate: Registry, tmp_path: Path, time: Moving
) -> None:
    key = studio.signing_key().public
    older = studio.export(tmp_path / "older").path
    grant(studio, tmp_path, "g-1")
    newer = studio.export(tmp_path / "newer").path
    gate.decide_from(older, key=key)
    gate.decide_from(newer)
    with pytest.raises(IntegrityError, match="were seen before"):
        gate.decide_from(older)
    with pytest.raises(IntegrityError, match="were seen before"):
        gate.decide_from(older, key=key)
    with Registry.open(gate.directory, clock=time) as again, pytest.raises(IntegrityError, match="were seen before"):
        again.decide_from(older)


def test_one_of_another_past_is_not_taken_in(studio: Registry, gate: Registry, tmp_path: Path, time: Moving) -> None:
    key = studio.signing_key().public
    shutil.copytree(studio.directory, tmp_path / "fork")
    grant(studio, tmp_path, "g-1")
    gate.decide_from(studio.export(tmp_path / "one").path, key=key)
    with Registry.open(tmp_path / "fork", clock=time) as fork:
        grant(fork, tmp_path, "g-2")
        with pytest.raises(IntegrityError, match="another past"):
            gate.decide_from(fork.export(tmp_path / "two").path)


def test_an_expired_or_spoilt_one_is_not_taken_in_and_nothing_is_kept(
    studio: Registry, gate: Registry, tmp_path: Path, time: Moving
) -> None:
    key = studio.signing_key().public
    made = studio.export(tmp_path / "made", valid=timedelta(hours=1)).path
    time.now += timedelta(hours=1)
    with pytest.raises(IntegrityError, match="expired"):
        gate.decide_from(made, key=key)
    other = studio.export(tmp_path / "other").path
    (other / "references.json").unlink()
    with pytest.raises(IntegrityError, match=r"references.json: is part of the snapshot"):
        gate.decide_from(other, key=key)
    assert list((gate.directory / "snapshots").iterdir()) == []
    with pytest.raises(UsageError):  # nor is the key
        gate.decide_from(studio.export(tmp_path / "third").path)


def test_one_that_was_signed_under_a_false_id_is_not_taken_in(studio: Registry, gate: Registry, tmp_path: Path) -> None:
    made = studio.export(tmp_path / "made").path
    said = Statement.read(made)
    false = replace(said, id=f"sha256:{'0' * 64}").signed(studio.signing_key())
    (made / "snapshot.dsse.json").write_bytes(false)
    with pytest.raises(IntegrityError, match="id is not that of what is in it"):
        gate.decide_from(made, key=studio.signing_key().public)


def test_one_made_for_another_developer_is_not_decided_from(studio: Registry, tmp_path: Path) -> None:
    snapshot = Snapshot.open(studio.export(tmp_path / "made", audience="lab").path)
    snapshot.require_audience("lab")
    with pytest.raises(UsageError, match="made for 'lab', and the use is by 'other'"):
        snapshot.require_audience("other")


def test_a_memory_that_was_spoilt_is_not_taken_for_none(studio: Registry, gate: Registry, tmp_path: Path) -> None:
    made = studio.export(tmp_path / "made").path
    gate.decide_from(made, key=studio.signing_key().public)
    for content in ("", "[]", '{"a":{}}', "\udcff".encode("utf-8", "surrogatepass")):
        (gate.directory / "makers.json").write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(KyodakuError, match="what was seen of others' snapshots cannot be read"):
            gate.decide_from(made)


def test_a_clock_that_was_set_back_is_seen(studio: Registry, gate: Registry, tmp_path: Path, time: Moving) -> None:
    """An expired snapshot must not come to life again because the gate's clock was set back."""
    key = studio.signing_key().public
    older = studio.export(tmp_path / "older", valid=timedelta(days=1)).path
    gate.decide_from(older, key=key)
    time.now += timedelta(days=2)
    gate.decide_from(studio.export(tmp_path / "newer").path)
    time.now -= timedelta(days=2)
    with pytest.raises(IntegrityError, match=r"taken in before was made on .*, which is yet to come"):
        gate.decide_from(older)
    time.now += timedelta(days=2)
    with pytest.raises(IntegrityError, match="expired"):
        gate.decide_from(older)


def test_a_ledgers_key_is_not_replaced_by_one_that_it_does_not_lead_to(
    studio: Registry, gate: Registry, tmp_path: Path
) -> None:
    made = studio.export(tmp_path / "made").path
    gate.decide_from(made, key=studio.signing_key().public)
    other = SigningKey.generate(studio.signing_key().name)
    said = Statement.read(made)
    note = sign_note(str(said.checkpoint), other)
    forged = shutil.copytree(made, tmp_path / "forged")
    (forged / "snapshot.dsse.json").write_bytes(replace(said, note=note).signed(other))
    with pytest.raises(IntegrityError, match=r"were signed by .* before, which does not lead to"):
        gate.decide_from(forged, key=other.public)
    gate.decide_from(made)
    studio.rotate_key()
    gate.decide_from(studio.export(tmp_path / "later").path, key=studio.signing_key().public)


def test_what_was_remembered_before_moments_were_is_read(studio: Registry, gate: Registry, tmp_path: Path) -> None:
    made = studio.export(tmp_path / "made").path
    gate.decide_from(made, key=studio.signing_key().public)
    file = gate.directory / "makers.json"
    said = json.loads(file.read_bytes())
    for held in said.values():
        del held["made_at"]
    file.write_text(json.dumps(said))
    gate.decide_from(made)
    for held in said.values():
        held["made_at"] = "soon"
    file.write_text(json.dumps(said))
    with pytest.raises(IntegrityError, match="cannot be read"):
        gate.decide_from(made)

# SPDX-License-Identifier: Apache-2.0
"""Snapshots that leave their workspace: signed, for some days, and opened only as they were made."""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kyodaku.copies import Fingerprint
from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import Checkpoint, PublicKey, SigningKey, attest, verify_checkpoint
from kyodaku.registry import Registry, Snapshot
from kyodaku.registry._codec import canonical
from kyodaku.registry._lookup import Lookup
from kyodaku.registry._state import known_records
from kyodaku.rights import REGIMES, Finding, load_regime

NOW = datetime(2026, 1, 2, tzinfo=UTC)
STATEMENTS = """
mandates:
  - {id: m-1, agent: assoc, principal: studio, may: all}
  - {id: m-2, agent: assoc, principal: author, works: [manga-1]}
permissions:
  - {id: g-1, kind: grant, by: studio, to: lab, works: [film-1], acts: [train], sublicence: true}
  - {id: g-2, kind: grant, by: author, to: lab, works: all, acts: [train]}
  - {id: g-3, kind: grant, by: lab, to: assoc, works: [film-1], acts: [train], under: g-1}
  - {id: r-1, kind: refusal, by: studio, works: [film-1, series-1], acts: [generate]}
  - {id: x-1, kind: revocation, by: studio, revokes: g-1}
"""

NO_TEXTS: tuple[Any, ...] = (7, [], {})
MOMENTS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00+00:00", "2026-01-01", "x", 7)


@pytest.fixture(scope="module")
def studio(templates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """One registry for all tests here, as none of them declares anything."""
    folder = tmp_path_factory.mktemp("signed")
    file = folder / "statements.yaml"
    file.write_text(STATEMENTS, encoding="utf-8")
    rng = np.random.default_rng(1)
    fingerprint = Fingerprint(
        descriptor="pdq-v1",
        duration_s=20.0,
        times=np.arange(40, dtype=np.float32) / np.float32(2),
        codes=rng.integers(0, 256, (40, 32), dtype=np.uint8),
        quality=np.full(40, 100, dtype=np.uint8),
    )
    clock = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in range(1000))
    with Registry.open(shutil.copytree(templates / "studio", folder / "workspace"), clock=clock.__next__) as opened:
        opened.import_files([file])
        opened.add_reference("film-1", fingerprint, source={"media": "/vault/first-film.mp4"})
        yield opened


@pytest.fixture(scope="module")
def whole(studio: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return studio.export(tmp_path_factory.mktemp("made") / "made").path


@pytest.fixture
def made(whole: Path, tmp_path: Path) -> Path:
    """A small signed snapshot, to be spoilt."""
    return shutil.copytree(whole, tmp_path / "made")


@pytest.fixture
def key(studio: Registry) -> PublicKey:
    return studio.signing_key().public


def test_it_holds_what_the_registrys_own_snapshot_holds(studio: Registry, made: Path, key: PublicKey) -> None:
    own, opened = studio.snapshot(), Snapshot.open(made, trust=key, now=NOW)
    assert (opened.id, opened.as_of, dict(opened.reference_works)) == (own.id, own.as_of, dict(own.reference_works))
    for name in ("parties", "works", "mandates", "permissions"):
        assert dict(getattr(opened.rights, name)) == dict(getattr(own.rights, name))
    assert opened.references.content_id == own.references.content_id
    for work in ("film-1", "series-1", "manga-1", "unknown"):
        finding = [Finding(work=work)]
        assert opened.rights.facts(finding, developer="lab") == own.rights.facts(finding, developer="lab")
        assert opened.rights.about(work) == own.rights.about(work)


def test_it_says_until_when_it_holds_and_how_far_the_ledger_was(studio: Registry, made: Path, key: PublicKey) -> None:
    said = Snapshot.open(made, trust=key, now=NOW).statement
    assert said is not None
    assert said.expires_at - said.made_at == timedelta(days=7)
    assert (
        said.checkpoint
        == Checkpoint(origin=studio.origin, size=studio.ledger.size, root=studio.ledger.root())
        == verify_checkpoint(said.note, key)
    )
    assert said.audience is None
    assert dict(said.regimes) == {name: load_regime(name).sha256 for name in REGIMES}
    assert {f"regimes/{name}.yaml" for name in (*REGIMES, "words", "licences")} <= said.files.keys()
    assert said.files.keys() | {"snapshot.dsse.json"} == {
        path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()
    }


def test_it_does_not_say_where_a_holders_media_lie(made: Path) -> None:
    for path in made.rglob("*"):
        assert path.is_dir() or b"vault" not in path.read_bytes()


def test_the_same_state_is_written_in_the_same_bytes(studio: Registry, made: Path, tmp_path: Path) -> None:
    again = studio.export(tmp_path / "again").path
    for path in made.rglob("*"):
        if path.is_file() and path.name != "snapshot.dsse.json":
            assert path.read_bytes() == (again / path.relative_to(made)).read_bytes()


def test_other_tools_can_read_the_statement(made: Path) -> None:
    envelope = json.loads((made / "snapshot.dsse.json").read_bytes())
    statement = json.loads(b64decode(envelope["payload"]))
    assert statement["predicateType"] == "https://kyodaku.example/attestations/snapshot/v1"
    assert statement["predicate"].keys() == {
        "format", "id", "as_of", "made_at", "expires_at", "for", "index", "regimes", "checkpoint",
        "rotations",
    }  # fmt: skip


# --- what does not open -----------------------------------------------------------------------------------------------
def test_an_expired_one_is_refused(made: Path, key: PublicKey) -> None:
    said = Snapshot.open(made).statement
    assert said is not None
    Snapshot.open(made, trust=key, now=said.expires_at - timedelta(seconds=1))
    with pytest.raises(IntegrityError, match="the snapshot expired on 2026-01-08T"):
        Snapshot.open(made, trust=key, now=said.expires_at)
    with pytest.raises(IntegrityError, match="yet to come"):
        Snapshot.open(made, trust=key, now=said.made_at - timedelta(minutes=6))


def test_one_older_than_what_was_seen_is_refused(studio: Registry, made: Path, key: PublicKey) -> None:
    size = studio.ledger.size
    assert Snapshot.open(made, trust=key, now=NOW, seen=size).id
    with pytest.raises(IntegrityError, match=f"of {size} entries of the ledger, and {size + 1} were seen before"):
        Snapshot.open(made, trust=key, now=NOW, seen=size + 1)


def test_one_that_nobody_or_somebody_else_signed_is_refused(studio: Registry, made: Path, key: PublicKey) -> None:
    other = SigningKey.generate(key.name)
    with pytest.raises(IntegrityError, match="is this the key of who made it"):
        Snapshot.open(made, trust=other.public, now=NOW)
    (made / "snapshot.dsse.json").unlink()
    with pytest.raises(IntegrityError, match="the snapshot is not signed"):
        Snapshot.open(made, trust=key, now=NOW)
    with pytest.raises(IntegrityError, match="the snapshot is not signed"):
        Snapshot.open(studio.snapshot().path, trust=key, now=NOW)
    with pytest.raises(IntegrityError, match="there is no snapshot"):
        Snapshot.open(made / "nowhere", trust=key, now=NOW)


def test_one_whose_checkpoint_somebody_else_signed_is_refused(made: Path, studio: Registry, key: PublicKey) -> None:
    envelope = json.loads((made / "snapshot.dsse.json").read_bytes())
    statement = json.loads(b64decode(envelope["payload"]))
    predicate = statement["predicate"]
    note, _, _ = predicate["checkpoint"].partition("\n\n")
    from kyodaku.ledger import sign_note  # noqa: PLC0415

    predicate["checkpoint"] = sign_note(note + "\n", SigningKey.generate(key.name))
    subjects = [{"name": each["name"], "sha256": each["digest"]["sha256"]} for each in statement["subject"]]
    envelope = attest(subjects, statement["predicateType"], predicate, studio.signing_key())
    (made / "snapshot.dsse.json").write_text(json.dumps(envelope, separators=(",", ":"), sort_keys=True) + "\n")
    with pytest.raises(IntegrityError, match="the note is not signed"):
        Snapshot.open(made, trust=key, now=NOW)


def test_every_byte_with_a_flipped_bit_is_seen(made: Path, key: PublicKey) -> None:
    """Of the statement each byte, of each other file one in some hundred; each time another bit of it."""
    Snapshot.open(made, trust=key, now=NOW)
    count = 0
    for path in sorted(path for path in made.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        for place in range(0, len(whole), 1 if path.name == "snapshot.dsse.json" else max(1, len(whole) // 12)):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << count % 8]) + whole[place + 1 :])
            with pytest.raises(IntegrityError):
                Snapshot.open(made, trust=key, now=NOW)
            count += 1
        path.write_bytes(whole)
    Snapshot.open(made, trust=key, now=NOW)
    assert count > 5_000


def test_every_flipped_bit_of_the_rights_is_seen_when_they_are_read(made: Path, key: PublicKey) -> None:
    """As a process sees it that does not hash everything first."""
    hashes, file = (made / "rights.hashes").read_bytes(), made / "rights"
    whole = file.read_bytes()
    assert len(whole) < 16_384  # one block
    for bit in range(0, 8 * len(whole), 3):
        with file.open("r+b") as opened:
            opened.seek(bit // 8)
            opened.write(bytes([whole[bit // 8] ^ 1 << bit % 8]))
        with pytest.raises(IntegrityError, match="another hash"):
            Lookup(file, hashes)
        with file.open("r+b") as opened:
            opened.seek(bit // 8)
            opened.write(whole[bit // 8 : bit // 8 + 1])
    assert len(Lookup(file, hashes).tables["works"]) == 3


def test_what_is_cut_off_or_gone_is_seen(made: Path, key: PublicKey) -> None:
    for path in sorted(path for path in made.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        path.unlink()
        with pytest.raises(IntegrityError):
            Snapshot.open(made, trust=key, now=NOW)
        for content in (b"", whole[: len(whole) // 2], whole[:-1], whole + b"\n"):
            path.write_bytes(content)
            with pytest.raises(IntegrityError):
                Snapshot.open(made, trust=key, now=NOW)
        path.write_bytes(whole)
    Snapshot.open(made, trust=key, now=NOW)


def test_a_changed_line_is_seen_by_who_reads_it_without_hashing_everything_first(made: Path, key: PublicKey) -> None:
    file = made / "rights"
    file.write_bytes(file.read_bytes().replace(b"First Film", b"Fist. Film"))
    with pytest.raises(IntegrityError, match="another hash"):
        _ = Snapshot.open(made, trust=key, now=NOW, verify=False).rights.works["film-1"]


# --- making one -------------------------------------------------------------------------------------------------------
def test_nothing_is_written_over(studio: Registry, made: Path, tmp_path: Path) -> None:
    before = (made / "snapshot.dsse.json").read_bytes()
    with pytest.raises(UsageError, match="something here already"):
        studio.export(made)
    assert (made / "snapshot.dsse.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")] == []


@pytest.mark.parametrize("valid", [timedelta(0), timedelta(days=-1), timedelta(days=367)])
def test_it_holds_for_some_time_and_not_for_ever(studio: Registry, tmp_path: Path, valid: timedelta) -> None:
    with pytest.raises(UsageError, match="at most 366 days"):
        studio.export(tmp_path / "made", valid=valid)


def test_a_full_disk_leaves_nothing(studio: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(KyodakuError, match="No space left on device"):
            studio.export(tmp_path / "made")
    assert not [path for path in tmp_path.iterdir() if "made" in path.name]


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_an_empty_registry_can_be_exported_too(registry: Registry, tmp_path: Path) -> None:
    made = registry.export(tmp_path / "empty").path
    opened = Snapshot.open(made, trust=registry.signing_key().public, now=NOW)
    assert (opened.id, dict(opened.rights.works)) == (registry.snapshot().id, {})


# --- whoever signs whatever is wanted ---------------------------------------------------------------------------------
def signed_anew(made: Path, signer: SigningKey, change: Callable[[dict[str, Any]], object]) -> None:
    """The statement as `change` leaves it, with the hashes of the files as they are, signed."""
    statement = json.loads(b64decode(json.loads((made / "snapshot.dsse.json").read_bytes())["payload"]))
    for each in statement["subject"]:
        each["digest"]["sha256"] = sha256((made / each["name"]).read_bytes()).hexdigest()
    change(statement)
    subjects = [{"name": each["name"], "sha256": each["digest"]["sha256"]} for each in statement["subject"]]
    envelope = attest(subjects, statement["predicateType"], statement["predicate"], signer)
    (made / "snapshot.dsse.json").write_bytes(canonical(envelope) + b"\n")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, moment) for name in ("as_of", "made_at", "expires_at") for moment in MOMENTS),
        *((name, value) for name in ("for", "index") for value in NO_TEXTS),
    ],
)
def test_a_statement_that_says_it_otherwise_is_refused(studio: Registry, made: Path, name: str, value: Any) -> None:
    signed_anew(made, studio.signing_key(), lambda stated: stated["predicate"].update({name: value}))
    for trust in (None, studio.signing_key().public):
        with pytest.raises(IntegrityError, match="not the statement of a snapshot"):
            Snapshot.open(made, trust=trust, now=NOW)


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "../rights", "/etc/passwd", "index/../rights", ""])
def test_a_file_that_cannot_be_in_the_folder_is_refused(studio: Registry, made: Path, name: str) -> None:
    more = {"name": name, "digest": {"sha256": "0" * 64}}
    signed_anew(made, studio.signing_key(), lambda stated: stated["subject"].append(more))
    with pytest.raises(IntegrityError, match="not the statement of a snapshot"):
        Snapshot.open(made)


@pytest.mark.parametrize(
    "said", [{"work": []}, {"work": 7}, {"descriptor": []}, {"descriptor": 7}, {"frames": None}, {"duration_s": "1"}]
)
def test_a_reference_that_is_none_is_refused(studio: Registry, made: Path, said: dict[str, Any]) -> None:
    references = json.loads((made / "references.json").read_bytes())
    next(iter(references.values())).update(said)
    (made / "references.json").write_bytes(canonical(references))
    signed_anew(made, studio.signing_key(), lambda _: None)
    with pytest.raises(IntegrityError, match="does not list references"):
        Snapshot.open(made)


def test_a_key_replaced_while_it_is_made_spoils_nothing(
    studio: Registry, key: PublicKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(datetime(2026, 1, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in range(100))
    with Registry.open(shutil.copytree(studio.directory, tmp_path / "copy"), clock=clock.__next__) as copy:

        def rotating(*args: Any) -> Any:
            found = list(known_records(*args))
            copy.rotate_key()
            return found

        monkeypatch.setattr("kyodaku.registry.exporting.known_records", rotating)
        made = copy.export(tmp_path / "during").path
        assert copy.signing_key().public != key
    assert Snapshot.open(made, trust=key, now=NOW).id == studio.snapshot().id

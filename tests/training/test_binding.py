# SPDX-License-Identifier: Apache-2.0
"""Models bound to what they were trained on: the walk back holds, and any change along it is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import SigningKey, attest, parse_record
from kyodaku.registry import Registry
from kyodaku.rights import rfc3339
from kyodaku.training import finished_run, record_model, recorded_models, walk_back
from kyodaku.training.binding import LINEAGE, MODEL_PREDICATE, SIGNATURE
from kyodaku.training.commitments import verify_row
from kyodaku.workspace import Workspace
from support.studio import Studio, clear_beside


@pytest.fixture(scope="module")
def before(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a finished run, whose folder is `out` beside it."""
    root = tmp_path_factory.mktemp("binding")
    clear_beside(studio, root)
    return root


@pytest.fixture
def registry(before: Path, tmp_path: Path) -> Iterator[Registry]:
    with Workspace.open(shutil.copytree(before / "workspace", tmp_path / "workspace")) as opened:
        yield opened.registry


@pytest.fixture
def manifest(before: Path) -> Path:
    return before / "out" / "cleared.parquet"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "模型"
    (folder / "shards").mkdir(parents=True)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "shards" / "0.bin").write_bytes(bytes(1000))
    (folder / ".gitignore").write_text("", encoding="utf-8")
    return folder


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    pem, spki = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key.pem").write_bytes(secret)
    (tmp_path / "key.pub.pem").write_bytes(key.public_key().public_bytes(pem, spki))
    return tmp_path / "key.pem", tmp_path / "key.pub.pem"


def test_a_model_leads_back_to_the_permissions_that_its_data_rest_on(
    registry: Registry, model: Path, manifest: Path
) -> None:
    recorded = record_model(registry, model, manifests=[manifest, manifest], name="video-1")
    walked = walk_back(registry, model)
    (grant,) = (said.id for said in registry.record().permissions.values() if said.kind == "grant")
    assert (walked.model, recorded_models(registry)) == (recorded, (recorded,))
    assert (walked.permissions, walked.since.withdrawn, walked.unchecked) == ((grant,), (), ())
    assert len(walked.checked) == 7
    entry = parse_record(registry.ledger.entry(recorded.ledger_index))
    assert (entry["type"], entry["subject"], entry["lineage"]) == ("model", recorded.id, recorded.body["lineage"])
    registry.import_document(
        {"permissions": [{"kind": "revocation", "by": "studio", "revokes": grant, "effect": "purge"}]}
    )
    assert [each.effect for each in walk_back(registry, model).since.withdrawn] == ["purge"]
    with pytest.raises(UsageError, match=f"recorded as {recorded.id}"):
        record_model(registry, model, manifests=[manifest])
    assert registry.verify().runs == 2


def test_what_came_after_the_run_and_stands_against_it_is_told(
    registry: Registry, model: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_model(registry, model, manifests=[manifest])
    assert walk_back(registry, model).since.objections == ()  # the refusal of another film was there before
    for works, to in (("granted", "lab"), ("granted", "publisher"), ("silent", "lab")):
        objection = {"kind": "objection", "by": "studio", "works": [works], "to": [to]}
        (said,) = registry.import_document({"permissions": [objection]}).recorded
        if (works, to) == ("granted", "lab"):
            standing = said.id
    assert walk_back(registry, model).since.objections == (standing,)
    registry.import_document({"permissions": [{"kind": "revocation", "by": "studio", "revokes": standing}]})
    assert walk_back(registry, model).since.objections == ()

    rights = registry.record()
    (grant,) = (said for said in rights.permissions.values() if said.kind == "grant")
    until = datetime.now(UTC) - timedelta(seconds=1)
    permissions = {**rights.permissions, grant.id: replace(grant, effective_until=until)}
    ended = SimpleNamespace(permissions=permissions, works=rights.works)
    monkeypatch.setattr(Registry, "record", lambda _: ended)
    assert walk_back(registry, model).since.ended == ((grant.id, rfc3339(until)),)


def test_two_records_of_the_same_files_lead_to_each_other(registry: Registry, model: Path, manifest: Path) -> None:
    first = record_model(registry, model, manifests=[manifest], name="video-1@1")
    (model / LINEAGE).unlink()
    second = record_model(registry, model, manifests=[manifest], name="video-1@2")
    walked = walk_back(registry, model)
    assert (walked.model, walked.others) == (second, (first,))
    assert walked.as_json()["also_recorded"][0]["model"] == first.id
    (model / LINEAGE).unlink()
    (model / "config.json").write_text("[]")
    record_model(registry, model, manifests=[manifest])
    assert walk_back(registry, model).others == ()


def test_a_key_that_was_replaced_still_vouches_for_what_it_signed(
    registry: Registry, model: Path, manifest: Path
) -> None:
    record_model(registry, model, manifests=[manifest])
    registry.rotate_key()
    assert len(walk_back(registry, model).checked) == 7
    with finished_run(manifest.parent, registry) as run:
        entry = parse_record(registry.ledger.entry(run.rows.log_index(0)))
        verify_row(run.row_proof(0), entry["sha256"], entry["rows"])
    with pytest.raises(IntegrityError, match="not an attestation"):
        walk_back(registry, model, trust=registry.signing_key().public)


Deed = Callable[[Path], Any]
CHANGES: dict[str, tuple[Deed, str]] = {
    "a file": (lambda model: (model / "shards" / "0.bin").write_bytes(bytes(999) + b"\1"), "was changed"),
    "a file of git's": (lambda model: (model / ".gitignore").write_text("x"), "was changed"),
    "a new file": (lambda model: (model / "more.bin").touch(), "was added"),
    "a missing file": (lambda model: (model / "config.json").unlink(), "is gone"),
    "the lineage": (lambda model: (model / LINEAGE).write_text("{}\n"), "not an attestation"),
    "no JSON": (lambda model: (model / LINEAGE).write_bytes(b"\xff"), "no attestation"),
    "a space": (lambda model: (model / LINEAGE).write_text(" " + (model / LINEAGE).read_text()), "not an attestation"),
    "a signature": (lambda model: (model / SIGNATURE).write_text("{}"), "not the recorded ones"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_to_the_model_is_named(registry: Registry, model: Path, manifest: Path, name: str) -> None:
    deed, what = CHANGES[name]
    record_model(registry, model, manifests=[manifest])
    deed(model)
    with pytest.raises(IntegrityError, match=what):
        walk_back(registry, model)


@pytest.mark.parametrize("table", ["decisions.parquet", "cleared.parquet", "attestation.jsonl"])
def test_a_change_to_what_the_run_left_is_named(
    registry: Registry, model: Path, manifest: Path, tmp_path: Path, table: str
) -> None:
    record_model(registry, model, manifests=[manifest])
    changed = manifest.parent / table
    kept = changed.read_bytes()
    changed.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    try:
        with pytest.raises(IntegrityError, match=table):
            walk_back(registry, model)
    finally:
        changed.write_bytes(kept)
    manifest.parent.rename(tmp_path / "away")
    try:
        assert "folder is not here" in walk_back(registry, model).unchecked[0]
    finally:
        (tmp_path / "away").rename(manifest.parent)


def test_a_lineage_signed_by_another_key_or_of_another_ledger_is_refused(
    registry: Registry, model: Path, manifest: Path, tmp_path: Path
) -> None:
    recorded = record_model(registry, model, manifests=[manifest])
    subjects = [{"name": "config.json", "sha256": "00" * 32}]
    forged = attest(subjects, MODEL_PREDICATE, {"datasets": []}, SigningKey.generate("kyodaku/other"))
    true = (model / LINEAGE).read_text()
    (model / LINEAGE).write_text(json.dumps(forged) + "\n")
    with pytest.raises(IntegrityError, match="not an attestation by kyodaku"):
        walk_back(registry, model)
    (model / LINEAGE).write_text(true)
    assert walk_back(registry, model).model == recorded
    with (
        Workspace.open(tmp_path / "other", create=True) as other,
        pytest.raises(IntegrityError, match="no record of this model"),
    ):
        walk_back(other.registry, model, trust=registry.keys())


def test_a_manifest_that_no_run_wrote_binds_nothing(
    registry: Registry, model: Path, manifest: Path, tmp_path: Path
) -> None:
    other = tmp_path / "cleared.parquet"
    pq.write_table(pq.read_table(manifest), other, compression="none")
    for wrong in (other, tmp_path / "none.parquet", manifest.parent / "decisions.parquet"):
        with pytest.raises(UsageError, match=r"no run that is recorded|cannot be read"):
            record_model(registry, model, manifests=[wrong])
    with pytest.raises(UsageError, match="no manifest"):
        record_model(registry, model, manifests=[])
    assert not (model / LINEAGE).exists()


def test_a_folder_that_is_no_model_is_told(registry: Registry, model: Path, manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no model here"):
        record_model(registry, tmp_path / "empty", manifests=[manifest])
    with pytest.raises(UsageError, match="has no lineage"):
        walk_back(registry, model)
    (model / "link").symlink_to(model / "config.json")
    with pytest.raises(UsageError, match="no links"):
        record_model(registry, model, manifests=[manifest])


# --- OpenSSF Model Signing --------------------------------------------------------------------------------------------
def test_the_openssf_signature_holds_for_the_model_with_its_lineage(
    registry: Registry, model: Path, manifest: Path, keys: tuple[Path, Path]
) -> None:
    pytest.importorskip("model_signing")
    private, public = keys
    record_model(registry, model, manifests=[manifest], private_key=private)
    walked = walk_back(registry, model, public_key=public)
    assert any("OpenSSF" in held for held in walked.checked)
    assert "no public key" in walk_back(registry, model).unchecked[0]
    with pytest.raises(UsageError, match="no public key"):
        walk_back(registry, model, public_key=private.with_name("none.pem"))
    for name in ("config.json", LINEAGE, ".gitignore"):
        kept = (model / name).read_bytes()
        (model / name).write_bytes(kept + b"\n")
        with pytest.raises(IntegrityError):
            walk_back(registry, model, public_key=public)
        (model / name).write_bytes(kept)
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem, spki = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(other.public_bytes(pem, spki))
    with pytest.raises(IntegrityError, match="signature does not hold"):
        walk_back(registry, model, public_key=public)


def test_the_packages_own_verifier_agrees(
    registry: Registry, model: Path, manifest: Path, keys: tuple[Path, Path]
) -> None:
    verifying = pytest.importorskip("model_signing").verifying
    hashing = pytest.importorskip("model_signing").hashing
    record_model(registry, model, manifests=[manifest], private_key=keys[0])
    config = hashing.Config().set_ignored_paths(paths=[model / SIGNATURE], ignore_git_paths=False)
    verifier = verifying.Config().use_elliptic_key_verifier(public_key=keys[1]).set_hashing_config(config)
    verifier.verify(model, model / SIGNATURE)
    (model / "config.json").write_text("[]")
    with pytest.raises(ValueError, match="config"):
        verifier.verify(model, model / SIGNATURE)


def test_a_key_that_is_none_is_told(registry: Registry, model: Path, manifest: Path, tmp_path: Path) -> None:
    pytest.importorskip("model_signing")
    (tmp_path / "bad.pem").write_text("no key")
    with pytest.raises(UsageError, match="no signing key"):
        record_model(registry, model, manifests=[manifest], private_key=tmp_path / "bad.pem")


def test_without_the_extra_the_hint_names_it(
    registry: Registry, model: Path, manifest: Path, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "model_signing", None)
    with pytest.raises(KyodakuError, match=r"kyodaku\[models\]"):
        record_model(registry, model, manifests=[manifest], private_key=keys[0])
    assert not (model / LINEAGE).exists()

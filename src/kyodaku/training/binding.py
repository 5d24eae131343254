# SPDX-License-Identifier: Apache-2.0
"""Models bound to what they were trained on: model → data set → run → permissions, and the walk back.

    MODEL_DIR/kyodaku-lineage.jsonl   in-toto Statement in DSSE, signed by the workspace: every file of the model, and
                                      the runs that cleared its data, each with its tables' hashes and ledger entry
    MODEL_DIR/model.sig               OpenSSF Model Signing, by a key of the developer's, if one is given: over the
                                      model's files and the lineage, so that whoever knows that key needs no other

Without a developer's key the lineage alone says what belongs together.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rfc8785

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.ledger import attest, file_sha256, verify_envelope
from kyodaku.registry import Registry
from kyodaku.training._bindable import model_name, require_apart, require_cleared_for_training
from kyodaku.training._model_signing import require_model_signing, sign_model
from kyodaku.training._rows import readable
from kyodaku.training.runs import RecordedModel, RecordedRun, recorded_models, run_of_table
from kyodaku.training.tables import whole_file

__all__ = ["LINEAGE", "MAX_LINEAGE_BYTES", "MODEL_PREDICATE", "SIGNATURE", "files_of", "record_model"]

MODEL_PREDICATE = "https://kyodaku.example/attestations/model/v1"
LINEAGE = "kyodaku-lineage.jsonl"
SIGNATURE = "model.sig"
MAX_FILES = 100_000
"""Files in one model's folder; sharded weights of the largest have some hundreds."""
MAX_LINEAGE_BYTES = 64_000_000
"""A hundred thousand files with their names and hashes; what is larger is not one of ours."""


def record_model(
    registry: Registry,
    folder: Path,
    *,
    manifests: Sequence[Path],
    name: str | None = None,
    private_key: Path | None = None,
) -> RecordedModel:
    """Records that the model in `folder` was trained on what these cleared manifests list, and signs it.

    `private_key` is a PEM file with an elliptic-curve key (P-256, P-384, P-521) for OpenSSF Model Signing, which the
    extra `models` brings. Raises UsageError for a manifest that no recorded run wrote, or that was changed since; for
    one that was not cleared for training, for another developer or another model; and for a model that is recorded
    already.
    """
    if private_key is not None:
        require_model_signing()
    require_apart(registry, folder, private_key)
    runs = list({run.id: run for run in (_run_of(registry, manifest) for manifest in manifests)}.values())
    if not runs:
        raise UsageError("no manifest is named", hint="name the cleared.parquet that it was trained on")
    require_cleared_for_training(runs)
    named = model_name(runs, folder, name)
    _require_new(registry, folder)
    files = dict(files_of(folder))
    datasets = [_dataset(run) for run in runs]
    _remove_signature(folder)  # of before the lineage
    _write_lineage(registry, folder, name=named, files=files, datasets=datasets)
    if private_key is not None:
        sign_model(folder, folder / SIGNATURE, private_key)
    lineage = file_sha256(folder / LINEAGE)
    body = {
        "name": named,
        "folder": readable(str(folder.absolute())),
        "files": len(files),
        "files_sha256": sha256(rfc8785.dumps(files)).hexdigest(),
        "datasets": datasets,
        "lineage": lineage,
        "signature": file_sha256(folder / SIGNATURE) if private_key is not None else None,
    }
    return RecordedModel.of(registry.keep_run("model", f"model-{lineage[:16]}", body, lineage=lineage))


def files_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and SHA-256 of each file of a model, in the order of names; its lineage and signature are none of them.

    Raises UsageError for a folder without files, for links (what they lead to may change) and for what is no file.
    """
    found = sorted(_paths(folder), key=lambda path: path.relative_to(folder).as_posix())
    if not found:
        raise UsageError("there is no model here", where=str(folder), hint="name the folder with the model's files")
    for path in found:
        yield path.relative_to(folder).as_posix(), file_sha256(path)


def _paths(folder: Path) -> Iterator[Path]:
    count = 0
    for root, folders, names in os.walk(folder, onerror=_unreadable):
        for name in (*folders, *names):
            path = Path(root, name)
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise UsageError("a model has no links, only files", where=str(path), hint="put the file itself there")
            if readable(name) != name:
                raise UsageError("this name is not UTF-8", where=readable(str(path)), hint="rename the file")
        for name in names:
            if Path(root) == folder and name in {LINEAGE, SIGNATURE}:
                continue
            count += 1
            if count > MAX_FILES:
                raise UsageError(f"there are more than {MAX_FILES:,} files", where=str(folder))
            yield Path(root, name)


def _unreadable(error: OSError) -> None:
    raise KyodakuError(f"cannot be read: {error.strerror}", where=str(error.filename)) from error


def _run_of(registry: Registry, manifest: Path) -> RecordedRun:
    if manifest.exists() and not manifest.is_file():  # a pipe or a device would be read without end
        raise UsageError("this is no file", where=str(manifest), hint="name the cleared.parquet that it was trained on")
    try:
        digest = file_sha256(manifest)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(manifest)) from error
    run = run_of_table(registry, digest)
    if run is None:
        hint = "name a cleared.parquet as `kyodaku clear` wrote it, with the workspace in which it did"
        raise UsageError("no run that is recorded here wrote this manifest", where=str(manifest), hint=hint)
    return run


def _dataset(run: RecordedRun) -> dict[str, Any]:
    """What names the data of a run for good."""
    return {
        "run": run.id,
        "entry": run.ledger_index,
        "record_sha256": run.body_sha256,
        "attestation_sha256": run.body["attestation"],
        "use": dict(run.body["use"]),
        "regime": dict(run.body["regime"]),
        "tables": dict(run.body["tables"]),
    }


def _require_new(registry: Registry, folder: Path) -> None:
    lineage = folder / LINEAGE
    if lineage.is_file() and not _is_own(lineage, registry):
        hint = f"if it is to be recorded in this workspace too, keep {LINEAGE} and {SIGNATURE} elsewhere first"
        raise UsageError("the model has a lineage that this workspace did not sign", where=str(lineage), hint=hint)
    known = {model.body["lineage"]: model for model in recorded_models(registry)}
    if lineage.is_file() and (model := known.get(file_sha256(lineage))):
        raise UsageError(
            f"this model is recorded as {model.id}", where=str(folder), hint=f"to do so anew, remove {LINEAGE}"
        )


def _remove_signature(folder: Path) -> None:
    try:
        (folder / SIGNATURE).unlink(missing_ok=True)
    except OSError as error:
        raise KyodakuError(f"cannot be removed: {error.strerror}", where=str(folder / SIGNATURE)) from error


def _is_own(lineage: Path, registry: Registry) -> bool:
    """Whether this workspace signed it, as when it was killed before it recorded the model."""
    try:
        if lineage.stat().st_size > MAX_LINEAGE_BYTES:
            return False
        return bool(verify_envelope(json.loads(lineage.read_bytes()), registry.keys()))
    except (OSError, ValueError, RecursionError, KyodakuError):
        return False


def _write_lineage(
    registry: Registry,
    folder: Path,
    *,
    name: str,
    files: Mapping[str, str],
    datasets: Sequence[Mapping[str, Any]],
) -> None:
    size = registry.ledger.size
    predicate = {
        "tool": f"kyodaku {version('kyodaku')}",
        "name": name,
        "datasets": [dict(each) for each in datasets],
        "ledger": {"origin": registry.origin, "size": size, "root": registry.ledger.root(size).hex()},
    }
    subjects = [{"name": each, "sha256": digest} for each, digest in files.items()]
    envelope = json.dumps(attest(subjects, MODEL_PREDICATE, predicate, registry.signing_key())) + "\n"
    if len(envelope) > MAX_LINEAGE_BYTES:
        raise UsageError("the names of these files are too long to be stated", where=str(folder), hint="shorten them")
    try:
        with whole_file(folder / LINEAGE) as part:
            part.write_text(envelope, encoding="utf-8")
    except OSError as error:
        raise KyodakuError(f"cannot be written: {error.strerror}", where=str(folder / LINEAGE)) from error

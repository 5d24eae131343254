# SPDX-License-Identifier: Apache-2.0
"""The walk from a model back to permissions, each step checked: model → lineage → run → decisions → permissions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import Trust, file_sha256, parse_record, root_of, verify_envelope
from kyodaku.registry import Registry
from kyodaku.training._bindable import cleared_for
from kyodaku.training._entering import ATTESTATION, PREDICATE_TYPE
from kyodaku.training._model_signing import verify_model_signature
from kyodaku.training._secret import RunSalts
from kyodaku.training.binding import LINEAGE, MAX_LINEAGE_BYTES, MODEL_PREDICATE, SIGNATURE, files_of
from kyodaku.training.commitments import row_leaf
from kyodaku.training.runs import RecordedModel, RecordedRun, model_named, recorded_models, run_named
from kyodaku.training.since import Since, since_cleared
from kyodaku.training.tables import ROWS_A_GROUP

__all__ = ["Walked", "walk_back"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Walked:
    """What was checked of a model, in order, and what could not be; nothing that was checked had failed.

    `others` are further records of the very same files, perhaps with other data: they count together.
    """

    model: RecordedModel
    checked: tuple[str, ...]
    unchecked: tuple[str, ...]
    permissions: tuple[str, ...]
    since: Since
    others: tuple[RecordedModel, ...]

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {
            "model": self.model.id,
            "name": self.model.name,
            "runs": list(self.model.runs),
            "checked": list(self.checked),
            "unchecked": list(self.unchecked),
            "permissions": list(self.permissions),
            **self.since.as_json(),
            "also_recorded": [{"model": each.id, "name": each.name, "runs": list(each.runs)} for each in self.others],
        }


class _Steps:
    """Gathers what was checked and what was not."""

    def __init__(self) -> None:
        self.checked: list[str] = []
        self.unchecked: list[str] = []
        self.permissions: set[str] = set()


def walk_back(
    registry: Registry, folder: Path, *, public_key: Path | None = None, trust: Trust | None = None
) -> Walked:
    """Checks each step from the model in `folder` to the permissions that its data were cleared on.

    `public_key` is the PEM file of the developer's key, for the OpenSSF signature. `trust` is the
    key, or the history of keys, that signed lineage and attestations: by default the workspace's own. Raises
    IntegrityError naming the first step that does not hold.
    """
    keys = trust or registry.keys()
    steps = _Steps()
    stated = _check_lineage(folder, keys, steps)
    _check_signature(folder, public_key, steps)
    model = _check_record(registry, folder, stated, steps)
    for dataset in stated["predicate"]["datasets"]:
        if dataset["entry"] >= model.ledger_index:
            raise IntegrityError(f"{dataset['run']} was recorded after the model", where=str(folder))
        _check_run(registry, dataset, keys, steps)
    runs = [run_named(registry, name) for name in model.runs]
    since = since_cleared(registry, runs, steps.permissions)
    return Walked(
        model=model,
        checked=tuple(steps.checked),
        unchecked=tuple(steps.unchecked),
        permissions=tuple(sorted(steps.permissions)),
        since=since,
        others=_others(registry, model),
    )


# --- the model --------------------------------------------------------------------------------------------------------


def _check_lineage(folder: Path, keys: Trust, steps: _Steps) -> Mapping[str, Any]:
    path = folder / LINEAGE
    if not path.is_file():
        raise UsageError("this model has no lineage", where=str(folder), hint="record it: `kyodaku runs record`")
    stated = _statement(path, keys, MODEL_PREDICATE)
    steps.checked.append("the lineage is signed by the workspace")
    signed = {subject["name"]: subject["digest"]["sha256"] for subject in stated["subject"]}
    found = dict(files_of(folder))
    for name in sorted({*signed, *found}):
        if signed.get(name) != found.get(name):
            what = "was added" if name not in signed else "is gone" if name not in found else "was changed"
            raise IntegrityError(f"a file of the model {what}", where=str(folder / name))
    steps.checked.append(f"the model's {len(found)} files are those of the lineage")
    return stated


def _check_signature(folder: Path, public_key: Path | None, steps: _Steps) -> None:
    signature = folder / SIGNATURE
    if public_key is None:
        if signature.is_file():
            steps.unchecked.append("the OpenSSF signature: no public key was given")
        return
    if not signature.is_file():
        raise IntegrityError("there is no OpenSSF signature to check", where=str(signature))
    verify_model_signature(folder, signature, public_key)
    steps.checked.append("the OpenSSF signature over the model and its lineage holds")


def _check_record(registry: Registry, folder: Path, stated: Mapping[str, Any], steps: _Steps) -> RecordedModel:
    lineage = file_sha256(folder / LINEAGE)
    try:
        model = model_named(registry, f"model-{lineage[:16]}")
    except UsageError as error:
        raise IntegrityError("the registry has no record of this model", where=str(folder)) from error
    signature = folder / SIGNATURE
    own = file_sha256(signature) if signature.is_file() else None
    if (model.body["lineage"], model.body["signature"]) != (lineage, own):
        raise IntegrityError("lineage or signature are not the recorded ones", where=str(folder))
    _require_entry(registry, "model", model.id, model.ledger_index, {"lineage": lineage})
    if model.body["datasets"] != stated["predicate"]["datasets"]:
        raise IntegrityError("the recorded data are not those of the lineage", where=str(folder))
    steps.checked.append(f"the model is entry {model.ledger_index} of the ledger")
    return model


def _others(registry: Registry, model: RecordedModel) -> tuple[RecordedModel, ...]:
    files = model.body.get("files_sha256")  # models of before it was kept have none
    same = (each for each in recorded_models(registry) if files and each.body.get("files_sha256") == files)
    return tuple(each for each in same if each.id != model.id)


# --- its data ---------------------------------------------------------------------------------------------------------


def _check_run(registry: Registry, dataset: Mapping[str, Any], keys: Trust, steps: _Steps) -> None:
    run = _run_of(registry, dataset)
    expected = {"sha256": run.body_sha256, "attestation": run.body["attestation"]}
    _require_entry(registry, "run", run.id, run.ledger_index, expected)
    steps.checked.append(f"{run.id} is entry {run.ledger_index} of the ledger, {cleared_for(run)}")
    if not run.is_here:
        steps.unchecked.append(f"the decisions of {run.id}: its folder is not here")
        return
    for name, sha256 in run.body["tables"].items():
        _require_file(run.out / name, sha256)
    _require_file(run.out / ATTESTATION, run.body["attestation"])
    attested = _statement(run.out / ATTESTATION, keys, PREDICATE_TYPE)
    if attested["predicate"]["run"] != run.id:
        raise IntegrityError("the attestation is of another run", where=str(run.out / ATTESTATION))
    steps.checked.append(f"the tables of {run.id} are those that were attested")
    _check_batches(registry, run)
    steps.checked.append(f"the {len(run.rows())} decisions of {run.id} are those of the ledger")
    _check_cleared(run, steps)


def _run_of(registry: Registry, dataset: Mapping[str, Any]) -> RecordedRun:
    for kept in registry.kept_runs("run", dataset["run"]):
        if kept.ledger_index == dataset["entry"] and kept.body_sha256 == dataset["record_sha256"]:
            return RecordedRun.of(kept)
    run = run_named(registry, dataset["run"])
    raise IntegrityError(f"{run.id} is not recorded as the lineage says")


def _check_batches(registry: Registry, run: RecordedRun) -> None:
    """Every decision's leaf made anew, batch by batch."""
    rows, salts = run.rows(), RunSalts.of(registry, run.id)
    if len(run.batches) != -(-len(rows) // ROWS_A_GROUP):
        raise IntegrityError("there are not as many batches as decisions need", where=str(run.out))
    for number, index in enumerate(run.batches):
        first = number * ROWS_A_GROUP
        leaves = [row_leaf(row, salts.row(first + place)) for place, row in enumerate(rows.batch(number))]
        _require_entry(registry, "clear-batch", run.id, index, {"sha256": root_of(leaves).hex(), "batch": number})


def _check_cleared(run: RecordedRun, steps: _Steps) -> None:
    """Each row of the cleared manifest is a decision that let it go; what these rest on is gathered."""
    path = run.out / "cleared.parquet"
    try:
        cleared = set(pq.read_table(path, columns=["kyodaku_decision"])["kyodaku_decision"].to_pylist())
    except (pa.ArrowException, OSError, KeyError) as error:
        raise IntegrityError("this is not the manifest as the run wrote it", where=str(path)) from error
    for row in run.rows().permitted(every=True):
        cleared.discard(row["decision_id"])
        steps.permissions.update(row["permissions"])
    if cleared:
        raise IntegrityError(f"{len(cleared)} cleared clips were never permitted", where=str(path))
    steps.checked.append(f"every clip that {run.id} cleared was permitted")


# --- small things -----------------------------------------------------------------------------------------------------


def _statement(path: Path, keys: Trust, predicate_type: str) -> Mapping[str, Any]:
    """The Statement in a file of one line, if it was signed by whom we trust."""
    try:
        if path.stat().st_size > MAX_LINEAGE_BYTES:
            raise IntegrityError("this is larger than any that Kyodaku writes", where=str(path))
        text = path.read_text(encoding="utf-8")
        envelope = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise IntegrityError("this is no attestation", where=str(path)) from error
    stated = verify_envelope(envelope, keys) if isinstance(envelope, dict) else {}
    if stated.get("predicateType") != predicate_type or text != json.dumps(envelope) + "\n":
        raise IntegrityError("this is not an attestation of this kind as it was written", where=str(path))
    return stated


def _require_file(path: Path, sha256: str) -> None:
    try:
        found = file_sha256(path)
    except OSError as error:
        raise KyodakuError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if found != sha256:
        raise IntegrityError("this is not the file that was recorded", where=str(path))


def _require_entry(registry: Registry, kind: str, subject: str, index: int, expected: Mapping[str, Any]) -> None:
    try:
        stated = parse_record(registry.ledger.entry(index))
    except IndexError as error:
        raise IntegrityError(f"the ledger has no entry {index}", where=subject) from error
    for name, value in {"type": kind, "subject": subject, **expected}.items():
        if stated.get(name) != value:
            raise IntegrityError(f"entry {index} of the ledger says {name} {stated.get(name)!r}", where=subject)

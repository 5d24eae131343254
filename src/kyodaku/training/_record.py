# SPDX-License-Identifier: Apache-2.0
"""A run's folder: `run.json`, which says what was asked, and the journal, whose lines are bound to it."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import rfc8785

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.registry import Registry
from kyodaku.rights import Regime, RegimeFiles, carried_regime, load_regime
from kyodaku.training._secret import workspace_secret
from kyodaku.training.journal import Journal
from kyodaku.training.tables import whole_file

__all__ = [
    "RECORD",
    "SCHEMA",
    "files_of_regime",
    "keep_regimes",
    "open_journal",
    "read_record",
    "regime_from",
    "regime_of",
    "write_record",
]

SCHEMA = "kyodaku/run/v2"
RECORD = "run.json"

_CORE = ("id", "schema", "corpus_path", "corpus_fingerprint", "use", "regimes", "limits", "snapshot", "ledger_size")
"""What a run's decisions depend on."""

_LATER = ("signals",)
"""What they depend on too, where it was asked for; runs from before it could be have none."""


def read_record(path: Path) -> dict[str, Any] | None:
    """What a run was asked; None where there is none. Raises `UsageError` for what is no record of a run."""
    try:
        record = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise KyodakuError(f"cannot be read: {error}", where=str(path), hint="start anew in another folder") from error
    if not isinstance(record, dict) or record.get("schema") != SCHEMA or not set(_CORE) <= set(record):
        raise UsageError("this is not a run of this version", where=str(path), hint="start anew in another folder")
    if not re.fullmatch("sha256:[0-9a-f]{64}", str(record["snapshot"])):
        raise UsageError("its snapshot has no name", where=str(path), hint="start anew in another folder")
    return record


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Writes `run.json`, whole or not at all."""
    with whole_file(path) as part:
        part.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def open_journal(out: Path, record: Mapping[str, Any], registry: Registry, *, clips: int | None = None) -> Journal:
    """The run's journal; its lines are bound to the workspace and to all that the run was asked."""
    try:
        core = rfc8785.dumps({name: record[name] for name in (*_CORE, *(held for held in _LATER if held in record))})
    except rfc8785.CanonicalizationError as error:
        raise UsageError("this is not a run of this version", where=str(out / RECORD)) from error
    key = hmac.digest(workspace_secret(registry), b"kyodaku journal v2\n" + core, "sha256")
    return Journal(out / "journal.jsonl", key=key, clips=clips)


def regime_from(asked: Mapping[str, str]) -> Regime:
    """The regime that a run's record names; `UsageError` if it is no longer what it was when the run began."""
    regime = load_regime(asked["name"], unidentified=asked.get("unidentified"))
    if regime.sha256 != asked["sha256"]:
        raise UsageError("the regime changed since the run began", where=asked["name"], hint="start anew")
    return regime


def keep_regimes(out: Path, regimes: Iterable[Mapping[str, str]]) -> None:
    """Writes the files of each regime into the run's folder, so that it decides alike after any update."""
    for asked in regimes:
        carried = carried_regime(asked["name"], unidentified=asked.get("unidentified"))
        folder = _regime_folder(out, asked)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in carried.files.items():
            with whole_file(folder / name) as part:
                part.write_bytes(content)


def regime_of(out: Path, asked: Mapping[str, str]) -> Regime:
    """The regime that a finished run decided by: what is installed if it is still the same, else what the run kept."""
    try:
        return regime_from(asked)
    except UsageError:
        if not _regime_folder(out, asked).is_dir():
            raise
        return files_of_regime(out, asked).regime()


def files_of_regime(out: Path, asked: Mapping[str, str]) -> RegimeFiles:
    """The files of the regime that a run decided by; IntegrityError if those that it kept were altered."""
    folder = _regime_folder(out, asked)
    if not folder.is_dir():
        regime_from(asked)
        return carried_regime(asked["name"], unidentified=asked.get("unidentified"))
    try:
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        carried = RegimeFiles.of(files, asked.get("unidentified"))
        if carried.regime().sha256 == asked["sha256"]:
            return carried
    except (UsageError, OSError):
        pass
    raise IntegrityError("these are not the files of the regime that the run decided by", where=str(folder))


def _regime_folder(out: Path, asked: Mapping[str, str]) -> Path:
    digest = asked["sha256"].removeprefix("sha256:")
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise UsageError("its regime has no digest", where=str(out / RECORD))
    return out / "regimes" / digest

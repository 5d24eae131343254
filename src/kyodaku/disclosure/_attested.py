# SPDX-License-Identifier: Apache-2.0
"""The signed attestation over a run's tables, held against the tables as they are now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kyodaku.errors import IntegrityError
from kyodaku.ledger import file_sha256, verify_envelope
from kyodaku.registry import Registry

__all__ = ["ATTESTATION", "Attested", "attested"]

ATTESTATION: Final = "attestation.jsonl"
_LARGEST: Final = 16_000_000
"""Bytes of an attestation; that of a run of 10^8 clips has 3 MB, nearly all of it indexes of ledger entries."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attested:
    """What the attestation names: the tool and the matcher, the tables' hashes, and where in the ledger it stands."""

    tool: str
    matcher: str
    files: Mapping[str, str]
    entries: tuple[int, ...]
    ledger_size: int
    ledger_root: str
    signed_by: str


def attested(out: Path, record: Mapping[str, Any], registry: Registry) -> Attested:
    """The attestation in the folder `out`; IntegrityError unless it is this run's and its tables are as it says."""
    path = out / ATTESTATION
    keys, envelope = registry.keys(), _envelope(path)
    statement = verify_envelope(envelope, keys)
    try:
        said = statement["predicate"]
        named = {str(each["name"]): str(each["digest"]["sha256"]) for each in statement["subject"]}
        ledger = said["ledger"]
        made = Attested(
            tool=str(said["tool"]),
            matcher=str(said["matcher"]),
            files={name: _same(out / name, digest) for name, digest in sorted(named.items())},
            entries=tuple(int(index) for index in ledger["entries"]),
            ledger_size=int(ledger["size"]),
            ledger_root=str(ledger["root"]),
            signed_by=str(keys.named(envelope["signatures"][0]["keyid"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityError("this is no attestation of a run", where=str(path)) from error
    if said.get("run") != record["id"]:
        raise IntegrityError("this is the attestation of another run", where=str(path))
    return made


def _envelope(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        envelope = json.loads(content) if len(content) <= _LARGEST else None
    except (OSError, ValueError, RecursionError) as error:
        hint = "clear ... --resume makes it whole again"
        raise IntegrityError("the attestation cannot be read", where=str(path), hint=hint) from error
    if not isinstance(envelope, dict):
        raise IntegrityError("this is no attestation", where=str(path))
    return envelope


def _same(path: Path, digest: str) -> str:
    """The hash of a table, which is the one that was signed."""
    if path.name not in {"decisions.parquet", "cleared.parquet"}:
        raise ValueError(path.name)
    try:
        found = file_sha256(path)
    except OSError as error:
        raise IntegrityError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if found != digest:
        hint = "clear ... --resume writes it anew"
        raise IntegrityError("this table is not the one that was attested", where=str(path), hint=hint)
    return digest

# SPDX-License-Identifier: Apache-2.0
"""What the registry answers with: what was recorded, what was found, what is sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kyodaku.registry._codec import as_text
from kyodaku.registry._named import NAMES, public_body

__all__ = ["Declaration", "ImportReport", "Recorded", "Reference", "Soundness"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """A declaration that is in the record: since now if `new`, else since earlier, with the same contents."""

    kind: str
    id: str
    ledger_index: int
    new: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """What an import found in its documents, in the order in which it is recorded."""

    recorded: tuple[Recorded, ...]
    notes: tuple[str, ...] = ()
    """What was read otherwise than it says, with its place."""

    @property
    def new(self) -> Mapping[str, int]:
        """How many declarations of each kind were recorded."""
        return Counter(each.kind for each in self.recorded if each.new)

    @property
    def unchanged(self) -> Mapping[str, int]:
        """How many declarations of each kind were there already."""
        return Counter(each.kind for each in self.recorded if not each.new)

    def as_json(self) -> dict[str, Any]:
        """Counts by kind, the ids of what is new, and the notes."""
        new = [
            {"kind": each.kind, "id": each.id, "ledger_index": each.ledger_index} for each in self.recorded if each.new
        ]
        return {"new": dict(self.new), "unchanged": dict(self.unchanged), "recorded": new, "notes": [*self.notes]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """One declaration as it is stored: `body` is what was stated, in the shape of the registry file."""

    seq: int
    kind: str
    id: str
    body: Mapping[str, Any]
    body_sha256: str
    recorded_at: datetime
    effective_from: datetime | None
    effective_until: datetime | None
    ledger_index: int
    salt: str | None = None
    """In hex: with it the ledger's entry commits to the body; older entries have its hash."""

    @property
    def is_erased(self) -> bool:
        """Whether what was stated was erased since."""
        return not self.body

    def as_json(self) -> dict[str, Any]:
        """All fields, times as RFC 3339; of names, how many traits are stated, and not which: they are the holder's."""
        return {
            "seq": self.seq,
            "kind": self.kind,
            "id": self.id,
            "body": public_body(self.body) if self.kind == NAMES else dict(self.body),
            "body_sha256": self.body_sha256,
            "recorded_at": as_text(self.recorded_at),
            "effective_from": self.effective_from and as_text(self.effective_from),
            "effective_until": self.effective_until and as_text(self.effective_until),
            "ledger_index": self.ledger_index,
            "salt": self.salt,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A fingerprint registered for a work; `path` is the fingerprint's file, `source` what was said of its origin."""

    id: str
    work: str
    descriptor: str
    duration_s: float
    frames: int
    sha256: str
    path: Path
    source: Mapping[str, Any]

    @property
    def media_path(self) -> Path | None:
        """The file that was fingerprinted, if it was named and is still there."""
        named = self.source.get("media")
        path = Path(named) if isinstance(named, str) else None
        return path if path is not None and path.is_file() else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Soundness:
    """What `Registry.verify` found sound.

    `orphans` are ledger entries of declarations that are not in the database: an import was killed between the two, or
    somebody removed them since, which looks the same. Of `references` the fingerprints are here, and sound; of a shared
    registry, those of others that are `elsewhere` are kept by other workspaces.
    """

    entries: int
    declarations: int
    references: int
    orphans: tuple[int, ...]
    elsewhere: int = 0
    erased: tuple[int, ...] = ()
    """Ledger entries of declarations whose contents were erased; the ledger says that they were."""
    runs: int = 0
    """Runs and models, each as the ledger has it."""
    unrecorded: tuple[int, ...] = ()
    """Ledger entries of runs and models that are not in the database, for the same two reasons as `orphans`."""

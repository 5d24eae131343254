# SPDX-License-Identifier: Apache-2.0
"""What came after a run cleared its clips and stands against them: revocations, objections, grants that ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kyodaku.registry import Registry
from kyodaku.rights import RightsRecord, rfc3339
from kyodaku.training.affected import Withdrawn, objections_to, withdrawn_of
from kyodaku.training.runs import RecordedRun

__all__ = ["Since", "since_cleared"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """What stands against clips that were cleared: it changes no decision, and whoever goes on using them must know.

    `objections` are statements that say no (an objection, a refusal, a reservation) and were recorded after the run
    began; `ended` are permissions that no longer hold, each with the moment since which.
    """

    withdrawn: tuple[Withdrawn, ...]
    objections: tuple[str, ...]
    ended: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {
            "withdrawn": [each.as_json() for each in self.withdrawn],
            "objections": list(self.objections),
            "ended": [{"permission": permission, "until": until} for permission, until in self.ended],
        }


def since_cleared(registry: Registry, runs: Iterable[RecordedRun], permissions: Collection[str] | None = None) -> Since:
    """What came after these runs; `permissions` are those they rest on, read from their folders if they are not given.

    Of a run whose folder is not here no revocation and no end of a grant can be told.
    """
    kept = tuple(runs)
    resting = {name for run in kept for name in _resting(run)} if permissions is None else set(permissions)
    rights = registry.record()
    return Since(
        withdrawn=withdrawn_of(registry, resting),
        objections=tuple(sorted({said for run in kept for said in objections_to(run, rights)})),
        ended=tuple(_ended(resting, rights)),
    )


def _resting(run: RecordedRun) -> Iterable[str]:
    if not run.is_here:
        return
    for row in run.rows().permitted(every=True):
        yield from row["permissions"]


def _ended(resting: Collection[str], rights: RightsRecord) -> Iterable[tuple[str, str]]:
    now = datetime.now(UTC)
    for name in sorted(resting):
        said = rights.permissions.get(name)
        if said is not None and said.effective_until is not None and said.effective_until <= now:
            yield name, rfc3339(said.effective_until)

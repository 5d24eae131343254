# SPDX-License-Identifier: Apache-2.0
"""How often each work was asked for, and what came of it: what its holder needs to price a licence.

It is for the holder alone: of the works of others it tells nothing, and of nobody which texts it asked with.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kyodaku.errors import UsageError
from kyodaku.generation.entering import entered
from kyodaku.registry import Registry
from kyodaku.rights import RightsRecord, Verdict

__all__ = ["Demand", "demand"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """Prompts that named or described a work: how many had which verdict, and for how many a statement was a reason."""

    work: str
    verdicts: Mapping[str, int]
    permissions: Mapping[str, int]

    @property
    def asked(self) -> int:
        """How many there were."""
        return sum(self.verdicts.values())

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        counts = {"verdicts": dict(self.verdicts), "permissions": dict(self.permissions)}
        return {"work": self.work, "asked": self.asked, **counts}


def demand(registry: Registry, holder: str, *, since: datetime | None = None) -> tuple[Demand, ...]:
    """The demand for each work in which `holder` holds a share, the most asked for first.

    It counts what was decided in this workspace from `since` on. A prompt with several works has one verdict, and
    counts with it for each. UsageError for a party that nobody declared.
    """
    rights = registry.record()
    if holder not in rights.parties:
        raise UsageError(f"unknown party {holder!r}", where=str(registry.directory))
    own = _works(rights, holder)
    verdicts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    statements: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for moment, line in entered(registry):
        counts = line["moment"] == "prompt" and (since is None or moment >= since)
        for work in own.intersection(line["works"]) if counts else ():
            verdicts[work][line["verdict"]] += 1
            statements[work].update(name for name in line["permissions"] if _is_about(rights, name, work, holder))
    found = [
        Demand(
            work=work,
            verdicts={verdict.value: counts[verdict.value] for verdict in Verdict},
            permissions=dict(sorted(statements[work].items())),
        )
        for work, counts in verdicts.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.asked, each.work)))


def _works(rights: RightsRecord, holder: str) -> set[str]:
    return {work.id for work in rights.works.values() if any(share.party == holder for share in work.shares)}


def _is_about(rights: RightsRecord, name: str, work: str, holder: str) -> bool:
    """Whether a statement is the holder's own about this work: what others said stays theirs."""
    said = rights.permissions.get(name)
    return said is not None and said.by == holder and (work in said.works or "all" in said.works)

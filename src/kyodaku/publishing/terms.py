# SPDX-License-Identifier: Apache-2.0
"""What a registry says of a work to anybody: the law's own answer for a stranger who asks now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from kyodaku.errors import UsageError
from kyodaku.registry import Registry
from kyodaku.rights import Finding, Regime, RightsRecord, Use, decide
from kyodaku.signals import SIGNAL_ACTS
from kyodaku.signals.writing import UNSAID, Terms

__all__ = ["terms_of"]

_USE_OF: Final[Mapping[str, str]] = {
    "collect": "collect",
    "mine": "mine",
    "train_gen": "train",
    "train_nongen": "train",
    "input": "input",
    "index": "index",
    "generate": "generate",
}
_STRANGER: Final = "anybody-who-asks"
_KINDS: Final = ("character", "identity", "mark")


def terms_of(
    registry: Registry, work: str, regime: Regime, at: datetime, *, search: str | None = None, **said: Any
) -> Terms:
    """The terms of a work, for anybody in the world, for every purpose; UsageError for a work that is not registered.

    A grant to one developer is no allowance to the world. What is silent is reserved, and what is offered is to be had
    on terms. Only searching is left unsaid unless indexing is granted to all, or `search` says allow or deny: a studio
    that reserves its films against models seldom means that search engines drop its pages. `said` are fields of
    `Terms` that the registry does not know (path, offers, contact, site).
    """
    record = registry.record()
    if work not in record.works:
        raise UsageError(f"there is no work {work!r}", hint="kyodaku registry import")
    known = record.works[work]
    says = {act: _word(record, work, act, regime, at) for act in SIGNAL_ACTS if act != "search"}
    says["search"] = search or ("allow" if says["index"] == "allow" else UNSAID)
    return Terms(
        work=work,
        title=" / ".join(dict.fromkeys(known.title.values())) or work,
        says=says,
        holder=_holders(record, work),
        iscc=tuple(each.removeprefix("iscc:") for each in known.identifiers if each.startswith("iscc:")),
        kind=known.kind if known.kind in _KINDS else "work",
        **said,
    )


def _word(record: RightsRecord, work: str, act: str, regime: Regime, at: datetime) -> str:
    facts = record.facts([Finding(work=work, how="claimed")], developer=_STRANGER)
    decision = decide(Use(developer=_STRANGER, act=_USE_OF[act], at=at), facts, regime)
    if decision.verdict.value == "permitted":
        return "allow"
    offered = decision.verdict.value == "permitted_with_duties" or any(
        ground.permission is not None and record.permissions[ground.permission].kind == "offer"
        for ground in decision.grounds
        if ground.permission in record.permissions
    )
    return "constrained" if offered else "deny"


def _title(titles: Mapping[str, str]) -> str:
    return titles.get("en") or next(iter(titles.values()), "")


def _holders(record: RightsRecord, work: str) -> str:
    names = []
    for share in record.works[work].shares:
        party = record.parties.get(share.party)
        names.append(_title(party.name) if party is not None and party.name else share.party)
    return ", ".join(dict.fromkeys(names))

# SPDX-License-Identifier: Apache-2.0
"""Short ways to write the facts of a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kyodaku.rights import Mandate, Permission, Share, Use, Work

DAY_ZERO: Final = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    """Days after the beginning of 2026."""
    return DAY_ZERO + timedelta(days=number)


def make_statement(kind: str, by: str, since: float = 0, **fields: Any) -> Permission:
    """A statement about `film`, effective and recorded on one day unless told otherwise; grants train to `lab`."""
    defaults: dict[str, Any] = {
        "id": f"{kind}-{by}",
        "works": ("film",),
        "recorded_at": day(since),
        "effective_from": day(since),
    }
    if kind in {"grant", "offer"}:
        defaults |= {"to": ("lab",), "acts": ("train",)}
    return Permission(kind=kind, by=by, **(defaults | fields))


def make_use(at: float = 10, **fields: Any) -> Use:
    """Training of `video-1` by `lab` in Japan."""
    defaults: dict[str, Any] = {"developer": "lab", "act": "train", "model": "video-1", "territory": ("JP",)}
    return Use(at=day(at), **(defaults | fields))


def make_work(*parties: str, **fields: Any) -> Work:
    """A film that the parties hold together."""
    shares = tuple(Share(party=party) for party in parties)
    return Work(**({"id": "film", "kind": "film", "shares": shares} | fields))


def make_mandate(agent: str, principal: str, **fields: Any) -> Mandate:
    """A mandate from day 0 for everything that preserves the right."""
    defaults: dict[str, Any] = {"id": f"{agent}-for-{principal}", "recorded_at": day(0), "valid_from": day(0)}
    return Mandate(agent=agent, principal=principal, **(defaults | fields))

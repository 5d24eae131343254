# SPDX-License-Identifier: Apache-2.0
"""How a candidate is stored: its row, the works it names, and its entry in the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Protocol

from kyodaku.ledger import record
from kyodaku.registry._codec import EFFECTIVE, UNTIL, Body

__all__ = ["ENTRY_TYPE", "Declarable", "entry_of", "links_of", "row_of"]

ENTRY_TYPE: Final = "declaration"
"""The type of the ledger's entries for declarations."""

_SUBJECT: Final = {"party": "id", "work": "id", "mandate": "agent", "permission": "by", "reference": "work"}
_LINKS: Final = {
    "party": {},
    "work": {"part_of": "part_of", "derived_from": "derived_from"},
    "mandate": {"works": "works"},
    "permission": {"works": "works"},
    "reference": {"work": "of"},
}


class Declarable(Protocol):
    """What can be entered and stored: `text` is the canonical `body`, `digest` its hash."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def body(self) -> Body: ...
    @property
    def text(self) -> str: ...
    @property
    def digest(self) -> str: ...


def entry_of(declared: Declarable, now: datetime) -> bytes:
    """The ledger's entry: who or what was declared, when, and the hash of what was said."""
    return record(ENTRY_TYPE, time=now, subject=declared.id, sha256=declared.digest, kind=declared.kind)


def row_of(seq: int, declared: Declarable, now: datetime, ledger_index: int) -> dict[str, Any]:
    """The row in `declarations`."""
    kind, body = declared.kind, declared.body
    return {
        "seq": seq,
        "kind": kind,
        "id": body["id"],
        "subject": body[_SUBJECT[kind]],
        "body": declared.text,
        "body_sha256": declared.digest,
        "recorded_at": now,
        "effective_from": _moment(body.get(EFFECTIVE.get(kind, ""))) or (now if kind in EFFECTIVE else None),
        "effective_until": _moment(body.get(UNTIL.get(kind, ""))),
        "ledger_index": ledger_index,
    }


def links_of(seq: int, declared: Declarable) -> list[dict[str, Any]]:
    """The rows in `declaration_works`."""
    return [
        {"seq": seq, "work": work, "relation": relation}
        for name, relation in _LINKS[declared.kind].items()
        for work in _several(declared.body.get(name, ()))
    ]


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

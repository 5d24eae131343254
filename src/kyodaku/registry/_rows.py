# SPDX-License-Identifier: Apache-2.0
"""How a declaration is stored: its row, what it is found by, and its entry in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Protocol

from kyodaku.ledger import commitment, record
from kyodaku.registry._codec import EFFECTIVE, UNTIL, Body
from kyodaku.registry._tables import stored_moment
from kyodaku.rights import ALL

__all__ = ["ENTRY_TYPE", "Declarable", "entry_of", "links_of", "row_of"]

ENTRY_TYPE: Final = "declaration"
"""The type of the ledger's entries for declarations."""

_SUBJECT: Final = {
    "party": "id",
    "work": "id",
    "mandate": "agent",
    "permission": "by",
    "reference": "work",
    "names": "id",
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


def entry_of(declared: Declarable, now: datetime, salt: bytes) -> bytes:
    """The ledger's entry: who or what was declared, when, and a commitment to what was said."""
    said = commitment(declared.text.encode(), salt)
    return record(ENTRY_TYPE, time=now, subject=declared.id, sha256=said, kind=declared.kind)


def row_of(seq: int, declared: Declarable, now: str, ledger_index: int, salt: bytes) -> tuple[Any, ...]:
    """The row in `declarations`, column by column; `now` as it is stored."""
    kind, body = declared.kind, declared.body
    since = until = None
    if kind in EFFECTIVE:
        stated, end = body.get(EFFECTIVE[kind]), body.get(UNTIL[kind])
        since = now if stated is None else _stored(stated)
        until = None if end is None else _stored(end)
    subject = body[_SUBJECT[kind]]
    said = (declared.text, declared.digest)
    return (seq, kind, declared.id, subject, *said, now, since, until, ledger_index, salt.hex())


def links_of(seq: int, declared: Declarable) -> Iterator[tuple[str, str, int]]:
    """The rows in `declaration_links`.

    Of a work: what it is `part_of` and `derived_from`. Of a mandate: its `agent` and `principal`. Of a reference: the
    work it is `of`. Of a statement: each work it is `about`, or, where it is about all of its speaker's, whose
    `catalogue`; of a revocation, what it `revokes`; of a sub-licence, what it is `under`.
    """
    kind, body = declared.kind, declared.body
    if kind == "permission":
        if "revokes" in body:
            yield body["revokes"], "revokes", seq
            return
        for work in body["works"]:
            yield (body["by"], "catalogue", seq) if work == ALL else (work, "about", seq)
        if "under" in body:
            yield body["under"], "under", seq
    elif kind == "work":
        for relation in ("part_of", "derived_from"):
            yield from ((name, relation, seq) for name in body.get(relation, ()))
    elif kind == "mandate":
        yield from ((body[relation], relation, seq) for relation in ("agent", "principal"))
    elif kind == "reference":
        yield body["work"], "of", seq


@lru_cache(maxsize=10_000)
def _stored(text: str) -> str:
    return stored_moment(datetime.fromisoformat(text))

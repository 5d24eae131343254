# SPDX-License-Identifier: Apache-2.0
"""Runs, and the models trained on what they cleared: kept beside the declarations, entered in the same ledger.

What is kept of each is its body, canonical JSON with a salt of its own; the ledger's entry has the body's hash, so that
it tells nothing to those who only guess at what was run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, func, select

from kyodaku.errors import IntegrityError
from kyodaku.ledger import Log, parse_record, record
from kyodaku.registry._codec import canonical, digest
from kyodaku.registry._database import Turn
from kyodaku.registry._state import can_be_id
from kyodaku.registry._tables import runs, stored_moment

__all__ = ["Kept", "RunKind", "check_runs", "keep_run", "kept_runs"]

RunKind = Literal["run", "model"]
_SALT_BYTES: Final = 16
_KINDS: Final = ("run", "model")
_MARKS: Final = tuple(f'"type":"{kind}"'.encode() for kind in _KINDS)
"""As canonical JSON has it: of a million other entries none need be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A run or a model as it is kept; one that was recorded again, with other outputs, is kept again.

    `body_sha256` is what the entry `ledger_index` says of the body's canonical JSON, whose `salt` is in it.
    """

    kind: str
    id: str
    body: Mapping[str, Any]
    body_sha256: str
    recorded_at: datetime
    ledger_index: int


def keep_run(turn: Turn, kind: RunKind, key: str, body: Mapping[str, Any], now: datetime, **stated: Any) -> Kept:
    """Enter a run or a model in the ledger and keep its body; `stated` goes into the entry, for all to see."""
    salted = {**body, "salt": token_hex(_SALT_BYTES)}
    text = canonical(salted)
    sha256 = digest(text)
    index = turn.log.append(record(kind, time=now, subject=key, sha256=sha256, **stated))
    seq = (turn.connection.scalar(select(func.max(runs.c.seq))) or 0) + 1
    turn.put(runs, [(seq, kind, key, text.decode(), sha256, stored_moment(now), index)])
    return Kept(kind=kind, id=key, body=salted, body_sha256=sha256, recorded_at=now, ledger_index=index)


def kept_runs(connection: Connection, kind: RunKind, key: str | None = None) -> Iterator[Kept]:
    """All that were recorded of this kind, or under this id, in order.

    Raises IntegrityError for a body that is not the one whose hash was recorded with it.
    """
    if key is not None and not can_be_id(key):
        return
    chosen = select(runs).where(runs.c.kind == kind).order_by(runs.c.seq)
    for row in connection.execute(chosen if key is None else chosen.where(runs.c.id == key)):
        _check_body(row)
        yield Kept(
            kind=row.kind,
            id=row.id,
            body=json.loads(row.body),
            body_sha256=row.body_sha256,
            recorded_at=row.recorded_at,
            ledger_index=row.ledger_index,
        )


def check_runs(connection: Connection, log: Log, entered: int) -> tuple[int, tuple[int, ...]]:
    """How many there are, and those of the first `entered` entries that are of a run or a model and have no row.

    IntegrityError names the first that the ledger does not bear out.
    """
    size = log.size
    recorded: set[int] = set()
    for row in connection.execute(select(runs).order_by(runs.c.seq)):
        if row.ledger_index >= size:
            raise _differs(row, f"its entry {row.ledger_index} is not in the ledger of {size} entries")
        _check_body(row)
        stated = parse_record(log.entry(row.ledger_index))
        for name, value in {"type": row.kind, "subject": row.id, "sha256": row.body_sha256}.items():
            if stated[name] != value:
                what = f"entry {row.ledger_index} of the ledger says {name} {stated[name]!r}, not {value!r}"
                raise _differs(row, what)
        recorded.add(row.ledger_index)
    lost = (index for index, entry in enumerate(log.entries(0, entered)) if index not in recorded and _is_ours(entry))
    return len(recorded), tuple(lost)


def _is_ours(entry: bytes) -> bool:
    """Whether the entry is of a run or a model."""
    if not any(mark in entry for mark in _MARKS):
        return False
    try:
        return parse_record(entry)["type"] in _KINDS
    except IntegrityError:
        return False  # no record of anyone's


def _check_body(row: Row[Any]) -> None:
    if digest(row.body.encode()) != row.body_sha256:
        raise _differs(row, "its body does not hash to the recorded hash")


def _differs(row: Row[Any], what: str) -> IntegrityError:
    return IntegrityError(what, where=f"{row.kind} {row.id}")

# SPDX-License-Identifier: Apache-2.0
"""Who may ask: keys of teams, what each may do, and how much of it.

A key is shown once, when it is made; kept is its SHA-256, which is enough for 256 random bits.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text, bindparam, func, literal_column, select
from sqlalchemy.dialects.sqlite import insert

from kyodaku.errors import UsageError
from kyodaku.generation.blocked import MOST_THUMBNAILS
from kyodaku.generation.database import SmallDatabase, sql_of

__all__ = ["Key", "Policy", "Teams"]

FILE: Final = "teams.sqlite"
_PREFIX: Final = "kyo_"
_KEY_BYTES: Final = 32
_LONGEST: Final = 200
_FOUND_S: Final = 1.0

_tables = MetaData()
_keys = Table(
    "keys",
    _tables,
    Column("id", String, primary_key=True),
    Column("sha256", String, nullable=False, unique=True),
    Column("policy", Text, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("revoked_at", Float),
)
_used = Table(
    "used",
    _tables,
    Column("key", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("seconds", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
)
_SPEND: Final = sql_of(
    insert(_used)
    .values(key=bindparam("key"), day=bindparam("day"), seconds=bindparam("more"), requests=literal_column("1"))
    .on_conflict_do_update(
        ["key", "day"],
        set_={"seconds": _used.c.seconds + bindparam("more"), "requests": _used.c.requests + literal_column("1")},
        where=_used.c.seconds + bindparam("more") <= bindparam("most"),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What a key may do.

    `regime` decides its requests, `developer`, `model`, `purpose` and `territory` are the use that is decided on (None:
    the service's own). `per_minute` requests, `at_once` jobs, and `seconds_a_day` of video, each None for no limit.
    `dry_run` records what would have been decided and refuses nothing: for trying the gate in front of a generator.
    `on_review` says whether a doubtful prompt waits for a person (`hold`) or is refused. `thumbnails` is how many small
    pictures are kept of a video that was made and blocked.
    """

    team: str
    regime: str | None = None
    developer: str | None = None
    model: str | None = None
    purpose: str | None = None
    territory: tuple[str, ...] = ()
    per_minute: int | None = 60
    at_once: int | None = 20
    seconds_a_day: int | None = None
    dry_run: bool = False
    on_review: str = "hold"
    thumbnails: int = 0

    def __post_init__(self) -> None:
        if not self.team or len(self.team) > _LONGEST or not self.team.isprintable():
            raise UsageError("a team has a name of up to 200 letters", where="policy: team")
        if self.on_review not in ("hold", "refuse"):
            raise UsageError("'on_review' is hold or refuse", where="policy: on_review")
        if not 0 <= self.thumbnails <= MOST_THUMBNAILS:
            raise UsageError(f"{self.thumbnails} is not 0 to {MOST_THUMBNAILS}", where="policy: thumbnails")
        for name in ("per_minute", "at_once", "seconds_a_day"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{value} is not 1 or more", where=f"policy: {name}", hint="leave it out for no limit")

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Policy:
        """The policy with these fields; UsageError for one that there is not."""
        known = {each.name for each in fields(cls)}
        if odd := sorted(set(record) - known):
            raise UsageError(f"there is no field {odd[0]!r}", where="policy", hint=f"known: {', '.join(sorted(known))}")
        return cls(**{**record, "territory": tuple(record.get("territory", ()))})


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A key without its secret: `id` is what jobs, logs and reports name."""

    id: str
    policy: Policy
    made_at: datetime
    revoked_at: datetime | None = None


class Teams:
    """The keys of one service, and what was used of them today."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()
        self._database = SmallDatabase(folder / FILE, _tables)
        # what was used today may lose its last moments in a power cut, which keys and their end may not
        self._spending = SmallDatabase(folder / FILE, _tables, is_durable=False)
        self._turn = self._database.turn
        self._found: dict[str, tuple[Key | None, float]] = {}

    def close(self) -> None:
        """Let go of the database."""
        self._spending.close()
        self._database.close()

    def add(self, policy: Policy) -> tuple[Key, str]:
        """A new key, and its secret, which nobody can ask for again."""
        secret = _PREFIX + secrets.token_urlsafe(_KEY_BYTES)
        key = Key(id=f"key_{secrets.token_hex(8)}", policy=policy, made_at=self._clock())
        row = {"id": key.id, "sha256": _digest(secret), "policy": json.dumps(asdict(policy))}
        with self._turn() as connection:
            connection.execute(_keys.insert().values(row | {"made_at": key.made_at.timestamp()}))
        return key, secret

    def all(self) -> list[Key]:
        """Every key, revoked ones too, in the order of making."""
        with self._database.reading() as connection:
            return [_key_of(row) for row in connection.execute(select(_keys).order_by(_keys.c.made_at))]

    def by_id(self, key_id: str) -> Key | None:
        """The key of this id, revoked or not: what it asked for while it held is still checked by its policy."""
        with self._database.reading() as connection:
            row = connection.execute(select(_keys).where(_keys.c.id == key_id)).first()
        return None if row is None else _key_of(row)

    def revoke(self, key_id: str) -> None:
        """From now on nothing is answered under this key."""
        self._found.clear()
        with self._turn() as connection:
            change = _keys.update().where(_keys.c.id == key_id).values(revoked_at=self._clock().timestamp())
            if not connection.execute(change).rowcount:
                raise UsageError(f"there is no key {key_id!r}", hint="kyodaku serve keys list")

    def of(self, secret: str) -> Key | None:
        """The key with this secret, unless it was revoked; looked up by hash, so time tells nothing of the secret.

        What was found holds for a second: a revocation by another process is heeded that much later.
        """
        if not secret.startswith(_PREFIX) or len(secret) > _LONGEST:
            return None
        digest, now = _digest(secret), time.monotonic()
        found, until = self._found.get(digest, (None, 0.0))
        if now < until:
            return found
        with self._database.reading() as connection:
            row = connection.execute(select(_keys).where(_keys.c.sha256 == digest)).first()
        found = None if row is None or row.revoked_at is not None else _key_of(row)
        if found is not None:  # of what anybody may make up nothing is kept
            self._found[digest] = (found, now + _FOUND_S)
        return found

    # --- how much ---------------------------------------------------------------------------------------------------

    def wait_of(self, key: Key) -> float:
        """Take one request from the key's minute: 0 if there was one left, else the seconds until there is."""
        rate = key.policy.per_minute
        if rate is None:
            return 0.0
        now = self._clock().timestamp()
        with self._lock:
            left, since = self._buckets.get(key.id, (float(rate), now))
            left = min(float(rate), left + max(0.0, now - since) * rate / 60)  # a clock may go back
            if left < 1:
                self._buckets[key.id] = (left, now)
                return (1 - left) * 60 / rate
            self._buckets[key.id] = (left - 1, now)
            return 0.0

    def spend(self, key: Key, seconds: int) -> bool:
        """Count this much video against the day of a key with a limit; False, and not counted, if it is too much."""
        limit = key.policy.seconds_a_day
        if limit is None:
            return True
        if seconds > limit:
            return False
        used = {"key": key.id, "day": self._clock().date().isoformat(), "more": seconds, "most": limit}
        with self._spending.quick_turn() as driver:
            return driver.execute(_SPEND, used).rowcount > 0

    def give_back(self, key: Key, seconds: int) -> None:
        """Take back what was counted for a video that was not made."""
        if key.policy.seconds_a_day is None:
            return
        day = self._clock().date().isoformat()
        mine = (_used.c.key == key.id) & (_used.c.day == day)
        with self._spending.turn() as connection:
            left = func.max(0, _used.c.seconds - seconds)  # it may have been counted the day before
            connection.execute(_used.update().where(mine).values(seconds=left))


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key_of(row: Any) -> Key:
    return Key(
        id=row.id,
        policy=Policy.from_json(json.loads(row.policy)),
        made_at=datetime.fromtimestamp(row.made_at, UTC),
        revoked_at=None if row.revoked_at is None else datetime.fromtimestamp(row.revoked_at, UTC),
    )

# SPDX-License-Identifier: Apache-2.0
"""The jobs, in a database of their own: a restart, a crash or a second worker loses none and does none twice.

A worker claims a job for a while (its lease) and must renew it. Every move names the state it starts from and the
worker whose claim it rests on, so a worker that slept through its lease cannot undo what another did since.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from kyodaku.errors import KyodakuError
from kyodaku.generation.database import SmallDatabase, sql_of
from kyodaku.generation.job import MOVES, OPEN_STATES, Fault, Job, State, Step, VideoRequest

__all__ = ["Conflict", "JobStore", "NoRoom", "Page", "new_id"]

FILE: Final = "jobs.sqlite"
_ID_BYTES: Final = 16
LEASE: Final = timedelta(seconds=30)
"""How long a claim holds without being renewed: after a crash a job goes on that much later."""
_LONGEST_LEASE: Final = timedelta(minutes=5)
"""No claim or pause is ever set further ahead: one that ends later is of a clock that was put back since."""

_tables = MetaData()
_jobs = Table(
    "jobs",
    _tables,
    Column("number", Integer, primary_key=True),  # the order in which they came
    Column("id", String, nullable=False, unique=True),
    Column("owner", String, nullable=False, index=True),
    Column("state", String, nullable=False, index=True),
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("completed_at", Float),
    Column("progress", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ticket", String),
    Column("request", Text, nullable=False),
    Column("steps", Text, nullable=False),
    Column("fault", Text),
    Column("output_sha256", String),
    Column("remixed_from", String),
    Column("once", String),  # the caller's idempotency key
    Column("once_digest", String),
    Column("worker", String),
    Column("lease_until", Float),
    Column("told", Integer, nullable=False, server_default="0"),  # whether the end of it was announced
    UniqueConstraint("owner", "once"),
    Index("jobs_by_owner_and_state", "owner", "state"),
)


class Conflict(KyodakuError):  # noqa: N818 - named as the status code 409 that it becomes
    """The job is not (or no longer) in the state that this rests on; nothing was changed."""


class NoRoom(KyodakuError):  # noqa: N818 - what there is none of
    """The owner has as many open jobs as it may; nothing was added."""


class Page(list[Job]):
    """Jobs in order; `more` says whether there are further ones after the last."""

    more: bool = False


class JobStore:
    """The jobs of one service; several processes may use it at once."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._database = SmallDatabase(folder / FILE, _tables)
        self._turn = self._database.turn

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def add(
        self, job: Job, *, once: str | None = None, digest: str | None = None, most_open: int | None = None
    ) -> tuple[Job, bool]:
        """Keep a new job; or, if its owner asked for the same under the same key before, the job of then and False.

        Raises `Conflict` when the same key came with something else, and `NoRoom` when the owner has `most_open` jobs
        that are not done: counted in the same transaction, so that many requests at once get no more.
        """
        row = _row_of(job) | {"once": once, "once_digest": digest}
        try:
            with self._database.quick_turn() as driver:
                driver.execute(_ADD, row)
                if most_open is not None:
                    ((count,),) = driver.execute(_COUNT_OPEN, {"by": job.owner, "most": most_open + 1})
                    if count > most_open:
                        raise NoRoom(f"{most_open} videos are being made already")  # which takes the insertion back
        except sqlite3.IntegrityError:
            return self._known(job.owner, once, digest), False
        return job, True

    def known(self, owner: str, once: str, digest: str) -> Job | None:
        """The job that this owner asked for under this key before; `Conflict` if that was another request."""
        with self._database.reading() as connection:
            found = connection.execute(_all().where(_jobs.c.owner == owner, _jobs.c.once == once)).first()
        if found is None:
            return None
        if found.once_digest != digest:
            raise Conflict("this idempotency key was used for another request", hint="take a new one")
        return _job_of(found)

    def get(self, job_id: str, *, owner: str | None = None) -> Job | None:
        """The job of this id, if there is one and, where an owner is named, it is theirs."""
        asked = _all().where(_jobs.c.id == job_id)
        with self._database.reading() as connection:
            found = connection.execute(asked if owner is None else asked.where(_jobs.c.owner == owner)).first()
        return None if found is None else _job_of(found)

    def page(self, owner: str, *, after: str | None = None, limit: int = 20, newest_first: bool = True) -> Page:
        """Up to `limit` jobs of this owner, after the one named; `Conflict` if that is none of theirs."""
        asked = _all().where(_jobs.c.owner == owner)
        with self._database.reading() as connection:
            if after is not None:
                place = connection.scalar(select(_jobs.c.number).where(_jobs.c.owner == owner, _jobs.c.id == after))
                if place is None:
                    raise Conflict(f"there is no video {after!r}")
                asked = asked.where(_jobs.c.number < place if newest_first else _jobs.c.number > place)
            order = _jobs.c.number.desc() if newest_first else _jobs.c.number
            rows = connection.execute(asked.order_by(order).limit(limit + 1)).all()
        page = Page(map(_job_of, rows[:limit]))
        page.more = len(rows) > limit
        return page

    def in_state(self, *states: State, owner: str | None = None) -> int:
        """How many jobs are in one of these states."""
        with self._database.reading() as connection:
            return int(connection.scalar(_count(states, owner)) or 0)

    def has_room(self, owner: str, most_open: int) -> bool:
        """Whether fewer than so many jobs of this owner are not done."""
        found = self._database.first(_COUNT_OPEN, {"by": owner, "most": most_open})
        return found is None or found["count"] < most_open

    # --- work ---------------------------------------------------------------------------------------------------------

    def claim(self, worker: str, states: Sequence[State]) -> Job | None:
        """The oldest job in one of these states that nobody works on, now this worker's until its lease ends."""
        now = self._clock().timestamp()
        until = _jobs.c.lease_until
        free = or_(until.is_(None), until <= now, until > now + _LONGEST_LEASE.total_seconds())
        asked = _all().where(_jobs.c.state.in_(states), free).order_by(_jobs.c.number).limit(1)
        with self._database.reading() as connection:  # who is idle keeps nobody from writing
            if connection.execute(asked).first() is None:
                return None
        with self._turn() as connection:
            found = connection.execute(asked).first()
            if found is None:
                return None
            lease = {"worker": worker, "lease_until": now + LEASE.total_seconds()}
            connection.execute(update(_jobs).where(_jobs.c.number == found.number).values(lease))
        return _job_of(found)

    def renew(self, job: Job, worker: str, *, progress: int | None = None) -> None:
        """Hold on to a claim; `Conflict` if it went to another or the job was moved or deleted meanwhile."""
        now = self._clock().timestamp()
        values: dict[str, Any] = {"lease_until": now + LEASE.total_seconds()}
        if progress is not None:
            values["progress"] = max(0, min(99, progress))
        self._change(job, values, worker=worker)

    def move(self, job: Job, to: State, *, worker: str | None = None, **changes: Any) -> Job:
        """The job in its next state, with these fields changed; the claim on it ends.

        Raises `Conflict` when it is in another state by now, or (with a `worker`) claimed by another.
        """
        if to not in MOVES[job.state]:
            raise ValueError(f"no job goes from {job.state} to {to}")
        moved = replace(job, state=to, changed_at=self._clock(), **changes)
        values = _row_of(moved) | {"worker": None, "lease_until": None}
        self._change(job, values, worker=worker)
        return moved

    def let_go(self, job: Job, worker: str, *, after: timedelta) -> None:
        """End a claim without a move: anyone may go on with the job after this while."""
        self._change(job, {"worker": None, "lease_until": (self._clock() + after).timestamp()}, worker=worker)

    def try_again(self, job: Job, worker: str, *, after: timedelta) -> None:
        """End a claim without a move, and count the try."""
        until = (self._clock() + after).timestamp()
        self._change(job, {"worker": None, "lease_until": until, "attempts": job.attempts + 1}, worker=worker)

    def count_try(self, job: Job, worker: str) -> Job:
        """The job with one more try counted, still this worker's: one that ends the worker ends as a failure too."""
        tried = replace(job, attempts=job.attempts + 1)
        self._change(job, {"attempts": tried.attempts}, worker=worker)
        return tried

    def held(self, most: int = 1000) -> list[Job]:
        """The jobs that wait for a person, oldest first."""
        asked = _all().where(_jobs.c.state.in_(("held", "held_output"))).order_by(_jobs.c.number).limit(most)
        with self._database.reading() as connection:
            return list(map(_job_of, connection.execute(asked)))

    def untold(self) -> Job | None:
        """The job that ended longest ago of those whose end was not announced yet."""
        ended = _jobs.c.state.in_(("completed", "failed"))
        with self._database.reading() as connection:
            found = connection.execute(
                _all().where(ended, _jobs.c.told == 0).order_by(_jobs.c.changed_at).limit(1)
            ).first()
        return None if found is None else _job_of(found)

    def tell(self, job: Job) -> None:
        """Note that the end of this job was announced, or cannot be."""
        with self._turn() as connection:
            connection.execute(update(_jobs).where(_jobs.c.id == job.id).values(told=1))

    def note(self, job: Job, steps: tuple[Step, ...]) -> None:
        """Add what was decided since on a job that stays where it is."""
        self._change(job, {"steps": json.dumps([step.as_json() for step in steps])}, worker=None)

    def remove(self, job: Job) -> bool:
        """Forget the job; whether it was there."""
        with self._turn() as connection:
            return bool(connection.execute(delete(_jobs).where(_jobs.c.id == job.id)).rowcount)

    def _change(self, job: Job, values: dict[str, Any], *, worker: str | None) -> None:
        rests_on = [_jobs.c.id == job.id, _jobs.c.state == job.state]
        if worker is not None:
            rests_on.append(_jobs.c.worker == worker)
        with self._turn() as connection:
            if not connection.execute(update(_jobs).where(and_(*rests_on)).values(values)).rowcount:
                raise Conflict(f"the video {job.id} is no longer {job.state}")

    def _known(self, owner: str, once: str | None, digest: str | None) -> Job:
        found = None if once is None or digest is None else self.known(owner, once, digest)
        if found is None:
            raise KyodakuError("a job with this id is there already", where=str(self._database.path))
        return found


def new_id() -> str:
    """An id that nobody guesses: who has it may ask for the video only with the owner's key all the same."""
    return f"video_{secrets.token_hex(_ID_BYTES)}"


_LATER: Final = ("number", "worker", "lease_until", "told")
_ADD: Final = sql_of(
    insert(_jobs).values({column.name: bindparam(column.name) for column in _jobs.c if column.name not in _LATER})
)
_OPEN: Final = select(_jobs.c.number).where(
    _jobs.c.owner == bindparam("by"), or_(*(_jobs.c.state == literal_column(f"'{state}'") for state in OPEN_STATES))
)
_COUNT_OPEN: Final = sql_of(
    select(func.count().label("count")).select_from(
        _OPEN.limit(bindparam("most")).offset(literal_column("0")).subquery()
    )
)


def _count(states: Sequence[State], owner: str | None) -> Select[Any]:
    asked = select(func.count()).select_from(_jobs).where(_jobs.c.state.in_(states))
    return asked if owner is None else asked.where(_jobs.c.owner == owner)


def _all() -> Select[Any]:
    return select(_jobs)


def _row_of(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "owner": job.owner,
        "state": job.state,
        "created_at": job.created_at.timestamp(),
        "changed_at": job.changed_at.timestamp(),
        "completed_at": None if job.completed_at is None else job.completed_at.timestamp(),
        "progress": job.progress,
        "attempts": job.attempts,
        "ticket": job.ticket,
        "request": json.dumps(job.request.as_json()),
        "steps": json.dumps([step.as_json() for step in job.steps]),
        "fault": None if job.fault is None else json.dumps(job.fault.as_json()),
        "output_sha256": job.output_sha256,
        "remixed_from": job.remixed_from,
    }


def _job_of(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        owner=row.owner,
        state=row.state,
        created_at=_moment(row.created_at),
        changed_at=_moment(row.changed_at),
        completed_at=None if row.completed_at is None else _moment(row.completed_at),
        progress=row.progress,
        attempts=row.attempts,
        ticket=row.ticket,
        request=VideoRequest.from_json(json.loads(row.request)),
        steps=tuple(map(Step.from_json, json.loads(row.steps))),
        fault=None if row.fault is None else Fault(**json.loads(row.fault)),
        output_sha256=row.output_sha256,
        remixed_from=row.remixed_from,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

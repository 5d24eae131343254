# SPDX-License-Identifier: Apache-2.0
"""What only the registry as a whole can show: ids that nobody declared, circles, edits, and who speaks for a work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kyodaku.registry._codec import Body, Record, canonical_body, digest
from kyodaku.registry._events import Path
from kyodaku.registry._schema import near
from kyodaku.registry._state import State
from kyodaku.registry.documents import Document
from kyodaku.rights import ALL, ANYONE, Mandate, Permission, Work

__all__ = ["Candidate", "Finding", "examine"]

_NAMES: Final[dict[str, dict[str, str]]] = {
    "party": {},
    "work": {"part_of": "work", "derived_from": "work"},
    "mandate": {"agent": "party", "principal": "party", "works": "work"},
    "permission": {"by": "party", "to": "party", "works": "work", "revokes": "permission"},
}
"""Which fields name what."""
_EVERYTHING: Final = frozenset({ALL, ANYONE})
_NOES: Final = frozenset({"refusal", "reservation", "objection"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A declaration that is well-formed in itself: what was written and where, and what it amounts to."""

    document: Document
    path: Path
    kind: str
    id: str
    fields: Body
    record: Record
    body: Body
    text: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A problem with a candidate, at a place within it."""

    candidate: Candidate
    within: Path
    what: str
    hint: str = ""
    authority: bool = False


def examine(
    candidates: Iterable[Candidate], state: State, mentioned: frozenset[tuple[str, str]], now: datetime
) -> Iterator[Finding]:
    """All that is wrong with new declarations; lays them over the state.

    `mentioned` are ids that the same import declares, soundly or not.
    """
    candidates = list(candidates)
    for candidate in candidates:
        state.put(candidate.kind, candidate.id, candidate.record)
    for kind, ids in _named(candidates).items():
        state.fetch(kind, ids)
    for candidate in candidates:
        yield from _unknown_ids(candidate, state, mentioned)
        yield from _edits(candidate, state)
    yield from _circles([each for each in candidates if each.kind == "work"], state)
    yield from _unauthorised([each for each in candidates if each.kind == "permission"], state, now)


# --- ids ------------------------------------------------------------------------------------------------------------
def _references(candidate: Candidate) -> Iterator[tuple[Path, str, str]]:
    """Each place that names something, the kind it names, and the id."""
    for name, kind in _NAMES[candidate.kind].items():
        value = candidate.fields.get(name, ())
        if isinstance(value, str):
            yield (name,), kind, value
        else:
            yield from (((name, i), kind, each) for i, each in enumerate(value) if each not in _EVERYTHING)
    for i, share in enumerate(candidate.fields.get("shares", ())):
        for name in ("party", "acquired_from"):
            if name in share:
                yield ("shares", i, name), "party", share[name]


def _named(candidates: Iterable[Candidate]) -> dict[str, set[str]]:
    named: dict[str, set[str]] = {}
    for candidate in candidates:
        for _, kind, key in _references(candidate):
            named.setdefault(kind, set()).add(key)
    return named


def _unknown_ids(candidate: Candidate, state: State, mentioned: frozenset[tuple[str, str]]) -> Iterator[Finding]:
    for within, kind, key in _references(candidate):
        if (kind, key) not in mentioned and state.record(kind, key) is None:
            known = [each for each in state.ids(kind) if each != candidate.id]
            hint = near(key, known, listing=kind != "permission") or "declare it in the same file, or before"
            yield Finding(candidate=candidate, within=within, what=f"unknown {kind} {key!r}", hint=hint)


# --- edits ----------------------------------------------------------------------------------------------------------
def _edits(candidate: Candidate, state: State) -> Iterator[Finding]:
    """Parties and works may be declared anew; a statement is final, and a mandate can only be revoked."""
    known = state.stored(candidate.kind, candidate.id)
    if known is None or candidate.kind in {"party", "work"}:
        return
    if candidate.kind == "mandate" and "revoked_at" not in known.body:
        unrevoked = {name: value for name, value in candidate.body.items() if name != "revoked_at"}
        if digest(canonical_body(unrevoked)) == known.latest.body_sha256:
            return
    since = f"{known.first.recorded_at:%Y-%m-%d}"
    what = f"{candidate.kind} {candidate.id!r} is recorded, since {since}, with other contents"
    hint = "nothing is edited: revoke it and state another under a new id"
    yield Finding(candidate=candidate, within=("id",), what=what, hint=hint)


# --- circles --------------------------------------------------------------------------------------------------------
def _circles(candidates: Iterable[Candidate], state: State) -> Iterator[Finding]:
    candidates = list(candidates)
    for relation in ("part_of", "derived_from"):

        def edges(key: str, relation: str = relation) -> tuple[str, ...]:
            work = state.work(key)
            return getattr(work, relation) if work else ()

        done: set[str] = set()
        for candidate in candidates:
            circle = _circle(candidate.id, edges, done)
            if circle:
                around = " → ".join([*circle, circle[0]])
                what = f"a circle of {relation!r}: {around}"
                yield Finding(candidate=candidate, within=(relation,), what=what, hint="take one of these out")


def _circle(start: str, edges: Callable[[str], tuple[str, ...]], done: set[str]) -> list[str] | None:
    """A circle that is reached from `start`, if there is one that was not reached before."""
    trail: dict[str, Iterator[str]] = {} if start in done else {start: iter(edges(start))}
    while trail:
        key = next(reversed(trail))
        following = next(trail[key], None)
        if following is None:
            done.add(key)
            del trail[key]
        elif following in trail:
            done.update(trail)
            circle = list(trail)
            return circle[circle.index(following) :]
        elif following not in done:
            trail[following] = iter(edges(following))
    return None


# --- who may speak --------------------------------------------------------------------------------------------------
def _unauthorised(candidates: Iterable[Candidate], state: State, now: datetime) -> Iterator[Finding]:
    for candidate in candidates:
        statement: Any = candidate.record
        speaker = state.record("party", statement.by)
        if speaker is None:
            continue  # said already
        if statement.kind == "revocation":
            fault = _revocation_fault(statement, state, now)
        else:
            fault = _fault(statement, statement.works, speaker.kind, state, now)
        if fault:
            yield Finding(candidate=candidate, within=("by",), what=fault[0], hint=fault[1], authority=True)


def _fault(
    statement: Permission, works: Iterable[str], kind: str, state: State, now: datetime
) -> tuple[str, str] | None:
    """Why the speaker may not make the statement, and whose it would be."""
    for named in works:
        if named == ALL:
            if kind == "developer" and not any(state.mandates(statement.by)):
                return (
                    f"{statement.by!r} is a developer and speaks for no holder",
                    "name the works in which it has a share",
                )
            continue
        if state.work(named) is None:
            continue  # said already
        if statement.by in _sharers(named, state):
            continue
        holders = _holders(named, state)
        if statement.by not in holders and not _is_mandated(statement, named, holders, state, now):
            what = f"{statement.by!r} has no share in {named!r}, and no holder's mandate for this {statement.kind}"
            needed = ", ".join(sorted(holders)) or "a holder; nobody's share in it is recorded"
            return what, f"needed: a statement by {needed}"
    return None


def _holders(named: str, state: State) -> set[str]:
    """Who has, or passed on, a share in the work or in a part of it: what is said of a whole is said of its parts."""
    return {holder for key in state.parts(named) for holder in _sharers(key, state)}


def _sharers(key: str, state: State) -> set[str]:
    work: Work | None = state.work(key)
    shares = work.shares if work else ()
    return {holder for share in shares for holder in (share.party, share.acquired_from) if holder}


def _is_mandated(statement: Permission, named: str, holders: set[str], state: State, now: datetime) -> bool:
    around = state.wholes(named) | state.parts(named) | {ALL}
    return any(
        mandate.principal in holders
        and _is_in_force(mandate, now)
        and not {ALL, statement.kind}.isdisjoint(mandate.may)
        and (ALL in mandate.acts or ALL in statement.acts or not set(statement.acts).isdisjoint(mandate.acts))
        and not around.isdisjoint(mandate.works)
        for mandate in state.mandates(statement.by)
    )


def _is_in_force(mandate: Mandate, now: datetime) -> bool:
    ends = [end for end in (mandate.valid_until, mandate.revoked_at) if end is not None]
    return mandate.valid_from <= now and all(now < end for end in ends)


def _revocation_fault(revocation: Permission, state: State, now: datetime) -> tuple[str, str] | None:
    """Who made a statement may withdraw it, and whom it was made for; and who may grant, but then no refusal."""
    revoked: Permission | None = state.record("permission", str(revocation.revokes))
    if revoked is None:
        return None  # said already
    if revoked.kind == "revocation":
        return f"{revoked.id!r} is a revocation, and final", "make the withdrawn statement anew"
    if revoked.by == revocation.by or any(mandate.principal == revocation.by for mandate in state.mandates(revoked.by)):
        return None
    if revoked.kind not in _NOES and _fault(revocation, revoked.works, "developer", state, now) is None:
        return None
    return f"{revoked.id!r} is not {revocation.by}'s to withdraw", f"needed: a revocation by {revoked.by}"

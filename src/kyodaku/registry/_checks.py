# SPDX-License-Identifier: Apache-2.0
"""What only the registry as a whole can show: ids that nobody declared, circles, edits, and who speaks for a work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from kyodaku.registry._authority import Authority
from kyodaku.registry._candidate import Candidate, Finding
from kyodaku.registry._codec import EFFECTIVE, UNTIL, canonical_body, digest, moment_of
from kyodaku.registry._events import Path
from kyodaku.registry._schema import near
from kyodaku.registry._state import State
from kyodaku.rights import ALL, ANYONE

__all__ = ["examine"]

_NAMES: Final[dict[str, dict[str, str]]] = {
    "party": {},
    "work": {"part_of": "work", "derived_from": "work"},
    "mandate": {"agent": "party", "principal": "party", "works": "work"},
    "permission": {"by": "party", "to": "party", "works": "work", "revokes": "permission", "under": "permission"},
    "names": {},
}
"""Which fields name what."""
_HOLDERS: Final = ("party", "acquired_from")
"""Who is named by a share."""
_GUESSED: Final = 10
"""Unknown ids for which a known one is looked for: a file with more has another fault than a slip of the pen."""
_EVERYTHING: Final = frozenset({ALL, ANYONE})
_GRAPHS: Final = (("work", "part_of"), ("work", "derived_from"), ("permission", "under"))
"""Which kinds point to others of theirs, by which field: nothing may come back to where it began."""


def examine(
    candidates: Iterable[Candidate], state: State, mentioned: Mapping[str, set[str]], now: datetime
) -> Iterator[Finding]:
    """All that is wrong with new declarations; lays them over the state.

    `mentioned` are ids, by kind, that the same import declares, soundly or not.
    """
    candidates = list(candidates)
    for candidate in candidates:
        state.put(candidate.kind, candidate.id, candidate.body)
    unknown = _unknown(candidates, state, mentioned)
    hints = _hints(unknown, candidates, state)
    for candidate in candidates:
        if unknown:
            yield from _unknown_ids(candidate, unknown, hints)
        yield from _edits(candidate, state)
        yield from _over_before_begun(candidate, state, now)
    circles = list(_circles(candidates, state))
    yield from circles
    if any(found.within == ("under",) for found in circles):
        return  # who may license on whose strength has no answer
    authority = Authority(state, now)
    for candidate in candidates:
        fault = authority.fault(candidate.body) if candidate.kind == "permission" else None
        if fault:
            yield Finding(candidate=candidate, within=("by",), what=fault[0], hint=fault[1], authority=True)


# --- ids ------------------------------------------------------------------------------------------------------------
def _places(candidate: Candidate) -> Iterator[tuple[Path, str, str]]:
    """What a declaration names: the place of each, as it was written, its kind and its id."""
    for name, kind in _NAMES[candidate.kind].items():
        value = candidate.fields.get(name, ())
        if isinstance(value, str):
            yield from (((name,), kind, each) for each in (value,) if each not in _EVERYTHING)
        else:
            yield from (((name, i), kind, each) for i, each in enumerate(value) if each not in _EVERYTHING)
    for i, share in enumerate(candidate.fields.get("shares", ())):
        for name in _HOLDERS:
            if name in share:
                yield ("shares", i, name), "party", share[name]


def _unknown(candidates: Iterable[Candidate], state: State, mentioned: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Kinds and ids that are named, and that nobody declared."""
    named: dict[str, set[str]] = {kind: set() for kind in _NAMES}
    for candidate in candidates:
        body = candidate.body
        for name, kind in _NAMES[candidate.kind].items():
            value = body.get(name)
            if value.__class__ is str:
                named[kind].add(value)
            elif value is not None:
                named[kind].update(value)
        for share in body.get("shares", ()):
            named["party"].update(share[name] for name in _HOLDERS if name in share)
    asked = {kind: ids - mentioned[kind] - _EVERYTHING for kind, ids in named.items()}
    for kind, ids in asked.items():
        state.fetch(kind, ids)
    return {(kind, key) for kind, ids in asked.items() for key in ids if state.stored(kind, key) is None}


def _hints(unknown: set[tuple[str, str]], candidates: Iterable[Candidate], state: State) -> dict[tuple[str, str], str]:
    """What may have been meant by the first of them; to look for it takes long where many ids are known."""
    naming: dict[tuple[str, str], set[str]] = {each: set() for each in sorted(unknown)[:_GUESSED]}
    for candidate in candidates if naming else ():
        for _, kind, key in _places(candidate):
            if (kind, key) in naming:
                naming[kind, key].add(candidate.id)
    known = {kind: state.ids(kind) for kind in {kind for kind, _ in naming}}
    return {
        (kind, key): near(key, [each for each in known[kind] if each not in those], listing=kind != "permission")
        for (kind, key), those in naming.items()
    }


def _unknown_ids(
    candidate: Candidate, unknown: set[tuple[str, str]], hints: Mapping[tuple[str, str], str]
) -> Iterator[Finding]:
    for within, kind, key in _places(candidate):
        if (kind, key) in unknown:
            hint = hints.get((kind, key)) or "declare it in the same file, or before"
            yield Finding(candidate=candidate, within=within, what=f"unknown {kind} {key!r}", hint=hint)


# --- edits ----------------------------------------------------------------------------------------------------------
def _edits(candidate: Candidate, state: State) -> Iterator[Finding]:
    """Parties, works and names may be declared anew; a statement is final, and a mandate can only be revoked."""
    known = None if candidate.kind in {"party", "work", "names"} else state.stored(candidate.kind, candidate.id)
    if known is None:
        return
    if candidate.kind == "mandate" and "revoked_at" not in known.body:
        unrevoked = {name: value for name, value in candidate.body.items() if name != "revoked_at"}
        if digest(canonical_body(unrevoked)) == known.latest.body_sha256:
            return
    since = f"{known.first.recorded_at:%Y-%m-%d}"
    what = f"{candidate.kind} {candidate.id!r} is recorded, since {since}, with other contents"
    hint = "nothing is edited: revoke it and state another under a new id"
    yield Finding(candidate=candidate, within=("id",), what=what, hint=hint)


def _over_before_begun(candidate: Candidate, state: State, now: datetime) -> Iterator[Finding]:
    """What does not say when it begins does so when it is recorded, which must be before its end."""
    kind, body = candidate.kind, candidate.body
    if kind not in EFFECTIVE or UNTIL[kind] not in body or EFFECTIVE[kind] in body:
        return
    end = moment_of(body[UNTIL[kind]])
    if end <= now and state.stored(kind, candidate.id) is None:
        what = f"the period ends ({end:%Y-%m-%d %H:%M}) before it begins"
        hint = f"it begins when it is recorded, unless {EFFECTIVE[kind]!r} says otherwise"
        yield Finding(candidate=candidate, within=(UNTIL[kind],), what=what, hint=hint)


# --- circles --------------------------------------------------------------------------------------------------------
def _circles(candidates: Iterable[Candidate], state: State) -> Iterator[Finding]:
    for kind, relation in _GRAPHS:
        pointing = [each for each in candidates if each.kind == kind and relation in each.body]

        def edges(key: str, kind: str = kind, relation: str = relation) -> list[str]:
            value = (state.body(kind, key) or {}).get(relation, [])
            return [value] if isinstance(value, str) else value

        done: set[str] = set()
        for candidate in pointing:
            circle = _circle(candidate.id, edges, done)
            if circle:
                around = " → ".join([*circle, circle[0]])
                what = f"a circle of {relation!r}: {around}"
                yield Finding(candidate=candidate, within=(relation,), what=what, hint="take one of these out")


def _circle(start: str, edges: Callable[[str], list[str]], done: set[str]) -> list[str] | None:
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

# SPDX-License-Identifier: Apache-2.0
"""What one developer may see of a registry, and needs: decisions for it come out as they would from all of it.

It sees works, their holders, who speaks for whom, and what was said to it or to anyone, with the grants that this rests
on. What was said to others alone stays out, and so do developers of whom nothing is left. One thing of a grant to
another counts: that it is exclusive and comes before a grant to this developer. Of such a grant goes in by whom, of
what and from when it is, under another id; to whom it was made, its duties, conditions and proof stay out.
"""

from __future__ import annotations

import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from kyodaku.errors import UsageError
from kyodaku.registry._codec import canonical, moment_of
from kyodaku.registry._held import Held
from kyodaku.rights import ALL, ANYONE

__all__ = ["seen_by"]

_DEVELOPER: Final = "developer"
_SCOPE: Final = (
    "acts",
    "by",
    "effective_until",
    "exclusive",
    "kind",
    "media",
    "models",
    "purposes",
    "territories",
    "works",
)
"""What of an exclusive grant to another, or of its revocation, says how far it reaches."""

_Item = dict[str, Any]


def seen_by(held: Held, party: str, secret: bytes) -> Held:
    """The part of the state for this developer; UsageError if there is no such party.

    `secret` makes the ids of grants to others that stand in for them: the same each time, and nobody can tell whose.
    """
    if all(key != party for key, _ in held.items["parties"]):
        raise UsageError(f"there is no party {party!r} to make it for", hint="declare it: kyodaku registry import")
    statements = _Statements({key: json.loads(text) for key, text in held.items["permissions"]}, party, secret)
    statements.choose(_parts(held))
    said = dict(statements.written())
    works, mandates = ([json.loads(text)["body"] for _, text in held.items[name]] for name in ("works", "mandates"))
    named = {party, *_named(works, mandates, (item["body"] for item in said.values()))}
    parties = dict(_parties(held, named))
    if statements.stand_in in named:
        parties[statements.stand_in] = _text({"body": {"id": statements.stand_in, "kind": _DEVELOPER}})
    items = {
        **held.items,
        "parties": sorted(parties.items()),
        "permissions": sorted((key, _text(item)) for key, item in said.items()),
    }
    newest = [moment_of(item["recorded_at"]) for item in said.values()]
    as_of = max([held.as_of_others, *newest])
    return replace(held, items=items, as_of=as_of, audience=party)


class _Statements:
    """All statements, and which of them this party may see, whole (`seen`) or only how far they reach (`hidden`)."""

    def __init__(self, items: Mapping[str, _Item], party: str, secret: bytes) -> None:
        self._items = items
        self._bodies: Mapping[str, _Item] = {key: item["body"] for key, item in items.items()}
        self._party = party
        self._secret = secret
        self._to = frozenset({party, ANYONE})
        self.seen: set[str] = set()
        self.hidden: set[str] = set()
        self.stand_in = self._name("party", "")

    def choose(self, parts: Mapping[str, Iterable[str]]) -> None:
        """Sort all of them; `parts` are the immediate parts of each work."""
        revocations = {key: body["revokes"] for key, body in self._bodies.items() if "revokes" in body}
        addressed = {
            key
            for key, body in self._bodies.items()
            if key not in revocations and (body["by"] == self._party or not self._to.isdisjoint(body["to"]))
        }
        self.seen = addressed | {above for key in addressed for above in self._above(key)}
        takes = set(self._takers(addressed, parts))
        self.hidden = (takes | {above for key in takes for above in self._above(key)}) - self.seen
        self.seen.update([key for key, about in revocations.items() if about in self.seen])
        self.hidden.update([key for key, about in revocations.items() if about in self.hidden])

    def written(self) -> Iterator[tuple[str, _Item]]:
        """What is left of them, by id."""
        grantees: defaultdict[str, set[str]] = defaultdict(set)
        for key in self.seen:
            if "under" in self._bodies[key]:
                grantees[self._bodies[key]["under"]].add(self._bodies[key]["by"])
        for key in self.seen:
            item = self._items[key]
            if item["body"]["by"] != self._party:
                told = self._to | grantees[key]
                to = [name for name in item["body"]["to"] if name in told] or [self.stand_in]
                item = {**item, "body": {**item["body"], "to": to}}
            yield key, item
        for key in self.hidden:
            yield self._id(key), self._outline(key)

    def _above(self, key: str) -> Iterator[str]:
        """The grants that a statement rests on."""
        passed = {key}
        under = self._bodies[key].get("under")
        while under is not None and under not in passed and under in self._bodies:
            passed.add(under)
            yield under
            under = self._bodies[under].get("under")

    def _takers(self, addressed: Iterable[str], parts: Mapping[str, Iterable[str]]) -> Iterator[str]:
        """Exclusive grants to others alone that may take away from what was granted to this party."""
        grants = [key for key in addressed if self._bodies[key]["kind"] == "grant"]
        granted = {work for key in grants for work in self._bodies[key]["works"]}
        reached = _below(granted, parts)
        licensees = {self._bodies[key]["by"] for grant in grants for key in (grant, *self._above(grant))}
        for key, body in self._bodies.items():
            if not (body.get("exclusive") and body["kind"] == "grant" and self._to.isdisjoint(body["to"])):
                continue
            of_works = grants and (
                ALL in granted or ALL in body["works"] or not reached.isdisjoint(_below(body["works"], parts))
            )
            if of_works and ("under" not in body or body["by"] in licensees):
                yield key

    def _outline(self, key: str) -> _Item:
        """How far a grant to another reaches, or from when it is withdrawn, and nothing else of it."""
        item, body = self._items[key], self._bodies[key]
        known = moment_of(item["recorded_at"])
        if "proof" in body:
            known = min(known, moment_of(body["proof"]["at"]))
        told: _Item = {name: body[name] for name in _SCOPE if name in body}
        links: _Item = {name: self._id(body[name]) for name in ("under", "revokes") if name in body}
        since = body.get("effective_from", item["recorded_at"])
        outline: _Item = {**told, **links, "id": self._id(key), "to": [self.stand_in], "effective_from": since}
        return {"body": outline, "recorded_at": _as_written(known, item, body)}

    def _id(self, key: str) -> str:
        return self._name("statement", key) if key in self.hidden else key

    def _name(self, what: str, key: str) -> str:
        text = f"kyodaku stand-in v1\n{what}\n{self._party}\n{key}"
        return f"x-{hmac.digest(self._secret, text.encode(), 'sha256').hex()[:20]}"


def _as_written(known: datetime, item: _Item, body: _Item) -> str:
    """The moment in the words in which it was recorded."""
    recorded: str = item["recorded_at"]
    return recorded if known == moment_of(recorded) else str(body["proof"]["at"])


def _parts(held: Held) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, text in held.items["works"]:
        for whole in json.loads(text)["body"].get("part_of", ()):
            found[whole].append(key)
    return found


def _below(works: Iterable[str], parts: Mapping[str, Iterable[str]]) -> set[str]:
    """The works and all their parts."""
    found, queue = set(works), list(works)
    while queue:
        more = set(parts.get(queue.pop(), ())) - found
        found |= more
        queue.extend(more)
    return found


def _named(works: Iterable[_Item], mandates: Iterable[_Item], said: Iterable[_Item]) -> Iterator[str]:
    """Whoever is a holder, speaks, is spoken for or spoken to."""
    for body in works:
        for share in body.get("shares", ()):
            yield from (share[name] for name in ("party", "acquired_from") if name in share)
        for record in body.get("moral", ()):
            yield from (record[name] for name in ("author", "approver") if name in record)
    for body in mandates:
        yield from (body["agent"], body["principal"])
    for body in said:
        yield from (body["by"], *body["to"])


def _parties(held: Held, named: set[str]) -> Iterator[tuple[str, str]]:
    for key, text in held.items["parties"]:
        if key in named or json.loads(text)["body"]["kind"] != _DEVELOPER:
            yield key, text


def _text(item: _Item) -> str:
    return canonical(item).decode()

# SPDX-License-Identifier: Apache-2.0
"""Who may make a statement: holders past and present, agents within a mandate, licensees who may license others.

What is asked here is whether a statement may be *recorded*; how far it reaches is for the law to draw.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeAlias

from kyodaku.registry._codec import Body
from kyodaku.registry._state import State
from kyodaku.rights import ALL, ANYONE, WORLD

__all__ = ["Authority", "Fault"]

Fault: TypeAlias = tuple[str, str]
"""Why a party may not say it, and whose word is needed."""

_NOBODY: Final = "a holder; nobody's share in it is recorded"
_NOES: Final = frozenset({"refusal", "reservation", "objection"})


class Authority:
    """Judges statements against what the registry holds, with what is about to be recorded laid over it."""

    def __init__(self, state: State, now: datetime) -> None:
        self._state = state
        self._now = now
        self._known_sharers: dict[str, frozenset[str] | None] = {}

    def fault(self, statement: Body) -> Fault | None:
        """Why the speaker may not make the statement, and whose it would be; None where it may."""
        if self._state.body("party", statement["by"]) is None:
            return None  # said already
        if statement["kind"] == "revocation":
            return self._revoking(statement)
        if "under" in statement:
            return self._sublicensing(statement)
        return self._speaking(statement, statement["works"])

    # --- for a holder -------------------------------------------------------------------------------------------------
    def _speaking(self, statement: Body, works: Iterable[str]) -> Fault | None:
        by = statement["by"]
        for named in works:
            if named == ALL:
                if self._is_developer(by) and not any(self._state.mandates(by)):
                    return f"{by!r} is a developer and speaks for no holder", "name the works in which it has a share"
                continue
            sharers = self._sharers(named)
            if sharers is None or by in sharers:
                continue  # unknown: said already
            holders = self._holders(named)
            if by not in holders and not self._is_mandated(statement, named, holders):
                what = f"{by!r} has no share in {named!r}, and no holder's mandate for this {statement['kind']}"
                return what, f"needed: a statement by {_listed(holders) or _NOBODY}"
        return None

    def _is_developer(self, party: str) -> bool:
        found = self._state.body("party", party)
        return found is not None and found["kind"] == "developer"

    def _holders(self, named: str) -> set[str]:
        """Who has, or passed on, a share in the work or in a part: what is said of a whole is said of its parts."""
        return {holder for key in self._state.parts(named) for holder in self._sharers(key) or ()}

    def _sharers(self, key: str) -> frozenset[str] | None:
        """Who has, or passed on, a share in the work itself; None if nobody declared it."""
        if key not in self._known_sharers:
            work = self._state.body("work", key)
            shares = None if work is None else work.get("shares", ())
            self._known_sharers[key] = None if shares is None else frozenset(
                share[name] for share in shares for name in ("party", "acquired_from") if name in share
            )  # fmt: skip
        return self._known_sharers[key]

    # --- for an agent -------------------------------------------------------------------------------------------------
    def _is_mandated(self, statement: Body, named: str, holders: set[str]) -> bool:
        around = self._state.wholes(named) | self._state.parts(named)
        return any(
            mandate["principal"] in holders
            and self._is_in_force(mandate)
            and _meet(mandate["may"], [statement["kind"]])
            and _meet(mandate["acts"], statement["acts"])
            and _meet(mandate.get("territories", [WORLD]), statement["territories"])
            and _meet(mandate["works"], around)
            for mandate in self._state.mandates(statement["by"])
        )

    def _is_in_force(self, mandate: Body) -> bool:
        """Now; one that does not say since when is in force since it was recorded."""
        since, *ends = (_moment(mandate, name) for name in ("valid_from", "valid_until", "revoked_at"))
        return (since is None or since <= self._now) and all(end is None or self._now < end for end in ends)

    # --- for a licensee -----------------------------------------------------------------------------------------------
    def _sublicensing(self, statement: Body) -> Fault | None:
        """A sub-licence rests on a grant to its speaker that lets it license others, and reaches as far."""
        parent = self._state.body("permission", statement["under"])
        if parent is None:
            return None  # said already
        fault = _no_licensor(parent, statement["by"])
        if fault:
            return fault
        whose, needed = repr(parent["id"]), f"needed: a grant of it with sublicence by {parent['by']}"
        if not _meet(parent["acts"], statement["acts"]):
            return f"{whose} does not cover {_listed(statement['acts'])}", needed
        missing = [named for named in statement["works"] if not self._reaches(parent, named)]
        return (f"{whose} is not about {missing[0]!r}", needed) if missing else None

    def _reaches(self, grant: Body, named: str) -> bool:
        everything: bool = grant["works"] == [ALL]
        if named == ALL:
            return everything
        if everything:  # whatever the grantor may license
            return self.fault({**grant, "works": [named]}) is None
        return not self._state.wholes(named).isdisjoint(grant["works"])

    # --- for oneself --------------------------------------------------------------------------------------------------
    def _revoking(self, revocation: Body) -> Fault | None:
        """Who made a statement may withdraw it, and whom it was made for; and who may grant, but then no refusal."""
        revoked, by = self._state.body("permission", revocation["revokes"]), revocation["by"]
        if revoked is None:
            return None  # said already
        if revoked["kind"] == "revocation":
            return f"{revoked['id']!r} is a revocation, and final", "make the withdrawn statement anew"
        if revoked["by"] == by or self._was_said_for(revoked, by):
            return None
        if revoked["kind"] not in _NOES and self._may_withdraw(revocation, revoked):
            return None
        return f"{revoked['id']!r} is not {by}'s to withdraw", f"needed: a revocation by {revoked['by']}"

    def _was_said_for(self, said: Body, party: str) -> bool:
        """Whether an agent may have said it for the party: about its works, not only about another principal's."""
        is_agent = any(mandate["principal"] == party for mandate in self._state.mandates(said["by"]))
        return is_agent and any(named == ALL or party in self._holders(named) for named in said["works"])

    def _may_withdraw(self, revocation: Body, licence: Body) -> bool:
        if licence["works"] != [ALL]:
            return self._speaking(revocation, licence["works"]) is None
        return any(
            mandate["principal"] == licence["by"]
            and mandate["works"] == [ALL]
            and self._is_in_force(mandate)
            and _meet(mandate["may"], ["revocation"])
            for mandate in self._state.mandates(revocation["by"])
        )


def _no_licensor(grant: Body, party: str) -> Fault | None:
    """Why the grant does not let the party license others."""
    whose = repr(grant["id"])
    if grant["kind"] != "grant":
        return f"{whose} is no grant that could be sublicensed", f"it is: {grant['kind']}"
    if {party, ANYONE}.isdisjoint(grant["to"]):
        return f"{whose} is no grant to {party!r}", f"it is to {_listed(grant['to'])}"
    if not grant.get("sublicence"):
        return f"{whose} does not let {party!r} license others", f"needed: a grant with sublicence by {grant['by']}"
    return None


def _meet(scope: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether they have something in common; the words for everything have something in common with anything."""
    several, others = {*scope}, {*wanted}
    return not several.isdisjoint(others) or not {ALL, WORLD}.isdisjoint(several | others)


def _moment(body: Body, name: str) -> datetime | None:
    return datetime.fromisoformat(body[name]) if name in body else None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))

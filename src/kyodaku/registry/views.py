# SPDX-License-Identifier: Apache-2.0
"""One work as it stood at a moment, as far as it was known at another: shares, mandates, statements, conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kyodaku.registry._codec import as_text
from kyodaku.registry.reports import Declaration

__all__ = ["STANDINGS", "Conflict", "Standing", "WorkView"]

STANDINGS: Final = ("in force", "not yet effective", "expired", "revoked")


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A declaration, and how it stood at the moment.

    `revoked_by` names what withdrew it, if anything did by then. What was withdrawn in part (for one of those for whom
    it was said, or for some of what it names) stands as it did, and `revoked_by` names what withdrew that part.
    """

    declaration: Declaration
    standing: str
    revoked_by: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The declaration with its standing."""
        return {**self.declaration.as_json(), "standing": self.standing, "revoked_by": self.revoked_by}


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """Declarations that cannot all be right; all of them are kept, and which is, is not for the registry to say.

    `kind` is one of

    - `overclaimed`: the portions of a right come to more than the whole, or to the whole and somebody holds more;
    - `transferred_twice`: two parties acquired the same from the same party, and neither says that it was a part;
    - `no_longer_named`: an earlier declaration names a holder that the latest leaves out, without saying who took over;
    - `granted_elsewhere`: a holder granted to another what it had granted exclusively.

    `statements` are the ids of statements, or, of `no_longer_named`, the earlier declaration's entry in the ledger.
    """

    kind: str
    parties: tuple[str, ...]
    rights: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    statements: tuple[str, ...] = ()
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """All fields, times as RFC 3339."""
        return {
            "kind": self.kind,
            "parties": [*self.parties],
            "rights": [*self.rights],
            "territories": [*self.territories],
            "valid_from": self.valid_from and as_text(self.valid_from),
            "valid_until": self.valid_until and as_text(self.valid_until),
            "statements": [*self.statements],
            "detail": self.detail,
        }

    def __str__(self) -> str:
        who = ", ".join(self.parties)
        scope = " ".join(part for part in (", ".join(self.rights), _where(self.territories), _when(self)) if part)
        said = {
            "overclaimed": f"portions come to more than the whole ({self.detail}): {who}",
            "transferred_twice": f"{self.detail} transferred the same to each of {who}",
            "no_longer_named": f"{who} was a holder until the latest declaration left it out (ledger {self.detail})",
            "granted_elsewhere": f"{self.detail} granted exclusively, and to another: {', '.join(self.statements)}",
        }[self.kind]
        return f"{said} [{scope}]" if scope else said


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkView:
    """What the registry knew of a work by `as_of`, and how it stood at `effective_at`.

    `shares` are those that hold at that moment, in the shape of the registry file. `statements` are all that concern
    the work, or a whole that it is part of, or everything of a party that holds or speaks for a share: those in force
    first. `mandates` are its holders'.
    """

    work: str
    as_of: datetime
    effective_at: datetime
    declaration: Declaration
    shares: tuple[Mapping[str, Any], ...]
    mandates: tuple[Standing, ...]
    statements: tuple[Standing, ...]
    conflicts: tuple[Conflict, ...]

    def as_json(self) -> dict[str, Any]:
        """All fields, times as RFC 3339."""
        return {
            "work": self.work,
            "as_of": as_text(self.as_of),
            "effective_at": as_text(self.effective_at),
            "declaration": self.declaration.as_json(),
            "shares": [dict(share) for share in self.shares],
            "mandates": [each.as_json() for each in self.mandates],
            "statements": [each.as_json() for each in self.statements],
            "conflicts": [each.as_json() for each in self.conflicts],
        }


def _where(territories: tuple[str, ...]) -> str:
    return "" if not territories else f"in {', '.join(territories)}"


def _when(conflict: Conflict) -> str:
    since = f"from {conflict.valid_from:%Y-%m-%d}" if conflict.valid_from else ""
    until = f"until {conflict.valid_until:%Y-%m-%d}" if conflict.valid_until else ""
    return " ".join(part for part in (since, until) if part)

# SPDX-License-Identifier: Apache-2.0
"""What is asked and what is known: the use, the findings, the claimed basis. The input of one decision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kyodaku.errors import UsageError
from kyodaku.rights import _check as check
from kyodaku.rights.model import Mandate, Party, Permission, Work
from kyodaku.rights.vocabulary import ACTS, ALL, BASIS_KINDS, FINDING_KINDS, LICENCE_LIMITS, MEDIA, WORLD

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Basis", "Facts", "Finding", "Use"]


def _put(record: object, **values: Any) -> None:
    for name, value in values.items():
        object.__setattr__(record, name, value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """What a developer wants to do, and when.

    A dimension left out is the widest: a use of no stated purpose needs a grant for every purpose. `at` is the moment
    of the use itself: permission must be older.
    """

    developer: str
    act: str
    at: datetime
    purpose: str = ALL
    model: str = ALL
    territory: tuple[str, ...] = (WORLD,)
    media: tuple[str, ...] = (ALL,)

    def __post_init__(self) -> None:
        check.ident(self.developer, where="use: developer")
        check.one_of(self.act, ACTS, what="act", where="use")
        for name in ("purpose", "model"):
            check.idents((getattr(self, name),), where=f"use: {name}", everything=ALL)
        media = check.words(self.media, MEDIA, what="medium", where="use")
        if not media:
            raise UsageError("'media' is empty", where="use", hint=f"leave it out for {ALL}")
        territory = check.countries(self.territory, where="use")
        _put(self, at=check.instant(self.at, where="use"), territory=territory, media=media)


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """The ground on which the developer claims it may use a medium: claimed, never taken as proven.

    `detail` is the claim in words (as the manifest has it), `source` where it comes from; for kind `grant` the id of
    the grant. `licence` is an SPDX id, `duties` and `limits` are what that licence asks and excludes.
    """

    kind: str
    detail: str = ""
    source: str = ""
    licence: str | None = None
    owner: str | None = None
    duties: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        check.one_of(self.kind, BASIS_KINDS, what="kind of basis", where="basis")
        _put(
            self,
            detail=check.clean(self.detail),
            source=check.clean(self.source),
            owner=None if self.owner is None else check.clean(self.owner),
            licence=None if self.licence is None else check.clean(self.licence),
            duties=check.lines(self.duties, where="basis"),
            limits=check.words(self.limits, LICENCE_LIMITS, what="limit", where="basis", everything=None),
            valid_from=check.maybe_instant(self.valid_from, where="basis"),
            valid_until=check.maybe_instant(self.valid_until, where="basis"),
        )
        check.period(self.valid_from, self.valid_until, where="basis")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A registered work was found: by a match of pictures, a mention in text, or because the developer names it.

    A `possible` finding is a match below the matcher's threshold: a person looks, if being sure would forbid the use.

    Times are seconds in the query (`q_`) and the reference (`r_`), kept to the millisecond, the score (0 to 1) to four
    digits: enough for evidence, and the same on every machine.
    """

    work: str
    how: str = "match"
    reference: str | None = None
    score: float | None = None
    q_start: float | None = None
    q_end: float | None = None
    r_start: float | None = None
    r_end: float | None = None

    def __post_init__(self) -> None:
        check.ident(self.work, where="finding")
        check.one_of(self.how, FINDING_KINDS, what="kind of finding", where="finding")
        if self.reference is not None:
            check.ident(self.reference, where="finding")
        for name, digits in (("score", 4), ("q_start", 3), ("q_end", 3), ("r_start", 3), ("r_end", 3)):
            value = getattr(self, name)
            if value is not None:
                if not math.isfinite(value):
                    raise UsageError(f"{name!r} is not a number", where=f"finding {self.work}")
                _put(self, **{name: round(float(value), digits) + 0.0})  # + 0.0: no negative zero


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """All that one decision may look at; see `RightsRecord.facts`, which selects it.

    `subject` names the medium decided on (`sha256:...`), so that two media never share a decision's id by accident. Not
    examined, or examined with an `error`, is the same: nothing is known. `matcher` names what looked (descriptor,
    thresholds), `snapshot` the state of the registry it looked in; both are kept in the decision's id.
    """

    works: tuple[Work, ...] = ()
    parties: tuple[Party, ...] = ()
    mandates: tuple[Mandate, ...] = ()
    permissions: tuple[Permission, ...] = ()
    found: tuple[Finding, ...] = ()
    basis: Basis | None = None
    subject: str = ""
    examined: bool = True
    error: str | None = None
    matcher: str = ""
    snapshot: str = ""

    def __post_init__(self) -> None:
        for name in ("works", "parties", "mandates", "permissions"):
            records = tuple(sorted(set(getattr(self, name)), key=lambda record: record.id))
            for one, two in pairwise(records):
                if one.id == two.id:
                    raise UsageError(f"two different {name} have the id {one.id!r}", where="facts")
            _put(self, **{name: records})
        _put(
            self,
            found=tuple(sorted(set(self.found), key=repr)),
            error=None if self.error is None else check.clean(self.error),
            subject=check.clean(self.subject),
            matcher=check.clean(self.matcher),
            snapshot=check.clean(self.snapshot),
        )

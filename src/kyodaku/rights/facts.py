# SPDX-License-Identifier: Apache-2.0
"""What is known: the findings, the claimed basis, and what is registered about both; with the use, all that counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from kyodaku.errors import UsageError
from kyodaku.rights import _check as check
from kyodaku.rights.statements import Mandate, Permission
from kyodaku.rights.uses import NOTHING_STATED, Circumstances
from kyodaku.rights.vocabulary import (
    BASIS_KINDS,
    FINDING_KINDS,
    LICENCE_LIMITS,
    SIGNAL_ACTS,
    SIGNAL_SAYS,
    UNSEEN_KINDS,
)
from kyodaku.rights.works import Party, Work

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Basis", "Facts", "Finding", "SignalFact"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """The ground on which the developer claims it may use a medium: claimed, never taken as proven.

    `detail` is the claim in words (as the manifest has it), `source` where it comes from; for kind `grant` the id of
    the grant. `licence` is an SPDX id, `duties` and `limits` are what that licence asks and excludes.

    Of a `ruling` (Japan: Arts. 67, 67-3): its `number`, its `fee` (compensation) and the registered `works` it is for.
    With all these and its period it stands in for their holders who are silent or unknown, in Japan, and for no holder
    who said no.
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
    number: str | None = None
    fee: str | None = None
    works: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check.one_of(self.kind, BASIS_KINDS, what="kind of basis", where="basis")
        check.put(
            self,
            detail=check.clean(self.detail),
            source=check.clean(self.source),
            owner=None if self.owner is None else check.clean(self.owner),
            licence=None if self.licence is None else check.clean(self.licence),
            duties=check.lines(self.duties, where="basis"),
            limits=check.words(self.limits, LICENCE_LIMITS, what="limit", where="basis", everything=None),
            valid_from=check.maybe_instant(self.valid_from, where="basis"),
            valid_until=check.maybe_instant(self.valid_until, where="basis"),
            number=None if self.number is None else check.clean(self.number).strip(),  # a blank one shows nothing
            fee=None if self.fee is None else check.clean(self.fee).strip(),
            works=check.idents(self.works, where="basis: works"),
        )
        if self.kind != "ruling" and (self.number is not None or self.fee is not None or self.works):
            raise UsageError("'number', 'fee' and 'works' are said of a ruling only", where="basis")
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
                check.put(self, **{name: round(float(value), digits) + 0.0})  # + 0.0: no negative zero


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalFact:
    """What a file or a site says, of itself and to machines, about one act: evidence, and never a grant.

    `where` says to a person where it stands, `sha256` is of the bytes in which it stands, `fetched_at` when these were
    fetched. `signature` is the state of its signature, for the standards that have one. `not_before` is a moment at
    which it is shown not to have stood there yet, as by an earlier capture of the same address.
    """

    act: str
    says: str
    standard: str
    revision: str = ""
    where: str = ""
    sha256: str = ""
    fetched_at: datetime | None = None
    signature: str | None = None
    not_before: datetime | None = None

    def __post_init__(self) -> None:
        check.one_of(self.act, SIGNAL_ACTS, what="act of a signal", where="signal")
        check.one_of(self.says, SIGNAL_SAYS, what="word of a signal", where="signal")
        check.put(
            self,
            standard=check.clean(self.standard),
            revision=check.clean(self.revision),
            where=check.clean(self.where),
            sha256=check.clean(self.sha256),
            fetched_at=check.maybe_instant(self.fetched_at, where="signal"),
            signature=None if self.signature is None else check.clean(self.signature),
            not_before=check.maybe_instant(self.not_before, where="signal"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """All that one decision may look at; see `RightsRecord.facts`, which selects it.

    `subject` names the medium decided on (`sha256:...`), so that two media never share a decision's id by accident. Not
    examined, or examined with an `error`, is the same: nothing is known. `unseen` says what of an examined medium could
    not be seen (`UNSEEN_KINDS`): that nothing was found there says nothing. `circumstances` are those of this medium;
    where the use states the same one, the stricter word counts. `signals` are those in force where the medium was found
    and within it, `fetched_at` is when the medium itself was fetched. `matcher` names what looked (descriptor,
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
    unseen: tuple[str, ...] = ()
    matcher: str = ""
    snapshot: str = ""
    circumstances: Circumstances = NOTHING_STATED
    signals: tuple[SignalFact, ...] = ()
    fetched_at: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("works", "parties", "mandates", "permissions"):
            records = sorted(getattr(self, name), key=lambda record: record.id)
            repeated = {two.id for one, two in pairwise(records) if one.id == two.id}
            if repeated:
                records = sorted(set(records), key=lambda record: record.id)
                for one, two in pairwise(records):
                    if one.id == two.id:
                        raise UsageError(f"two different {name} have the id {one.id!r}", where="facts")
            check.put(self, **{name: tuple(records)})
        check.put(
            self,
            found=tuple(sorted(set(self.found), key=repr)),
            error=None if self.error is None else check.clean(self.error),
            unseen=check.words(self.unseen, UNSEEN_KINDS, what="unseen", where="facts", everything=None),
            subject=check.clean(self.subject),
            matcher=check.clean(self.matcher),
            snapshot=check.clean(self.snapshot),
            signals=tuple(sorted(set(self.signals), key=repr)),
            fetched_at=check.maybe_instant(self.fetched_at, where="facts"),
        )

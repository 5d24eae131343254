# SPDX-License-Identifier: Apache-2.0
"""A verified pack held against the whole log, as it was published: whether it is silent about a run."""

from __future__ import annotations

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.evidence._gathering import runs_in
from kyodaku.evidence.verifying import Verified
from kyodaku.ledger import PublishedLog

__all__ = ["recorded_again"]


def recorded_again(verified: Verified, log: PublishedLog) -> tuple[int, ...]:
    """Read the log whole, and return the entries by which a run of the pack was recorded another time.

    Raises IntegrityError where the pack's log is no beginning of this one, and, of a work, where the log has a run that
    the pack is silent about; UsageError where this log is shorter than the pack's.
    """
    _require_same(verified, log)
    told = {*verified.runs, *(left["run"] for left in verified.left_out)}
    again = []
    for index, kind, run in runs_in(log.entries(0, verified.size)):
        if verified.kind == "work" and run not in told:
            what = f"the log has a run that the pack is silent about: {run} (entry {index})"
            raise IntegrityError(what, where=str(log.directory))
        if kind == "run" and run in verified.runs and verified.runs[run].index != index:
            again.append(index)
    return tuple(again)


def _require_same(verified: Verified, log: PublishedLog) -> None:
    if log.size < verified.size:
        what = f"{log.size} entries are published, and the pack is of {verified.size}"
        raise UsageError(what, where=str(log.directory), hint="ask for what was published since")
    if log.checkpoint.origin != verified.origin or log.root(verified.size) != verified.root:
        raise IntegrityError("this is not the log that the pack is about", where=str(log.directory))

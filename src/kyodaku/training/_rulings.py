# SPDX-License-Identifier: Apache-2.0
"""A ruling that a manifest's row claims (Japan, Arts. 67, 67-3): its number, fee, works and period, each in a column.

    licence: ruling:2026-3   ruling_works: film-1 film-2   ruling_fee: 50,000 yen
    ruling_from: 2026-04-01T00:00:00+09:00                 ruling_until: 2029-04-01T00:00:00+09:00

Half a ruling is none: a row that claims one and lacks a part of it cannot be used, and says what it lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from kyodaku.errors import UsageError
from kyodaku.rights import Basis

__all__ = ["RULING_COLUMNS", "ruling_fault", "ruling_of"]

RULING_COLUMNS: Final = ("ruling_works", "ruling_fee", "ruling_from", "ruling_until")
_PREFIX: Final = "ruling:"
_DUTY: Final = "compensation"
"""What every ruling asks for, whatever else it says: payment or deposit (Arts. 67(1), 67-3(1))."""


def ruling_of(claim: Mapping[str, str]) -> Basis | None:
    """The ruling that the row claims; None if it claims none, or one that cannot be read."""
    try:
        return _read(claim)
    except UsageError:
        return None


def ruling_fault(claim: Mapping[str, str]) -> str | None:
    """Why the row's ruling cannot be read; None if it can, or there is none."""
    try:
        _read(claim)
    except UsageError as error:
        return f"bad_row: {error.what}"
    return None


def _read(claim: Mapping[str, str]) -> Basis | None:
    said = next((claim[name] for name in ("licence", "license") if claim.get(name, "").startswith(_PREFIX)), None)
    given = [name for name in RULING_COLUMNS if claim.get(name)]
    if said is None:
        if given:
            raise UsageError(f"the column {given[0]!r} is of a ruling, and the licence is none: write ruling:NUMBER")
        return None
    missing = [name for name in RULING_COLUMNS if name not in given]
    number = said.removeprefix(_PREFIX).strip()
    if missing or not number:
        raise UsageError(f"a ruling is claimed without {repr(missing[0]) if missing else 'its number'}")
    return Basis(
        kind="ruling",
        detail=said,
        source=number,
        number=number,
        fee=claim["ruling_fee"],
        works=tuple(claim["ruling_works"].split()),
        duties=(_DUTY,),
        valid_from=_moment(claim, "ruling_from"),
        valid_until=_moment(claim, "ruling_until"),
    )


def _moment(claim: Mapping[str, str], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(claim[name])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(f"the column {name!r} is no moment with a time zone, such as 2026-04-01T00:00:00+09:00")
    return moment

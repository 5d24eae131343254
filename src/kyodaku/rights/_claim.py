# SPDX-License-Identifier: Apache-2.0
"""How far a claimed basis reaches: what stands between it and the use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kyodaku.rights._book import in_period
from kyodaku.rights.vocabulary import ALL, NON_COMMERCIAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kyodaku.rights.facts import Basis
    from kyodaku.rights.statements import Permission
    from kyodaku.rights.uses import Use

__all__ = ["RULING_TERRITORY", "claimed_grant", "claimed_works", "stands_in", "terms"]

RULING_TERRITORY: Final = "JP"
"""A ruling of the Commissioner for Cultural Affairs permits use in Japan (Arts. 67, 67-3), and nowhere else."""

_TIGHTEST_FIRST: Final = ("non_commercial", "no_derivatives", "share_alike")
"""A limit on every use, then one on changing, then one on what is made: the first that applies is the one to name."""


def claimed_grant(basis: Basis | None, permissions: Mapping[str, Permission]) -> Permission | None:
    """The grant that the claim names, if the registry knows it and it names its works."""
    if basis is None or basis.kind != "grant":
        return None
    found = permissions.get(basis.source)
    return found if found is not None and found.kind == "grant" and ALL not in found.works else None


def claimed_works(basis: Basis | None, permissions: Mapping[str, Permission]) -> tuple[str, ...]:
    """The registered works that the claim itself says are used: those of a grant, or of a ruling."""
    said = claimed_grant(basis, permissions)
    if said is not None:
        return said.works
    return basis.works if basis is not None and basis.kind == "ruling" else ()


def stands_in(basis: Basis | None, work: str, use: Use) -> bool:
    """Whether a ruling, shown with number, fee and period, speaks for holders of the work who do not speak."""
    return (
        basis is not None
        and basis.kind == "ruling"
        and work in basis.works
        and bool(basis.number and basis.fee and basis.valid_from and basis.valid_until)
        and in_period(basis.valid_from, basis.valid_until, use.at)
    )


def terms(basis: Basis, use: Use) -> str:
    """What stands between the claim and the use, in the words of the `medium` table."""
    if not in_period(basis.valid_from, basis.valid_until, use.at):
        return "expired"
    if not _is_shown(basis, use) or (basis.kind == "ruling" and use.territory != (RULING_TERRITORY,)):
        return "unverified"
    for limit in _TIGHTEST_FIRST:
        if limit in basis.limits and not (limit == "non_commercial" and use.purpose == NON_COMMERCIAL):
            return limit
    return "duties" if basis.duties else "clear"


def _is_shown(basis: Basis, use: Use) -> bool:
    """Whether the claim says enough to be one: whose work, which licence, which ruling and until when."""
    if basis.kind == "own_work":
        return basis.owner == use.developer
    if basis.kind == "open_licence":
        return basis.licence is not None
    if basis.kind == "ruling":
        return bool(basis.number or basis.source) and basis.valid_from is not None and basis.valid_until is not None
    return True

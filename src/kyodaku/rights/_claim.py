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

__all__ = ["claimed_grant", "terms"]

_TIGHTEST_FIRST: Final = ("non_commercial", "no_derivatives", "share_alike")
"""A limit on every use, then one on changing, then one on what is made: the first that applies is the one to name."""


def claimed_grant(basis: Basis | None, permissions: Mapping[str, Permission]) -> Permission | None:
    """The grant that the claim names, if the registry knows it and it names its works."""
    if basis is None or basis.kind != "grant":
        return None
    found = permissions.get(basis.source)
    return found if found is not None and found.kind == "grant" and ALL not in found.works else None


def terms(basis: Basis, use: Use) -> str:
    """What stands between the claim and the use, in the words of the `medium` table."""
    if not in_period(basis.valid_from, basis.valid_until, use.at):
        return "expired"
    if not _is_shown(basis, use):
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
        return bool(basis.source) and basis.valid_from is not None and basis.valid_until is not None
    return True

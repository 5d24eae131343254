# SPDX-License-Identifier: Apache-2.0
"""What a manifest says of a clip, read as a claimed basis; `regimes/licences.yaml` lists the recognised licences."""

from __future__ import annotations

from typing import Final

from kyodaku.rights import _check as check
from kyodaku.rights._licences import known_licences, spelling
from kyodaku.rights.facts import Basis

__all__ = ["basis_from_claim"]

GRANT_PREFIX: Final = "grant:"
"""`grant:ID` in a manifest's licence column refers to a registered grant."""

CLAIM_LENGTH: Final = 1000
"""Longer texts are terms of use that nobody has read, not the name of a licence."""


def basis_from_claim(licence: str | None, owner: str | None, source: str | None, developer: str) -> Basis | None:
    """The basis that a manifest row claims; None if it claims none that can be recognised.

    In this order: `grant:ID` as the licence names a grant; `owner` equal to the developer's id claims own work; a
    recognised licence or public-domain text claims that. Texts must match a known spelling as a whole. Nothing here is
    believed: `decide` judges what the claim is worth.
    """
    text, who, where = (check.clean(value or "").strip() for value in (licence, owner, source))
    detail, holder = text[:CLAIM_LENGTH], who[:CLAIM_LENGTH] or None
    if text.startswith(GRANT_PREFIX):
        return Basis(kind="grant", detail=detail, source=text.removeprefix(GRANT_PREFIX).strip(), owner=holder)
    if who and who == developer:
        return Basis(kind="own_work", detail=detail, source=where, owner=holder)
    known = known_licences().get(spelling(text)) if len(text) <= CLAIM_LENGTH else None
    if known is None:
        return None
    return Basis(
        kind=known.kind,
        detail=detail,
        source=where,
        licence=known.id,
        owner=holder,
        duties=known.duties,
        limits=known.limits,
    )

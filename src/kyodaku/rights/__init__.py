# SPDX-License-Identifier: Apache-2.0
"""The law as data, and one pure function that answers: who must say yes to this use, and did they, before."""

from __future__ import annotations

from kyodaku.rights.decision import Decision, Ground, Needed
from kyodaku.rights.facts import Basis, Facts, Finding, Use
from kyodaku.rights.model import Mandate, Party, Permission, Proof, Share, Term, Work
from kyodaku.rights.vocabulary import (
    ACTS,
    ALL,
    ANYONE,
    BASIS_KINDS,
    MEDIA,
    PARTY_KINDS,
    PERMISSION_KINDS,
    RIGHTS,
    WORLD,
    Verdict,
)

__all__ = [
    "ACTS",
    "ALL",
    "ANYONE",
    "BASIS_KINDS",
    "MEDIA",
    "PARTY_KINDS",
    "PERMISSION_KINDS",
    "RIGHTS",
    "WORLD",
    "Basis",
    "Decision",
    "Facts",
    "Finding",
    "Ground",
    "Mandate",
    "Needed",
    "Party",
    "Permission",
    "Proof",
    "Share",
    "Term",
    "Use",
    "Verdict",
    "Work",
]

# SPDX-License-Identifier: Apache-2.0
"""The words of permission: acts, rights, kinds of statement, and the four verdicts.

Every list is closed. A word that is not in it is refused where it is written, because an unknown word in a grant could
be read too widely and an unknown word in a refusal would be overlooked. The words that mean *everything* are `ALL`
(rights, works, acts, purposes, models, media), `ANYONE` (to whom a statement is made) and `WORLD` (where).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ACTS",
    "ALL",
    "ANYONE",
    "BASIS_KINDS",
    "CIRCUMSTANCES",
    "COPYRIGHTS",
    "EFFECTS",
    "FINDING_KINDS",
    "FORWARD",
    "LANGUAGES",
    "LICENCE_LIMITS",
    "MEDIA",
    "NEIGHBOURING_RIGHTS",
    "NON_COMMERCIAL",
    "PARTY_KINDS",
    "PERMISSION_KINDS",
    "POSSIBLE",
    "PROOF_KINDS",
    "PROTECTIVE_KINDS",
    "PURGE",
    "RIGHTS",
    "SIGNAL_ACTS",
    "SIGNAL_SAYS",
    "SPEAKS_OF",
    "UNSEEN",
    "UNSEEN_KINDS",
    "UNSTATED",
    "WORLD",
    "Verdict",
]

ALL: Final = "all"
ANYONE: Final = "anyone"
WORLD: Final = "world"

LANGUAGES: Final = ("en", "ja")
"""Every sentence is there in each of these."""

ACTS: Final = ("collect", "mine", "train", "fine_tune", "input", "index", "generate", "publish")

COPYRIGHTS: Final = (
    "reproduction",  # Art. 21
    "screening",  # Art. 22-2
    "transmission",  # Art. 23, public transmission and making transmittable
    "distribution",  # Art. 26, 26-2: copies to the public
    "rental",  # Art. 26-3
    "adaptation",  # Art. 27
    "derivative_use",  # Art. 28: the original author's right in every use of a derivative work
)
"""The economic rights of authors, with their Articles of Japan's Copyright Act."""

NEIGHBOURING_RIGHTS: Final = (
    "performance",  # Arts. 91 to 95-3
    "phonogram",  # Arts. 96 to 97-3
    "broadcast",  # Arts. 98 to 100-5
)
"""The rights of performers, phonogram producers and broadcasters: asked when somebody is recorded as holding them."""

RIGHTS: Final = (*COPYRIGHTS, *NEIGHBOURING_RIGHTS)

PARTY_KINDS: Final = ("holder", "association", "committee", "developer")

PERMISSION_KINDS: Final = ("grant", "refusal", "reservation", "revocation", "objection", "offer")

PROTECTIVE_KINDS: Final = ("objection", "refusal", "reservation", "revocation")
"""What an agent may state when its mandate does not say: acts that preserve the right (Civil Code, Art. 103)."""

MEDIA: Final = ("video", "image", "animation", "audio", "text")

BASIS_KINDS: Final = ("grant", "own_work", "open_licence", "public_domain", "ruling", "limitation")

NON_COMMERCIAL: Final = "non_commercial"
"""The purpose, and the licence's limit that only this purpose meets."""

LICENCE_LIMITS: Final = (NON_COMMERCIAL, "no_derivatives", "share_alike")

POSSIBLE: Final = "possible"
"""A match too weak to be a finding and too strong to be passed over: a person looks."""

UNSEEN: Final = "unseen"
"""A medium that was read, and of which something that counts could not be seen: a person looks."""

UNSEEN_KINDS: Final = ("time", "parts")
"""What could not be seen: (nearly) all of its time shows nothing, or parts of its pictures were not searched."""

FINDING_KINDS: Final = ("match", POSSIBLE, "mention", "claimed")

PROOF_KINDS: Final = ("ledger_entry", "timestamp")

FORWARD: Final = "forward"
PURGE: Final = "purge"
EFFECTS: Final = (FORWARD, PURGE)
"""What a revocation asks for: no use from now on; or also that copies and models made before go (cf. Art. 112(2))."""

UNSTATED: Final = "unstated"
"""Of a circumstance about which the developer says nothing."""

CIRCUMSTANCES: Final[dict[str, tuple[str, ...]]] = {
    "lawful_access": ("yes", "no"),
    "source": ("lawful", "circumvented", "pirate"),
    "reservation": ("none", "after", "unclear", "before"),
    "actor": ("research_body", "other"),
    "retention": ("set", "unset"),
    "enjoyment": ("none", "present"),
    "market": ("none", "conflict"),
}
"""What a developer may state about its use, each with its words from the most to the least favourable."""

SIGNAL_ACTS: Final = ("collect", "mine", "train_gen", "train_nongen", "input", "index", "search", "generate")
"""The acts of which the standards of machine-readable reservation speak; see `SPEAKS_OF`."""

SIGNAL_SAYS: Final = ("allow", "unknown", "constrained", "deny")
"""What such a signal says of an act, the more restrictive later; `constrained` is allowed on terms nobody has met."""

SPEAKS_OF: Final[dict[str, tuple[str, ...]]] = {
    "collect": ("collect", "mine"),
    "mine": ("collect", "mine"),
    "train": ("collect", "mine", "train_gen"),
    "fine_tune": ("collect", "mine", "train_gen"),
    "input": ("input",),
    "index": ("index", "search"),
    "generate": ("generate",),
    "publish": (),
}
"""The acts whose signals bear on each act of a use."""


class Verdict(StrEnum):
    """What may be done, from the loosest to the strictest; compares by strictness, never by spelling."""

    PERMITTED = "permitted"
    PERMITTED_WITH_DUTIES = "permitted_with_duties"
    REVIEW = "review"
    REFUSED = "refused"

    @property
    def rank(self) -> int:
        """0 for the loosest, 3 for the strictest."""
        return _RANKS[self]

    @property
    def is_go(self) -> bool:
        """Whether the use may go ahead, with or without duties."""
        return self.rank <= _RANKS["permitted_with_duties"]

    @classmethod
    def strictest(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """The strictest of the verdicts; of none at all, `REFUSED`: nothing spoke for the use."""
        return max(verdicts, key=lambda verdict: verdict.rank, default=cls.REFUSED)

    def __lt__(self, other: str) -> bool:
        return self.rank < Verdict(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Verdict(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Verdict(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Verdict(other).rank


_RANKS: Final[dict[str, int]] = {"permitted": 0, "permitted_with_duties": 1, "review": 2, "refused": 3}

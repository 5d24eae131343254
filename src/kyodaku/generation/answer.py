# SPDX-License-Identifier: Apache-2.0
"""What the gate says at one of its three moments: before a prompt, of a reference, of a finished video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kyodaku.generation.job import Fault, Moment, Step
from kyodaku.rights import Decision

__all__ = ["MODERATION_BLOCKED", "Answer"]

MODERATION_BLOCKED: Final = "moderation_blocked"
"""The code by which clients of the Videos API know a refusal."""
_PERMITTED: Final = ("permitted", "permitted_with_duties")
_MOMENTS: Final[Mapping[Moment, str]] = {"prompt": "prompt", "input": "reference", "output": "video"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The decision, which moment it is of, and what the caller is told beside it.

    `findings` are what it rests on, as far as the caller may know them; `offers` are what holders offer to this
    developer; `suggestion` is a wording without what was found.
    """

    moment: Moment
    decision: Decision
    findings: tuple[Mapping[str, Any], ...] = ()
    signals: tuple[Mapping[str, Any], ...] = ()
    """What a reference says of itself: see `kyodaku.signals`."""
    claimed: Mapping[str, str] = field(default_factory=dict)
    """What was claimed of a reference: `owner`, `licence`, as in a manifest."""
    offers: tuple[Mapping[str, Any], ...] = ()
    suggestion: Mapping[str, Any] | None = None
    is_near: bool = False
    """Whether the answer would tell who searches for a way around that it is close."""
    enforced: bool = True
    """False in a dry run: it is recorded what would have been decided, and everything goes ahead."""

    @property
    def verdict(self) -> str:
        """The decision's verdict, in a word."""
        return self.decision.verdict.value

    @property
    def is_permitted(self) -> bool:
        """Whether it may go ahead, with duties or without."""
        return self.verdict in _PERMITTED

    @property
    def licence_links(self) -> tuple[str, ...]:
        """The addresses among the terms of what is offered."""
        terms = [term for offer in self.offers for term in offer.get("terms", ())]
        return tuple(term for term in terms if term.startswith(("https://", "http://")) and term.isprintable())

    @property
    def goes_ahead(self) -> bool:
        """Whether what was asked about may be shown: it is permitted, or this is a dry run."""
        return self.is_permitted or not self.enforced

    @property
    def works(self) -> tuple[str, ...]:
        """The registered works that the decision is about; last those that were found and move nothing."""
        named = [ground.work for ground in self.decision.grounds if ground.work is not None]
        found = [finding["work"] for finding in self.findings if "work" in finding]
        return tuple(dict.fromkeys([*named, *found]))

    @property
    def permissions(self) -> tuple[str, ...]:
        """The permissions that it rests on: the licences, if it is permitted."""
        named = [ground.permission for ground in self.decision.grounds if ground.permission is not None]
        return tuple(dict.fromkeys(named))

    def step(self, moment: Moment | None = None) -> Step:
        """What a job remembers of it."""
        return Step(
            moment=moment or self.moment,
            verdict=self.verdict,
            decision_id=self.decision.decision_id,
            snapshot=self.decision.snapshot,
            works=self.works,
            permissions=self.permissions,
        )

    def fault(self) -> Fault:
        """Why there is no video, in the shape of the Videos API; only of an answer that does not permit."""
        return Fault(code=MODERATION_BLOCKED, message=self._message(), more=self.as_json())

    def as_json(self) -> dict[str, Any]:
        """The decision's JSON with the moment, the findings and what would help."""
        record = self.decision.as_json() | {"moment": self.moment, "findings": [dict(each) for each in self.findings]}
        record["signals"] = [dict(each) for each in self.signals]
        record["claimed"] = dict(self.claimed)
        record["works"] = list(self.works)
        record["offers"] = [dict(each) for each in self.offers]
        record["suggestion"] = None if self.suggestion is None else dict(self.suggestion)
        return record

    def _message(self) -> str:
        reasons = [ground.text["en"] for ground in self.decision.grounds if ground.effect == self.verdict]
        first = reasons[0] if reasons else "It is not known to be permitted."
        what = "was refused" if self.verdict == "refused" else "waits for a person"
        return f"The {_MOMENTS[self.moment]} {what}: {first}"

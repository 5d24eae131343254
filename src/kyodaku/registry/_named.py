# SPDX-License-Identifier: Apache-2.0
"""What works are called and look like, as holders state it: beside the works, since names are no law.

Stated with a work, recorded as a declaration of its own under the work's id. So a work's shares can be declared anew
without its names, and no decision's id changes because a nickname was added.

Traits and descriptions are the holder's. What leaves the workspace of them is a commitment, the one that is in the
ledger, which tells them to nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from kyodaku.errors import UsageError
from kyodaku.ledger import commitment
from kyodaku.names import Entry, Name, Trait
from kyodaku.registry._candidate import Candidate
from kyodaku.registry._codec import Body, canonical_body, digest
from kyodaku.registry._events import Path
from kyodaku.registry.documents import Document

__all__ = ["FIELDS", "NAMES", "Named", "checked_names", "names_candidate", "names_id", "public_body", "taken"]

NAMES: Final = "names"
"""The kind of these declarations."""
FIELDS: Final = ("names", "traits", "descriptions")
"""Fields of a work in a registry file that are none of the law's; stating one states all three anew."""
_PRIVATE: Final = ("traits", "descriptions")
_DEFAULTS: Final = {"kind": "alias", "distinctive": False, "weight": 1.0, "group": "other", "must": False}
_KIND: Final = "alias"
"""What a name is unless it is stated: titles have a field of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """What is stated of a work's names; `said` is the ledger's commitment to all of it, where some of it is private."""

    work: str
    body: Mapping[str, Any]
    said: str | None = None

    @classmethod
    def stored(cls, text: str, salt: str | None) -> Self:
        """What a row of the database, or a line that was kept of it, states."""
        body = json.loads(text)
        has_secrets = salt is not None and any(name in body for name in _PRIVATE)
        said = commitment(text.encode(), bytes.fromhex(salt)) if salt is not None and has_secrets else None
        return cls(work=body["id"], body=body, said=said)

    @property
    def public(self) -> str:
        """What may leave the workspace, as one line of canonical JSON."""
        committed = {} if self.said is None else {"said": self.said}
        body = {name: held for name, held in self.body.items() if name not in _PRIVATE}
        return canonical_body({**body, **committed}).decode()


def taken(fields: dict[str, Any]) -> dict[str, Any] | None:
    """What a work's fields state of its names, taken out of them; None where they state nothing."""
    stated: dict[str, Any] = {name: fields.pop(name) for name in FIELDS if name in fields}
    return stated or None


def names_candidate(document: Document, path: Path, work: str, stated: Mapping[str, Any]) -> Candidate:
    """The declaration of a work's names; UsageError for what cannot be looked for."""
    body: Body = {"id": work}
    for name in ("names", "traits"):
        if stated.get(name):
            body[name] = [_short(each) for each in stated[name]]
    if stated.get("descriptions"):
        body["descriptions"] = dict(stated["descriptions"])
    checked_names(work, body)
    text = canonical_body(body)
    return Candidate(
        document=document,
        path=path,
        kind=NAMES,
        id=work,
        fields=body,
        body=body,
        text=text.decode(),
        digest=digest(text),
    )


def checked_names(work: str, body: Mapping[str, Any], **more: Any) -> Entry:
    """The entry of these names; UsageError for what the room of names refuses."""
    try:
        return Entry(
            work=work,
            names=(*more.pop("titles", ()), *(Name(**{"kind": _KIND, **each}) for each in body.get("names", ()))),
            traits=tuple(Trait(**{**each, "weight": float(each.get("weight", 1))}) for each in body.get("traits", ())),
            descriptions=body.get("descriptions", {}),
            **more,
        )
    except UsageError as error:
        raise UsageError(error.what, where=error.where or f"work {work}", hint=error.hint) from None


def names_id(lines: Iterable[str]) -> str:
    """What names the whole of what is stated of names: the hash of its public lines."""
    return digest("".join(f"{line}\n" for line in lines).encode())


def public_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without what is the holder's: of traits and descriptions only how many and in which languages."""
    told = {name: held for name, held in body.items() if name not in _PRIVATE}
    if "traits" in body:
        told["traits"] = len(body["traits"])
    if "descriptions" in body:
        told["descriptions"] = sorted(body["descriptions"])
    return told


def _short(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is said anyway, so that the same statement has the same body; a number as text, as elsewhere."""
    said = {name: held for name, held in stated.items() if _DEFAULTS.get(name) != held}
    return said | {"weight": f"{said['weight']:g}"} if "weight" in said else said

# SPDX-License-Identifier: Apache-2.0
"""What goes into a snapshot, as text: stored bodies are canonical already, and are not taken apart to be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

from kyodaku.registry._codec import as_text, canonical
from kyodaku.registry._named import NAMES, Named, names_id
from kyodaku.registry._references import KIND as REFERENCE
from kyodaku.registry._references import by_descriptor
from kyodaku.registry._state import Known

__all__ = ["FORMAT", "SECTIONS", "Held", "Items"]

FORMAT: Final = 2
SECTIONS: Final = {"party": "parties", "work": "works", "mandate": "mandates", "permission": "permissions"}
"""What each kind of declaration is called together."""
_DATED: Final = frozenset({"mandate", "permission"})
"""Kinds of which the law asks when they were recorded."""
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What a registry without declarations is as of."""

Items = Mapping[str, list[tuple[str, str]]]
"""By section: each id with the canonical JSON of its `body` and, where the law asks, `recorded_at`; in order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """The state of a registry: what was declared, the bodies of its references, and when the newest came in."""

    items: Items
    references: list[Mapping[str, Any]]
    as_of: datetime
    as_of_others: datetime
    """The same, statements aside."""
    audience: str | None = None
    """The developer who may see this much of it; None where it is all."""
    names: tuple[str, ...] = ()
    """What is stated of works' names and may be told, a line each, in the order of the works."""
    stated_names: tuple[tuple[str, str | None], ...] = ()
    """All that is stated of them, as it is stored, each with its salt; not of a state from elsewhere."""

    @classmethod
    def of(cls, known: Iterable[Known]) -> Self:
        """What is known of each id."""
        references: list[Mapping[str, Any]] = []
        stated_names: list[tuple[str, str | None]] = []
        items: dict[str, list[tuple[str, str]]] = {section: [] for section in SECTIONS.values()}
        newest = others = _BEGINNING
        for each in known:
            row = each.latest
            newest = max(newest, row.recorded_at)
            others = others if row.kind == "permission" else max(others, row.recorded_at)
            if row.kind == REFERENCE:
                references.append(each.body)
            elif row.kind == NAMES:
                stated_names.append((row.body, row.salt))
            else:
                dated = f',"recorded_at":"{as_text(each.first.recorded_at)}"' if row.kind in _DATED else ""
                items[SECTIONS[row.kind]].append((row.id, f'{{"body":{row.body}{dated}}}'))
        for found in items.values():
            found.sort()
        return cls(
            items=items,
            references=references,
            as_of=newest,
            as_of_others=others,
            names=tuple(Named.stored(*stated).public for stated in stated_names),
            stated_names=tuple(stated_names),
        )

    @property
    def as_of_text(self) -> str:
        """The moment as it is written."""
        return as_text(self.as_of)

    def works(self) -> dict[str, str]:
        """The work that each reference shows."""
        return {body["id"]: body["work"] for body in self.references}

    def indexes(self) -> dict[str, list[str]]:
        """The ids of the references of each descriptor."""
        return {name: [body["id"] for body in some] for name, some in by_descriptor(self.references).items()}

    def written(self, index: str) -> bytes:
        """Canonical JSON of it all, with what names the index: what a snapshot's id is the hash of."""
        parts = {
            "as_of": canonical(self.as_of_text).decode(),
            **({} if self.audience is None else {"for": canonical(self.audience).decode()}),
            "format": str(FORMAT),
            "index": canonical(index).decode(),
            "indexes": canonical(self.indexes()).decode(),
            **({"names": canonical(names_id(self.names)).decode()} if self.names else {}),
            "references": canonical(self.works()).decode(),
            **{section: f"[{','.join(text for _, text in found)}]" for section, found in self.items.items()},
        }
        return ("{" + ",".join(f'"{name}":{parts[name]}' for name in sorted(parts)) + "}").encode()

# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a document, and what of it was read more broadly than it says: all of it, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kyodaku.registry._events import Path
from kyodaku.registry.problems import Problem, refuse

__all__ = ["Findings", "Lines", "Note", "Place", "pointer"]

Lines = Callable[[Iterable[Path]], Mapping[Path, int]]
"""Gives the line of each path in a document; 0 where there are none."""


def pointer(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901): `/permission/0/action`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a path in a JSON document; in any other, the thing's own name."""

    path: Path | None
    name: str = ""

    def __str__(self) -> str:
        return self.name if self.path is None else pointer(self.path)


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Note:
    """Something that was not understood and made a prohibition broader: `file:line: place: what`."""

    file: str
    line: int
    place: str
    what: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.place, self.what) if part)


@dataclass(slots=True)
class Findings:
    """Collects faults, which refuse the document, and notes, which do not."""

    faults: list[tuple[Place, str, str]] = field(default_factory=list)
    remarks: list[tuple[Place, str]] = field(default_factory=list)

    def fault(self, place: Place, what: str, hint: str = "") -> None:
        """Something for which the document is refused."""
        self.faults.append((place, what, hint))

    def remark(self, place: Place, what: str) -> None:
        """Something that was read more broadly than it says."""
        self.remarks.append((place, what))

    def settle(self, name: str, lines: Lines) -> tuple[Note, ...]:
        """The notes, with their lines; UnacceptableError with every fault, if there is one."""
        if not self.faults and not self.remarks:
            return ()
        places = [place for place, *_ in self.faults] + [place for place, _ in self.remarks]
        found = lines([place.path for place in places if place.path is not None])
        refuse(
            Problem(file=name, line=_line(place, found), what=_told(place, what), hint=hint)
            for place, what, hint in sorted(set(self.faults), key=str)
        )
        notes = {Note(file=name, line=_line(place, found), place=str(place), what=what) for place, what in self.remarks}
        return tuple(sorted(notes))


def _line(place: Place, found: Mapping[Path, int]) -> int:
    return 0 if place.path is None else found[place.path]


def _told(place: Place, what: str) -> str:
    return f"{place}: {what}" if str(place) else what

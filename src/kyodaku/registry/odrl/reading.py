# SPDX-License-Identifier: Apache-2.0
"""ODRL documents, read as what a registry file would state."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kyodaku.errors import KyodakuError
from kyodaku.registry import _events as events
from kyodaku.registry.documents import Document
from kyodaku.registry.odrl._faults import Findings, Lines, Note
from kyodaku.registry.odrl._graph import MAX_BYTES, read_graph
from kyodaku.registry.odrl._policies import read_policies
from kyodaku.registry.odrl._rules import Statement
from kyodaku.registry.odrl.terms import BASE

__all__ = ["OdrlDocument", "Reading", "document_of", "read", "read_file"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What an ODRL document says: `document` as a registry file would, `notes` on what was read more broadly."""

    document: dict[str, Any]
    notes: tuple[Note, ...]
    statements: tuple[Statement, ...] = field(repr=False)
    lines: Lines = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class OdrlDocument(Document):
    """A document for the registry that knows where in the ODRL file each of its statements stands."""

    reading: Reading = field(repr=False)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was read more broadly than it says."""
        return tuple(str(note) for note in self.reading.notes)

    def lines(self, paths: Iterable[events.Path]) -> dict[events.Path, int]:
        """The line in the ODRL file of each place in the registry file that it amounts to."""
        places = {path: self._place(path) for path in paths}
        lines = self.reading.lines([place for place in places.values() if place is not None])
        return {path: 0 if place is None else lines[place] for path, place in places.items()}

    def _place(self, path: events.Path) -> events.Path | None:
        if len(path) < 2 or not isinstance(path[1], int):
            return ()
        statement = self.reading.statements[path[1]]
        place = statement.within.get(str(path[2]), statement.place) if len(path) > 2 else statement.place
        return place.path


def document_of(content: bytes, *, name: str = "document", base: str = BASE) -> dict[str, Any]:
    """What an ODRL document says, as a mapping of the registry file's shape. Raises as `read` does."""
    return read(content, name=name, base=base).document


def read(content: bytes, *, name: str = "document", base: str = BASE) -> Reading:
    """Read an ODRL 2.2 document in JSON-LD or Turtle.

    IRIs that begin with `base` are ids of ours; any other IRI is an id as it is. Raises UsageError for what is no such
    document, UnacceptableError (a UsageError) with every problem at its line and JSON pointer for one that says what
    cannot be kept, and KyodakuError where rdflib is missing.
    """
    findings = Findings()
    graph = read_graph(content, findings, name=name, base=base)
    statements = read_policies(graph, findings, base) if not findings.faults else []
    notes = findings.settle(name, graph.lines)
    permissions = [statement.fields for statement in statements]
    return Reading(document={"permissions": permissions}, notes=notes, statements=tuple(statements), lines=graph.lines)


def read_file(path: str | os.PathLike[str], *, base: str = BASE) -> OdrlDocument:
    """Read an ODRL file, for the registry to record. Raises as `read` does."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise KyodakuError(f"cannot be read: {error.strerror}", where=str(path)) from None
    reading = read(content, name=str(path), base=base)
    text = content.decode("utf-8-sig")
    return OdrlDocument(name=str(path), value=reading.document, text=text, reading=reading)

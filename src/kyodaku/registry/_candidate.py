# SPDX-License-Identifier: Apache-2.0
"""A declaration on its way into the record."""

from __future__ import annotations

from dataclasses import dataclass

from kyodaku.registry._codec import Body
from kyodaku.registry._events import Path
from kyodaku.registry.documents import Document

__all__ = ["Candidate", "Finding"]


@dataclass(kw_only=True, slots=True, eq=False)  # not frozen: an import makes 100,000, and freezing one takes 1 µs more
class Candidate:
    """A declaration that is well-formed in itself: where and what was written, and what it amounts to.

    `fields` are as they were written, `body` is in the form that is stored, `text` and `digest` are its canonical JSON
    and the hash of that.
    """

    document: Document
    path: Path
    kind: str
    id: str
    fields: Body
    body: Body
    text: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A problem with a candidate, at a place within it."""

    candidate: Candidate
    within: Path
    what: str
    hint: str = ""
    authority: bool = False

# SPDX-License-Identifier: Apache-2.0
"""What a video generator is to the gate: something that is asked, looked at, and fetched from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from kyodaku.generation.job import Job

__all__ = ["Generator", "GeneratorError", "Progress", "TicketLost"]


class GeneratorError(Exception):
    """The generator said no, or made no sense; `is_lasting` when asking again would not help."""

    def __init__(self, what: str, *, code: str = "generator_error", is_lasting: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.code = code
        self.is_lasting = is_lasting


class TicketLost(GeneratorError):  # noqa: N818 - what happened
    """The generator does not know this ticket (any more): it was restarted, or forgot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a generation is: `percent` from 0 to 100, and why it failed if it did."""

    state: Literal["running", "done", "failed"]
    percent: int = 0
    code: str = ""
    message: str = ""


class Generator(Protocol):
    """Makes videos; every method may be called from any worker's process, and raises `GeneratorError` only."""

    name: str

    def start(self, job: Job, folder: Path, *, source_ticket: str | None) -> str:
        """Begin; the ticket is all that is kept. `folder` holds the files that the request names."""
        ...

    def look(self, ticket: str) -> Progress:
        """How far it is; `TicketLost` when it is not known there."""
        ...

    def fetch(self, ticket: str, path: Path) -> None:
        """Write the finished video to `path`."""
        ...

    def character(self, name: str, video: Path) -> str:
        """Make a reusable character; the ticket is the generator's own id for it."""
        ...

    def forget(self, ticket: str) -> None:
        """Stop it if it runs and delete what there is of it; never raises."""
        ...

# SPDX-License-Identifier: Apache-2.0
"""What is measured: anything that describes films, keeps the descriptions and finds copies among them.

A system joins the benchmark by a line in `SYSTEMS`. It is asked in this order: `reference` for each film to register,
`index` once for each half that is registered, then `query` and `Index.search` for each file in question. All systems
are asked about the same files in the same run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Crowded", "Found", "Index", "Picture", "Pictured", "System", "Unreadable"]

Picture: TypeAlias = NDArray[np.uint8]
"""`(height, width, 3)` RGB."""


class Unreadable(Exception):  # noqa: N818 - what happened to the file, for the caller to count
    """A system could not read a file; it finds nothing in it."""


class Found(NamedTuple):
    """One answer: a reference, how sure the system is (higher is surer), and where, in seconds, if it can tell.

    A reference may come several times, with several spans. `evidence` is what Kyodaku's score is made of, in nats.
    """

    reference: str
    score: float
    span: tuple[float, float, float, float] | None = None
    evidence: float | None = None
    alike: tuple[float, float] | None = None
    """Likeness and number of pictures, of which a descriptor with a finer form makes its evidence."""


class Index(Protocol):
    """Registered references."""

    @property
    def stored_bytes(self) -> int:
        """What has to be kept of all references together."""
        ...

    @property
    def fine_bytes(self) -> int:
        """How much of it is a finer form that is only looked at where the rest has led."""
        ...

    def search(self, query: Any) -> Sequence[Found]:
        """All references that the query may be a copy of, also unlikely ones if the system can name them."""
        ...


class System(Protocol):
    """One way of finding copies."""

    @property
    def name(self) -> str:
        """For tables."""
        ...

    @property
    def threshold(self) -> float:
        """The score from which its makers say that it is a copy."""
        ...

    def describe(self, path: Path, *, query: bool) -> Any:
        """The description of a film, as a reference or as a query; raises `Unreadable`."""
        ...

    def index(self, references: Mapping[str, Any], directory: Path) -> Index:
        """An index of described references; what it needs to keep on disk goes into `directory`."""
        ...


@runtime_checkable
class Pictured(Protocol):
    """A system that can also be shown pictures which no file holds: it is asked about clips that code draws."""

    @property
    def pictures_per_second(self) -> float:
        """How often it looks at a short clip."""
        ...

    def describe_pictures(self, pictures: Iterable[tuple[float, Picture]]) -> Any:
        """The description of a query of these pictures, each with its time in seconds."""
        ...


@runtime_checkable
class Crowded(Protocol):
    """A system whose index can be filled with codes that stand for works of which no film is at hand."""

    def crowded_index(self, references: Mapping[str, Any], directory: Path, *, codes: int) -> Index:
        """As `index`, with so many drawn codes beside; `directory` may be given again and is then used again."""
        ...

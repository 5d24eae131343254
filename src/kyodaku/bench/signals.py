# SPDX-License-Identifier: Apache-2.0
"""What reading a film's signals costs beside fingerprinting it, for each place in which films keep them.

Both are timed in turns over the same films; a ratio means the same on another machine.
"""

from __future__ import annotations

import os
import statistics
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from kyodaku.bench._processes import cpu_seconds
from kyodaku.bench.own import Kyodaku
from kyodaku.bench.tables import table
from kyodaku.examine.inside import InsideReader
from kyodaku.signals.c2pa import stamp
from kyodaku.signals.credentials import Credentials
from kyodaku.signals.xmp import PLUS_NAMESPACE

__all__ = ["GOAL", "SignalCost", "signal_costs", "signals_markdown"]

GOAL: Final = 0.05
"""Of fingerprinting the same film."""

_XMP_UUID: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_PACKET: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="" xmlns:plus="{PLUS_NAMESPACE}" plus:DataMining="DMI-PROHIBITED"/>'
    "</rdf:RDF></x:xmpmeta>"
)
_ASSERTION: Final = {
    "label": "cawg.training-mining",
    "data": {"entries": {"cawg.ai_generative_training": {"use": "notAllowed"}}},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalCost:
    """Of reading films that keep their signals in one place; medians of the rounds, by the clock, of one film.

    `cpu_ratio` counts the processor seconds of all processes together, over all rounds.
    """

    kept: str
    films: int
    found: int
    read_ms: float
    fingerprint_ms: float
    ratio: float
    cpu_ratio: float

    @property
    def meets_goal(self) -> bool:
        """Whether the clock says so."""
        return self.ratio <= GOAL


def signal_costs(films: Sequence[Path], folder: Path, *, rounds: int = 5) -> list[SignalCost]:
    """Give copies of the films signals of each kind, and time both ways of reading them."""
    own = Kyodaku()
    return [_cost(kept, [_kept(film, make, folder) for film in films], own, rounds) for kept, make in _KINDS.items()]


def _kept(film: Path, make: Callable[[bytes], bytes], folder: Path) -> Path:
    path = folder / make.__name__.strip("_") / film.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make(film.read_bytes()))
    return path


def _silent(film: bytes) -> bytes:
    return film


def _with_xmp(film: bytes) -> bytes:
    body = _XMP_UUID + _PACKET.encode()
    return film + struct.pack(">I4s", 8 + len(body), b"uuid") + body


def _with_credentials(film: bytes) -> bytes:
    out, signer = BytesIO(), Credentials.made_for("Nobody")
    stamp(BytesIO(film), "video/mp4", out, [_ASSERTION], signer)
    return out.getvalue()


_KINDS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "nothing": _silent,
    "PLUS in XMP": _with_xmp,
    "Content Credentials": _with_credentials,
}


def _cost(kept: str, films: Sequence[Path], own: Kyodaku, rounds: int) -> SignalCost:
    """The first round warms up: the processes that read and decode start once a run, not once a film."""
    read: list[float] = []
    described: list[float] = []
    read_cpu = described_cpu = 0.0
    with InsideReader() as reader:
        found = sum(len(reader.read(film)) for film in films)
        for number in range(rounds + 1):
            one, one_cpu = _timed(lambda: [reader.read(film) for film in films])
            other, other_cpu = _timed(lambda: [own.describe(film, query=False) for film in films])
            if number:
                read.append(one)
                described.append(other)
                read_cpu, described_cpu = read_cpu + one_cpu, described_cpu + other_cpu
    return SignalCost(
        kept=kept,
        films=len(films),
        found=found,
        read_ms=1000 * statistics.median(read) / len(films),
        fingerprint_ms=1000 * statistics.median(described) / len(films),
        ratio=statistics.median(one / other for one, other in zip(read, described, strict=True)),
        cpu_ratio=read_cpu / max(described_cpu, 1e-3),
    )


def _timed(way: Callable[[], object]) -> tuple[float, float]:
    began, began_cpu = time.perf_counter(), cpu_seconds(os.getpid())
    way()
    return time.perf_counter() - began, cpu_seconds(os.getpid()) - began_cpu


def signals_markdown(costs: Sequence[SignalCost]) -> str:
    """The ratios as a table."""
    heads = ("the film keeps", "signals", "reading them, ms", "fingerprinting, ms", "ratio", "of processor time")
    rows = [
        (
            cost.kept,
            f"{cost.found / cost.films:g}",
            f"{cost.read_ms:.2f}",
            f"{cost.fingerprint_ms:.1f}",
            f"{cost.ratio:.2%}",
            f"{cost.cpu_ratio:.2%}",
        )
        for cost in costs
    ]
    goal = f"goal: at most {GOAL:.0%} of fingerprinting"
    return f"# Signals inside films\n\n{costs[0].films} films, one at a time; {goal}.\n\n{table(heads, rows)}"

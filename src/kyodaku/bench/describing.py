# SPDX-License-Identifier: Apache-2.0
"""What it costs to describe films: beside merely decoding them, beside a peer, and frame by frame.

Figures are ratios within one run, taken in turns, so that they mean the same on another machine.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from kyodaku.bench._processes import cpu_seconds
from kyodaku.bench.own import Kyodaku
from kyodaku.bench.peers import Vpdq
from kyodaku.bench.systems import Picture, System
from kyodaku.bench.tables import table
from kyodaku.copies import DEFAULT_DESCRIPTOR, Descriptor, descriptor_id
from kyodaku.errors import KyodakuError
from kyodaku.examine import SAMPLES_PER_SECOND
from kyodaku.media import Decoder, Sampling

__all__ = ["Describing", "describing", "describing_markdown", "tall_films"]

FRAMES: Final = 256
"""Frames that a descriptor is timed with: enough for a second of work, and 113 MB at most."""
_BATCH: Final = 32
TALL: Final = 720


@dataclass(frozen=True, kw_only=True, slots=True)
class Describing:
    """Seconds for the same films: frames decoded and dropped, fingerprinted, looked at as a query, hashed by a peer.

    Medians over the rounds; each ratio is the median of the rounds' ratios. Processor seconds count every process, the
    clock shows what overlaps on several processors. References and queries are set against the decoding that they ask
    for, the peer against our reference: above 1 it takes longer.
    """

    descriptor: str
    films: int
    hours: float
    rounds: int
    decode_s: float
    clock_ratio: float
    cpu_ratio: float
    query_clock_ratio: float
    query_cpu_ratio: float
    frames_per_cpu_s: float
    peer_clock_ratio: float | None = None
    peer_cpu_ratio: float | None = None


def describing(films: Sequence[Path], *, rounds: int = 5, descriptor: Descriptor = DEFAULT_DESCRIPTOR) -> Describing:
    """Time each way of reading the same films, in turns; the first round only warms up."""
    with Decoder() as decoder:
        ways = _ways(decoder, Kyodaku(descriptor), _peer())
        clock: dict[str, list[float]] = {name: [] for name in ways}
        cpu: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds + 1):
            for name, way in ways.items():
                began, began_cpu = time.perf_counter(), cpu_seconds(os.getpid())
                for film in films:
                    way(film)
                clock[name].append(time.perf_counter() - began)
                cpu[name].append(cpu_seconds(os.getpid()) - began_cpu)
        media_s = sum(_dropped(decoder, film, 1.0) for film in films)
        speed = _frames_per_cpu_s(descriptor, _pictures(decoder, films), rounds)
    peer = "peer" in ways
    return Describing(
        descriptor=descriptor_id(descriptor),
        films=len(films),
        hours=media_s / 3600,
        rounds=rounds,
        decode_s=statistics.median(clock["decode"][1:]),
        clock_ratio=_ratio(clock["reference"], clock["decode"]),
        cpu_ratio=_ratio(cpu["reference"], cpu["decode"]),
        query_clock_ratio=_ratio(clock["query"], clock["decode closely"]),
        query_cpu_ratio=_ratio(cpu["query"], cpu["decode closely"]),
        frames_per_cpu_s=speed,
        peer_clock_ratio=_ratio(clock["peer"], clock["reference"]) if peer else None,
        peer_cpu_ratio=_ratio(cpu["peer"], cpu["reference"]) if peer else None,
    )


def tall_films(films: Sequence[Path]) -> list[Path]:
    """Those that are at least 720 lines high; all of them where none is."""
    with Decoder() as decoder:
        tall = [film for film in films if _lines(decoder, film) >= TALL]
    return tall or list(films)


def _lines(decoder: Decoder, film: Path) -> int:
    info = decoder.sample(film, Sampling(mode="at", at=(0.0,), max_side=16)).result.info
    return min(info.width, info.height) if info else 0


def _peer() -> System | None:
    try:
        return Vpdq()
    except ImportError:
        return None


def _ways(decoder: Decoder, own: Kyodaku, peer: System | None) -> dict[str, Callable[[Path], object]]:
    ways: dict[str, Callable[[Path], object]] = {
        "decode": lambda film: _dropped(decoder, film, SAMPLES_PER_SECOND),
        "reference": lambda film: own.describe(film, query=False),
        "decode closely": lambda film: _dropped(decoder, film, own.pictures_per_second),
        "query": lambda film: own.describe(film, query=True),
    }
    if peer is not None:
        ways["peer"] = lambda film: peer.describe(film, query=False)
    return ways


def _dropped(decoder: Decoder, film: Path, fps: float) -> float:
    """Decode and let go; how long the film is."""
    stream = decoder.sample(film, Sampling(fps=fps))
    for _ in stream:
        pass
    if stream.result.error is not None:
        raise KyodakuError(str(stream.result.error), where=str(film))
    return stream.result.duration_s


def _pictures(decoder: Decoder, films: Sequence[Path]) -> list[Picture]:
    """Some frames of each film."""
    each = max(1, FRAMES // len(films))
    return [
        frame.pixels for film in films for frame in islice(decoder.sample(film, Sampling(fps=SAMPLES_PER_SECOND)), each)
    ]


def _frames_per_cpu_s(descriptor: Descriptor, pictures: Sequence[Picture], rounds: int) -> float:
    """How many a single processor describes in a second, once they are decoded."""
    taken = []
    for _ in range(rounds + 1):
        began = time.process_time()
        for first in range(0, len(pictures), _BATCH):
            descriptor.describe(pictures[first : first + _BATCH])
        taken.append(time.process_time() - began)
    return len(pictures) / max(statistics.median(taken[1:]), 1e-6)


def _ratio(ones: Sequence[float], others: Sequence[float]) -> float:
    """The median of the rounds' ratios, without the first round."""
    return statistics.median(one / max(other, 1e-3) for one, other in zip(ones[1:], others[1:], strict=True))


def describing_markdown(described: Describing) -> str:
    """The ratios as a table."""
    said = f"{described.films} films, {described.hours:.2f} h, described by {described.descriptor}; median of "
    said += f"{described.rounds} rounds in turns. Decoding alone {described.decode_s:.2f} s; "
    said += f"{described.frames_per_cpu_s:.0f} decoded frames described in a processor second.\n"
    ratios = [
        ("as a reference, to decoding the same frames", _two(described.clock_ratio, described.cpu_ratio)),
        ("as a query, to decoding the same frames", _two(described.query_clock_ratio, described.query_cpu_ratio)),
        ("vpdq, to Kyodaku as a reference", _two(described.peer_clock_ratio, described.peer_cpu_ratio)),
    ]
    return f"{said}\n{table(('times', 'by the clock', 'processor seconds'), [(name, *two) for name, two in ratios])}"


def _two(*values: float | None) -> tuple[str, ...]:
    return tuple("—" if value is None else f"{value:.2f}" for value in values)

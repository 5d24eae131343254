# SPDX-License-Identifier: Apache-2.0
"""How an index of references grows: time, memory, bytes and what is found, from 100,000 codes to 100 million.

Each size is built by a process of its own, as any registry is built, and searched by another; a third one asks faiss's
flat index the same questions in the same run. Questions are clips of 10 s of works in the index: the whole frame after
edits that turn a share of the bits, and all views of an undecided query at once.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kyodaku.bench._growth_probe import FOUND_FROM, MOMENTS, NEAREST, SHARES, VIEWS
from kyodaku.bench.own import directory_bytes
from kyodaku.bench.tables import table
from kyodaku.errors import KyodakuError, UsageError

__all__ = ["COUNTS", "LARGEST", "Cost", "Size", "draw_growth", "growth_markdown", "index_growth"]

COUNTS: Final = (100_000, 1_000_000, 10_000_000)
LARGEST: Final = 100_000_000
"""Fifteen gigabytes of disk while it is built; about an hour."""
CLIPS: Final = 40
_ROOM: Final = 150
"""Bytes of disk a code: as it is drawn, as it is first written, and with its inverted file."""
_CODES_A_HOUR: Final = 7200
_MANY: Final = 30_000_000
"""From so many codes on the flat scan is asked about fewer clips: each takes seconds."""
_FEW_CLIPS: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What searches cost and found; times are processor milliseconds of one thread, medians over clips."""

    whole_ms: float
    """The whole frame: `2 * MOMENTS` codes."""
    views_ms: float
    """All views: `VIEWS` times as many."""
    views_worst_ms: float
    views_clock_ms: float
    """By the clock, which shows what had to be read from disk, and what else the machine was doing."""
    resident_bytes: int
    """What the process grew by; pages of files that it alone has mapped count in full."""
    frames: Mapping[str, float]
    """Share of moments with the right work among the nearest, by the share of bits turned."""
    clips: Mapping[str, float]
    """Share of clips with `FOUND_FROM` such moments or more."""
    open_ms: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """One size of the index."""

    codes: int
    build_s: float
    build_cpu_s: float
    build_bytes: int
    """By how much the writing process grew at most, pages of files not counted."""
    file_bytes: int
    segments: int
    index: Cost
    flat: Cost


def index_growth(
    counts: Sequence[int], folder: Path, *, clips: int = CLIPS, seed: int = 0, progress: Callable[[str], None]
) -> list[Size]:
    """Build, search and remove an index of each size below `folder`."""
    return [_size(count, folder / f"index-{count}", clips, seed, progress) for count in sorted(set(counts))]


def _size(count: int, folder: Path, clips: int, seed: int, progress: Callable[[str], None]) -> Size:
    folder.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder.parent).free < _ROOM * count:
        raise UsageError(f"{count:,} codes need {_ROOM * count / 1e9:.1f} GB of disk", where=str(folder.parent))
    shutil.rmtree(folder, ignore_errors=True)
    try:
        progress(f"drawing {count:,} codes")
        _probe("draw", folder, count, seed, clips)
        progress(f"building an index of {count:,} codes")
        built = _probe("build", folder)
        progress(f"searching {count:,} codes")
        found = _probe("search", folder)
        progress(f"scanning {count:,} codes")
        scanned = _probe("scan", folder, clips if count < _MANY else min(clips, _FEW_CLIPS))
        segments = len(list((folder / "index" / "segments").iterdir()))
        size, index, flat = directory_bytes(folder / "index"), Cost(**found), Cost(**scanned)
        return Size(codes=count, file_bytes=size, segments=segments, index=index, flat=flat, **built)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _probe(what: str, folder: Path, *numbers: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "kyodaku.bench._growth_probe", what, str(folder), *map(str, numbers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended with exit code {done.returncode}"]
        raise KyodakuError(said[-1], where=f"the process that has to {what} an index")
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


# --- tables and picture -----------------------------------------------------
def growth_markdown(sizes: Sequence[Size]) -> str:
    """Costs, and what is found, as tables."""
    costs = [
        (
            f"{size.codes:,} ({size.codes / _CODES_A_HOUR:,.0f} h)",
            f"{size.build_s:.1f} ({size.build_cpu_s:.1f})",
            f"{size.build_bytes / 1e6:.0f}",
            f"{size.file_bytes / size.codes:.1f}",
            f"{size.index.open_ms:.0f}",
            f"{size.index.whole_ms:.1f}",
            f"{size.index.views_ms:.0f} ({size.index.views_worst_ms:.0f})",
            f"{size.index.resident_bytes / 1e6:.0f}",
            f"{size.flat.views_ms:.0f}",
            f"{size.flat.resident_bytes / 1e6:.0f}",
            f"{size.flat.views_ms / size.index.views_ms:.1f}",
        )
        for size in sizes
    ]
    heads = [
        "codes",
        "build, s (processor)",
        "build, MB",
        "bytes a code on disk",
        "open, ms",
        "search, whole frame, ms",
    ]
    heads += ["search, all views, ms (worst)", "memory, MB", "flat scan, all views, ms", "flat scan, MB", "ratio"]
    shares = [f"{share:.2f}" for share in SHARES]
    found = [
        (f"{size.codes:,}", name, *(f"{cost.frames[share]:.3f} / {cost.clips[share]:.2f}" for share in shares))
        for size in sizes
        for name, cost in (("index", size.index), ("flat scan", size.flat))
    ]
    said = (
        f"Clips of 10 s: {2 * MOMENTS} codes for the whole frame, {2 * MOMENTS * VIEWS} for all views, the {NEAREST} "
    )
    said += "nearest of each; one thread, processor time. Two codes a second of film."
    kept = f"Share of moments with the right work among the nearest / of clips with {FOUND_FROM} such moments or more "
    kept += f"of {MOMENTS}, by the bits that an edit turned."
    return "\n".join(
        [
            f"# The index as it grows\n\n## Costs\n\n{said}\n",
            table(heads, costs),
            f"## What is found\n\n{kept}\n",
            table(["codes", "", *(f"{float(share):.0%}".replace("%", " %") for share in shares)], found),
        ]
    )


def draw_growth(path: Path, sizes: Sequence[Size]) -> bool:
    """Time, memory and what is found over the number of codes; False when matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - optional
    except ImportError:
        return False
    codes = [size.codes for size in sizes]
    figure = Figure(figsize=(15, 4.5), layout="constrained")
    times, memory, found = figure.subplots(1, 3)
    for name, style, costs in _both(sizes):
        times.plot(codes, [cost.views_ms for cost in costs], style, label=f"{name}, all views")
        memory.plot(codes, [cost.resident_bytes / 1e6 for cost in costs], style, label=name)
        for share, tone in zip(SHARES[-3:], ("C0", "C1", "C2"), strict=True):
            recall = [cost.frames[f"{share:.2f}"] for cost in costs]
            found.plot(codes, recall, style, color=tone, label=f"{name}, {share:.0%}".replace("%", " % of bits turned"))
    times.plot(codes, [size.index.whole_ms for size in sizes], "o:", label="index, whole frame")
    memory.plot(codes, [size.file_bytes / 1e6 for size in sizes], "o:", label="index, on disk")
    times.set(xscale="log", yscale="log", xlabel="codes", ylabel="ms of one core", title="One clip of 10 s")
    memory.set(xscale="log", yscale="log", xlabel="codes", ylabel="MB", title="Memory after all searches")
    found.set(xscale="log", ylim=(0, 1.02), xlabel="codes", title=f"Moments with the right work among {NEAREST}")
    for axes in (times, memory, found):
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    figure.savefig(path, dpi=110)
    return True


def _both(sizes: Sequence[Size]) -> list[tuple[str, str, list[Cost]]]:
    return [("index", "o-", [size.index for size in sizes]), ("flat scan", "s--", [size.flat for size in sizes])]

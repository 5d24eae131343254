# SPDX-License-Identifier: Apache-2.0
"""What Kyodaku costs: `clear` as a corpus grows, the index in memory; describing beside decoding: `describing`.

Figures are ratios within one run, taken in turns, so that they mean the same on another machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from kyodaku.bench._processes import ProcessWatch
from kyodaku.bench.describing import Describing, describing_markdown
from kyodaku.bench.drawing import draw_film
from kyodaku.bench.own import directory_bytes
from kyodaku.bench.tables import table
from kyodaku.copies import (
    DEFAULT_DESCRIPTOR,
    Fingerprint,
    IndexWriter,
    descriptor_id,
    get_descriptor,
)
from kyodaku.edits import apply, edit
from kyodaku.errors import KyodakuError
from kyodaku.examine import SAMPLES_PER_SECOND
from kyodaku.workspace import Workspace

__all__ = ["Growth", "IndexMemory", "clear_growth", "index_memory", "speed_markdown"]

CLIP_S: Final = 2.0
FILMS, CLIPS_EACH = 4, 8
"""Films drawn for `clear_growth`, half of them registered, and different clips cut from each."""


# --- (a) `clear` as the corpus grows ----------------------------------------
@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """One run of `kyodaku clear` as a process of its own.

    Memory is the most that it and all its children had at once, processor seconds are of all of them.
    """

    clips: int
    seconds: float
    cpu_s: float
    peak_bytes: int
    refused: int
    errors: int

    @property
    def ms_per_clip(self) -> float:
        """By the clock, start and end of the run included."""
        return 1000 * self.seconds / self.clips


def clear_growth(
    counts: Sequence[int], folder: Path, *, workers: int = 2, progress: Callable[[str], None] = lambda _: None
) -> list[Growth]:
    """Clear corpora of drawn two-second clips; each clip is a file that is really hashed, decoded and searched for."""
    folder.mkdir(parents=True, exist_ok=True)
    films = [draw_film(folder / "films" / f"film-{n}.mp4", seed=n, seconds=20.0) for n in range(FILMS)]
    clips = _cut(films, folder / "clips")
    use = _prepare(folder, films[: FILMS // 2])
    grown = []
    for count in counts:
        progress(f"clearing {count} clips")
        corpus = _copies(clips, count, folder / f"corpus-{count}")
        grown.append(_cleared(folder, corpus, use, count, workers))
    return grown


def _cut(films: Sequence[Path], folder: Path) -> list[bytes]:
    made = []
    for film in films:
        for number in range(CLIPS_EACH):
            out = folder / f"{film.stem}-{number}.mp4"
            apply(film, edit("reencode", "mild"), out, seed=number, start_s=number * CLIP_S, duration_s=CLIP_S)
            made.append(out.read_bytes())
    return made


def _prepare(folder: Path, registered: Sequence[Path]) -> Path:
    works = "".join(
        f"  - {{id: {film.stem}, kind: film, title: {{en: {film.stem}}}, shares: [{{party: studio, rights: all}}]}}\n"
        for film in registered
    )
    registry, use = folder / "registry.yaml", folder / "use.yaml"
    parties = "parties:\n  - {id: studio, kind: holder, name: {en: Studio}}\n"
    parties += "  - {id: lab, kind: developer, name: {en: Lab}}\n"
    registry.write_text(f"{parties}works:\n{works}", encoding="utf-8")
    use.write_text("{developer: lab, act: train, model: video-1, territory: [JP]}\n", encoding="utf-8")
    with Workspace.open(folder / "workspace", create=True) as workspace:
        workspace.import_registry([registry])
        for film in registered:
            workspace.add_reference(film.stem, film)
    return use


def _copies(clips: Sequence[bytes], count: int, corpus: Path) -> Path:
    """Files that differ in a box of padding which every reader skips, so that none is another's duplicate."""
    for number in range(count):
        path = corpus / f"{number // 1000:03d}" / f"clip-{number:06d}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        padding = (16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big")
        path.write_bytes(clips[number % len(clips)] + padding)
    return corpus


def _cleared(folder: Path, corpus: Path, use: Path, count: int, workers: int) -> Growth:
    command = [sys.executable, "-m", "kyodaku", "clear", str(corpus), "-o", str(folder / f"cleared-{count}")]
    command += ["--use", str(use), "--workspace", str(folder / "workspace"), "--workers", str(workers), "--json"]
    began = time.perf_counter()
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,  # noqa: S603 - ours
        ProcessWatch(process.pid) as watch,
    ):
        printed, said = process.communicate()
    seconds = time.perf_counter() - began
    if process.returncode:
        raise KyodakuError(said.strip() or f"clear ended with exit code {process.returncode}", where=str(corpus))
    tally = next(iter(json.loads(printed)["regimes"].values()))
    return Growth(
        clips=count,
        seconds=seconds,
        cpu_s=watch.cpu_s,
        peak_bytes=watch.peak_bytes,
        refused=tally["clips"]["refused"],
        errors=tally["errors"],
    )


# --- (b) the index in memory ------------------------------------------------
@dataclass(frozen=True, kw_only=True, slots=True)
class IndexMemory:
    """An index of random codes, opened and searched in a fresh process.

    `resident_bytes` is what that process grew by: mapped pages and everything of its own. `shared_bytes` of them are
    pages of the index's files, which any number of processes hold only once.
    """

    codes: int
    hours: float
    file_bytes: int
    resident_bytes: int
    shared_bytes: int
    search_ms: float

    @property
    def ratio(self) -> float:
        """Resident memory to file size."""
        return self.resident_bytes / self.file_bytes


def index_memory(folder: Path, *, hours: float = 100.0, searches: int = 5) -> IndexMemory:
    """Build an index of so many hours and measure a process that searches it."""
    codes = _write_random_index(folder, hours)
    command = [sys.executable, "-m", "kyodaku.bench._index_probe", str(folder), str(searches)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise KyodakuError(done.stderr.strip().splitlines()[-1], where="the process that opens the index")
    measured = json.loads(done.stdout)
    return IndexMemory(codes=codes, hours=hours, file_bytes=directory_bytes(folder), **measured)


def _write_random_index(folder: Path, hours: float) -> int:
    """References of an hour each, every frame unlike any other: nothing that could be compressed or shared."""
    descriptor = descriptor_id(DEFAULT_DESCRIPTOR)
    frames = round(min(hours, 1.0) * 3600 * SAMPLES_PER_SECOND)
    random = np.random.default_rng(11)
    width = get_descriptor(descriptor).dims // 8
    with IndexWriter(folder, descriptor=descriptor) as writer:
        for number in range(max(1, round(hours))):
            made = Fingerprint(
                descriptor=descriptor,
                duration_s=frames / SAMPLES_PER_SECOND,
                times=(np.arange(frames) / SAMPLES_PER_SECOND).astype(np.float32),
                codes=random.integers(0, 256, (frames, width), dtype=np.uint8),
                quality=np.full(frames, 100, dtype=np.uint8),
            )
            writer.add(f"reference-{number}", made)
    return frames * max(1, round(hours))


# --- tables -----------------------------------------------------------------
def speed_markdown(described: Describing, grown: Sequence[Growth], weighed: IndexMemory) -> str:
    """All three as tables."""
    growth = [
        (f"{g.clips:,}", f"{g.seconds:.1f}", f"{g.ms_per_clip:.1f}", more, f"{g.peak_bytes / 1e6:.0f}", str(g.errors))
        for g, more in zip(grown, ["—", *map(_ms_for_one_more, grown, grown[1:])], strict=False)
    ]
    index = [
        ("codes", f"{weighed.codes:,} ({weighed.hours:g} h)"),
        ("file", f"{weighed.file_bytes / 1e6:.1f} MB"),
        ("resident after searching", f"{weighed.resident_bytes / 1e6:.1f} MB, {weighed.ratio:.2f} × the file"),
        ("of it shared by all processes", f"{weighed.shared_bytes / 1e6:.1f} MB"),
        ("one search of an 8 s query", f"{weighed.search_ms:.1f} ms"),
    ]
    return "\n".join(
        [
            f"# Speed\n\n## Describing beside decoding\n\n{describing_markdown(described)}",
            "## `clear` as the corpus grows\n",
            table(("clips", "s", "ms a clip", "CPU ms for one more", "peak MB, all processes", "errors"), growth),
            "## The index in memory\n",
            table(("", ""), index),
        ]
    )


def _ms_for_one_more(fewer: Growth, more: Growth) -> str:
    """Processor time of a clip once the run has started: the slope between two corpora, which stays if it is linear."""
    return f"{1000 * (more.cpu_s - fewer.cpu_s) / (more.clips - fewer.clips):.1f}"

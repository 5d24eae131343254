# SPDX-License-Identifier: Apache-2.0
"""Costs, measured on little: the figures are of the right kind, and what is counted is what was done."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from kyodaku.bench._processes import ProcessWatch, cpu_seconds, family, mapped_bytes, memory_bytes, resident_bytes
from kyodaku.bench.describing import Describing, describing, tall_films
from kyodaku.bench.drawing import draw_film
from kyodaku.bench.speed import IndexMemory, clear_growth, index_memory, speed_markdown
from kyodaku.errors import KyodakuError

MB = 1_000_000

MEASURED = Describing(
    descriptor="pdq-v1",
    films=3,
    frames_per_cpu_s=500.0,
    peer_clock_ratio=3.5,
    hours=0.5,
    rounds=5,
    decode_s=2.0,
    clock_ratio=1.1,
    cpu_ratio=1.05,
    query_clock_ratio=1.3,
    query_cpu_ratio=1.2,
)
WEIGHED = IndexMemory(
    codes=7200, hours=1, file_bytes=10 * MB, resident_bytes=9 * MB, shared_bytes=8 * MB, search_ms=0.5
)


# --- processes --------------------------------------------------------------
@pytest.fixture
def child() -> subprocess.Popen[bytes]:
    """A process with a child of its own that holds 60 MB and does nothing."""
    inner = "import time; x = bytearray(b'x') * 60_000_000; print('ready', flush=True); time.sleep(60)"
    outer = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {inner!r}]); p.wait()"
    process = subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_memory_is_counted_for_children_of_children(child: subprocess.Popen[bytes]) -> None:
    try:
        pids = family(child.pid)
        assert len(pids) == 2
        assert memory_bytes(child.pid) >= 60 * MB
        assert resident_bytes(pids[1]) >= 60 * MB > resident_bytes(pids[0])
        with ProcessWatch(child.pid, every_s=0.01) as watch:
            until = time.monotonic() + 20
            while len(watch.memory) < 2 and time.monotonic() < until:
                time.sleep(0.01)
        assert watch.peak_bytes >= 60 * MB
        assert len(watch.memory) == len(watch.cpu) > 1
        assert watch.cpu_s > 0
    finally:
        for pid in reversed(family(child.pid)):
            os.kill(pid, 9)
        child.wait()
        child.stdout.close()  # type: ignore[union-attr]


def test_processor_time_is_of_work_and_not_of_waiting() -> None:
    before = cpu_seconds(os.getpid())
    time.sleep(0.3)
    waited = cpu_seconds(os.getpid()) - before
    began = time.process_time()
    while time.process_time() - began < 0.3:
        pass
    assert waited < 0.2
    assert cpu_seconds(os.getpid()) - before - waited >= 0.25


def test_a_process_that_is_gone_costs_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert memory_bytes(process.pid) == 0
    assert cpu_seconds(process.pid) == 0


def test_mapped_pages_count_when_they_are_touched(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside" / "a.bin", tmp_path / "outside.bin"
    inside.parent.mkdir()
    for path in (inside, outside):
        np.zeros(1 << 20, dtype=np.uint8).tofile(path)
    maps = [np.memmap(path, mode="r") for path in (inside, outside)]
    assert mapped_bytes(inside.parent) < MB
    assert [int(one.sum()) for one in maps] == [0, 0]
    assert mapped_bytes(inside.parent) == 1 << 20


# --- benchmarks -------------------------------------------------------------
def test_describing_is_timed_against_decoding(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "film.mp4", seed=1, seconds=20.0)
    measured = describing([film], rounds=2)
    assert measured.hours == pytest.approx(20 / 3600, rel=0.05)
    assert measured.decode_s > 0
    assert min(measured.clock_ratio, measured.cpu_ratio) > 0.3
    assert max(measured.query_clock_ratio, measured.query_cpu_ratio) < 50
    assert measured.frames_per_cpu_s > 10
    installed = importlib.util.find_spec("vpdq") is not None
    assert (measured.peer_clock_ratio is not None) == (measured.peer_cpu_ratio is not None) == installed


def test_films_of_720_lines_are_preferred(tmp_path: Path) -> None:
    low = draw_film(tmp_path / "low.mp4", seed=1, seconds=0.5)
    tall = draw_film(tmp_path / "tall.mp4", seed=1, seconds=0.5, size=(1280, 720))
    assert tall_films([low, tall]) == [tall]
    assert tall_films([low]) == [low]


def test_a_film_that_cannot_be_read_ends_the_measuring(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"nothing")
    with pytest.raises(KyodakuError, match=r"film\.mp4"):
        describing([tmp_path / "film.mp4"], rounds=1)


def test_clear_is_watched_as_its_corpus_grows(tmp_path: Path) -> None:
    seen: list[str] = []
    small, large = clear_growth([8, 40], tmp_path, workers=1, progress=seen.append)
    assert seen == ["clearing 8 clips", "clearing 40 clips"]
    assert (small.clips, large.clips) == (8, 40)
    assert small.refused == 8
    assert large.refused == 40
    assert small.errors == large.errors == 0
    assert large.seconds > 0
    assert large.cpu_s > 0
    assert large.ms_per_clip == 1000 * large.seconds / 40
    assert 20 * MB < small.peak_bytes < 1000 * MB
    told = speed_markdown(MEASURED, [small, large], WEIGHED)
    assert f"| {1000 * (large.cpu_s - small.cpu_s) / 32:.1f} |" in told
    contents = {path.read_bytes() for path in (tmp_path / "corpus-40").rglob("*.mp4")}
    assert len(contents) == 40


def test_an_index_is_weighed_in_a_process_of_its_own(tmp_path: Path) -> None:
    weighed = index_memory(tmp_path, hours=3, searches=2)
    assert weighed.codes == 3 * 7200
    assert weighed.file_bytes > weighed.codes * 32
    assert 0 < weighed.shared_bytes <= weighed.file_bytes * 1.1
    assert weighed.search_ms > 0


def test_all_three_are_told_in_tables() -> None:
    text = speed_markdown(MEASURED, [], WEIGHED)
    assert "| as a reference, to decoding the same frames | 1.10 | 1.05 |" in text
    assert "| vpdq, to Kyodaku as a reference | 3.50 | — |" in text
    assert "500 decoded frames described" in text
    assert "7,200 (1 h)" in text
    assert "0.90 × the file" in text

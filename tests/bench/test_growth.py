# SPDX-License-Identifier: Apache-2.0
"""The growth of an index, measured on little: what is counted is what was done."""

from __future__ import annotations

import builtins
import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import faiss
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from kyodaku.bench._growth_probe import FOUND_FROM, SHARES
from kyodaku.bench.drawn_codes import BLOCK, FILM, Footage, Statistics, edited_codes, footage
from kyodaku.bench.growth import LARGEST, Cost, Size, draw_growth, growth_markdown, index_growth
from kyodaku.cli import main
from kyodaku.copies import _codes_lists
from kyodaku.copies._codes import ApproximateCodes, ExactCodes, Near, open_lists, use_threads
from kyodaku.errors import KyodakuError, UsageError

COST = Cost(
    whole_ms=9.0,
    views_ms=100.0,
    views_worst_ms=110.0,
    views_clock_ms=120.0,
    resident_bytes=700_000_000,
    frames={f"{share:.2f}": 0.9 for share in SHARES},
    clips={f"{share:.2f}": 1.0 for share in SHARES},
    open_ms=80.0,
)
SIZE = Size(
    codes=10_000_000,
    build_s=50,
    build_cpu_s=40,
    build_bytes=400_000_000,
    file_bytes=760_000_000,
    segments=1,
    index=COST,
    flat=dataclasses.replace(COST, views_ms=3000.0),
)


def silent(said: str) -> None:
    """Nobody needs to know."""


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """As in a worker: threads that wait for a processor which others use take many times as long."""
    before = faiss.omp_get_max_threads()
    use_threads(1)
    yield
    use_threads(before)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Size], list[str]]:
    said: list[str] = []
    folder = tmp_path_factory.mktemp("growth")
    sizes = index_growth([20_000, 20_000], folder, clips=2, progress=said.append)
    assert list(folder.iterdir()) == []
    return sizes, said


def test_each_size_is_built_searched_and_scanned(grown: tuple[list[Size], list[str]]) -> None:
    sizes, said = grown
    assert [size.codes for size in sizes] == [20_000]
    assert said == [
        "drawing 20,000 codes",
        "building an index of 20,000 codes",
        "searching 20,000 codes",
        "scanning 20,000 codes",
    ]
    for size in sizes:
        assert 36 * size.codes <= size.file_bytes <= 50 * size.codes
        assert size.segments == 1
        assert size.build_s > 0
        assert size.build_bytes >= 0
        assert 0 < size.index.whole_ms < size.index.views_ms <= size.index.views_worst_ms


def test_a_scan_of_everything_finds_what_the_peer_finds(grown: tuple[list[Size], list[str]]) -> None:
    """Below a million codes the index compares all with all: the same questions get the same answers."""
    for size in grown[0]:
        assert size.index.frames == size.flat.frames
        assert size.index.clips == size.flat.clips
        assert size.index.frames["0.05"] == 1
        assert size.index.frames["0.28"] > 0.5


def test_an_index_that_reads_a_tenth_finds_what_a_scan_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `docs/code-index.md` says of millions, on a block: by moment nearly all, by clip all."""
    monkeypatch.setattr(_codes_lists, "_CODES_A_LIST", 100)
    monkeypatch.setattr(_codes_lists, "_LEAST_READ", BLOCK // 10)
    monkeypatch.setattr(_codes_lists, "_READ_BY_ROOT", 0)
    like = Statistics.usual()
    shown = footage(0, like)
    codes = like.codes(shown.points)
    _codes_lists.write_lists(codes, tmp_path)
    index = ApproximateCodes(codes, open_lists(tmp_path))
    rng = np.random.default_rng(0)
    clips = np.sort(rng.choice(BLOCK // 20, 40, replace=False))
    rows = (20 * clips[:, None] + np.arange(20)).ravel()
    asked = Footage(points=shown.points[rows], shots=shown.shots[rows])
    for share, least in ((0.05, 1.0), (0.10, 0.99), (0.20, 0.95), (0.25, 0.85)):
        queries = edited_codes(asked, like, share=share, rng=rng)
        moments = [_right(system.nearest(queries, k=64, radius=100), rows) for system in (index, ExactCodes(codes))]
        assert moments[0].mean() >= least * moments[1].mean()
        assert (moments[0].reshape(40, 20).sum(axis=1) >= FOUND_FROM).all()


def _right(near: Near, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For each query whether its work is among the near ones."""
    right = np.zeros(len(rows), dtype=bool)
    right[near.query[near.row // FILM == rows[near.query] // FILM]] = True
    return right


def test_tables_say_what_was_measured() -> None:
    text = growth_markdown([SIZE])
    assert (
        "| 10,000,000 (1,389 h) | 50.0 (40.0) | 400 | 76.0 | 80 | 9.0 | 100 (110) | 700 | 3000 | 700 | 30.0 |" in text
    )
    assert "| 10,000,000 | index | 0.900 / 1.00 |" in text
    assert "| codes |  | 5 % |" in text


def test_a_picture_is_drawn_where_there_is_something_to_draw_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    assert draw_growth(tmp_path / "index.png", [SIZE, dataclasses.replace(SIZE, codes=100_000)])
    assert (tmp_path / "index.png").read_bytes().startswith(b"\x89PNG")
    real = builtins.__import__

    def without(name: str, *rest: object, **how: object) -> ModuleType:
        if name.startswith("matplotlib"):
            raise ImportError
        return real(name, *rest, **how)  # type: ignore[arg-type] # handed on as it came

    monkeypatch.setattr(builtins, "__import__", without)
    assert not draw_growth(tmp_path / "none.png", [SIZE])


def test_too_little_disk_is_said_before_anything_is_built(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"1,000,000,000,000 codes need 150000\.0 GB of disk"):
        index_growth([10**12], tmp_path, progress=silent)


def test_a_process_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(KyodakuError, match="the process that has to draw an index: ended with exit code 1"):
        index_growth([10_000], tmp_path, progress=silent)


def test_the_command_writes_tables_and_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def grown(counts: Sequence[int], folder: Path, **how: object) -> list[Size]:
        asked.extend([list(counts), folder, how["clips"], how["seed"]])
        return [SIZE]

    monkeypatch.setattr("kyodaku.cli.bench.index_growth", grown)
    command = ["bench", "index", "-o", str(tmp_path), "--codes", "5000", "--largest", "--clips", "3", "--seed", "4"]
    done = CliRunner().invoke(main, [*command, "--json"])
    assert done.exit_code == 0, done.output
    assert asked == [[5000, LARGEST], tmp_path, 3, 4]
    document = json.loads((tmp_path / "index.json").read_text())
    assert document["sizes"][0]["index"]["views_ms"] == 100
    assert json.loads(done.stdout) == document
    assert (tmp_path / "index.md").read_text() == growth_markdown([SIZE])

# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.errors import IntegrityError
from kyodaku.training.journal import Journal


def test_results_come_back_in_the_order_of_the_corpus(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        for index in [2, 0, 5]:
            journal.add(index, {"clip_id": f"片{index}"})
    with Journal(tmp_path / "j") as journal:
        assert [(index, result["clip_id"]) for index, result in journal] == [(0, "片0"), (2, "片2"), (5, "片5")]
        assert len(journal) == 3
        assert 5 in journal
        assert 4 not in journal
        assert 6 not in journal
        assert journal[5]["clip_id"] == "片5"
        for missing in (4, 6, -1):
            with pytest.raises(IndexError):
                journal[missing]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=0, max_value=400))
def test_a_journal_cut_anywhere_keeps_every_whole_line_and_goes_on(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "j"
    path.unlink(missing_ok=True)
    with Journal(path) as journal:
        for index in range(8):
            journal.add(index, {"clip_id": "x" * index * 7})
    content = path.read_bytes()[:cut]
    path.write_bytes(content)
    with Journal(path) as journal:
        assert [index for index, _ in journal] == list(range(content.count(b"\n")))
        journal.add(7, {"clip_id": "again"})
        assert [result["clip_id"] for index, result in journal if index == 7] == ["again"]


def written(path: Path, key: bytes = b"k") -> Path:
    with Journal(path, key=key, clips=3) as journal:
        for index in range(3):
            journal.add(index, {"verdict": "refused"})
    return path


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"refused", b"granted"), (b'"index":1', b'"index":0'), (b'"index":1', b'"index":-1'), (b" {", b"  {")],
)
def test_an_altered_line_is_named(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = written(tmp_path / "j")
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + second.replace(before, after) + third)
    with pytest.raises(IntegrityError, match="j:2: this line is not of this run"):
        Journal(path, key=b"k", clips=3)


def test_a_line_of_another_run_or_beyond_the_corpus_is_found_out(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    with pytest.raises(IntegrityError, match="j:1"):
        Journal(path, key=b"of another run", clips=3)
    with pytest.raises(IntegrityError, match="j:3"):
        Journal(path, key=b"k", clips=2)


def test_of_two_lines_for_a_clip_the_later_counts(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.add(0, {"try": 1})
        journal.add(0, {"try": 2})
        assert [result["try"] for _, result in journal] == [2]
        assert len(journal) == 1


def test_a_full_disk_leaves_the_finished_lines_good(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.add(0, {"clip_id": "kept"})
        size = (tmp_path / "j").stat().st_size

        class FullDisk:
            def __init__(self, file: object) -> None:
                self._real = file

            def write(self, data: bytes) -> None:
                self._real.write(data[:3])  # type: ignore[attr-defined]
                raise OSError(28, "No space left on device")

            def __getattr__(self, name: str) -> object:
                return getattr(self._real, name)

        journal._file = FullDisk(journal._file)  # type: ignore[assignment]
        with pytest.raises(OSError, match="No space left"):
            journal.add(1, {"clip_id": "lost"})
    assert (tmp_path / "j").stat().st_size == size

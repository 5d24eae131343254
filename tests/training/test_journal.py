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


def test_an_altered_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_text('{"index":0}\nnonsense\n{"index":1}\n')
    with pytest.raises(IntegrityError, match="j:2"):
        Journal(path)


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

# SPDX-License-Identifier: Apache-2.0
"""Folders of films, with tables and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyodaku.bench.collection import Collection, load_collection
from kyodaku.bench.drawing import draw_film
from kyodaku.bench.metrics import Span
from kyodaku.errors import UsageError


def test_the_tables_are_read(collection: Collection) -> None:
    assert len(collection.films) == 8
    assert [film.id for film in collection.of_role("generated")] == ["made_1.mp4", "made_2.mp4"]
    assert collection.by_id["second.mp4"].duration_s == 9.0
    assert collection.copies == (Span("copy.mp4", "first_a.mp4", 0, 6, 0, 6),)


def test_without_an_index_every_film_is_a_work_of_its_own_as_long_as_it_is(tmp_path: Path) -> None:
    draw_film(tmp_path / "one_a.mp4", seed=1, seconds=2.0)
    draw_film(tmp_path / "below" / "one_b.mkv", seed=2, seconds=3.0)
    (tmp_path / "notes.txt").write_text("not a film", encoding="utf-8")
    found = load_collection(tmp_path)
    assert {film.id for film in found.films} == {"one_a.mp4", "below/one_b.mkv"}
    assert all(film.role == "work" and "_" not in film.work for film in found.films)
    assert sorted(round(film.duration_s) for film in found.films) == [2, 3]


def test_a_duration_that_the_index_leaves_out_is_measured(tmp_path: Path) -> None:
    draw_film(tmp_path / "a.mp4", seed=1, seconds=2.0)
    (tmp_path / "INDEX.tsv").write_text("file\twork_id\trole\na.mp4\ta\twork\n", encoding="utf-8")
    assert load_collection(tmp_path).films[0].duration_s == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("file\twork_id\na.mp4\ta\n", "lacks the column 'role'"),
        ("file\twork_id\trole\na.mp4\ta\thero\n", "INDEX.tsv, line 2: unknown role 'hero'"),
        ("file\twork_id\trole\nb.mp4\ta\twork\n", "there is no file 'b.mp4'"),
        ("file\twork_id\trole\tduration_s\na.mp4\ta\twork\tlong\n", "'long' is not a number of seconds"),
        ("file\twork_id\trole\tduration_s\na.mp4\ta\tgenerated\t2\n", "holds no film that could be registered"),
        ("file\twork_id\trole\na.mp4\ta\twork\n", "a.mp4: cannot be measured on: "),
    ],
)
def test_a_bad_index_is_named_with_its_line(tmp_path: Path, table: str, said: str) -> None:
    (tmp_path / "a.mp4").write_bytes(b"nothing that could be read")
    (tmp_path / "INDEX.tsv").write_text(table, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_collection(tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [("a.mp4\tz.mp4\t0\t1\t0\t1", "'z.mp4' is not in the index"), ("a.mp4\ta.mp4\t0\tx\t0\t1", "'x' is not a number")],
)
def test_a_bad_table_of_copies_is_named_with_its_line(tmp_path: Path, row: str, said: str) -> None:
    draw_film(tmp_path / "a.mp4", seed=1, seconds=1.0)
    (tmp_path / "INDEX.tsv").write_text("file\twork_id\trole\tduration_s\na.mp4\ta\twork\t1\n", encoding="utf-8")
    head = "query\treference\tq_start\tq_end\tr_start\tr_end\n"
    (tmp_path / "NATURAL_COPIES.tsv").write_text(f"{head}{row}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"NATURAL_COPIES\.tsv, line 2") as caught:
        load_collection(tmp_path)
    assert said in str(caught.value)


def test_a_folder_that_is_missing_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        load_collection(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="holds no film"):
        load_collection(tmp_path)

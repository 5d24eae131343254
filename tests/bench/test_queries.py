# SPDX-License-Identifier: Apache-2.0
"""Questions made into files: once, with their truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kyodaku.bench.collection import Collection
from kyodaku.bench.plan import Excerpt, Question
from kyodaku.bench.queries import make_queries
from kyodaku.edits import Edit, edit


def question(collection: Collection, *films: str, wanted: Edit | None = None, **more: object) -> Question:
    excerpts = tuple(Excerpt(film=collection.by_id[f"{film}.mp4"], start_s=2.0, duration_s=3.0) for film in films)
    fields = {"family": "some", "strength": "mild", "side": "held-out", "seed": 1, "edit": wanted, "excerpts": excerpts}
    return Question(**{**fields, **more})  # type: ignore[arg-type]


def test_an_edit_is_written_with_its_true_spans(collection: Collection, tmp_path: Path) -> None:
    (query,) = make_queries(collection, [question(collection, "second", wanted=edit("speed", "strong"))], tmp_path)
    (span,) = query.targets
    assert query.path.is_file()
    assert (span.query, span.reference) == (query.id, "second.mp4")
    assert span[2:6] == pytest.approx((0, 1.5, 2, 5), abs=0.1)
    assert query.duration_s == span.q_end


def test_the_film_beside_is_no_target(collection: Collection, tmp_path: Path) -> None:
    other = collection.by_id["third.mp4"]
    asked = question(collection, "second", wanted=edit("split", "mild"), other=other)
    (query,) = make_queries(collection, [asked], tmp_path)
    assert {span.reference for span in query.targets} == {"second.mp4"}
    assert query.beside == {"third.mp4"}


def test_several_works_in_one_query_are_all_targets(collection: Collection, tmp_path: Path) -> None:
    (query,) = make_queries(collection, [question(collection, "second", "third", "fourth")], tmp_path)
    assert [span.reference for span in query.targets] == ["second.mp4", "third.mp4", "fourth.mp4"]
    assert [span.q_start for span in query.targets] == pytest.approx([0, 3, 6], abs=0.1)
    assert query.duration_s == pytest.approx(9, abs=0.1)


def test_a_whole_film_is_asked_as_it_is(collection: Collection, tmp_path: Path) -> None:
    film = collection.by_id["second.mp4"]
    (query,) = make_queries(collection, [question(collection, excerpts=(Excerpt(film=film),))], tmp_path)
    assert query.path == film.path
    assert query.targets[0][1:6] == ("second.mp4", 0, 9, 0, 9)


def test_a_natural_copy_has_the_spans_of_its_table(collection: Collection, tmp_path: Path) -> None:
    film = collection.by_id["copy.mp4"]
    (query,) = make_queries(collection, [question(collection, excerpts=(Excerpt(film=film),))], tmp_path)
    assert query.targets[0][1:6] == ("first_a.mp4", 0, 6, 0, 6)


def test_nothing_is_made_twice_and_a_half_written_file_is_made_anew(collection: Collection, tmp_path: Path) -> None:
    asked = [question(collection, "second", wanted=edit("mirror", "mild"))]
    seen: list[tuple[int, int]] = []
    (query,) = make_queries(collection, asked, tmp_path, progress=lambda done, of: seen.append((done, of)))
    first = query.path.read_bytes()
    assert make_queries(collection, asked, tmp_path, progress=lambda done, of: seen.append((done, of))) == (query,)
    assert seen == [(1, 1)]
    query.path.with_suffix(".json").unlink()  # as if killed between the file and its truth
    query.path.write_bytes(b"half")
    make_queries(collection, asked, tmp_path)
    assert query.path.read_bytes() == first


def test_processes_make_the_same_files(collection: Collection, tmp_path: Path) -> None:
    asked = [question(collection, film, wanted=edit("crop", "mild")) for film in ("second", "third")]
    alone = make_queries(collection, asked, tmp_path / "alone")
    together = make_queries(collection, asked, tmp_path / "together", workers=2)
    assert [query.path.read_bytes() for query in alone] == [query.path.read_bytes() for query in together]


def test_an_edit_that_leaves_nothing_gives_no_query(collection: Collection, tmp_path: Path) -> None:
    film = collection.by_id["second.mp4"]
    beyond = question(collection, excerpts=(Excerpt(film=film, start_s=60.0, duration_s=1.0),), edit=edit("mirror"))
    assert make_queries(collection, [beyond], tmp_path) == ()
    (note,) = tmp_path.glob("*.json")
    assert "nothing at 60 s" in json.loads(note.read_text(encoding="utf-8"))["nothing"]

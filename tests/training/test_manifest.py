# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.errors import UsageError
from kyodaku.training._circumstances import circumstances_of
from kyodaku.training._rows import MAX_FIELD_CHARS
from kyodaku.training._rulings import ruling_fault, ruling_of
from kyodaku.training.manifest import open_corpus


def clips(location: Path | str) -> list[tuple[str, str | None]]:
    return [(clip.clip_id, clip.error) for clip in open_corpus(location)]


def test_a_folder_gives_its_media_in_order_without_side_cars(tmp_path: Path) -> None:
    for name in ["b.mp4", "a.webm", "a.txt", ".hidden.mp4", "no-suffix", "sub/c.gif", ".cache/d.mp4"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert clips(tmp_path) == [("a.webm", None), ("b.mp4", None), ("no-suffix", None), ("sub/c.gif", None)]


def test_a_loop_of_folder_links_ends(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "a.mp4").write_bytes(b"x")
    assert clips(tmp_path) == [("a.mp4", None)]


def test_a_name_that_is_not_utf8_is_an_error_and_never_another_files_name(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/bad-\xff.mp4", "wb"):
        pass
    (clip,) = open_corpus(tmp_path)
    assert clip.clip_id == r"bad-\xff.mp4"
    assert clip.error == "bad_row: the file's name is not UTF-8 text; rename it"


def test_a_workspace_or_a_run_within_the_folder_is_not_part_of_the_corpus(tmp_path: Path) -> None:
    for name in ["a.mp4", "ws/registry.sqlite", "ws/keys/ledger.key", "out/run.json", "out/part"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert clips(tmp_path) == [("a.mp4", None)]


def test_a_uri_is_taken_to_the_letter(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text('clip_id,uri\na,"ok.mp4 "\nb,file:///x/a%20b.mp4\nc,file://host/x.mp4\n')
    first, second, third = open_corpus(tmp_path / "m.csv")
    assert first.path == str(tmp_path / "ok.mp4 ")
    assert second.path == "/x/a b.mp4"
    assert third.error is not None


def test_two_columns_that_name_different_files_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("uri,video\na.mp4,b.mp4\na.mp4,./a.mp4\n,b.mp4\nc.mp4,\n")
    assert [error for _, error in clips(tmp_path / "m.csv")] == [
        "bad_row: the columns 'uri' and 'video' name different files",
        "duplicate_id: row 2 repeats the id 'a.mp4' of row 1",
        "bad_row: the row names no media file",
        None,
    ]


@pytest.mark.parametrize("foreign", [10, 100_000_000])
def test_how_long_a_caption_may_be_is_the_same_whatever_another_part_of_the_process_allows(
    tmp_path: Path, foreign: int
) -> None:
    manifest = tmp_path / "manifest.csv"
    before = csv.field_size_limit(foreign)
    try:
        manifest.write_text(f"clip_id,uri,caption\na,a.mp4,{'x' * MAX_FIELD_CHARS}\nb,b.mp4,\n")
        assert clips(manifest) == [("a", None), ("b", None)]
        manifest.write_text(f"clip_id,uri,caption\na,a.mp4,{'x' * (MAX_FIELD_CHARS + 1)}\nb,b.mp4,\n")
        ((_, fault),) = clips(manifest)
        assert fault is not None
        assert "field larger than field limit" in fault
        rows = iter(open_corpus(manifest))
        next(rows)
        assert csv.field_size_limit() == foreign, "also while somebody is half-way through the rows"
    finally:
        csv.field_size_limit(before)


def test_a_caption_that_breaks_its_quotes_cannot_become_rows(tmp_path: Path) -> None:
    for name, caption in [
        ("long", '"' + "x" * (1 << 21) + '\nfox.mp4,CC0\n"'),
        ("open", '"never closed\nfox.mp4,CC0\n'),
    ]:
        (tmp_path / f"{name}.csv").write_text(f"uri,caption\nfirst.mp4,fine\na.mp4,{caption}")
        (first, second) = clips(tmp_path / f"{name}.csv")
        assert first == ("first.mp4", None)
        assert second[1] is not None
        assert "this row and all after it were not read" in second[1]


def test_a_value_without_a_form_in_python_costs_nothing(tmp_path: Path) -> None:
    table = pa.table({"uri": ["a.mp4", "b.mp4"], "t": pa.array([1, 2], pa.timestamp("ns"))})
    pq.write_table(table, tmp_path / "m.parquet")
    assert clips(tmp_path / "m.parquet") == [("a.mp4", None), ("b.mp4", None)]


def test_half_a_character_is_shown_and_refused(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"uri": "\\ud83d.mp4", "source": "\\udcff"}\n')
    (clip,) = open_corpus(tmp_path / "m.jsonl")
    assert clip.error == "bad_row: the file's name is not UTF-8 text; rename it"
    (clip.clip_id + clip.uri + clip.claim["source"]).encode()


@pytest.mark.parametrize("name", ["empty.csv", "head.csv", "*.none"])
def test_a_corpus_without_clips_is_a_mistake(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "head.csv").write_text("uri,licence\n")
    with pytest.raises(UsageError, match="no clip in this corpus"):
        open_corpus(f"{tmp_path}/{name}")


def test_a_glob_reads_across_folders(tmp_path: Path) -> None:
    for name in ["x/a.mp4", "y/b.mp4", "y/c.txt"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = list(open_corpus(f"{tmp_path}/**/*.mp4"))
    assert [clip.path for clip in found] == [str(tmp_path / "x/a.mp4"), str(tmp_path / "y/b.mp4")]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_manifest_kind_gives_the_same_clips(tmp_path: Path, suffix: str) -> None:
    rows = [
        {"clip_id": "一", "uri": "夜の街.mp4", "licence": "CC0-1.0"},
        {"clip_id": "two", "uri": "sub/b.mp4", "licence": ""},
    ]
    path = tmp_path / f"manifest{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif suffix == ".jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    else:
        mark = "\t" if suffix == ".tsv" else ","
        lines = [mark.join(rows[0]), *(mark.join(row.values()) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    first, second = open_corpus(path)
    assert (first.clip_id, first.path, first.claim) == ("一", str(tmp_path / "夜の街.mp4"), {"licence": "CC0-1.0"})
    assert (second.clip_id, second.path, second.claim) == ("two", str(tmp_path / "sub/b.mp4"), {})


def test_a_repeated_id_is_an_error_of_the_later_row(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("clip_id,uri\na,1.mp4\nb,2.mp4\na,3.mp4\n")
    assert clips(path) == [
        ("a", None),
        ("b", None),
        ("a#row-3", "duplicate_id: row 3 repeats the id 'a' of row 1"),
    ]


@pytest.mark.parametrize(
    ("row", "begins"),
    [
        ("a,1.mp4,x,y,z", "bad_row: m.csv:2: 5 fields under 2 columns"),
        ("a,", "bad_row: the row names no media file"),
        ("a,s3://bucket/1.mp4", "unsupported: s3:// is not a local path"),
        ("a,https://host/1.mp4", "unsupported: https:// is not a local path"),
    ],
)
def test_a_bad_row_is_one_error_and_the_rest_is_read(tmp_path: Path, row: str, begins: str) -> None:
    path = tmp_path / "m.csv"
    path.write_text(f"clip_id,uri\n{row}\nlast,2.mp4\n")
    (_, error), last = clips(path)
    assert error is not None
    assert error.startswith(begins)
    assert last == ("last", None)


@pytest.mark.parametrize(
    ("columns", "values", "circumstances"),
    [
        ("lawful_access,source,reservation", "yes,lawful,none", ("yes", "lawful", "none")),
        ("lawful_access", " No ", ("no", "unstated", "unstated")),
        ("source,reservation", "pirate,unstated", ("unstated", "pirate", "unstated")),
        ("source", "https://tube.example/watch?v=1", ("unstated", "unstated", "unstated")),
        ("source", "youtube", ("unstated", "unstated", "unstated")),
        ("source,reservation", ",before", ("unstated", "unstated", "before")),
        ("caption", "pirate", ("unstated", "unstated", "unstated")),
    ],
)
def test_a_row_may_state_how_its_clip_was_come_by(
    tmp_path: Path, columns: str, values: str, circumstances: tuple[str, ...]
) -> None:
    (tmp_path / "m.csv").write_text(f"uri,{columns}\na.mp4,{values}\n")
    (clip,) = open_corpus(tmp_path / "m.csv")
    assert clip.error is None
    stated = circumstances_of(clip.claim)
    assert (stated.lawful_access, stated.source, stated.reservation) == circumstances


@pytest.mark.parametrize(
    ("column", "word", "known"),
    [
        ("lawful_access", "maybe", "yes, no, unstated"),
        ("lawful_access", "true", "yes, no, unstated"),
        ("reservation", "none found", "none, after, unclear, before, unstated"),
        ("source", "pirated", "write 'pirate'"),
        ("source", "piracy", "write 'pirate'"),
        ("source", "unlawful", "write 'lawful'"),
        ("source", "circumvent", "write 'circumvented'"),
    ],
)
def test_an_unknown_word_is_an_error_of_its_row_by_name(tmp_path: Path, column: str, word: str, known: str) -> None:
    (tmp_path / "m.csv").write_text(f"uri,{column}\na.mp4,{word}\nb.mp4,\n")
    first, second = open_corpus(tmp_path / "m.csv")
    assert first.error is not None
    assert first.error.startswith(f"bad_row: the column '{column}' holds '{word}'; ")
    assert known in first.error
    assert second.error is None


WHOLE = {
    "licence": "ruling:2026-3",
    "ruling_works": "film-1 film-2",
    "ruling_fee": "50000 yen",
    "ruling_from": "2026-04-01T00:00:00+09:00",
    "ruling_until": "2029-04-01T00:00:00+09:00",
}


def test_a_row_may_claim_a_ruling() -> None:
    assert ruling_fault(WHOLE) is None
    ruling = ruling_of(WHOLE)
    assert ruling is not None
    assert (ruling.kind, ruling.number, ruling.fee, ruling.works) == (
        "ruling", "2026-3", "50000 yen", ("film-1", "film-2"),
    )  # fmt: skip
    assert ruling.duties == ("compensation",)
    assert ruling.valid_until == datetime(2029, 3, 31, 15, tzinfo=UTC)
    assert ruling_of({"licence": "CC0-1.0"}) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ruling_fee": ""}, "without 'ruling_fee'"),
        ({"licence": "ruling:"}, "without its number"),
        ({"ruling_from": "2026-04-01"}, "'ruling_from' is no moment with a time zone"),
        ({"ruling_until": "never"}, "'ruling_until' is no moment with a time zone"),
        ({"ruling_until": "2025-04-01T00:00:00+09:00"}, "2025"),
        ({"licence": "CC0-1.0"}, "the column 'ruling_works' is of a ruling, and the licence is none"),
    ],
)
def test_half_a_ruling_is_an_error_of_its_row(tmp_path: Path, change: dict[str, str], says: str) -> None:
    pq.write_table(pa.Table.from_pylist([{"uri": "a.mp4", **WHOLE, **change}]), tmp_path / "m.parquet")
    (clip,) = open_corpus(tmp_path / "m.parquet")
    assert clip.error is not None
    assert clip.error.startswith("bad_row: ")
    assert says in clip.error
    assert ruling_of(clip.claim) is None


def test_a_truth_value_of_parquet_is_no_word(tmp_path: Path) -> None:
    pq.write_table(pa.table({"uri": ["a.mp4"], "lawful_access": [True]}), tmp_path / "m.parquet")
    (clip,) = open_corpus(tmp_path / "m.parquet")
    assert clip.error == "bad_row: the column 'lawful_access' holds 'True'; it may hold yes, no, unstated"


@pytest.mark.parametrize("line", ["{", "[1]", "null", "3", "[" * 100_000])
def test_a_line_that_is_not_a_json_object_is_one_error(tmp_path: Path, line: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"uri": "a.mp4"}\n' + line + '\n\n{"uri": "b.mp4"}\n')
    first, bad, last = clips(path)
    assert (first[1], last[1]) == (None, None)
    assert bad[1] is not None
    assert bad[1].startswith("bad_row: m.jsonl:2")


def test_what_is_no_corpus_says_what_would_be_one(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"x")
    (tmp_path / "m.csv").write_text("name,licence\na,b\n")
    (tmp_path / "m.parquet").write_bytes(b"not parquet")
    with pytest.raises(UsageError, match="no such corpus"):
        open_corpus(tmp_path / "absent")
    with pytest.raises(UsageError, match="kyodaku check"):
        open_corpus(tmp_path / "film.mp4")
    with pytest.raises(UsageError, match="it has name, licence; name the media column one of uri"):
        open_corpus(tmp_path / "m.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        open_corpus(tmp_path / "m.parquet")


def test_the_fingerprint_of_a_corpus_follows_its_list(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    before = open_corpus(tmp_path).fingerprint()
    assert open_corpus(tmp_path).fingerprint() == before
    (tmp_path / "b.mp4").write_bytes(b"x")
    assert open_corpus(tmp_path).fingerprint() != before


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_no_bytes_of_a_manifest_can_stop_the_reading(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b"uri,licence\nfirst.mp4,CC0\n" + content)
    for clip in open_corpus(path):
        clip.clip_id.encode()
        clip.uri.encode()
        assert clip.error or clip.path

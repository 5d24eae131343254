# SPDX-License-Identifier: Apache-2.0
"""CSV and JSON Lines: the same declarations, item by item a line, with the same exactness about what is wrong where."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kyodaku.errors import NotAuthorised, UsageError
from kyodaku.registry import Registry, UnacceptableError
from kyodaku.registry._sheets import MAX_CELL
from kyodaku.registry.documents import Document

SHEETS = {
    "parties.csv": """\
id,kind,name.en,name.ja
publisher,holder,"A Publisher, Ltd.",出版社
partner,developer,Partner Lab,
""",
    "works.csv": """\
id,kind,title.en,title.ja,part_of,derived_from,identifiers
novel,novel,A Novel,小説,,,
film-9,film,"Film
Nine",映画九,series-1,novel | manga-1,isan:0000-0000-D07A-0090-Q|isrc:USRC17607839
""",
    "shares.csv": """\
work,party,rights,portion,territory,valid_from,acquired_from,includes_27_28
novel,publisher,all,,,,author,true
film-9,studio,reproduction | adaptation,1/2,JP|KR,2024-04-01T00:00:00+09:00,,
film-9,publisher,,0.5,,,,false
""",
    "terms.csv": "work,until,territory\nnovel,2070-12-31T15:00:00Z,JP\n",
    "moral.csv": "work,author,consent,acts,source\nfilm-9,author,true,train|mine,deed of 2024\n",
    "mandates.csv": "id,agent,principal,may,territories\nm-9,assoc,publisher,grant|refusal,JP\n",
    "permissions.csv": """\
id,kind,by,to,works,acts,sublicence,effective_from,conditions
g-9,grant,studio,lab|partner,film-9,train|fine_tune,true,2026-01-01T00:00:00Z,a deposit | a visit
g-10,grant,lab,partner,film-9,train,,,
""",
}
AS_VALUE: Mapping[str, Any] = {
    "parties": [
        {"id": "publisher", "kind": "holder", "name": {"en": "A Publisher, Ltd.", "ja": "出版社"}},
        {"id": "partner", "kind": "developer", "name": {"en": "Partner Lab"}},
    ],
    "works": [
        {
            "id": "novel",
            "kind": "novel",
            "title": {"en": "A Novel", "ja": "小説"},
            "shares": [{"party": "publisher", "rights": "all", "acquired_from": "author", "includes_27_28": True}],
            "terms": [{"until": "2070-12-31T15:00:00Z", "territory": "JP"}],
        },
        {
            "id": "film-9",
            "kind": "film",
            "title": {"en": "Film\nNine", "ja": "映画九"},
            "part_of": "series-1",
            "derived_from": ["novel", "manga-1"],
            "identifiers": ["isan:0000-0000-D07A-0090-Q", "isrc:USRC17607839"],
            "shares": [
                {
                    "party": "studio",
                    "rights": ["reproduction", "adaptation"],
                    "portion": "1/2",
                    "territory": ["JP", "KR"],
                    "valid_from": "2024-04-01T00:00:00+09:00",
                },
                {"party": "publisher", "portion": "0.5", "includes_27_28": False},
            ],
            "moral": [{"author": "author", "consent": True, "acts": ["train", "mine"], "source": "deed of 2024"}],
        },
    ],
    "mandates": [
        {"id": "m-9", "agent": "assoc", "principal": "publisher", "may": ["grant", "refusal"], "territories": "JP"}
    ],
    "permissions": [
        {
            "id": "g-9",
            "kind": "grant",
            "by": "studio",
            "to": ["lab", "partner"],
            "works": "film-9",
            "acts": ["train", "fine_tune"],
            "sublicence": True,
            "effective_from": "2026-01-01T00:00:00Z",
            "conditions": ["a deposit", "a visit"],
        },
        {"id": "g-10", "kind": "grant", "by": "lab", "to": "partner", "works": "film-9", "acts": "train"},
    ],
}
UNDER = {"g-10": "g-9"}


def written(folder: Path, files: Mapping[str, str], encoding: str = "utf-8") -> list[Path]:
    for name, text in files.items():
        (folder / name).write_text(text, encoding=encoding)
    return [folder / name for name in files]


def with_under(files: Mapping[str, str]) -> dict[str, str]:
    """The licensee's grant rests on the one above it."""
    statements = files["permissions.csv"].splitlines()
    lines = [f"{line},{under}" for line, under in zip(statements, ("under", "", "g-9"), strict=True)]
    return {**files, "permissions.csv": "\n".join(lines)}


def test_sheets_say_what_a_registry_file_says(studio: Registry, tmp_path: Path) -> None:
    report = studio.import_files(written(tmp_path, with_under(SHEETS)))
    assert report.new == {"party": 2, "work": 2, "mandate": 1, "permission": 2}
    value = {**AS_VALUE, "permissions": [AS_VALUE["permissions"][0], {**AS_VALUE["permissions"][1], "under": "g-9"}]}
    assert studio.import_document(value).new == {}
    assert studio.import_files(reversed(written(tmp_path, with_under(SHEETS)))).new == {}


def test_one_sheet_may_say_line_by_line_what_each_is(studio: Registry, tmp_path: Path) -> None:
    sheet = """\
section,id,kind,name.en,title.en,work,party,portion,by,works
parties,maker,holder,A Maker,,,,,,
works,film-8,film,,Eight,,,,,
shares,,,,,film-8,maker,1/2,,
shares,,,,,film-8,studio,1/2,,

permissions,,refusal,,,,,,maker,film-8
"""
    (path,) = written(tmp_path, {"all.csv": sheet}, encoding="utf-8-sig")
    assert studio.import_files([path]).new == {"party": 1, "work": 1, "permission": 1}
    assert {share.party for share in studio.record().works["film-8"].shares} == {"maker", "studio"}
    assert Document.read(path).value["works"][0]["shares"][1] == {"party": "studio", "portion": "1/2"}


def test_lines_of_json_say_what_a_registry_file_says(studio: Registry, tmp_path: Path) -> None:
    items = [{"section": section, **item} for section, items in reversed(AS_VALUE.items()) for item in items]
    items[1]["under"] = "g-9"
    text = "\r\n\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (path,) = written(tmp_path, {"items.jsonl": text})
    assert studio.import_files([path]).new == {"party": 2, "work": 2, "mandate": 1, "permission": 2}
    assert studio.import_files([path]).new == {}
    assert studio.import_files(written(tmp_path, with_under(SHEETS))).new == {}


def test_every_form_may_rest_on_every_other(registry: Registry, tmp_path: Path) -> None:
    paths = written(
        tmp_path,
        {
            "grants.jsonl": '{"section": "permissions", "kind": "refusal", "by": "a", "works": ["w"]}',
            "works.csv": "id,kind\nw,film\n",
            "parties.yaml": "parties: [{id: a}]",
            "shares.csv": "work,party\nw,a\n",
        },
    )
    assert registry.import_files(paths).new == {"party": 1, "work": 1, "permission": 1}


def test_everything_wrong_is_told_by_file_and_line_and_nothing_is_recorded(studio: Registry, tmp_path: Path) -> None:
    files = {
        "works.csv": 'id,kind,title.en,part_of\nw-1,film,"Two\nlines",series-1\n,film,No id,\nw-3,film,,\n',
        "shares.csv": (
            "work,party,portion,includes_27_28\nw-1,studoi,,\nw-3,studio,3/2,\nw-2,studio,,\n,studio,,\nw-3,lab,,yes\n"
        ),
        "permissions.csv": (
            "kind,by,works,effective_from\nrefusal,studio,w-9,\nrefusal,studio,film-1,2026-01-01\nrefusal,lab,film-1,\n"
        ),
        "more.jsonl": '{"section": "parties", "id": "a"}\n\n{"section": "parties", "id": "a", "kind": "holdr"}\n',
    }
    before = studio.ledger.size, studio.snapshot().id
    with pytest.raises(UnacceptableError) as error:
        studio.import_files(written(tmp_path, files))
    told = [(Path(problem.file).name, problem.line, problem.what) for problem in error.value.problems]
    assert told == [
        ("more.jsonl", 3, "unknown kind of party 'holdr'"),
        ("permissions.csv", 2, "unknown work 'w-9'"),
        ("permissions.csv", 3, "'2026-01-01' is not a time"),
        ("permissions.csv", 4, "'lab' has no share in 'film-1', and no holder's mandate for this refusal"),
        ("shares.csv", 2, "unknown party 'studoi'"),
        ("shares.csv", 4, "unknown work 'w-2'"),
        ("shares.csv", 5, "'work' is missing"),
        ("shares.csv", 6, "'includes_27_28' is neither true nor false: 'yes'"),
        ("works.csv", 4, "'id' is missing"),
    ]
    assert (studio.ledger.size, studio.snapshot().id) == before


def test_a_second_line_for_the_same_is_told_with_the_first(studio: Registry, tmp_path: Path) -> None:
    paths = written(
        tmp_path, {"works.csv": "id,kind\nw,film\nw,manga\n", "a.jsonl": '{"section":"works","id":"w","kind":"x"}'}
    )
    with pytest.raises(UnacceptableError) as error:
        studio.import_files(paths)
    assert f"{tmp_path}/works.csv:3: work 'w' a second time (first at {tmp_path}/a.jsonl:1)" in str(error.value)


def test_what_one_may_not_say_one_may_not_say_in_a_sheet(studio: Registry, tmp_path: Path) -> None:
    paths = written(tmp_path, {"permissions.csv": "kind,by,works\nobjection,studio,film-1\nobjection,lab,film-1\n"})
    with pytest.raises(NotAuthorised, match=r"permissions\.csv:3: 'lab' has no share"):
        studio.import_files(paths)


@pytest.mark.parametrize("text", ["", "\n\n", "id,kind\n"])
def test_a_sheet_without_lines_declares_nothing(studio: Registry, tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="nothing is declared here"):
        studio.import_files(written(tmp_path, {"works.csv": text}))


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "'; DROP TABLE declarations; --", "<b>&"])
def test_a_cell_is_text_whatever_a_spreadsheet_would_make_of_it(studio: Registry, tmp_path: Path, cell: str) -> None:
    quoted = cell.replace('"', '""')
    studio.import_files(written(tmp_path, {"works.csv": f'id,kind,title.en\nw,film,"{quoted}"\n'}))
    assert studio.record().works["w"].title["en"] == cell


@pytest.mark.parametrize("foreign", [10, 100_000_000])
def test_how_long_a_cell_may_be_is_the_same_whatever_another_part_of_the_process_allows(
    tmp_path: Path, foreign: int
) -> None:
    path = tmp_path / "parties.csv"
    before = csv.field_size_limit(foreign)
    try:
        path.write_text(f"id,name.en\nstudio,{'x' * MAX_CELL}\n", encoding="utf-8")
        assert len(Document.read(path).value["parties"][0]["name"]["en"]) == MAX_CELL
        path.write_text(f"id,name.en\nstudio,{'x' * (MAX_CELL + 1)}\n", encoding="utf-8")
        with pytest.raises(UsageError, match=r"parties\.csv:2: this is not CSV: field larger .* \(is a quote open\?\)"):
            Document.read(path)
        assert csv.field_size_limit() == foreign
    finally:
        csv.field_size_limit(before)


def test_only_line_ends_end_a_line(tmp_path: Path) -> None:
    path = tmp_path / "parties.csv"
    path.write_text(
        'id,name.en,kind\nfirst,A\u2028B\x85C,\nsecond,"D\u2028E\nF",\nthird,,holdr\n', encoding="utf-8", newline=""
    )
    first, second, third = Document.read(path).value["parties"]
    assert (first["name"]["en"], second["name"]["en"]) == ("A\u2028B\x85C", "D\u2028E\nF")
    assert Document.read(path).places([("parties", 2)]) == {("parties", 2): (str(path), 5)}
    assert third["kind"] == "holdr"

# SPDX-License-Identifier: Apache-2.0
"""Reading YAML and JSON that people write, and that others write to hurt."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry import read_document
from kyodaku.registry._events import MAX_DEPTH
from kyodaku.registry.documents import MAX_BYTES, Document

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
SCALARS = TEXT | st.integers(-(10**16), 10**16) | st.booleans() | st.none()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20
)


class Quoting(yaml.SafeDumper):
    """Puts every text in quotes, so that none is taken for a number or a word of YAML 1.1, and names nothing twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def written(folder: Path, text: str | bytes, name: str = "registry.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# --- what is read -----------------------------------------------------------------------------------------------------
def test_yaml_is_read_as_it_looks(tmp_path: Path) -> None:
    text = """
        # a comment
        text: 最初の映画
        quoted: "12"
        number: 12
        negative: -3
        fraction: 0.5
        huge: 123456789012345678901234567890
        yes: true
        empty:
        tilde: ~
        country: NO
        switch: on
        date: 2026-01-01
        moment: 2026-01-01T00:00:00Z
        octal: 0o17
        sexagesimal: 1:30
        list: [a, {b: c}]
        block:
          - one
          - - two
        folded: >
          words
          on lines
    """
    assert read_document(written(tmp_path, text)) == {
        "text": "最初の映画",
        "quoted": "12",
        "number": 12,
        "negative": -3,
        "fraction": 0.5,
        "huge": "123456789012345678901234567890",
        "yes": True,
        "empty": None,
        "tilde": None,
        "country": "NO",
        "switch": "on",
        "date": "2026-01-01",
        "moment": "2026-01-01T00:00:00Z",
        "octal": "0o17",
        "sexagesimal": "1:30",
        "list": ["a", {"b": "c"}],
        "block": ["one", ["two"]],
        "folded": "words on lines\n",
    }


@given(VALUES)
@settings(deadline=None)  # files
def test_what_yaml_writes_comes_back(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = written(tmp_path_factory.getbasetemp(), yaml.dump(value, Dumper=Quoting, allow_unicode=True))
    assert read_document(path) == value


@given(VALUES)
@settings(deadline=None)  # files
def test_what_json_writes_comes_back(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = written(tmp_path_factory.getbasetemp(), json.dumps(value, indent=1), "document.json")
    assert read_document(path) == value


@given(VALUES)
@settings(deadline=None)  # files
def test_json_is_yaml(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = written(tmp_path_factory.getbasetemp(), json.dumps(value, ensure_ascii=False), "document.yaml")
    assert read_document(path) == value


@pytest.mark.parametrize(
    ("name", "text"), [("a.yaml", "\ufeffa: 1"), ("a.JSON", '\ufeff{"a": 1}'), ("a.yml", "--- \na: 1\n...\n")]
)
def test_a_byte_order_mark_and_document_marks_are_no_matter(tmp_path: Path, name: str, text: str) -> None:
    assert read_document(written(tmp_path, text, name)) == {"a": 1}


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", ' \n{"a": 1}\n'), ("a.json", '{"a": 1}'), ("a.json", '{"a": 1} ')]
)
def test_space_around_json_is_no_matter(tmp_path: Path, name: str, text: str) -> None:
    assert read_document(written(tmp_path, text, name)) == {"a": 1}


def test_space_around_a_line_of_json_is_no_matter(tmp_path: Path) -> None:
    text = ' {"section": "parties", "id": "a"} \r\n\t\n{"section": "parties", "id": "b"}\r\n'
    document = Document.read(written(tmp_path, text, "a.jsonl"))
    assert document.value == {"parties": [{"id": "a"}, {"id": "b"}]}
    assert document.lines([("parties", 1, "id"), ()]) == {("parties", 1, "id"): 3, (): 1}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_document_is_none(tmp_path: Path, text: str) -> None:
    assert read_document(written(tmp_path, text)) is None


# --- lines ------------------------------------------------------------------------------------------------------------
YAML_LINES = """\
works:
  - id: film-1
    title:
      en: First
    shares:
      - party: studio
        rights: [reproduction,
                 adaptation]
  - {id: film-2,
     kind: film}
"""
JSON_LINES = """\
{"works":
  [{"id": "film-1",
    "title":
      {"e\\u006e": "First, [and] {last}: \\"quoted\\""},
    "shares":
      [{"party": "studio",
        "rights": ["reproduction",
                   "adaptation"]}]},
  {"id": "film-2",
   "kind": 1.5e3}]
}
"""
PLACES = {
    (): 1,
    ("works",): 1,
    ("works", 0): 2,
    ("works", 0, "title", "en"): 4,
    ("works", 0, "shares", 0, "party"): 6,
    ("works", 0, "shares", 0, "rights"): 7,
    ("works", 0, "shares", 0, "rights", 1): 8,
    ("works", 1): 9,
    ("works", 1, "kind"): 10,
    ("works", 1, "missing"): 9,
    ("works", 0, "shares", 0, "territory", 5): 6,
    ("works", 7): 1,
    ("nowhere", "at", "all"): 1,
}


@pytest.mark.parametrize(("name", "text"), [("a.yaml", YAML_LINES), ("a.json", JSON_LINES)])
def test_everything_has_a_line_and_what_is_missing_that_of_what_is_around(tmp_path: Path, name: str, text: str) -> None:
    assert Document.read(written(tmp_path, text, name)).lines(PLACES) == PLACES


def test_data_from_no_file_has_no_lines() -> None:
    assert Document(name="here", value={"a": 1}).lines([("a",)]) == {("a",): 0}


# --- what is refused --------------------------------------------------------------------------------------------------
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)

REFUSED = {
    "anchor": ("a.yaml", "x: 1\ny: &anchor 2\n", 2, "anchors and aliases"),
    "alias": ("a.yaml", "x: 1\ny: *x\n", 2, "anchors and aliases"),
    "bomb": ("a.yaml", BOMB, 1, "anchors and aliases"),
    "merge": ("a.yaml", "<<: [{a: 1}]\n<<: {b: 2}\n", 2, "'<<' a second time (first on line 1)"),
    "tag": (
        "a.yaml",
        "a: 1\nb: !!python/object/apply:os.system ['true']\n",
        2,
        "tags such as tag:yaml.org,2002:python",
    ),
    "own tag": ("a.yaml", "a: !secret x\n", 1, "tags such as !secret"),
    "repeated key": ("a.yaml", "works: []\nparties: []\nworks: []\n", 3, "'works' a second time (first on line 1)"),
    "repeated key inside": ("a.yaml", "a:\n  - b: 1\n    b: 2\n", 3, "'b' a second time (first on line 2)"),
    "number as key": ("a.yaml", "a: 1\n2: b\n", 2, "a key that is no text: 2"),
    "list as key": ("a.yaml", "? [a]\n: b\n", 1, "a key that is no text: []"),
    "null as key": ("a.yaml", "~: b\n", 1, "a key that is no text: None"),
    "true as key": ("a.yaml", "true: b\n", 1, "a key that is no text: True"),
    "two documents": ("a.yaml", "a: 1\n---\nb: 2\n", 2, "a second document begins here"),
    "not yaml": ("a.yaml", "a: 1\nb: [1, 2\nc: 3\n", 3, "this is not YAML"),
    "tab": ("a.yaml", "a:\n\tb: 1\n", 2, "this is not YAML"),
    "control character": ("a.yaml", "a: 1\nb: \x07\n", 1, "this is not YAML"),
    "nul": ("a.yaml", "a: 1\nb: \x00\n", 2, "a NUL character: this is no text"),
    "nul in json": ("a.json", '{"a":\n "\x00"}', 2, "a NUL character: this is no text"),
    "nul in lines": ("a.jsonl", '{"section": "parties"}\n\x00', 2, "a NUL character: this is no text"),
    "nul in csv": ("parties.csv", "id\na\nb\x00\n", 3, "a NUL character: this is no text"),
    "line no json": ("a.jsonl", '{"section": "parties", "id": "a"}\n\n{"section": "works",\n', 3, "this is not JSON"),
    "line no item": ("a.jsonl", '{"section": "parties", "id": "a"}\n[]', 2, "the line does not say in 'section'"),
    "line of no section": ("a.jsonl", '{"id": "a"}', 1, "does not say in 'section' what it is (one of: parties, works"),
    "line of another section": ("a.jsonl", '\n{"section": "work"}', 2, "what it is (did you mean works?)"),
    "line of a list section": ("a.jsonl", '{"section": ["works"]}', 1, "what it is (one of: parties"),
    "repeated key in a line": ("a.jsonl", '\n{"section": "works", "id": 1, "id": 2}', 2, "'id' a second time"),
    "very deep line": ("a.jsonl", "\n" + "[" * 200_000, 2, "deep"),
    "csv of no section": ("table.csv", "id\na\n", 1, "nothing says what the lines are (call the file parties, works"),
    "csv of another section": ("a.csv", "section,id\nparties,a\nwork,b\n", 3, "unknown section 'work' (did you mean w"),
    "csv with semicolons": (
        "works.csv",
        "id;kind\na;film\n",
        1,
        "the columns are separated by ';' (save the file with",
    ),
    "csv with tabs": ("works.csv", "id\tkind\na\tfilm\n", 1, "the columns are separated by '\\t'"),
    "csv column twice": ("works.csv", "id,kind,id\n", 1, "two columns are called 'id'"),
    "csv column unknown": ("works.csv", "id,kind,titel.en\n", 1, "unknown column 'titel.en' (did you mean title.en?)"),
    "csv column of elsewhere": ("works.csv", "id,kind,by\n", 1, "unknown column 'by'"),
    "csv cell too many": (
        "works.csv",
        'id,kind\n"a\nb",film\nc,film,x\n',
        4,
        "3 cells, where the first line has 2 (put",
    ),
    "csv cell too few": ("works.csv", "id,kind\na\n", 2, "1 cells, where the first line has 2"),
    "csv quote left open": ("works.csv", 'id,kind\n"a,film\n', 2, "this is not CSV"),
    "csv long cell": ("works.csv", f"id,kind\n{'x' * 200_000},film\n", 2, "this is not CSV: field larger than"),
    "deep": ("a.yaml", "[" * 30, 1, f"more than {MAX_DEPTH} deep"),
    "very deep": ("a.yaml", "[" * 200_000, 1, f"more than {MAX_DEPTH} deep"),
    "deep block": ("a.yaml", "".join(f"{' ' * i}-\n" for i in range(40)), 21, f"more than {MAX_DEPTH} deep"),
    "not json": ("a.json", '{"a": 1,\n "b": }', 2, "this is not JSON: Expecting value"),
    "yaml named json": ("a.json", "a: 1", 1, "this is not JSON"),
    "empty json": ("a.json", "", 1, "this is not JSON"),
    "repeated key in json": (
        "a.json",
        '{"a": {"x": "\\"{[,"},\n "b": 1,\n "a": 2}',
        3,
        "'a' a second time (first on line 1)",
    ),
    "very deep json": ("a.json", "[" * 200_000, 1, "deep"),
    "nan": ("a.json", '{"a": NaN}', 1, "NaN is no number"),
    "infinity": ("a.json", '{"a": -Infinity}', 1, "-Infinity is no number"),
    "long number": ("a.json", f'{{"a": {"9" * 5000}}}', 1, "this is not JSON"),
    "latin-1": ("a.yaml", b"a: 1\nb: caf\xe9\n", 2, "this is not UTF-8 text"),
    "utf-16": ("a.yaml", "a: 1".encode("utf-16"), 1, "this is not UTF-8 text"),
}


@pytest.mark.parametrize(("name", "text", "line", "what"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_document_of_ours_is_refused_with_its_line(
    tmp_path: Path, name: str, text: str | bytes, line: int, what: str
) -> None:
    path = written(tmp_path, text, name)
    before = time.monotonic()
    with pytest.raises(UsageError) as error:
        read_document(path)
    assert time.monotonic() - before < 10
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert what in str(error.value)


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    with path.open("wb") as file:
        file.truncate(40 * MAX_BYTES)  # sparse: 2.5 GB that take no space
    before = time.monotonic()
    with pytest.raises(UsageError, match="larger than 64 MB"):
        read_document(path)
    assert time.monotonic() - before < 10


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "[" + "x," * 6_000_000 + "]"),
        ("a.json", "[" + "1," * 6_000_000 + "1]"),
        ("a.jsonl", '{"section": "parties", "id": "a"}\n' * 60_000),
    ],
)
def test_too_many_values_are_refused(tmp_path: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kyodaku.registry._events.MAX_NODES", 50_000)  # 5,000,000 take ten seconds
    with pytest.raises(UsageError, match="more than 50,000 values"):
        read_document(written(tmp_path, text, name))


@pytest.mark.parametrize("name", ["nowhere.yaml", "folder", "x" * 300])
def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(KyodakuError, match="cannot be read"):
        read_document(tmp_path / name)

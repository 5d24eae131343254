# SPDX-License-Identifier: Apache-2.0
"""The file of a pack: one spelling, and nothing that harms whoever opens it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.evidence import _container
from kyodaku.evidence._container import packed, read_pack, unpacked, write_pack
from kyodaku.evidence._json import lines_of, parsed, parsed_lines, written

FILES = {"pack.json": b"{}", "runs/run-1/attestation.jsonl": b"x" * 20, "checkpoint": b""}


@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5})?", fullmatch=True), st.binary(max_size=50), max_size=5))
@settings(max_examples=40)
def test_what_was_packed_is_unpacked(files: dict[str, bytes]) -> None:
    content = packed(files)
    assert unpacked(content) == files
    assert packed(dict(reversed(files.items()))) == content


def test_other_tools_read_it(tmp_path: Path) -> None:
    write_pack(tmp_path / "pack.zip", FILES)
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_every_flipped_bit_shows() -> None:
    content = packed(FILES)
    for place in range(8 * len(content)):
        altered = bytearray(content)
        altered[place // 8] ^= 1 << place % 8
        try:
            files = unpacked(bytes(altered))
        except IntegrityError:
            continue
        assert files != FILES  # then the signature, which is over each file's name and contents, does not hold


def test_what_is_cut_short_or_goes_on_is_refused() -> None:
    content = packed(FILES)
    for end in range(len(content)):
        with pytest.raises(IntegrityError):
            unpacked(content[:end])
    for other in (content + b"\0", b"\0" + content, content + content):
        with pytest.raises(IntegrityError):
            unpacked(other)


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, compress_type=method)
    return made.getvalue()


@pytest.mark.parametrize("name", ["../a", "/a", "a/../b", "A", "a\\b", "a//b", "c:a", "a/b/c/d/e", "許諾", ".a", "a/"])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be in a pack"):
        packed({name: b""})
    with pytest.raises(IntegrityError):
        unpacked(zipped((name, b"")))


def test_bombs_and_foreign_zips_are_refused() -> None:
    with pytest.raises(IntegrityError):
        unpacked(zipped(("a", bytes(10_000_000)), method=zipfile.ZIP_DEFLATED))
    with pytest.warns(UserWarning, match="Duplicate name"), pytest.raises(IntegrityError):
        unpacked(zipped(("a", b"1"), ("a", b"2")))
    with pytest.raises(IntegrityError):
        unpacked(zipped(("b", b""), ("a", b"")))
    with pytest.raises(IntegrityError):
        unpacked(b"")


def test_a_file_that_is_none_or_too_large_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_pack(tmp_path / "none.zip")
    (tmp_path / "text.zip").write_text("許諾", encoding="utf-8")
    with pytest.raises(IntegrityError, match=r"text\.zip: this is not a pack"):
        read_pack(tmp_path / "text.zip")
    monkeypatch.setattr(_container, "MAX_BYTES", 2)
    with pytest.raises(IntegrityError, match="at most 2 bytes"):
        read_pack(tmp_path / "text.zip")
    with pytest.raises(KyodakuError, match="more than 2 bytes"):
        write_pack(tmp_path / "large.zip", FILES)
    monkeypatch.undo()
    with pytest.raises(KyodakuError, match="could not be written"):
        write_pack(tmp_path / "nowhere" / "pack.zip", FILES)


# --- JSON -------------------------------------------------------------------------------------------------------------
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(VALUES)
@settings(max_examples=100)
def test_what_is_written_is_read(value: object) -> None:
    assert parsed(written(value), "x") == value
    assert [said for _, said in parsed_lines(lines_of([value, value]), "x")] == [value, value]


@pytest.mark.parametrize(
    "content",
    [b"", b" 1", b'{"a":1,"a":2}', b'{"b":1,"a":2}', b'{"a": 1}', b"NaN", b"[" * 100_000, b"1" * 5000, b"\xff",
     b'"\\u0061"', b'"\\ud800"', b"1e5"],
)  # fmt: skip
def test_any_other_spelling_is_refused(content: bytes) -> None:
    with pytest.raises(IntegrityError, match="not canonical JSON"):
        parsed(content, "x")


def test_lines_end() -> None:
    assert list(parsed_lines(b"", "x")) == []
    for content in (b"1", b"1\n2", b"\n", b"1\n\n"):
        with pytest.raises(IntegrityError):
            list(parsed_lines(content, "x"))

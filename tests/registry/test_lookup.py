# SPDX-License-Identifier: Apache-2.0
"""Files that are looked up: every key is found, no other is, and hostile bytes are an error and nothing worse."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.registry._codec import canonical
from kyodaku.registry._lookup import BLOCK, Lookup
from kyodaku.registry._lookup_writing import write_lookup
from kyodaku.registry._stored_rights import open_rights, write_rights
from kyodaku.rights import Finding


def item(body: dict[str, object], **dated: str) -> tuple[str, str]:
    return str(body["id"]), canonical({"body": body, **dated}).decode()


SHARES = [{"party": "studio", "rights": ["all"]}]
GRANT = {"id": "g", "kind": "grant", "by": "studio", "to": ["lab"], "works": ["film"], "acts": ["train"]}
ITEMS = {
    "parties": [item({"id": "lab", "kind": "developer"}), item({"id": "studio", "kind": "holder"})],
    "works": [
        item({"id": "film", "kind": "film", "part_of": ["series"], "shares": SHARES}),
        item({"id": "series", "kind": "series"}),
    ],
    "mandates": [],
    "permissions": [item(GRANT, recorded_at="2026-01-01T00:00:00Z")],
}


def written(folder: Path, **tables: dict[str, str]) -> Lookup:
    lines = {name: sorted(table.items()) for name, table in tables.items()}
    write_lookup(folder / "file", folder / "hashes", lines)
    return Lookup(folder / "file", (folder / "hashes").read_bytes())


keys = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(one=st.dictionaries(keys, keys, max_size=40), two=st.dictionaries(keys, keys, max_size=40), asked=st.sets(keys))
def test_what_was_written_is_found_and_nothing_else(one: dict[str, str], two: dict[str, str], asked: set[str]) -> None:
    with TemporaryDirectory() as folder:
        tables = written(Path(folder), one=one, two=two).tables
        for table, expected in ((tables["one"], one), (tables["two"], two)):
            assert list(table.items()) == [(key, value.encode()) for key, value in sorted(expected.items())]
            assert len(table) == len(expected)
            for key in asked | one.keys() | two.keys():
                value = expected.get(key)
                assert table.get(key) == (None if value is None else value.encode())


def test_many_keys_over_many_blocks_are_found(tmp_path: Path) -> None:
    expected = {f"key-{number}": "value " * (number % 40) for number in range(3000)}
    file = written(tmp_path, many=expected)
    assert (tmp_path / "file").stat().st_size > 20 * BLOCK
    for key, value in expected.items():
        assert file.tables["many"].get(key) == value.encode()
    assert file.tables["many"].get("key-3000") is None
    file.check_all()


def test_a_block_is_looked_at_when_it_is_read_and_not_before(tmp_path: Path) -> None:
    expected = {f"key-{number:04}": "value " * 40 for number in range(1000)}
    written(tmp_path, many=expected)
    content = bytearray((tmp_path / "file").read_bytes())
    content[100] ^= 1
    (tmp_path / "file").write_bytes(content)
    file = Lookup(tmp_path / "file", (tmp_path / "hashes").read_bytes())
    assert file.tables["many"].get("key-0999")
    with pytest.raises(IntegrityError, match="the block at byte 0 has another hash"):
        file.tables["many"].get("key-0000")
    with pytest.raises(IntegrityError, match="the block at byte 0 has another hash"):
        file.check_all()


def test_what_is_missing_or_empty_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="cannot be read"):
        Lookup(tmp_path / "nowhere", b"")
    (tmp_path / "empty").touch()
    with pytest.raises(IntegrityError, match="another length"):
        Lookup(tmp_path / "empty", b"")


@pytest.fixture(scope="module")
def rights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("rights")
    write_rights(ITEMS, folder / "rights", folder / "hashes")
    return (folder / "rights").read_bytes()


@settings(max_examples=500, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(-3, 40),
)
def test_bytes_that_hash_as_they_should_and_make_no_sense_are_an_error(
    rights: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    """As if whoever signs them had written them wrongly, or on purpose."""
    content = bytearray(rights[: len(rights) - cut] if cut > 0 else rights)
    for place, value in changes:
        content[-1 - place % len(content)] = value
    hashes = b"".join(sha256(content[at : at + BLOCK]).digest() for at in range(0, len(content), BLOCK))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rights"
        file.write_bytes(content)
        try:
            found = open_rights(Lookup(file, hashes))
            for work in ("film", "series", "none"):
                found.facts([Finding(work=work)], developer="lab")
                found.about(work)
            for records in (found.parties, found.works, found.mandates, found.permissions):
                for key in list(records)[:50]:
                    _ = records[key]
        except KyodakuError:
            pass

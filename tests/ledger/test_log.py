# SPDX-License-Identifier: Apache-2.0
"""The log on real files: what it keeps, what it proves, and that no changed bit goes unseen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.ledger import EMPTY_ROOT, MAX_ENTRY_BYTES, Log, Stored, leaf_hash, verify_consistency, verify_inclusion
from kyodaku.ledger.log import _difference
from kyodaku.ledger.merkle import nodes_of, root

ENTRIES = [b"", b"one", b"\x00\xff", "四".encode(), b"five" * 50, b"six", b"seven"]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log(tmp_path / "ledger")
    log.append_many(ENTRIES)
    return log


def naive_root(entries: list[bytes]) -> bytes:
    return root(len(entries), nodes_of([leaf_hash(entry) for entry in entries]))


# --- what it keeps ---------------------------------------------------------------------------------------------------
def test_a_new_log_is_empty_and_sound(tmp_path: Path) -> None:
    log = Log(tmp_path / "deep" / "ledger")
    assert (log.size, len(log), log.root(), list(log.entries()), log.verify()) == (0, 0, EMPTY_ROOT, [], 0)


def test_appending_gives_the_entries_back_by_index(tmp_path: Path) -> None:
    log = Log(tmp_path)
    assert log.append(b"first") == 0
    assert log.append_many([b"second", b"third"]) == range(1, 3)
    assert log.append_many([]) == range(3, 3)
    assert [log.entry(i) for i in range(3)] == [b"first", b"second", b"third"]
    assert log.verify() == 3


def test_opening_again_finds_everything(log: Log) -> None:
    again = Log(log.directory, create=False)
    assert list(again.entries()) == ENTRIES
    assert again.append(b"later") == len(ENTRIES)
    assert log.size == len(ENTRIES) + 1  # nothing is cached: the first instance sees it too


def test_entries_are_sliced_as_sequences_are(log: Log) -> None:
    assert list(log.entries(2)) == ENTRIES[2:]
    assert list(log.entries(2, 4)) == ENTRIES[2:4]
    assert list(log.entries(-2, 100)) == ENTRIES[-2:]
    assert list(log.entries(5, 3)) == []


def test_a_log_larger_than_one_block_is_walked_whole(tmp_path: Path) -> None:
    log = Log(tmp_path)
    entries = [str(i).encode() for i in range(2500)]
    log.append_many(entries[:1500])
    log.append_many(entries[1500:])
    assert list(log.entries()) == entries
    assert (log.verify(), log.root()) == (2500, naive_root(entries))


@given(st.lists(st.lists(st.binary(max_size=40), max_size=9), max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_appended_in_whatever_batches_comes_back(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[bytes]]
) -> None:
    log = Log(tmp_path_factory.mktemp("ledger"))
    for batch in batches:
        log.append_many(batch)
    entries = [entry for batch in batches for entry in batch]
    assert list(log.entries()) == entries
    assert log.verify() == len(entries)
    sizes = range(len(entries) + 1)
    assert [log.root(size) for size in sizes] == [naive_root(entries[:size]) for size in sizes]


# --- what it proves --------------------------------------------------------------------------------------------------
def test_every_entry_is_proven_to_be_in_every_later_log(log: Log) -> None:
    for size in range(1, log.size + 1):
        for index in range(size):
            proof = log.inclusion_proof(index, size)
            verify_inclusion(leaf_hash(log.entry(index)), index, size, proof, log.root(size))
    assert log.inclusion_proof(3) == log.inclusion_proof(3, log.size)


def test_every_log_is_proven_to_continue_every_earlier_one(log: Log) -> None:
    for new in range(log.size + 1):
        for old in range(new + 1):
            verify_consistency(old, new, log.consistency_proof(old, new), log.root(old), log.root(new))
    assert log.consistency_proof(3) == log.consistency_proof(3, log.size)


# --- what is refused -------------------------------------------------------------------------------------------------
def test_the_largest_entry_fits_and_one_byte_more_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(b"x" * MAX_ENTRY_BYTES)
    with pytest.raises(ValueError, match="at most 65535 bytes"):
        log.append_many([b"fine", b"x" * (MAX_ENTRY_BYTES + 1)])
    assert log.verify() == 1


@pytest.mark.parametrize("index", [-1, 7, 10**9])
def test_an_entry_beyond_the_end_is_an_index_error(log: Log, index: int) -> None:
    with pytest.raises(IndexError, match=f"no entry {index}"):
        log.entry(index)


def test_sizes_beyond_the_end_are_refused(log: Log) -> None:
    for question in (lambda: log.root(8), lambda: log.inclusion_proof(0, 8), lambda: log.consistency_proof(1, 8)):
        with pytest.raises(ValueError, match="has 7 entries, not 8"):
            question()


def test_a_log_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(KyodakuError, match="cannot be read: No such file"):
        Log(tmp_path / "nowhere", create=False)
    assert not (tmp_path / "nowhere").exists()


def test_a_place_where_no_log_can_be_made_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(KyodakuError, match="could not be written"):
        Log(tmp_path / "file" / "ledger")


# --- that changes are seen -------------------------------------------------------------------------------------------
def single_bit_flips(path: Path) -> Iterator[int]:
    """Flip each bit of the file in turn, yielding its byte's position, and put the bit back."""
    content = path.read_bytes()
    for position in range(len(content)):
        for bit in range(8):
            path.write_bytes(content[:position] + bytes([content[position] ^ (1 << bit)]) + content[position + 1 :])
            yield position
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["entries", "offsets", "hashes", "head"])
def test_every_flipped_bit_is_detected(log: Log, name: str) -> None:
    for position in single_bit_flips(log.directory / name):
        with pytest.raises(IntegrityError):
            pytest.fail(f"byte {position} of {name} was changed, and {log.verify()} entries were found sound")
    assert log.verify() == len(ENTRIES)


@pytest.mark.parametrize("name", ["entries", "offsets", "hashes", "head"])
def test_every_truncation_is_detected_by_verify_and_before_the_next_append(log: Log, name: str) -> None:
    path = log.directory / name
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(IntegrityError):
            log.verify()


@pytest.mark.parametrize("name", ["entries", "offsets", "hashes"])
def test_a_file_that_is_gone_is_named(log: Log, name: str) -> None:
    (log.directory / name).unlink()
    with pytest.raises(IntegrityError, match=f"{name} is gone"):
        log.verify()


def test_the_first_bad_entry_is_named_with_its_place(log: Log) -> None:
    path = log.directory / "entries"
    content = bytearray(path.read_bytes())
    place = content.index("四".encode())
    content[place] ^= 1
    content[-1] ^= 1  # a later one is bad too
    path.write_bytes(content)
    begin = place - 2
    with pytest.raises(IntegrityError, match=f"entry 3 at byte {begin} of entries: its bytes do not hash"):
        log.verify()
    with pytest.raises(IntegrityError, match="entry 3"):
        log.entry(3)
    assert log.entry(2) == ENTRIES[2]


def test_an_entry_and_its_hash_changed_together_are_seen_by_the_tree_above(log: Log) -> None:
    entries, hashes = log.directory / "entries", log.directory / "hashes"
    entries.write_bytes(entries.read_bytes().replace(b"seven", b"SEVEN"))
    hashes.write_bytes(hashes.read_bytes().replace(leaf_hash(b"seven"), leaf_hash(b"SEVEN")))
    with pytest.raises(IntegrityError, match="the head does not describe the 7 entries"):
        log.verify()
    with pytest.raises(IntegrityError, match="recorded root of 7 entries"):
        log.append(b"more")
    assert log.size == 7


def test_a_lowered_head_is_seen_before_acknowledged_entries_are_cut_off(log: Log) -> None:
    head = log.directory / "head"
    head.write_text(head.read_text(encoding="utf-8").replace('"size":7', '"size":6'), encoding="utf-8")
    before = (log.directory / "entries").read_bytes()
    with pytest.raises(IntegrityError, match="recorded root of 6 entries"):
        log.append(b"over the seventh")
    assert (log.directory / "entries").read_bytes() == before


def test_a_log_without_its_head_is_never_begun_anew(log: Log) -> None:
    (log.directory / "head").unlink()
    with pytest.raises(IntegrityError, match="has entries but no head"):
        Log(log.directory)


def test_a_copied_log_is_a_log(log: Log, tmp_path: Path) -> None:
    copy = Log(shutil.copytree(log.directory, tmp_path / "copy"), create=False)
    assert (copy.verify(), copy.root()) == (log.size, log.root())


def test_a_store_that_keeps_more_hashes_than_there_are_is_told() -> None:
    stored = Stored(index=0, begin=0, end=1, entry=b"one", hashes=leaf_hash(b"one") + bytes(32))
    assert "more hashes are recorded" in _difference(stored, [leaf_hash(b"one")])

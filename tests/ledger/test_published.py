# SPDX-License-Identifier: Apache-2.0
"""A log published as tiles: as the specification has it, whole whenever the publisher is killed, and never believed."""

from __future__ import annotations

import os
import random
import resource
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import (
    Checkpoint,
    Log,
    PublishedLog,
    SigningKey,
    check_log,
    leaf_hash,
    publish,
    sign_note,
    verify_checkpoint,
    verify_consistency,
    verify_inclusion,
)
from kyodaku.ledger import published as published_module
from kyodaku.ledger._tiles import Tile, tile_of, tiles_of
from support.dying import killed_at_every_step
from support.rfc9162 import Oracle

KEY = SigningKey.generate("kyodaku.example/log/1")
ENTRIES = [f"entry {i}".encode() * (1 + i % 3) for i in range(70_000)]
ORACLE = Oracle(ENTRIES)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is synced when is tested by killing, not by waiting."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def log_of(folder: Path, size: int) -> Log:
    log = Log(folder)
    log.append_many(ENTRIES[log.size : size])
    return log


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Seven entries, published when there were three and again."""
    publish(log_of(tmp_path / "log", 3), tmp_path / "www", KEY)
    publish(log_of(tmp_path / "log", 7), tmp_path / "www", KEY)
    return tmp_path / "www"


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def opened(folder: Path) -> PublishedLog:
    return PublishedLog(folder, trust=KEY.public)


# --- as the specification has it -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(3, 999, 7), "tile/3/999.p/7"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(None, 1234067, 255), "tile/entries/x001/x234/067.p/255"),
    ],
)
def test_a_tile_is_called_as_the_specification_says(tile: Tile, path: str) -> None:
    assert tile.path == path


def test_a_log_of_the_specifications_size_has_its_tiles(tmp_path: Path) -> None:
    """From the specification: 70,000 entries have 273 full and one partial tile at level 0, and so on."""
    publish(log_of(tmp_path / "log", 70_000), tmp_path / "www", KEY)
    files = files_in(tmp_path / "www")
    level_0 = [name for name in files if name.startswith("tile/0/")]
    assert (len(level_0), level_0.count("tile/0/273.p/112")) == (274, 1)
    assert [name for name in files if name.startswith(("tile/1", "tile/2"))] == [
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    for tile in tiles_of(70_000):
        assert files[tile.path] == ORACLE.tile(tile.level or 0, tile.index, 70_000)
    log = opened(tmp_path / "www")
    assert (log.verify(), log.root()) == (70_000, ORACLE.root(70_000))
    rng = random.Random(0)
    for index in [0, 255, 256, 65_535, 65_536, 69_999, *(rng.randrange(70_000) for _ in range(30))]:
        assert log.entry(index) == ENTRIES[index]
        assert log.inclusion_proof(index) == ORACLE.inclusion(index, 70_000)
    for old in [1, 256, 65_536, *(rng.randrange(70_000) for _ in range(10))]:
        assert log.consistency_proof(old) == ORACLE.consistency(old, 70_000)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 600])
def test_tiles_and_proofs_are_as_defined(tmp_path: Path, size: int) -> None:
    note = publish(log_of(tmp_path / "log", size), tmp_path / "www", KEY)
    log = opened(tmp_path / "www")
    assert verify_checkpoint(note, KEY.public) == log.checkpoint
    assert (len(log), log.size, log.root(), log.verify()) == (size, size, ORACLE.root(size), size)
    wanted = {tile.path: ORACLE.tile(tile.level or 0, tile.index, size) for tile in tiles_of(size)}
    found = files_in(tmp_path / "www")
    assert {
        name: found[name] for name in found if not name.startswith("tile/entries") and name != "checkpoint"
    } == wanted
    assert list(log.entries()) == ENTRIES[:size]
    for index in range(0, size, 37):
        for within in {index + 1, (index + size) // 2, size} - {index}:
            proof = log.inclusion_proof(index, within)
            assert proof == ORACLE.inclusion(index, within)
            verify_inclusion(leaf_hash(ENTRIES[index]), index, within, proof, log.root(within))
    for old in range(0, size + 1, 41):
        verify_consistency(old, size, log.consistency_proof(old), log.root(old), log.root())


def test_a_log_published_as_it_grows_has_the_tiles_of_one_published_at_once(tmp_path: Path) -> None:
    sizes = [0, 1, 1, 200, 256, 300, 700, 1024]
    seen: dict[str, bytes] = {}
    for size in sizes:
        publish(log_of(tmp_path / "log", size), tmp_path / "www", KEY)
        files = files_in(tmp_path / "www")
        assert {name: files[name] for name in seen if name != "checkpoint"} == {
            name: seen[name] for name in seen if name != "checkpoint"
        }  # nothing that was published ever changes
        assert opened(tmp_path / "www").verify() == size
        seen = files
    publish(log_of(tmp_path / "log", 1024), tmp_path / "again", KEY)
    assert files_in(tmp_path / "again").items() <= seen.items()


def test_a_level_that_fills_up_late_is_taken_up_where_it_was(tmp_path: Path) -> None:
    for size in (60_000, 65_535, 65_536, 66_000):
        publish(log_of(tmp_path / "log", size), tmp_path / "www", KEY)
        files = files_in(tmp_path / "www")
        for tile in tiles_of(size):
            if tile.level:
                assert files[tile.path] == ORACLE.tile(tile.level, tile.index, size)
    assert opened(tmp_path / "www").entry(65_535) == ENTRIES[65_535]


def test_a_tile_that_was_narrower_may_be_deleted_once_it_is_full(tmp_path: Path) -> None:
    publish(log_of(tmp_path / "log", 200), tmp_path / "www", KEY)
    kept = (tmp_path / "www" / "checkpoint").read_bytes()
    publish(log_of(tmp_path / "log", 300), tmp_path / "www", KEY)
    shutil.rmtree(tmp_path / "www" / "tile" / "0" / "000.p")
    shutil.rmtree(tmp_path / "www" / "tile" / "entries" / "000.p")
    (tmp_path / "www" / "checkpoint").write_bytes(kept)  # as a reader who is late has it
    assert opened(tmp_path / "www").verify() == 200


# --- that changes are seen -------------------------------------------------------------------------------------------
def flips(path: Path, bits: Iterator[int] | range | list[int]) -> Iterator[int]:
    content = path.read_bytes()
    for bit in bits:
        position = bit // 8
        path.write_bytes(content[:position] + bytes([content[position] ^ (1 << bit % 8)]) + content[position + 1 :])
        yield position
    path.write_bytes(content)


def test_every_flipped_bit_of_a_published_log_is_detected(tmp_path: Path) -> None:
    small = tmp_path / "www"
    for size in (1, 3):
        publish(log_of(tmp_path / "log", size), small, KEY)
    names = files_in(small)
    assert set(names) == {"checkpoint"} | {f"tile/{kind}/000.p/{w}" for kind in ("0", "entries") for w in (1, 3)}
    for name, content in names.items():
        for position in flips(small / name, range(8 * len(content))):
            with pytest.raises(IntegrityError):
                pytest.fail(f"byte {position} of {name} was changed, and {opened(small).verify()} were found sound")
    assert opened(small).verify() == 3


def test_flipped_bits_of_full_tiles_and_of_those_above_are_detected(tmp_path: Path) -> None:
    publish(log_of(tmp_path / "log", 513), tmp_path / "www", KEY)
    rng = random.Random(0)
    for name, content in files_in(tmp_path / "www").items():
        bits = range(8 * len(content)) if len(content) < 50 else [rng.randrange(8 * len(content)) for _ in range(12)]
        for position in flips(tmp_path / "www" / name, bits):
            with pytest.raises(IntegrityError):
                pytest.fail(f"byte {position} of {name}: {opened(tmp_path / 'www').verify()}")


def test_the_first_bad_entry_is_named_with_its_file(small: Path) -> None:
    path = small / "tile" / "entries" / "000.p" / "7"
    path.write_bytes(path.read_bytes().replace(b"entry 5", b"entry 6").replace(b"entry 6", b"entry 7"))
    with pytest.raises(IntegrityError, match=r"entry 5 at byte \d+ of tile/entries/000.p/7: its bytes do not hash"):
        opened(small).verify()
    with pytest.raises(IntegrityError, match="entry 5"):
        opened(small).entry(5)
    assert opened(small).entry(4) == ENTRIES[4]


def test_nothing_is_given_out_that_is_not_under_the_signed_root(tmp_path: Path) -> None:
    publish(log_of(tmp_path / "log", 7), tmp_path / "www", KEY)
    forged = Log(tmp_path / "forged")
    forged.append_many([*ENTRIES[:4], b"forged", *ENTRIES[5:7]])
    publish(forged, tmp_path / "other", KEY)
    shutil.copy(tmp_path / "www" / "checkpoint", tmp_path / "other" / "checkpoint")
    log = opened(tmp_path / "other")  # sound in itself, and not what was signed
    asked: list[Callable[[], object]] = [
        log.verify,
        lambda: log.entry(4),
        lambda: log.entry(0),
        lambda: log.inclusion_proof(1),
        lambda: log.inclusion_proof(1, 5),
        lambda: log.consistency_proof(5),
        lambda: log.root(5),
        lambda: list(log.entries()),
    ]
    for ask in asked:
        with pytest.raises(IntegrityError):
            ask()


@pytest.mark.parametrize("name", ["tile/0/000.p/7", "tile/entries/000.p/7"])
def test_a_file_that_is_cut_longer_gone_or_none_is_told(small: Path, name: str) -> None:
    path = small / name
    content = path.read_bytes()
    for wrong in (*(content[:length] for length in range(len(content))), content + b"\x00"):
        path.write_bytes(wrong)
        with pytest.raises(IntegrityError, match=name.partition(".")[0]):
            opened(small).verify()
    path.unlink()
    with pytest.raises(IntegrityError, match=f"{name} is missing"):
        opened(small).verify()
    os.mkfifo(path)
    with pytest.raises(IntegrityError, match="is no plain file"):
        opened(small).verify()
    path.unlink()
    path.mkdir()
    with pytest.raises(IntegrityError, match="is no plain file"):
        opened(small).verify()
    path.rmdir()
    path.symlink_to(path)
    with pytest.raises(KyodakuError, match="cannot be read"):
        opened(small).verify()


def test_what_lies_beside_the_tiles_is_not_looked_at(small: Path) -> None:
    for name in ("8", "007", "300", "x", "²"):
        (small / "tile" / "0" / "000.p" / name).write_bytes(b"?")
    assert opened(small).verify() == 7


def test_a_narrower_tile_of_entries_that_goes_on_is_told(small: Path) -> None:
    path = small / "tile" / "entries" / "000.p" / "3"
    path.write_bytes(path.read_bytes() + b"\x00")
    with pytest.raises(IntegrityError, match=r"tile/entries/000\.p/3 is not how tile/entries/000\.p/7 begins"):
        opened(small).verify()


@pytest.mark.parametrize("size", [8, 10**6, 10**30])
def test_a_checkpoint_that_counts_more_than_there_is_ends_in_a_missing_tile(small: Path, size: int) -> None:
    text = str(Checkpoint(origin=KEY.name, size=size, root=bytes(32)))
    (small / "checkpoint").write_text(sign_note(text, KEY), encoding="utf-8")
    with pytest.raises(IntegrityError, match="is missing"):
        opened(small).verify()
    with pytest.raises(IntegrityError, match="is missing"):
        opened(small).inclusion_proof(0)


def test_who_signed_is_asked_only_of_who_names_a_key(small: Path) -> None:
    assert PublishedLog(small).verify() == 7
    with pytest.raises(IntegrityError, match="not signed by"):
        PublishedLog(small, trust=SigningKey.generate(KEY.name).public)
    with pytest.raises(IntegrityError, match="of the log"):
        PublishedLog(small, trust=KEY.public, origin="another")


def test_where_nothing_is_published_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(KyodakuError, match="there is no published log"):
        PublishedLog(tmp_path)
    (tmp_path / "checkpoint").mkdir()
    with pytest.raises(KyodakuError, match="is no plain file"):
        PublishedLog(tmp_path)


def test_a_published_log_is_only_read(small: Path) -> None:
    log = opened(small)
    with pytest.raises(UsageError, match="only read"):
        log._log.append(b"more")
    with pytest.raises(UsageError, match="only read"):
        log._tiles.append()
    with pytest.raises(IndexError):
        log.entry(7)
    with pytest.raises(ValueError, match="no tile 1 of level 0"):
        tile_of(0, 1, 7)


def test_a_kept_checkpoint_is_held_against_a_published_log(small: Path, tmp_path: Path) -> None:
    check_log(opened(small), Checkpoint(origin=KEY.name, size=3, root=ORACLE.root(3)))
    with pytest.raises(IntegrityError, match="the past was changed"):
        check_log(opened(small), Checkpoint(origin=KEY.name, size=3, root=bytes(32)))


# --- what is not published -------------------------------------------------------------------------------------------
def test_a_log_that_does_not_continue_what_was_published_is_not_published(tmp_path: Path, small: Path) -> None:
    before = files_in(small)
    other = Log(tmp_path / "other")
    other.append_many([b"another past"] * 9)
    for log, what in ((other, "the past was changed"), (log_of(tmp_path / "older", 6), "7 were signed for")):
        with pytest.raises(IntegrityError, match=what):
            publish(log, small, KEY)
    with pytest.raises(UsageError, match=r"holds the log 'kyodaku.example/log/1', not 'other'"):
        publish(log_of(tmp_path / "log", 9), small, KEY, origin="other")
    assert files_in(small) == before


@pytest.mark.parametrize(("before_size", "size"), [(256, 300), (260, 300), (65_500, 65_600)])
def test_a_log_whose_hashes_are_not_those_of_its_entries_is_not_published(
    tmp_path: Path, before_size: int, size: int
) -> None:
    log = log_of(tmp_path / "log", size)
    publish(log_of(tmp_path / "part", before_size), tmp_path / "www", KEY)
    before = (tmp_path / "www" / "checkpoint").read_bytes()
    path = log.directory / "hashes"
    content = path.read_bytes()
    with log.nodes() as node:
        wrong = node(8, 0)  # a hash that is only passed on
    path.write_bytes(content.replace(wrong, bytes(32)))
    with pytest.raises(IntegrityError):
        publish(log, tmp_path / "www", KEY)
    path.write_bytes(content.replace(leaf_hash(ENTRIES[size - 1]), bytes(32)))
    with pytest.raises(IntegrityError, match=f"entry {size - 1}"):
        publish(log, tmp_path / "www", KEY)
    assert (tmp_path / "www" / "checkpoint").read_bytes() == before


def test_a_file_that_was_published_otherwise_is_not_written_over(tmp_path: Path, small: Path) -> None:
    log = log_of(tmp_path / "log", 9)
    path = small / "tile" / "0" / "000.p" / "9"
    path.write_bytes(b"something else")
    with pytest.raises(IntegrityError, match=r"000.p/9: was published with other contents"):
        publish(log, small, KEY)
    assert path.read_bytes() == b"something else"


# --- killed, met, out of disk ----------------------------------------------------------------------------------------
def test_a_publisher_killed_at_any_step_leaves_what_was_published_and_the_next_one_finishes(tmp_path: Path) -> None:
    first, log = log_of(tmp_path / "first", 250), log_of(tmp_path / "log", 520)
    publish(first, tmp_path / "before", KEY)
    publish(log, tmp_path / "whole", KEY)
    whole = files_in(tmp_path / "whole")
    www = tmp_path / "www"
    deaths = 0
    shutil.copytree(tmp_path / "before", www)
    for deaths in killed_at_every_step(lambda _: publish(log, www, KEY)):
        assert opened(www).verify() in (250, 520)
        if deaths % 3 == 0:  # else the next publisher takes up what this one left
            publish(log, www, KEY)
            assert opened(www).verify() == 520
            assert whole.items() <= files_in(www).items()
            shutil.rmtree(www)
            shutil.copytree(tmp_path / "before", www)
    assert deaths > 20
    assert opened(www).verify() == 520


def test_publishers_that_meet_leave_the_longest_log(tmp_path: Path) -> None:
    faults: list[BaseException] = []

    def run(size: int) -> None:
        log = log_of(tmp_path / f"log-{size}", size)
        try:
            publish(log, tmp_path / "www", KEY)
        except IntegrityError as error:  # the longer one was first
            faults.append(error)

    threads = [threading.Thread(target=run, args=(size,)) for size in (100, 300, 500, 700)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all("were signed for" in str(fault) for fault in faults)
    assert opened(tmp_path / "www").verify() == 700


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_in_one_line_and_leaves_what_was_published(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", 200)
    publish(log, tmp_path / "www", KEY)
    log_of(tmp_path / "log", 400)
    with (
        file_limit(4000),
        pytest.raises(KyodakuError, match=r"could not be published: File too large .what was publish"),
    ):
        publish(log, tmp_path / "www", KEY)
    assert opened(tmp_path / "www").verify() == 200
    publish(log, tmp_path / "www", KEY)
    assert opened(tmp_path / "www").verify() == 400


def test_no_more_than_some_tiles_are_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_module, "_CACHED", 2)
    publish(log_of(tmp_path / "log", 1500), tmp_path / "www", KEY)
    log = opened(tmp_path / "www")
    assert log.verify() == 1500
    assert log._tiles._nodes.cache_info().currsize == 2

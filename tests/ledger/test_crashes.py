# SPDX-License-Identifier: Apache-2.0
"""Writers that are killed, that meet, and that run out of disk: real processes on real files."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO

import pytest

from kyodaku.errors import IntegrityError
from kyodaku.ledger import Log

APPENDER = Path(__file__).with_name("appender.py")


def start(
    log: Path, name: str, count: int, batch: int, *options: str, stdout: IO[str] | int = subprocess.PIPE
) -> subprocess.Popen[str]:
    command = [sys.executable, str(APPENDER), str(log), name, str(count), str(batch), *options]
    env = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(APPENDER.parents[1])])}
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=env)


def acknowledged(output: str) -> dict[int, bytes]:
    """What the process was told is stored; a last line cut short counts as not told."""
    lines = output.splitlines(keepends=True)
    told = (line.split(maxsplit=1) for line in lines if line.endswith("\n"))
    return {int(index): entry.strip().encode() for index, entry in told}


def assert_kept(log: Log, told: dict[int, bytes]) -> None:
    assert log.verify() == log.size
    entries = list(log.entries())
    assert {index: entries[index] for index in told} == told


# --- every byte ------------------------------------------------------------------------------------------------------
def crash_states(before: Path, after: Path, work: Path) -> Iterator[Log]:
    """The directory as it is at each byte of an append: entries, offsets, hashes, then the draft of the head."""
    shutil.copytree(before, work)
    for name in ("entries", "offsets", "hashes"):
        old, new = ((directory / name).read_bytes() for directory in (before, after))
        assert new.startswith(old)
        for length in range(len(old), len(new)):
            for each in ("entries", "offsets", "hashes"):
                shutil.copy(before / each, work / each)
            for done in ("entries", "offsets", "hashes"):
                if done == name:
                    (work / done).write_bytes(new[:length])
                    break
                (work / done).write_bytes((after / done).read_bytes())
            yield Log(work)
    for name in ("entries", "offsets", "hashes"):
        shutil.copy(after / name, work / name)
    head = (after / "head").read_bytes()
    for length in range(len(head) + 1):
        (work / "head.new").write_bytes(head[:length])
        yield Log(work)


def test_a_writer_that_dies_at_any_byte_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    log = Log(tmp_path / "before")
    log.append_many([b"kept 0", b"kept 1", b"kept 2"])
    shutil.copytree(log.directory, tmp_path / "after")
    Log(tmp_path / "after").append_many([b"torn 3", b"torn 4"])
    for number, torn in enumerate(crash_states(log.directory, tmp_path / "after", tmp_path / "work")):
        assert (torn.size, torn.verify(), list(torn.entries())) == (3, 3, list(log.entries()))
        if number % 8 == 0:  # and the next writer cuts the tail off
            head = (torn.directory / "head").read_bytes()
            assert torn.append(b"next") == 3
            assert (torn.verify(), torn.entry(3)) == (4, b"next")
            (torn.directory / "head").write_bytes(head)


# --- every step ------------------------------------------------------------------------------------------------------
def test_a_writer_killed_at_any_system_call_loses_nothing_it_was_told(tmp_path: Path) -> None:
    deaths = 0
    for step in range(1, 100):
        directory = tmp_path / str(step)
        process = start(directory, "w", 4, 2, "--die-at", str(step))
        told = acknowledged(process.communicate(timeout=60)[0])
        log = Log(directory)
        assert_kept(log, told)
        assert log.size in (0, 2, 4)  # a batch is there whole or not at all
        assert log.append(b"next") == log.size - 1
        assert_kept(log, told)
        if process.returncode == 0:
            break
        deaths += 1
    assert process.returncode == 0
    assert deaths > 20


@pytest.mark.parametrize("seed", range(8))
def test_a_writer_killed_at_any_moment_loses_nothing_it_was_told(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    Log(tmp_path).append(b"first")
    output = tmp_path / "told"
    with output.open("w") as file:
        process = start(tmp_path, "w", 10**6, rng.choice([1, 3, 400]), stdout=file)
        while not output.stat().st_size:
            time.sleep(0.01)
        time.sleep(rng.random() * 0.2)
        process.kill()
        process.communicate()
    log = Log(tmp_path)
    told = acknowledged(output.read_text(encoding="utf-8"))
    assert told
    assert_kept(log, told)
    log.append(b"next")
    assert_kept(log, told)


# --- side by side ----------------------------------------------------------------------------------------------------
def test_processes_appending_side_by_side_each_find_their_entries_where_they_were_told(tmp_path: Path) -> None:
    together = ("--start", str(time.time() + 2))
    batches = {"a": 1, "b": 7, "c": 30}
    writers = {name: start(tmp_path, name, 120, batch, *together) for name, batch in batches.items()}
    outputs = {name: process.communicate(timeout=60) for name, process in writers.items()}
    assert [process.returncode for process in writers.values()] == [0, 0, 0], outputs
    log = Log(tmp_path)
    assert (log.size, log.verify()) == (360, 360)
    order = [entry.decode().split() for entry in log.entries()]
    for name, (output, _) in outputs.items():
        assert_kept(log, acknowledged(output))
        assert [int(i) for writer, i in order if writer == name] == list(range(120))
    turns = sum(mine[0] != theirs[0] for mine, theirs in pairwise(order))
    assert turns > 2  # they did meet


# --- a full disk -----------------------------------------------------------------------------------------------------
def test_a_full_disk_is_said_in_one_line_and_costs_no_acknowledged_entry(tmp_path: Path) -> None:
    process = start(tmp_path, "w", 10**6, 5, "--file-limit", "4000")
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.count("\n") == 1
    assert "the ledger could not be written: File too large (nothing was recorded)" in errors
    log = Log(tmp_path)
    told = acknowledged(output)
    assert (log.size, bool(told)) == (len(told), True)
    assert_kept(log, told)
    assert log.append(b"after making room") == len(told)
    assert_kept(log, told)


def test_leftovers_of_a_writer_that_died_before_the_first_head_are_not_taken_for_a_log(tmp_path: Path) -> None:
    for name in ("entries", "offsets", "hashes"):
        (tmp_path / name).touch()  # it died here: nothing was promised to anyone
    assert Log(tmp_path).size == 0
    (tmp_path / "head").unlink()
    (tmp_path / "hashes").write_bytes(b"\x00" * 32)
    with pytest.raises(IntegrityError, match="hashes but no head"):
        Log(tmp_path)

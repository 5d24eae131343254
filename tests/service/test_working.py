# SPDX-License-Identifier: Apache-2.0
"""Workers of one workspace: one at a time, none left behind, and nothing that stops them for good."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from kyodaku.errors import KyodakuError
from kyodaku.generation.folders import Folders
from kyodaku.generation.store import new_id
from kyodaku.service import working
from kyodaku.service.working import turn_at_work


def test_of_two_workers_the_second_waits(tmp_path: Path) -> None:
    stop, at_work = threading.Event(), threading.Event()

    def second() -> None:
        with turn_at_work(tmp_path, stop):
            at_work.set()

    with turn_at_work(tmp_path, stop):
        thread = threading.Thread(target=second)
        thread.start()
        assert not at_work.wait(1)
    assert at_work.wait(5)
    thread.join()


def test_a_worker_that_waits_can_be_told_to_end(tmp_path: Path) -> None:
    stop = threading.Event()
    with turn_at_work(tmp_path, threading.Event()):
        threading.Timer(0.2, stop.set).start()
        with turn_at_work(tmp_path, stop):
            assert stop.is_set()


def is_running(pid: int) -> bool:
    """Whether there is such a process, and not only what is left of it until somebody asks for its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


ORPHANED = """
import multiprocessing, sys, time
from kyodaku.service.working import _end_with_parent

if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=_end_with_parent)
    child.start()
    print(child.pid, flush=True)
    time.sleep(60)
"""


def test_a_worker_ends_when_its_service_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(ORPHANED, "utf-8")
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(1.5)
        assert is_running(child)
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while is_running(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(child)


def test_a_database_that_cannot_be_used_just_now_ends_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "_FAULT_S", 0.01)
    stop, turns = threading.Event(), []

    class Stumbling:
        def turn(self) -> bool:
            turns.append(1)
            if len(turns) < 3:
                raise KyodakuError("the disk is full")
            stop.set()
            return True

    working._turn_after_turn(Stumbling(), stop)  # type: ignore[arg-type]
    assert len(turns) == 3


def test_folders_that_nobody_has_are_swept_away_when_they_are_old(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    old, new, known = new_id(), new_id(), new_id()
    for name in (old, new, known):
        folders.held(name).write_bytes(b"unchecked")
    for name in (old, known):
        os.utime(folders.of(name), (0, 0))
    (tmp_path / "something else").mkdir()
    os.utime(tmp_path / "something else", (0, 0))
    assert folders.sweep(known.__eq__) == 1
    assert {path.name for path in tmp_path.iterdir()} == {new, known, "something else"}

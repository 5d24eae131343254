# SPDX-License-Identifier: Apache-2.0
"""`kyodaku selftest`: what a person sees, what a script sees, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kyodaku.cli import selftest as command
from kyodaku.copies.conformance import Check
from support.commands import kyo, process


def test_a_sound_machine_says_so(tmp_path: Path) -> None:
    done = process("selftest", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert all(line.startswith("ok      ") for line in lines[:-1])
    assert lines[-1] == f"all {len(lines) - 1} as they should be"
    assert list(tmp_path.iterdir()) == []


def test_a_script_gets_one_document(tmp_path: Path) -> None:
    told = json.loads(kyo("selftest", "--json", cwd=tmp_path).stdout)
    assert told["sound"] is True
    assert set(told["machine"]) >= {"kyodaku", "python", "processor", "numpy"}
    assert {check["name"] for check in told["checks"]} >= {"pdq-v1 codes", "index"}


def test_a_failure_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def checks() -> Iterator[Check]:
        yield Check(name="codes", ok=False, detail="at most [9] bits apart", advice="install kyodaku anew")
        yield Check(name="alignment", ok=True, detail="fine")

    monkeypatch.setattr(command, "run_checks", checks)
    monkeypatch.setattr(command, "_LIBRARIES", ("numpy", "no-such-library"))
    done = kyo("selftest", cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "failed  codes: at most [9] bits apart",
        "        install kyodaku anew",
        "ok      alignment: fine",
    ]
    assert lines[3].startswith("1 of 2 failed on kyodaku ")
    assert "no-such-library missing" in lines[3]
    told = json.loads(kyo("selftest", "--json", cwd=tmp_path).stdout)
    assert (told["sound"], told["checks"][0]["advice"]) == (False, "install kyodaku anew")

# SPDX-License-Identifier: Apache-2.0
"""Runs commands, within this process or as a person does."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from kyodaku.cli import main


@dataclass(frozen=True)
class Done:
    """What a command printed and the code it left with."""

    returncode: int
    stdout: str
    stderr: str


def kyo(*words: str | Path, cwd: Path) -> Done:
    """Runs a command within this process."""
    with contextlib.chdir(cwd):
        result = CliRunner().invoke(main, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def process(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process of its own, with warnings as errors."""
    command = [sys.executable, "-W", "error", "-m", "kyodaku", *map(str, words)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KYODAKU")}
    return subprocess.run(command, cwd=cwd, env=inherited, capture_output=True, text=True, check=False)

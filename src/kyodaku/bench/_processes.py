# SPDX-License-Identifier: Apache-2.0
"""What processes cost, read from Linux's /proc: memory without counting shared pages twice, and processor seconds."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from kyodaku.errors import KyodakuError

__all__ = [
    "ProcessWatch",
    "busy_seconds",
    "cpu_seconds",
    "family",
    "mapped_bytes",
    "memory_bytes",
    "process_seconds",
    "resident_bytes",
]

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


def family(root: int) -> list[int]:
    """The process `root` and all that descend from it and live."""
    if not _PROC.is_dir():
        raise KyodakuError("memory and processor time are read from /proc, which this system lacks", hint="use Linux")
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found.extend(children.get(pid, []))
    return found


def memory_bytes(root: int) -> int:
    """Proportional set size of a process and its descendants: a page that n of them share counts for each as 1/n."""
    return sum(_pss(pid) for pid in family(root))


def resident_bytes(pid: int) -> int:
    """Resident set size of one process, shared pages counted in full."""
    return int((_PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def mapped_bytes(directory: Path) -> int:
    """Resident bytes of this process that are pages of files in `directory`."""
    inside = False
    total = 0
    for line in (_PROC / "self" / "smaps").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "Rss" and inside:
            total += int(rest.split()[0]) * 1024
        elif "-" in line.split(" ", 1)[0]:
            inside = str(directory.resolve()) in line
    return total


def cpu_seconds(root: int) -> float:
    """Processor seconds of a process, its descendants, and those of them that have ended and were waited for."""
    return sum(sum(map(int, fields[11:15])) for pid in family(root) if (fields := _stat(pid))) / _TICKS


def process_seconds(pid: int) -> float:
    """Processor seconds of one process alone."""
    return sum(map(int, _stat(pid)[11:13])) / _TICKS


def busy_seconds() -> float:
    """Processor seconds of everything on this machine since it was started."""
    user, nice, system, *_ = (int(each) for each in (_PROC / "stat").read_text().split()[1:4])
    return (user + nice + system) / _TICKS


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the second may hold blanks and parentheses."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _pss(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


class ProcessWatch:
    """Looks at a process family again and again until the end of a `with` block."""

    def __init__(self, root: int, *, every_s: float = 0.25) -> None:
        self._root = root
        self._every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.memory: list[int] = []
        self.cpu: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def peak_bytes(self) -> int:
        """The most memory that all of them had at once."""
        return max(self.memory, default=0)

    @property
    def cpu_s(self) -> float:
        """Processor seconds of all of them; those of a process that was killed and not waited for count until then."""
        return max(self.cpu, default=0.0)

    def _look(self) -> None:
        while True:
            self.memory.append(memory_bytes(self._root))
            self.cpu.append(cpu_seconds(self._root))
            if self._ended.wait(self._every_s):
                return

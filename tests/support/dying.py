# SPDX-License-Identifier: Apache-2.0
"""Processes that are killed (SIGKILL) in the middle of the n-th thing that they ask of the file system."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

STEPS = ("pwrite", "fsync", "replace", "rename", "link", "unlink", "mkdir", "open")


def die_at(step: int) -> None:
    """Replace the system calls by ones that count, and die in the middle of one.

    A write is half done, and what was written into a new file and not yet synced is half there.
    """
    steps = count(1)
    pwrite, fsync = os.pwrite, os.fsync

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def maybe_die(*args: Any, **kwargs: Any) -> Any:
            if next(steps) == step:
                if call is pwrite:
                    descriptor, content, position = args
                    pwrite(descriptor, content[: len(content) // 2], position)
                elif call is fsync:
                    tear(args[0])
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return maybe_die

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))


def tear(descriptor: int) -> None:
    """Cut a draft in half; files that are appended to keep what was synced before."""
    name = str(Path(f"/proc/self/fd/{descriptor}").readlink())
    if name.endswith((".new", ".publishing", ".next")):
        os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)


def killed_at_every_step(do: Callable[[int], object], most: int = 300) -> Iterator[int]:
    """Run `do(step)` in a process that is killed at step 1, then 2, ... until one comes to its end.

    Yields after each that was killed; the caller prepares what the next one finds.
    """
    for step in range(1, most):
        code = _code_of_child(do, step)
        if code == 0:
            return
        assert code == -signal.SIGKILL
        yield step
    raise AssertionError(f"still killed after {most} steps")


def _code_of_child(do: Callable[[int], object], step: int) -> int:
    """A bare fork: nothing of the test runner's is at work in it when it ends."""
    child = os.fork()
    if not child:
        code = 1
        try:
            die_at(step)
            do(step)
            code = 0
        except BaseException:  # noqa: BLE001 - told, and left with
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

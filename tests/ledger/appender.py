# SPDX-License-Identifier: Apache-2.0
"""A real process that appends to a log until it is done, killed or out of disk, telling each acknowledged entry.

    python appender.py DIRECTORY NAME COUNT BATCH [--die-at STEP | --file-limit BYTES]

Each acknowledgement is one line `index entry` on stdout. With `--die-at`, the process kills itself (SIGKILL) in the
middle of the STEP-th write, sync or rename that the log asks of the system.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

from kyodaku.errors import KyodakuError
from kyodaku.ledger import Log


def die_at(step: int) -> None:
    """Replace the system calls by ones that count, and die in the middle of one."""
    steps = count(1)

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def maybe_die(*args: Any, **kwargs: Any) -> Any:
            if next(steps) == step:
                if call is pwrite:
                    descriptor, content, position = args
                    pwrite(descriptor, content[: len(content) // 2], position)
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return maybe_die

    pwrite = os.pwrite
    for name in ("pwrite", "fsync", "replace", "rename", "open"):
        setattr(os, name, counted(getattr(os, name)))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("name")
    parser.add_argument("count", type=int)
    parser.add_argument("batch", type=int)
    parser.add_argument("--die-at", type=int)
    parser.add_argument("--file-limit", type=int)
    options = parser.parse_args()
    if options.file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (options.file_limit, resource.RLIM_INFINITY))
    if options.die_at:
        die_at(options.die_at)
    log = Log(options.directory)
    for first in range(0, options.count, options.batch):
        batch = [f"{options.name} {i}" for i in range(first, min(first + options.batch, options.count))]
        try:
            indices = log.append_many(entry.encode() for entry in batch)
        except KyodakuError as error:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            sys.stderr.write(f"{error}\n")
            return 1
        sys.stdout.write("".join(f"{index} {entry}\n" for index, entry in zip(indices, batch, strict=True)))
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

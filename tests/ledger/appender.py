# SPDX-License-Identifier: Apache-2.0
"""A real process that appends to a log until it is done, killed or out of disk, telling each acknowledged entry.

    python appender.py DIRECTORY NAME COUNT BATCH [--start SECONDS] [--die-at STEP | --file-limit BYTES]

Each acknowledgement is one line `index entry` on stdout. With `--die-at`, the process kills itself (SIGKILL) in the
middle of the STEP-th write, sync or rename that the log asks of the system. With `--start`, it waits for that moment
(Unix time), so that several begin at once.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

from kyodaku.errors import KyodakuError
from kyodaku.ledger import Log
from support.dying import die_at


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("name")
    parser.add_argument("count", type=int)
    parser.add_argument("batch", type=int)
    parser.add_argument("--start", type=float, default=0)
    parser.add_argument("--die-at", type=int)
    parser.add_argument("--file-limit", type=int)
    options = parser.parse_args()
    if options.file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (options.file_limit, resource.RLIM_INFINITY))
    if options.die_at:
        die_at(options.die_at)
    log = Log(options.directory)
    time.sleep(max(0, options.start - time.time()))
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

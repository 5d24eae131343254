# SPDX-License-Identifier: Apache-2.0
"""The process that puts a manifest into one video: behind walls, as the library is native code and the video hostile.

It gets the video and the file to write open; it can open no other, and reach nobody with the key that it was given.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, Final

from kyodaku.errors import KyodakuError
from kyodaku.media.walls import allow_cpu, die_with_parent, raise_walls
from kyodaku.signals.boxes import look_inside
from kyodaku.signals.c2pa import stamp
from kyodaku.signals.credentials import Credentials

__all__ = ["main"]

CPU_S: Final = 60.0
MEMORY_BYTES: Final = 1 << 30
"""Besides the video: C2PA's library holds what it copies, up to three times while its buffer grows."""
MOST_MANIFEST: Final = 16 << 20
_MAX_ASKED: Final = 4 << 20


def main() -> None:  # pragma: no cover - behind the walls, where coverage cannot write
    """Run as `python -m kyodaku.generation._stamping_child FROM_FD TO_FD PARENT_PID`, the rest as JSON on its input."""
    import c2pa  # noqa: F401, PLC0415 - within the walls nothing can be imported any more

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    die_with_parent(int(sys.argv[3]))
    asked = json.loads(sys.stdin.buffer.read(_MAX_ASKED))
    unstamped = int(sys.argv[1])
    size = os.fstat(unstamped).st_size
    raise_walls(MEMORY_BYTES + 3 * size, may_write=size + MOST_MANIFEST)
    allow_cpu(CPU_S)
    answer = {}
    try:
        _stamp(unstamped, int(sys.argv[2]), asked)
    except KyodakuError as error:
        answer = {"error": error.what}
    sys.stdout.write(json.dumps(answer))


def _stamp(unstamped: int, stamped: int, asked: dict[str, Any]) -> None:  # pragma: no cover - behind the walls
    signer = Credentials(certificate=asked["certificate"].encode(), key=asked["key"].encode())
    with os.fdopen(unstamped, "rb") as file, os.fdopen(stamped, "w+b") as out:
        inside = look_inside(file)
        if inside.kind is None:
            raise KyodakuError("a video of a kind that no manifest can be put into")
        # what its maker's own manifest says of how it came to be stays its history
        is_created_here = inside.c2pa_at is None
        stamp(file, inside.kind, out, asked["assertions"], signer, is_generated=is_created_here)


if __name__ == "__main__":
    main()

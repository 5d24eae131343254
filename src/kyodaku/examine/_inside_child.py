# SPDX-License-Identifier: Apache-2.0
"""The process that reads what media files carry inside: behind walls, as the library for C2PA is native code."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from contextlib import ExitStack
from typing import Final

from kyodaku.media.walls import allow_cpu, die_with_parent, raise_walls
from kyodaku.signals import Signal
from kyodaku.signals.embedded import read_embedded, read_manifest_beside

__all__ = ["main"]

CPU_S: Final = 20.0
MEMORY_BYTES: Final = 1 << 30
MAX_NAME: Final = 4096
MAX_MANIFEST: Final = 64 << 20
"""As much as C2PA's library reads into memory from a film that has its manifest inside."""


def main() -> None:  # pragma: no cover - behind the walls, where coverage cannot write
    """Run as `python -m kyodaku.examine._inside_child SOCKET_FD PARENT_PID`; answers a file with a line of JSON."""
    import c2pa  # noqa: F401, PLC0415 - within the walls nothing can be imported any more

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    die_with_parent(int(sys.argv[2]))
    with socket.socket(fileno=int(sys.argv[1])) as line:
        walls = raise_walls(MEMORY_BYTES)
        _answer(line, {"walls": walls.network and walls.files})
        while True:
            name, descriptors, _, _ = socket.recv_fds(line, MAX_NAME, 2)
            if not descriptors:
                return
            allow_cpu(CPU_S)
            _answer(line, [each.as_json() for each in _read(name.decode("utf-8", "replace"), descriptors)])


def _read(name: str, descriptors: list[int]) -> list[Signal]:  # pragma: no cover - behind the walls
    """Of a media file or, if there are two, of it with the manifest that lies beside it."""
    with ExitStack() as opened:
        file, *beside = [opened.enter_context(os.fdopen(descriptor, "rb")) for descriptor in descriptors]
        if not beside:
            return read_embedded(file, name)
        return read_manifest_beside(file, beside[0].read(MAX_MANIFEST), name)


def _answer(line: socket.socket, answer: object) -> None:  # pragma: no cover - behind the walls
    """By write(2): within the walls nothing can be sent to an address."""
    left = json.dumps(answer).encode() + b"\n"
    while left:
        left = left[os.write(line.fileno(), left) :]


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""The signals inside media files: looked for here, read behind walls, and unknown when their reader dies of it."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import weakref
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from kyodaku.errors import UsageError
from kyodaku.signals import Origin, Signal, unreadable
from kyodaku.signals.boxes import look_inside
from kyodaku.signals.c2pa import CAWG_REVISION
from kyodaku.signals.embedded import read_inside
from kyodaku.signals.xmp import PLUS_REVISION

__all__ = ["InsideReader"]

_WALL_S: Final = 60.0
"""Hashing a film of gigabytes takes its time; nothing else does."""
_MAX_ANSWER: Final = 4 << 20
_NAME_BYTES: Final = 4000


class InsideReader:
    """Reads files one after the other; its process starts with the first that carries Content Credentials.

    One thread at a time. Close it, or use it as a context manager.
    """

    def __init__(self) -> None:
        self._held: list[_Child] = []
        self._finalizer = weakref.finalize(self, _end, self._held)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; a later file starts another."""
        _end(self._held)

    def read(self, path: str | os.PathLike[str]) -> list[Signal]:
        """The signals in the file; of one that cannot be opened nothing is said here: its examination says it."""
        name = Path(path).name
        try:
            with _opened(path) as file:
                inside = look_inside(file)
                if inside.c2pa_at is None:  # XMP is text, and what is left to read is ours
                    return [] if inside.is_silent else read_inside(file, inside, name)
                found = self._asked(file, name)
                if found is not None:
                    return found
                xmp = read_inside(file, replace(inside, c2pa_at=None), name)  # is ours to read, whatever killed it
                return [*_unsurvived(name), *(signal for signal in xmp if signal.says != "allow")]
        except (OSError, ValueError):  # ValueError: a name with a zero in it
            return []

    def read_beside(self, path: str | os.PathLike[str], manifest: str | os.PathLike[str]) -> list[Signal]:
        """The signals in Content Credentials that lie beside the file, checked against it; none if there are none."""
        name = Path(manifest).name
        try:
            with _opened(manifest) as beside:
                try:
                    with _opened(path) as file:
                        found = self._asked(file, name, beside)
                except OSError:
                    why = "the medium that it is about cannot be read"
                    return unreadable("cawg", CAWG_REVISION, Origin.of(b"", name), why, signature="invalid")
                return _unsurvived(name) if found is None else found
        except (OSError, ValueError):
            return []

    def _asked(self, file: BinaryIO, name: str, beside: BinaryIO | None = None) -> list[Signal] | None:
        """What the process answers; None if it did not survive the question."""
        try:
            if not self._held:
                self._held.append(_Child())
            return self._held[0].read(file, name, beside)
        except (OSError, ValueError, UsageError, subprocess.SubprocessError):
            _end(self._held)
            return None


def _unsurvived(name: str) -> list[Signal]:
    why = "whoever read it did not survive it"
    origin = Origin.of(b"", name)
    return [
        *unreadable("cawg", CAWG_REVISION, origin, why, signature="invalid"),
        *unreadable("plus", PLUS_REVISION, origin, why),
    ]


class _Child:
    """The process and the line to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            arguments = [sys.executable, "-m", "kyodaku.examine._inside_child", str(theirs.fileno()), str(os.getpid())]
            self.process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                arguments,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        ours.settimeout(_WALL_S)
        self._line = ours
        try:
            self._answer()  # the walls stand
        except BaseException:
            self.end()
            raise

    def read(self, file: BinaryIO, name: str, beside: BinaryIO | None) -> list[Signal]:
        """Hand over the open file (and the one beside it), and take the answer within the time."""
        file.seek(0)
        handed = [file.fileno()] if beside is None else [file.fileno(), beside.fileno()]
        socket.send_fds(self._line, [name.encode("utf-8", "replace")[:_NAME_BYTES]], handed)
        return [Signal.from_json(each) for each in json.loads(self._answer())]

    def end(self) -> None:
        """Kill it."""
        self._line.close()
        self.process.kill()
        with suppress(subprocess.SubprocessError):
            self.process.wait(timeout=10)

    def _answer(self) -> bytes:
        answer = bytearray()
        while not answer.endswith(b"\n"):
            piece = self._line.recv(1 << 16)
            if not piece or len(answer) > _MAX_ANSWER:
                raise ValueError("no answer")
            answer += piece
        return bytes(answer)


def _opened(path: str | os.PathLike[str]) -> BinaryIO:
    """A regular file: opening a FIFO without more ado would wait for ever."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("not a file")
    return os.fdopen(handle, "rb")


def _end(held: list[_Child]) -> None:
    while held:
        held.pop().end()

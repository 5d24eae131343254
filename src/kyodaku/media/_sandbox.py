# SPDX-License-Identifier: Apache-2.0
"""The walls around the decoder process: no network, no files, no processes, bounded memory, no life without its parent.

The process lowers itself: no capabilities, resource limits, then a seccomp filter (Linux on x86-64 and AArch64) that
refuses with EPERM what decoding has no use for. Elsewhere the limits stand alone; `Sandbox` says what holds, by having
tried it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path

from kyodaku.media._records import GIB, Sandbox
from kyodaku.media._syscalls import filter_program

__all__ = ["allow_cpu", "die_with_parent", "enter"]

PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 2, 22, 38  # linux/prctl.h
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION = 0x20080522  # linux/capability.h
OPEN_FILES = 16  # three standard ones, two ends to the parent, one film, and room for what a library holds
UNKNOWN_BASELINE = GIB


def die_with_parent(parent: int) -> None:  # pragma: no cover - behind the walls, where coverage cannot write
    """Have the kernel kill this process when the thread that started it ends; at once if that has happened already."""
    with suppress(OSError, AttributeError):
        _prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)


def enter(memory_bytes: int, *, may_write: int = 0) -> Sandbox:  # pragma: no cover - behind the walls
    """Raise the walls for the rest of this process's life; everything it will ever import must be imported.

    `may_write` is up to which byte it may write files that were handed to it open.
    """
    with suppress(OSError):  # when memory runs out, this process goes first, not its parent
        Path("/proc/self/oom_score_adj").write_text("1000")
    with suppress(OSError, AttributeError):
        _drop_capabilities()
    _limit(resource.RLIMIT_AS, _baseline() + memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, may_write)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    with suppress(OSError, AttributeError):
        _filter_calls()
    return _try_walls()


def allow_cpu(seconds: float) -> None:
    """Let this process use so many more seconds of processor time; then the kernel ends it with SIGXCPU.

    The kernel counts from the start of the process, so what was used before is added.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _limit(which: int, most: int) -> None:
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(which)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))


def _baseline() -> int:
    """Bytes of address space in use now: mostly libraries, mapped and hardly touched."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return UNKNOWN_BASELINE
    return pages * resource.getpagesize()


def _prctl(option: int, argument: int, pointer: object = 0) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, ctypes.c_ulong(argument), pointer, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _drop_capabilities() -> None:
    """Make the superuser a user like others, who cannot raise limits again; for anybody else, nothing."""
    header = struct.pack("<Ii", CAPABILITY_VERSION, 0)
    none = bytes(2 * 3 * 4)  # two sets of effective, permitted and inheritable capabilities
    if ctypes.CDLL(None, use_errno=True).capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")


class _Program(ctypes.Structure):
    """struct sock_fprog, linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _filter_calls() -> None:
    program = filter_program(platform.machine())
    if program is None:
        return
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(_Program(len(program) // 8, program)))


def _try_walls() -> Sandbox:
    return Sandbox(
        network=_refused(lambda: socket.socket().close()),
        files=_refused(lambda: os.close(os.open("/", os.O_RDONLY))),
        processes=_refused(_start_a_process),
        memory=resource.getrlimit(resource.RLIMIT_AS)[1] != resource.RLIM_INFINITY,
        dies_with_parent=_has_death_signal(),
    )


def _refused(attempt: object) -> bool:
    assert callable(attempt)
    try:
        attempt()
    except PermissionError:
        return True
    return False


def _start_a_process() -> None:
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _has_death_signal() -> bool:
    held = ctypes.c_int(0)
    with suppress(OSError, AttributeError):
        _prctl(PR_GET_PDEATHSIG, ctypes.addressof(held))
    return held.value == signal.SIGKILL

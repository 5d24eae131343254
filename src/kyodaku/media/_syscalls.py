# SPDX-License-Identifier: Apache-2.0
"""The system calls that decoding an open file has no use for, and the seccomp filter that refuses them.

Numbers are the kernel's: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (AArch64); `-`
where an architecture does not have the call. A list of what is refused rather than of what is allowed: libraries and
kernels differ in what they need, and a decoder that fails on the next C library protects nobody.
"""

from __future__ import annotations

import errno
import struct

__all__ = ["filter_program"]

_TABLE = """
socket 41 198           connect 42 203          accept 43 202           sendto 44 206           sendmsg 46 211
bind 49 200             listen 50 201           socketpair 53 199       accept4 288 242         sendmmsg 307 269

open 2 -                creat 85 -              openat 257 56           openat2 437 437         truncate 76 45
rename 82 -             renameat 264 38         renameat2 316 276       mkdir 83 -              mkdirat 258 34
rmdir 84 -              link 86 -               linkat 265 37           unlink 87 -             unlinkat 263 35
symlink 88 -            symlinkat 266 36        chmod 90 -              fchmodat 268 53         fchmodat2 452 452
chown 92 -              lchown 94 -             fchownat 260 54         utime 132 -             utimensat 280 88
mknod 133 -             mknodat 259 33          setxattr 188 5          lsetxattr 189 6         chdir 80 49
fchdir 81 50            chroot 161 51           pivot_root 155 41       mount 165 40            umount2 166 39
open_by_handle_at 304 265   name_to_handle_at 303 264   memfd_create 319 279    open_tree 428 428   move_mount 429 429
fsopen 430 430          fsconfig 431 431        fsmount 432 432         fspick 433 433          mount_setattr 442 442

fork 57 -               vfork 58 -              execve 59 221
execveat 322 281        kill 62 129             tkill 200 130           tgkill 234 131          ptrace 101 117
rt_sigqueueinfo 129 138 rt_tgsigqueueinfo 297 240   pidfd_send_signal 424 424   pidfd_open 434 434  pidfd_getfd 438 438
process_vm_readv 310 270    process_vm_writev 311 271   kcmp 312 272        unshare 272 97          setns 308 268
shmget 29 194           shmat 30 196            semget 64 190           msgget 68 186           mq_open 240 180
add_key 248 217         request_key 249 218     keyctl 250 219          kexec_load 246 104      bpf 321 280
perf_event_open 298 241 userfaultfd 323 282     io_uring_setup 425 425
io_uring_enter 426 426  io_uring_register 427 427
"""
_MACHINES = {"x86_64": (1, 0xC000003E), "aarch64": (2, 0xC00000B7)}  # column of the table, AUDIT_ARCH_*
_PRLIMIT = {"x86_64": 302, "aarch64": 261}
_CLONE, _CLONE3 = {"x86_64": 56, "aarch64": 220}, 435
_CLONE_THREAD = 0x10000  # include/uapi/linux/sched.h

# linux/bpf_common.h, linux/seccomp.h
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _UNKNOWN, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x80000000
_CALL, _MACHINE, _ARGUMENT_LOW, _ARGUMENT_HIGH = 0, 4, 16, 20  # offsets in struct seccomp_data
_X32_CALLS = 0x40000000
_INSTRUCTION = struct.Struct("<HBBI")


def filter_program(machine: str) -> bytes | None:
    """The filter for one machine as `platform.machine()` names it, as BPF instructions; None where it is not known."""
    if machine not in _MACHINES:
        return None
    column, audit = _MACHINES[machine]
    words = _TABLE.split()
    rows = [words[at : at + 3] for at in range(0, len(words), 3)]
    refused = [int(row[column]) for row in rows if row[column] != "-"]
    # What is allowed in part comes last, counted from the first of these instructions:
    #   0 all else; 1-4 prlimit64, only for this very process (pid 0); 5-6 clone, only for a thread, as C2PA's library
    #   makes one to hash a long film; 7 allow; 8 refuse; 9 clone3, whose flags lie where a filter cannot look: it is
    #   not there, upon which C libraries ask for clone
    tail = [
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _ARGUMENT_LOW),
        (_IF_EQUAL, 0, 5, 0),
        (_LOAD, 0, 0, _ARGUMENT_HIGH),
        (_IF_EQUAL, 2, 3, 0),
        (_LOAD, 0, 0, _ARGUMENT_LOW),
        (_IF_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _UNKNOWN),
    ]
    count = len(refused)
    program = [
        (_LOAD, 0, 0, _MACHINE),
        (_IF_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _CALL),
        (_IF_AT_LEAST, count + 11, 0, _X32_CALLS),
        *((_IF_EQUAL, count - at + 10, 0, call) for at, call in enumerate(refused)),
        (_IF_EQUAL, 11, 0, _CLONE3),
        (_IF_EQUAL, 6, 0, _CLONE[machine]),
        (_IF_EQUAL, 1, 0, _PRLIMIT[machine]),
        *tail,
    ]
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in program)

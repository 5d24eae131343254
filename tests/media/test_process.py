# SPDX-License-Identifier: Apache-2.0
"""The decoder process: killed, stopped, overrun, orphaned, taken over; and the walls around it, tried from inside."""

from __future__ import annotations

import gc
import os
import platform
import resource
import signal
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kyodaku.media import Decoder, Limits, MediaError, MediaInfo, Sampling, Sandbox
from kyodaku.media import _decoder as decoder_module
from kyodaku.media import _sandbox as sandbox_module
from kyodaku.media import _worker as worker_module
from kyodaku.media._syscalls import filter_program
from support.media_files import numbered_frames, write_h264_bomb, write_video

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = Sampling(mode="all", max_side=2000)


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of more bytes, decoded, than any pipe holds: its reader is always in the middle."""
    path = tmp_path_factory.mktemp("media") / "long.mp4"
    return write_video(path, numbered_frames(60, 640, 360), options={"g": "10"})


@pytest.fixture
def own() -> Iterator[Decoder]:
    """A decoder to be harmed."""
    with Decoder(Limits(wall_s=20, stall_s=2)) as decoder:
        yield decoder


def pid_of(decoder: Decoder) -> int:
    pid = decoder.pid
    assert pid is not None
    return pid


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def wait_until_gone(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


# --- deaths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_process_that_dies_costs_one_film_its_reading(own: Decoder, long_film: Path, sign: signal.Signals) -> None:
    stream = own.sample(long_film, EVERY)
    next(stream)
    pid = pid_of(own)
    os.kill(pid, sign)
    read = 1 + len(list(stream))
    assert read < 60
    assert stream.result.frames == read
    assert str(stream.result.error) == f"crashed: the decoder process was killed by {sign.name}"
    assert own.sample(long_film, EVERY).result.frames == 60
    assert pid_of(own) != pid


def test_a_process_that_died_between_files_costs_nothing(own: Decoder, film: Path) -> None:
    assert isinstance(own.probe(film), MediaInfo)
    os.kill(pid_of(own), signal.SIGKILL)
    time.sleep(0.1)
    assert isinstance(own.probe(film), MediaInfo)


def test_a_process_that_stands_still_is_timed_out_and_replaced(long_film: Path) -> None:
    with Decoder(Limits(stall_s=0.5)) as decoder:
        stream = decoder.sample(long_film, EVERY)
        next(stream)
        pid = pid_of(decoder)
        os.kill(pid, signal.SIGSTOP)
        begun = time.monotonic()
        list(stream)
        assert time.monotonic() - begun < 5
        assert stream.result.error is not None
        assert stream.result.error.kind == "timed_out"
        assert wait_until_gone(pid)
        assert decoder.sample(long_film, EVERY).result.error is None


def test_a_film_may_not_be_waited_for_beyond_its_limit(long_film: Path) -> None:
    with Decoder(Limits(wall_s=0.01)) as decoder:
        error = decoder.sample(long_film, EVERY).result.error
        assert error is not None
        assert error.kind == "timed_out"


def test_a_caller_may_take_longer_than_the_limit(film: Path) -> None:
    with Decoder(Limits(wall_s=1.5, stall_s=1)) as decoder:
        assert isinstance(decoder.probe(film), MediaInfo)
        stream = decoder.sample(film, Sampling(fps=1))
        next(stream)
        time.sleep(1.8)
        assert len(list(stream)) == 3
        assert stream.result.error is None


def test_processor_time_is_counted_for_each_film_anew(tmp_path: Path, film: Path) -> None:
    heavy = write_h264_bomb(tmp_path / "heavy.h264", 8192, 4320, pictures=9)
    with Decoder(Limits(cpu_s=0.3)) as decoder:
        for _ in range(12):
            assert decoder.sample(film).result.error is None
        pid = pid_of(decoder)
        error = decoder.sample(heavy, EVERY).result.error
        assert error is not None
        assert str(error) == "timed_out: more than 0.3 seconds of processor time"
        assert wait_until_gone(pid)
        assert decoder.sample(film).result.error is None


def test_an_interrupt_from_the_terminal_does_not_reach_the_process(own: Decoder, long_film: Path) -> None:
    stream = own.sample(long_film, EVERY)
    next(stream)
    pid = pid_of(own)
    assert os.getpgid(pid) != os.getpgid(0)
    os.kill(pid, signal.SIGINT)
    assert stream.result.error is None
    assert pid_of(own) == pid


PARENT = """
import signal, sys, time
from kyodaku.media import Decoder, Sampling
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
decoder = Decoder()
stream = decoder.sample(sys.argv[1], Sampling(mode="all", max_side=2000))
next(stream)
print(decoder.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_its_parent(long_film: Path, sign: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(long_film)], stdout=subprocess.PIPE, stderr=-3) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.send_signal(sign)
        parent.wait(60)
    assert wait_until_gone(pid)


def test_a_decoder_that_is_forgotten_ends_its_process(film: Path) -> None:
    decoder = Decoder()
    assert isinstance(decoder.probe(film), MediaInfo)
    pid, memory = pid_of(decoder), weakref.ref(decoder)
    del decoder
    gc.collect()
    assert memory() is None
    assert wait_until_gone(pid)


def test_closing_ends_the_process_and_a_later_call_starts_another(film: Path) -> None:
    decoder = Decoder()
    assert decoder.pid is None
    assert isinstance(decoder.probe(film), MediaInfo)
    pid = pid_of(decoder)
    decoder.close()
    decoder.close()
    assert decoder.pid is None
    assert not is_alive(pid)
    assert isinstance(decoder.probe(film), MediaInfo)
    decoder.close()


def test_a_process_is_replaced_after_many_files(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_module, "FILES_PER_PROCESS", 3)
    with Decoder() as decoder:
        pids = []
        for _ in range(7):
            assert isinstance(decoder.probe(film), MediaInfo)
            pids.append(pid_of(decoder))
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 1]


def test_a_fork_does_not_share_the_process(own: Decoder, film: Path) -> None:
    assert isinstance(own.probe(film), MediaInfo)
    code = os.fork()
    if code == 0:
        try:
            answer = own.probe(film)
            own.close()
            os._exit(0 if isinstance(answer, MediaInfo) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(code, 0)[1]) == 0
    assert isinstance(own.probe(film), MediaInfo)


# --- giving up -------------------------------------------------------------------------------------------------------


def test_a_new_file_ends_the_reading_of_the_one_before(own: Decoder, long_film: Path, film: Path) -> None:
    first = own.sample(long_film, EVERY)
    next(first)
    second = own.sample(film)
    assert second.result.error is None
    read = list(first)
    assert first.result.frames == 1 + len(read) < 60
    assert str(first.result.error) == "crashed: the reading was given up before its end"
    assert own.sample(film).result.error is None


def test_a_reading_that_is_closed_is_no_whole_reading(own: Decoder, long_film: Path, film: Path) -> None:
    stream = own.sample(long_film, EVERY)
    next(stream)
    stream.close()
    assert list(stream) == []
    assert stream.result.frames == 1
    assert stream.result.error is not None
    assert own.sample(film).result.error is None


def test_closing_the_decoder_ends_what_is_being_read(long_film: Path) -> None:
    decoder = Decoder()
    stream = decoder.sample(long_film, EVERY)
    next(stream)
    decoder.close()
    list(stream)
    assert stream.result.error is not None
    assert decoder.pid is None


def test_the_result_may_be_asked_for_first(own: Decoder, film: Path) -> None:
    stream = own.sample(film, Sampling(fps=1))
    assert stream.result.frames == 4
    assert list(stream) == []


def test_no_descriptors_are_left_behind(tmp_path: Path, film: Path, long_film: Path) -> None:
    bomb = write_h264_bomb(tmp_path / "bomb.h264", 16000, 16000)
    (tmp_path / "text.mp4").write_text("text")

    def use() -> None:
        with Decoder() as decoder:
            for path in (film, bomb, tmp_path / "text.mp4", tmp_path / "none", tmp_path):
                list(decoder.sample(path))
                decoder.probe(path)
            next(decoder.sample(long_film, EVERY))

    use()
    gc.collect()
    before = sorted(Path("/proc/self/fd").iterdir())
    use()
    gc.collect()
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_reading_takes_no_more_memory_than_a_few_frames(tmp_path: Path) -> None:
    path = write_video(tmp_path / "f.mp4", numbered_frames(60, 1280, 720))  # 166 MB decoded
    with Decoder() as decoder:
        next(decoder.sample(path, EVERY))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert sum(1 for _ in decoder.sample(path, EVERY)) == 60
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 << 10


# --- walls -----------------------------------------------------------------------------------------------------------


def test_the_walls_stand(own: Decoder) -> None:
    sandbox = own.sandbox
    assert isinstance(sandbox, Sandbox)
    assert sandbox == Sandbox(network=True, files=True, processes=True, memory=True, dies_with_parent=True)


INTRUDER = """
import ctypes, os, resource, signal, socket, sys
from kyodaku.media._sandbox import allow_cpu, die_with_parent, enter
die_with_parent(int(sys.argv[1]))
enter(64 << 20)
allow_cpu(5)
attempts = {
    "inet": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "inet6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
    "unix": lambda: socket.socketpair(),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "read": lambda: open("/etc/hostname"),
    "write": lambda: open("/tmp/kyodaku-intruder", "w"),
    "delete": lambda: os.unlink(sys.argv[2]),
    "rename": lambda: os.rename(sys.argv[2], sys.argv[2] + "x"),
    "chmod": lambda: os.chmod(sys.argv[2], 0o777),
    "link": lambda: os.symlink(sys.argv[2], "/tmp/kyodaku-intruder"),
    "mkdir": lambda: os.mkdir("/tmp/kyodaku-intruder"),
    "fork": os.fork,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "kill the parent": lambda: os.kill(int(sys.argv[1]), 0),
    "limit the parent": lambda: resource.prlimit(int(sys.argv[1]), resource.RLIMIT_CPU),
    "memfd": lambda: os.memfd_create("x"),
}
for name, attempt in attempts.items():
    try:
        attempt()
    except (PermissionError, RuntimeError):
        continue
    print(name)
try:
    bytearray(1 << 30)
    print("memory")
except MemoryError:
    pass
try:
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    bytearray(1 << 30)
    print("memory limit lifted")
except (ValueError, OSError, MemoryError):
    pass
print("done")
"""


def test_inside_the_walls_nothing_can_be_reached(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("here")
    arguments = [sys.executable, "-c", INTRUDER, str(os.getpid()), str(victim)]
    answer = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert answer.stdout == "done\n", answer.stderr
    assert victim.read_text() == "here"


def test_an_orphan_ends_before_it_begins() -> None:
    code = "from kyodaku.media._sandbox import die_with_parent; die_with_parent(1 << 30); print('alive')"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (answer.returncode, answer.stdout) == (1, "")


def test_the_filter_holds_a_thread_that_entered_it() -> None:
    """The same filter, on one thread of this process: here coverage sees it."""
    seen: list[Sandbox] = []

    def enter() -> None:
        sandbox_module._filter_calls()
        seen.append(sandbox_module._try_walls())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert (seen[0].network, seen[0].files, seen[0].processes) == (True, True, True)
    assert not seen[0].dies_with_parent
    assert not sandbox_module._refused(lambda: None)


def test_a_machine_that_the_filter_does_not_know_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert filter_program("riscv64") is None
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    sandbox_module._filter_calls()
    assert not sandbox_module._refused(lambda: os.close(os.open("/", os.O_RDONLY)))


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_jump_of_the_filter_lands_on_an_answer(machine: str) -> None:
    """The filter run by hand: each refused call ends in EPERM, others are allowed, another machine is killed."""
    program = filter_program(machine)
    assert program is not None
    steps = [
        (int.from_bytes(program[at : at + 2], "little"), program[at + 2], program[at + 3], program[at + 4 : at + 8])
        for at in range(0, len(program), 8)
    ]

    def run(call: int, *, audit: int, first: int = 0) -> int:
        data = {0: call, 4: audit, 16: first & 0xFFFFFFFF, 20: first >> 32}
        held = at = 0
        while True:
            code, yes, no, raw = steps[at]
            operand = int.from_bytes(raw, "little")
            if code == 0x06:
                return operand
            if code == 0x20:
                held, at = data[operand], at + 1
            else:
                holds = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}[code]
                at += 1 + (yes if holds else no)

    audit, prlimit, openat, read, clone = {
        "x86_64": (0xC000003E, 302, 257, 0, 56),
        "aarch64": (0xC00000B7, 261, 56, 63, 220),
    }[machine]
    refuse, not_there, allow, kill = 0x00050001, 0x00050026, 0x7FFF0000, 0x80000000
    assert run(openat, audit=audit) == refuse
    assert run(427, audit=audit) == refuse
    assert run(0x40000000 + read, audit=audit) == refuse
    assert run(read, audit=audit) == allow
    thread, process = 0x3D0F00, 0x1200011  # the flags that glibc sets for each
    assert run(clone, audit=audit, first=thread) == allow
    assert run(clone, audit=audit, first=process) == refuse
    assert run(435, audit=audit, first=thread) == not_there
    assert run(prlimit, audit=audit, first=0) == allow
    assert run(prlimit, audit=audit, first=77) == refuse
    assert run(prlimit, audit=audit, first=1 << 32) == refuse
    assert run(read, audit=1) == kill
    assert sum(run(call, audit=audit) == refuse for call in range(500)) == len(steps) - 17


def test_limits_are_lowered_never_raised() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    sandbox_module._limit(resource.RLIMIT_CORE, 0)
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
    sandbox_module._limit(resource.RLIMIT_CORE, 99)
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
    assert hard >= -1
    assert sandbox_module._baseline() > 1 << 20


# --- a process that lies ---------------------------------------------------------------------------------------------

HELLO = 'import os,sys,struct,time; out=int(sys.argv[2]); h=struct.Struct("<BxxxIId"); '
WALLS = (
    'b=b\'Sandbox\\n{"network":false,"files":false,"processes":false,"memory":false,"dies_with_parent":false}\'; '
    "os.write(out,h.pack(4,0,len(b),0)+b); "
)
LIES = {
    "noise at once": "os.write(out, b'x'*100)",
    "an unknown message": WALLS + "os.write(out,h.pack(9,0,0,0))",
    "a huge document": WALLS + "os.write(out,h.pack(4,0,1<<31,0))",
    "a document of noise": WALLS + "os.write(out,h.pack(4,0,5,0)+b'noise')",
    "an unknown record": WALLS + "os.write(out,h.pack(4,0,9,0)+b'Thing\\n{}xx'[:9])",
    "walls again": WALLS + WALLS,
    "a frame too large": WALLS + "os.write(out,h.pack(1,4000,4000,0))",
    "a frame of nothing": WALLS + "os.write(out,h.pack(1,0,0,0))",
    "a repeat of nothing": WALLS + "os.write(out,h.pack(2,0,0,0))",
    "a time that is none": WALLS + "os.write(out,h.pack(1,1,1,float('nan'))+b'abc')",
    "the wrong record": WALLS + "b=b'MediaInfo\\n{}'; os.write(out,h.pack(4,0,len(b),0)+b)",
    "a closed pipe": WALLS + "os.close(out); time.sleep(9)",
    "an early end": "sys.exit(3)",
    "a late end": WALLS + "sys.exit(4)",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_process_that_does_not_keep_to_the_protocol_is_ended(
    lie: str, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "BOOTSTRAP", HELLO + LIES[lie] + "; time.sleep(20)")
    monkeypatch.setattr(worker_module, "LAST_BREATH_S", 0.2)
    with Decoder(Limits(stall_s=5)) as liar:
        stream = liar.sample(film)
        assert list(stream) == []
        assert stream.result.error is not None
        assert stream.result.error.kind == "crashed"
        assert liar.pid is None
        probed = liar.probe(film)
        assert isinstance(probed, MediaError)
        assert probed.kind == "crashed"


def test_a_process_that_never_answers_is_ended(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "BOOTSTRAP", HELLO + "time.sleep(60)")
    monkeypatch.setattr(worker_module, "START_S", 0.3)
    with Decoder() as decoder:
        assert str(decoder.sample(film).result.error).startswith("timed_out: ")
        assert isinstance(decoder.sandbox, MediaError)


def test_more_frames_than_a_film_can_have_are_not_believed(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flood = WALLS + "os.write(out,h.pack(1,1,1,0)+b'abc')\nwhile True: os.write(out,h.pack(2,0,0,0.0))"
    monkeypatch.setattr(worker_module, "BOOTSTRAP", HELLO + flood)
    with Decoder(Limits(max_frames=50, max_duration_s=10)) as decoder:
        stream = decoder.sample(film)
        assert len(list(stream)) == 50
        assert stream.result.error is not None
        assert stream.result.error.kind == "crashed"


def test_a_process_that_cannot_start_is_a_value(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with Decoder() as decoder:
        error = decoder.probe(film)
        assert isinstance(error, MediaError)
        assert error.message.startswith("the decoder process cannot be started: ")


def test_it_starts_without_the_surroundings_of_its_parent(film: Path, tmp_path: Path) -> None:
    """No environment, another directory, hostile start-up files there: as in a cron job or a container."""
    for name in ("av.py", "json.py", "numpy.py", "sitecustomize.py", "kyodaku.py"):
        (tmp_path / name).write_text("raise SystemExit(9)\n")
    code = f"from kyodaku.media import Decoder\nwith Decoder() as d: print(d.sample({str(film)!r}).result.frames)"
    answer = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.stdout == "8\n", answer.stderr


def test_processor_time_is_allowed_beyond_what_was_used() -> None:
    before = resource.getrlimit(resource.RLIMIT_CPU)
    used = time.process_time()
    try:
        sandbox_module.allow_cpu(1000)
        soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)
    assert used + 1000 <= soft <= used + 1010
    assert hard == before[1]

# SPDX-License-Identifier: Apache-2.0
"""Runs one function over many clips in supervised processes; a clip that kills its worker costs itself alone a verdict.

Not `concurrent.futures`: a process pool is broken for good by one crash, and general engines retry a poison task
without end. Here each worker is a process of ours, spoken to in JSON lines over a socket pair. A worker that dies or
overruns its time is replaced, and the clip it held is handed back as a fault for the caller to record.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from kyodaku.errors import KyodakuError

__all__ = ["Done", "Engine", "LocalEngine"]

START_S = 120.0
"""A worker that is not ready after this long never will be; imports on a cold, busy disk take several seconds."""


GOODBYE_S = 5.0
"""How long an idle worker gets to end its decoder and leave."""


@dataclass(frozen=True, slots=True)
class Done:
    """A finished task: its result, or the fault that took its worker down."""

    task: dict[str, Any]
    result: dict[str, Any] | None
    fault: str | None = None


class Engine(Protocol):
    """Anything that can run `kyodaku.training.worker` over tasks, in any order, each exactly once."""

    def run(self, setup: dict[str, Any], tasks: Iterable[dict[str, Any]]) -> Iterator[Done]:
        """Starts workers with `setup` and yields each task when it is done."""
        ...


@dataclass(frozen=True, kw_only=True)
class LocalEngine:
    """Worker processes on this machine.

    `clip_s` is the wall-clock limit of one task; the decoder's own limit is shorter, so this one ends only a worker
    that is itself stuck. `module` is what a worker runs.
    """

    workers: int
    clip_s: float
    module: str = "kyodaku.training.worker"

    def run(self, setup: dict[str, Any], tasks: Iterable[dict[str, Any]]) -> Iterator[Done]:
        """See `Engine`; workers are started as tasks need them and ended with the iterator."""
        pending = iter(tasks)
        crew: list[_Worker] = []
        with selectors.DefaultSelector() as selector:
            try:
                while (task := next(pending, None)) is not None:
                    worker = self._free_worker(crew, setup, selector)
                    while worker is None:
                        yield from self._wait(selector)
                        worker = self._free_worker(crew, setup, selector)
                    worker.give(task, time.monotonic() + self.clip_s)
                while any(worker.task for worker in crew):
                    yield from self._wait(selector)
            finally:
                for worker in crew:
                    worker.stop()

    def _free_worker(
        self, crew: list[_Worker], setup: dict[str, Any], selector: selectors.BaseSelector
    ) -> _Worker | None:
        for worker in crew:
            if worker.task is None:
                return worker
        if len(crew) >= self.workers:
            return None
        crew.append(_Worker(self.module, setup, selector))
        return crew[-1]

    def _wait(self, selector: selectors.BaseSelector) -> Iterator[Done]:
        busy = [key.data for key in selector.get_map().values() if key.data.task]
        patience = max(0.0, min((worker.deadline for worker in busy), default=0.0) - time.monotonic())
        ready = {key.data for key, _ in selector.select(patience)}
        for worker in busy:
            if worker in ready:
                if done := worker.hear():
                    yield done
            elif time.monotonic() >= worker.deadline:
                yield worker.fail(f"timed_out: no answer within {self.clip_s:.0f} s; the worker was replaced")


@dataclass(eq=False)
class _Worker:
    """One process and the task it holds."""

    module: str
    setup: dict[str, Any]
    selector: selectors.BaseSelector
    task: dict[str, Any] | None = None
    deadline: float = 0.0
    _buffer: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._start()

    def give(self, task: dict[str, Any], deadline: float) -> None:
        """Hands over a task; one at a time."""
        self.task, self.deadline = task, deadline
        try:
            self._socket.sendall(json.dumps(task).encode() + b"\n")
        except OSError:
            return  # it died idle: its socket is readable at its end, and `hear` says so

    def hear(self) -> Done | None:
        """The finished task, once its whole line is here; None while it is still coming."""
        try:
            chunk = self._socket.recv(1 << 20)
        except OSError:
            chunk = b""
        if not chunk:
            return self.fail(f"crashed: the worker died ({self._epitaph()}) and was replaced")
        self._buffer += chunk
        if not self._buffer.endswith(b"\n"):
            return None
        reply, task = json.loads(self._buffer), self.task
        self._buffer.clear()
        self.task = None
        return Done(task or {}, reply)

    def fail(self, fault: str) -> Done:
        """Ends the process, starts another, and hands the task back as a fault."""
        task = self.task or {}
        self.stop()
        self.task = None
        self._start()
        return Done(task, None, fault)

    def stop(self) -> None:
        """Ends the process: by the end of its line when it is idle, at once when it holds a task or does not go."""
        self.selector.unregister(self._socket)
        self._socket.close()
        try:
            self._process.wait(timeout=0 if self.task else GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stderr.close()

    def _start(self) -> None:
        self._buffer.clear()
        self._socket, theirs = socket.socketpair()
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", self.module, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                pass_fds=[theirs.fileno()],
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        self.selector.register(self._socket, selectors.EVENT_READ, self)
        try:
            self._greet()
        except BaseException:
            self.stop()
            raise

    def _greet(self) -> None:
        self._socket.settimeout(START_S)
        try:
            self._socket.sendall(json.dumps(self.setup).encode() + b"\n")
            with self._socket.makefile("rb") as stream:
                answer = stream.readline()
        except OSError:
            answer = b""
        self._socket.settimeout(None)
        reply = json.loads(answer) if answer.endswith(b"\n") else {"fatal": self._epitaph()}
        if "fatal" in reply:
            raise KyodakuError(f"a worker could not start: {reply['fatal']}")

    def _epitaph(self) -> str:
        """How the process ended, in a few words."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "it closed its line"
        if code < 0:
            return f"signal {signal.Signals(-code).name}"
        self._stderr.seek(0)
        last = self._stderr.read().decode(errors="replace").strip().splitlines()
        return last[-1][:200] if last else f"exit code {code}"

# SPDX-License-Identifier: Apache-2.0
"""A `diffusers` pipeline on this machine, in a process of its own (`_pipeline`)."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from kyodaku.generation.generators.generator import GeneratorError, Progress, TicketLost
from kyodaku.generation.job import Job

__all__ = ["DiffusersPipeline"]

_LOADING: Final = 1800.0
"""Seconds that loading may take: tens of gigabytes from a slow disk."""
_NO_CALLS_HOME: Final = {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1"}
_QUIET_LENGTH: Final = 2000
_OUR_SECRETS: Final = ("KYODAKU_GENERATOR_KEY", "KYODAKU_WEBHOOK_SECRET")
"""A pipeline's libraries are not ours, and need neither."""
_log = logging.getLogger(__name__)


class DiffusersPipeline:
    """The pipeline in the folder (or cached repository) `source`.

    `options` are arguments of the pipeline's call (`num_inference_steps`, `guidance_scale`, `height`, ...), and `fps`,
    `dtype`, `device` and `seed` (else each job has one of its own). Nothing is downloaded unless `download` is set, and
    only safetensors are read.
    """

    def __init__(self, source: str, *, options: Mapping[str, Any] | None = None, download: bool = False) -> None:
        self.name = f"diffusers:{source}"
        self._command = [
            sys.executable,
            "-m",
            "kyodaku.generation.generators._pipeline",
            source,
            json.dumps(dict(options or {})),
        ]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OUR_SECRETS)}
        self._environment = {**kept, **_NO_CALLS_HOME} | ({"HF_HUB_OFFLINE": "0"} if download else {})
        self._folder = Path(tempfile.mkdtemp(prefix="kyodaku-generator-"))
        self._lock = threading.RLock()
        self._known: dict[str, Progress] = {}
        self._process: subprocess.Popen[str] | None = None
        self._loaded = threading.Event()
        self._why_not = ""

    def start(self, job: Job, folder: Path, *, source_ticket: str | None) -> str:  # noqa: ARG002 - Generator's signature
        """Hand the request to the pipeline, which takes them one after the other."""
        request = job.request
        if request.operation not in ("create", "remix") or len(request.references) > 1 or request.source:
            raise GeneratorError(
                f"this generator cannot {request.operation} videos", code="unsupported", is_lasting=True
            )
        process = self._running()
        ticket = f"{job.id}-{job.attempts}"
        asked = {
            "ticket": ticket,
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "size": request.size,
            "seconds": request.seconds,
            "seed": int.from_bytes(sha256(job.id.encode()).digest()[:4], "big"),
            "image": str(folder / request.references[0]) if request.references else None,
            "out": str(self._folder / f"{ticket}.mp4"),
        }
        with self._lock:
            self._known[ticket] = Progress(state="running")
            try:
                _pipe(process.stdin).write(json.dumps(asked) + "\n")
                _pipe(process.stdin).flush()
            except OSError as error:
                raise GeneratorError("the generator's process has ended") from error
        return ticket

    def look(self, ticket: str) -> Progress:
        """What the process last reported."""
        with self._lock:
            if ticket not in self._known:
                raise TicketLost("the generator was restarted")
            return self._known[ticket]

    def fetch(self, ticket: str, path: Path) -> None:
        """Move the finished file."""
        try:
            shutil.move(self._folder / f"{ticket}.mp4", path)
        except OSError as error:
            raise TicketLost("the generator's file is gone") from error

    def character(self, name: str, video: Path) -> str:  # noqa: ARG002 - Generator's signature
        """A pipeline knows no characters."""
        raise GeneratorError("this generator knows no reusable characters", code="unsupported", is_lasting=True)

    def forget(self, ticket: str) -> None:
        """Delete its file; one that runs is ended with the process, as a pipeline cannot be interrupted."""
        with self._lock:
            was = self._known.pop(ticket, None)
            (self._folder / f"{ticket}.mp4").unlink(missing_ok=True)
            if was is not None and was.state == "running":
                self._end()

    def close(self) -> None:
        """End the process and delete what it left."""
        with self._lock:
            self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _running(self) -> subprocess.Popen[str]:
        """The process with its pipeline loaded; GeneratorError when it cannot be."""
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                process = self._begin()
        if not self._loaded.wait(_LOADING):
            raise GeneratorError("the pipeline did not load in time")
        if self._why_not:
            _log.error("the pipeline cannot be loaded: %s", self._why_not)  # with paths, which are the operator's
            raise GeneratorError("the pipeline cannot be loaded")
        return process

    def _begin(self) -> subprocess.Popen[str]:
        self._end()  # closes what is left of one that died
        self._loaded.clear()
        self._why_not = ""
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._environment
        )
        self._process = process
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                _pipe(pipe).close()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        with suppress(ValueError, OSError):  # closed while it is read: it was ended
            for line in _pipe(process.stdout):
                self._take(json.loads(line))
        with self._lock:
            if self._process in (process, None):
                died = Progress(state="failed", code="generator_died", message="the generator's process ended")
                self._known.update({one: died for one, was in self._known.items() if was.state == "running"})
                if not self._loaded.is_set():
                    self._why_not = "its process ended"
                    self._loaded.set()

    def _take(self, report: Mapping[str, Any]) -> None:
        if "loaded" in report:
            self._why_not = str(report.get("error", ""))[:_QUIET_LENGTH]
            self._loaded.set()
            return
        with self._lock:
            ticket = report["ticket"]
            if ticket not in self._known:
                return
            if "error" in report:
                _log.error("%s: the pipeline failed: %s", ticket, str(report["error"])[:_QUIET_LENGTH])
                told = Progress(state="failed", code="generator_error", message=_what(report))
            else:
                told = Progress(state="done" if report.get("done") else "running", percent=int(report["percent"]))
            self._known[ticket] = told


def _what(report: Mapping[str, Any]) -> str:
    """What the caller is told of a fault: our own words about its request, or that there was one."""
    return str(report["error"])[:_QUIET_LENGTH] if report.get("is_ours") else "the pipeline failed"


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe

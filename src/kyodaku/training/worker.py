# SPDX-License-Identifier: Apache-2.0
"""The process that examines and judges clips, one JSON line in, one JSON line out; started by an engine, never by hand.

setup   {"snapshot": DIR, "use": {...}, "regimes": [...], "limits": {...}, "signals": {...} or null}
                                                                             → {"ready": true} or {"fatal": "..."}
task    {"index": 7, "path": "...", "claim": {...}}                          → the result of `Judge.result`
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from kyodaku.errors import KyodakuError
from kyodaku.examine import Examiner, SignalReader, SignalSources
from kyodaku.media import Limits
from kyodaku.registry import Snapshot
from kyodaku.training._record import regime_from
from kyodaku.training.judge import Judge
from kyodaku.training.use import use_from_json

__all__ = ["judge_from", "main"]

_PR_SET_PDEATHSIG = 1


def main(handle: int) -> None:
    """Serves tasks from the socket `handle` until its other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine's process hears Ctrl-C and ends us
    _die_with_parent()
    with socket.socket(fileno=handle) as line, line.makefile("rwb") as stream:
        setup = json.loads(stream.readline())
        try:
            snapshot = Snapshot.open(Path(setup["snapshot"]), verify=False)  # the engine's process did
            judge = judge_from(setup, snapshot)
            signals = SignalReader(SignalSources.from_json(setup.get("signals")))
            examiner = Examiner(snapshot, limits=Limits(**setup["limits"]), signals=signals)
        except (KyodakuError, OSError) as error:
            _answer(stream, {"fatal": str(error)})
            return
        _answer(stream, {"ready": True})
        with examiner:
            for task in stream:
                _answer(stream, _do(json.loads(task), examiner, judge))


def judge_from(setup: dict[str, Any], snapshot: Snapshot) -> Judge:
    """The judge that a setup asks for; the engine's own process uses it too, for clips that took a worker down."""
    regimes = [regime_from(asked) for asked in setup["regimes"]]
    return Judge.of(snapshot, use=use_from_json(setup["use"]), regimes=regimes)


def _do(task: dict[str, Any], examiner: Examiner, judge: Judge) -> dict[str, Any]:
    return judge.result(examiner.examine(task["path"], task["claim"]), task["claim"])


def _answer(stream: Any, reply: dict[str, Any]) -> None:
    stream.write(json.dumps(reply, separators=(",", ":")).encode() + b"\n")
    stream.flush()


def _die_with_parent() -> None:
    """Asks Linux to end this process when the engine's dies, also by `kill -9`; elsewhere the closed line ends it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == 1:
            sys.exit(1)  # it died before we asked


if __name__ == "__main__":
    main(int(sys.argv[1]))

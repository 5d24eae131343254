# SPDX-License-Identifier: Apache-2.0
"""`kyodaku serve` as an operator starts it, over a workspace of invented works, for measurements."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from kyodaku.bench._processes import cpu_seconds, process_seconds
from kyodaku.errors import KyodakuError
from kyodaku.names.entry import MAX_NAMES
from kyodaku.names.words import own_prompts
from kyodaku.registry import Registry

__all__ = ["MOST_NAMES", "Service", "invented_works", "make_workspace", "prompts", "service"]

MOST_NAMES: Final = MAX_NAMES - 1
"""Aliases of one work, beside its title."""
_TEAMS: Final = 8
"""Keys that ask in turn, as one key's prompts are answered one after the other."""
_PLENTY: Final = "1000000"
_STARTING_S: Final = 600.0
"""An index of a million names takes a minute to make, and the first prompt waits for it."""
_ENDING_S: Final = 60.0
_LAB: Final = "lab"
_FILE: Final = 1000
"""Works in one file, which has at most 64 MB."""
_BEGINNINGS: Final = [
    "Bra",
    "Ce",
    "Do",
    "Fe",
    "Ga",
    "He",
    "Jo",
    "Ke",
    "Lu",
    "Mo",
    "Ne",
    "Or",
    "Pe",
    "Quo",
    "Ra",
    "Se",
    "Ta",
    "Ul",
    "Ve",
    "Wy",
    "Yo",
    "Ze",
    "Khi",
    "Thra",
    "Vla",
    "Zu",
]
_MIDDLES: Final = [
    "bra",
    "lo",
    "mi",
    "ndo",
    "ru",
    "sha",
    "ve",
    "xi",
    "za",
    "ghe",
    "pto",
    "lli",
    "mbu",
    "rka",
    "ste",
    "wyn",
    "qua",
    "jo",
    "ffi",
    "dra",
]
_ENDS: Final = [
    "drix",
    "lune",
    "ndor",
    "vash",
    "quill",
    "mbra",
    "thos",
    "zhen",
    "rrak",
    "lodd",
    "vynn",
    "skar",
    "phex",
    "ttuil",
    "gwen",
]


def invented_works(entities: int, aliases: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Works with a title of three invented words each and, together, so many aliases."""
    chance = Random(seed)  # noqa: S311 - no secret
    seen: set[str] = set()
    for number in range(entities):
        mine = aliases // entities + (number < aliases % entities)
        names = [_unseen(chance, seen) for _ in range(1 + mine)]
        shares = [{"party": "studio", "rights": "all"}]
        work = {"id": f"film-{number}", "kind": "film", "title": {"en": names[0]}, "shares": shares}
        yield {**work, "names": [{"text": name, "lang": "en"} for name in names[1:]]} if mine else work


def _unseen(chance: Random, seen: set[str]) -> str:
    while (name := f"{_word(chance)} {_word(chance)} {_word(chance)}") in seen:
        pass
    seen.add(name)
    return name


def _word(chance: Random) -> str:
    return chance.choice(_BEGINNINGS) + chance.choice(_MIDDLES) + chance.choice(_ENDS)


def make_workspace(folder: Path, works: Sequence[dict[str, Any]]) -> None:
    """A workspace that knows these works, of which every second is granted to the lab."""
    parties = [{"id": _LAB, "kind": "developer"}, {"id": "studio", "kind": "holder", "name": {"en": "A Studio"}}]
    granted = {"kind": "grant", "by": "studio", "to": [_LAB], "acts": ["generate"], "territories": ["world"]}
    granted |= {"effective_from": "2026-01-01T00:00:00Z"}
    with Registry.open(folder, create=True) as registry:
        registry.import_document({"parties": parties})
        path = folder / "works.jsonl"
        for first in range(0, len(works), _FILE):
            lines = [{"section": "works", **work} for work in works[first : first + _FILE]]
            path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
            registry.import_files([path])
        path.unlink()
        ids = [work["id"] for work in works[::2]]
        for first in range(0, len(ids), _FILE):
            registry.import_document({"permissions": [{**granted, "works": ids[first : first + _FILE]}]})


def prompts(works: Sequence[dict[str, Any]], count: int, *, length: int, named: float, seed: int = 0) -> list[str]:
    """Prompts of about so many letters, written for this project, of which this share names a registered work."""
    chance = Random(seed)  # noqa: S311 - no secret
    sentences = [text for text in own_prompts() if text.isascii()]
    made = []
    for _ in range(count):
        title = f"with {chance.choice(works)['title']['en']} in it. " if chance.random() < named else ""
        text = title
        while len(text) < length:
            text += chance.choice(sentences) + " "
        made.append(text[:length])
    return made


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that runs: its port, its teams' keys, and its process, from which the worker descends."""

    port: int
    keys: Sequence[str]
    process: subprocess.Popen[bytes]

    def answering_s(self) -> float:
        """Processor seconds of the process that answers."""
        return process_seconds(self.process.pid)

    def working_s(self) -> float:
        """Processor seconds of the worker beside it."""
        return cpu_seconds(self.process.pid) - self.answering_s()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop all its processes until the end of the block, so that something else is measured without them."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)


@contextmanager
def service(workspace: Path, upstream_port: int) -> Iterator[Service]:
    """Start it, wait until it has answered a first prompt, and end it with the block."""
    kyodaku = [sys.executable, "-m", "kyodaku", "serve"]
    where = ["--workspace", str(workspace)]
    limits = ["--per-minute", _PLENTY, "--at-once", _PLENTY, "--seconds-a-day", _PLENTY + "00"]
    keys = [_key([*kyodaku, "keys", "add", f"team-{n}", *limits, *where, "--json"]) for n in range(_TEAMS)]
    port = _free_port()
    generator = ["--generator", f"http://127.0.0.1:{upstream_port}/v1", "--developer", _LAB]
    command = [*kyodaku, *generator, "--port", str(port), *where]
    with subprocess.Popen(  # noqa: S603 - ours
        command, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            _wait(port, keys[0], process)
            yield Service(port=port, keys=keys, process=process)
        finally:
            _end(process)


def _key(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise KyodakuError(f"no key could be made: {done.stderr.strip()}", hint="pip install 'kyodaku[service]'")
    return str(json.loads(done.stdout)["key"])


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(port: int, key: str, process: subprocess.Popen[bytes]) -> None:
    """Until the first prompt is decided, for which the index of names is made."""
    until = time.monotonic() + _STARTING_S
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_STARTING_S)
            body = json.dumps({"prompt": "A first prompt, for which all is opened."})
            heads = {"authorization": f"Bearer {key}", "content-type": "application/json"}
            connection.request("POST", "/v1/videos", body, heads)
            status = connection.getresponse().status
            connection.close()
            if status == http.client.OK:
                return
            raise KyodakuError(f"the service answered {status} to a first prompt")
        time.sleep(0.1)
    raise KyodakuError("the service did not start", hint="kyodaku serve --help")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_ENDING_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)

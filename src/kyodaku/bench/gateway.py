# SPDX-License-Identifier: Apache-2.0
"""What the gate adds to a request for a video: the same requests to `kyodaku serve` and to the server behind it.

Both are real servers on this machine, asked in turns at the same fixed rate. While the bare server is asked, the
service's processes are stopped, so that what they have still to do makes the comparison no easier. The check of
finished videos is left out: no video is ever finished.
"""

from __future__ import annotations

import http.client
import json
import math
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kyodaku.bench._gateway_asking import Answered, ask_at_rate, form
from kyodaku.bench._gateway_service import MOST_NAMES, Service, invented_works, make_workspace, prompts, service
from kyodaku.bench._gateway_upstream import upstream
from kyodaku.bench._processes import busy_seconds, process_seconds
from kyodaku.bench.tables import table

__all__ = ["GOAL_MS", "GatewayCost", "Load", "Round", "gateway_markdown", "measure_gateway"]

GOAL_MS: Final = 10.0
"""At 200 requests a second, of a hundred requests the slowest, beyond what the bare server takes."""
_WARM_UP: Final = 200
_SIDES: Final = ("bare", "gate")


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What is asked: so many requests a second, for so many seconds at a time, so many times each way in turn.

    Of the prompts, of `length` letters, the share `named` names one of `entities` registered works, which have
    `aliases` names together beside their titles.
    """

    rate: float = 200.0
    seconds: float = 5.0
    rounds: int = 4
    entities: int = 700
    aliases: int = 0
    named: float = 0.1
    length: int = 200
    seed: int = 0

    @property
    def works(self) -> int:
        """The entities, or more if they could not have so many names."""
        return max(self.entities, -(-self.aliases // MOST_NAMES))


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """Some seconds of asking one side; milliseconds from when a request was due, processor seconds of each request.

    `others` is how many processors all that is not measured here kept busy meanwhile.
    """

    side: str
    asked: int
    rate: float
    statuses: Mapping[str, int]
    ms: tuple[float, float, float, float]
    """The median, the 95th and the 99th of a hundred, and the slowest."""
    answering_ms: float = 0.0
    working_ms: float = 0.0
    others: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayCost:
    """All rounds; `bare` and `gate` have the quantiles of all their requests together."""

    load: Load
    rounds: Sequence[Round]
    bare: tuple[float, float, float, float]
    gate: tuple[float, float, float, float]
    begun: int
    """Videos that the worker had the bare server begin meanwhile."""
    machine: str

    @property
    def overhead_ms(self) -> tuple[float, float, float]:
        """What the gate adds: the differences of the medians, the 95th and the 99th."""
        median, many, most = (ours - theirs for ours, theirs in zip(self.gate[:3], self.bare[:3], strict=True))
        return median, many, most

    @property
    def meets_goal(self) -> bool:
        """Whether the slowest of a hundred are slow enough."""
        return self.overhead_ms[2] <= GOAL_MS


def measure_gateway(load: Load, folder: Path, *, progress: Callable[[str], None]) -> GatewayCost:
    """Make a workspace in `folder`, start both servers, and ask them in turns."""
    progress(f"registering {load.works:,} works")
    works = list(invented_works(load.works, load.aliases, load.seed))
    make_workspace(folder / "workspace", works)
    rounds: list[tuple[Round, list[Answered]]] = []
    with upstream() as (bare, bare_pid):
        progress("starting the service")
        with service(folder / "workspace", bare) as gate:
            asked = _requests(load, works, gate, bare)
            _warm_up(asked, gate, bare)
            before = _begun(bare)
            for number in range(2 * load.rounds):
                side = _SIDES[number % 2]
                progress(f"asking: {side}, {number // 2 + 1} of {load.rounds}")
                rounds.append(_round(asked[side][number // 2], load, gate, None if side == "gate" else bare, bare_pid))
            begun = _begun(bare) - before
    every = {side: [one for told, answers in rounds if told.side == side for one in answers] for side in _SIDES}
    return GatewayCost(
        load=load,
        rounds=[told for told, _ in rounds],
        bare=_spread(every["bare"]),
        gate=_spread(every["gate"]),
        begun=begun,
        machine=f"{os.cpu_count()} processors",
    )


def _requests(load: Load, works: Sequence[dict[str, object]], gate: Service, bare: int) -> dict[str, list[list[bytes]]]:
    """The same prompts for both sides: one list for each round, and before them one to warm up with."""
    each = max(1, round(load.rate * load.seconds))
    counts = [*([each] * load.rounds), _WARM_UP]
    made: dict[str, list[list[bytes]]] = {side: [] for side in _SIDES}
    for number, count in enumerate(counts):
        texts = prompts(works, count, length=load.length, named=load.named, seed=load.seed + number)
        fields = [{"prompt": text, "seconds": "4", "size": "720x1280"} for text in texts]
        keys = [gate.keys[place % len(gate.keys)] for place in range(count)]
        made["bare"].append([form("/v1/videos", bare, said) for said in fields])
        made["gate"].append(
            [form("/v1/videos", gate.port, said, key=key) for said, key in zip(fields, keys, strict=True)]
        )
    return made


def _warm_up(asked: Mapping[str, Sequence[Sequence[bytes]]], gate: Service, bare: int) -> None:
    for side, port in (("bare", bare), ("gate", gate.port)):
        ask_at_rate(port, asked[side][-1], rate=_WARM_UP / 2)


def _round(
    requests: Sequence[bytes], load: Load, gate: Service, bare: int | None, bare_pid: int
) -> tuple[Round, list[Answered]]:
    """One side's seconds: the bare server's, if its port is given."""
    before = _seconds(gate, bare_pid)
    if bare is None:
        answers = ask_at_rate(gate.port, requests, rate=load.rate)
    else:
        with gate.paused():
            answers = ask_at_rate(bare, requests, rate=load.rate)
    spent = {name: seconds - before[name] for name, seconds in _seconds(gate, bare_pid).items()}
    told = Round(
        side="gate" if bare is None else "bare",
        asked=len(answers),
        rate=(len(answers) - 1) / (max(one.at for one in answers) - answers[0].at + 1e-9),
        statuses={str(status): times for status, times in sorted(Counter(one.status for one in answers).items())},
        ms=_spread(answers),
        answering_ms=1000 * spent["answering"] / len(answers),
        working_ms=1000 * spent["working"] / len(answers),
        others=max(0.0, spent["all"] - spent["asking"] - spent["bare"] - spent["answering"] - spent["working"])
        / spent["clock"],
    )
    return told, answers


def _seconds(gate: Service, bare_pid: int) -> dict[str, float]:
    """The clock, and the processor seconds of each that has a part in it, and of all."""
    own = os.times()
    return {
        "clock": time.monotonic(),
        "all": busy_seconds(),
        "asking": own.user + own.system,
        "bare": process_seconds(bare_pid),
        "answering": gate.answering_s(),
        "working": gate.working_s(),
    }


def _spread(answers: Sequence[Answered]) -> tuple[float, float, float, float]:
    """The median, the 95th and 99th of a hundred, and the slowest; what was not answered counts as the slowest."""
    spent = sorted(one.ms if one.status else float("inf") for one in answers)
    return statistics.median(spent), _at(spent, 0.95), _at(spent, 0.99), spent[-1]


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _begun(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/begun")
    begun = int(json.loads(connection.getresponse().read())["begun"])
    connection.close()
    return begun


def gateway_markdown(cost: GatewayCost) -> str:
    """The figures as tables: the two sides, and every round."""
    load, overhead = cost.load, cost.overhead_ms
    sides = [
        ("the bare server", *map(_ms, cost.bare)),
        ("through the gate", *map(_ms, cost.gate)),
        ("the gate adds", *map(_ms, overhead), "—"),
    ]
    rounds = [
        (
            f"{number // 2 + 1}, {told.side}",
            f"{told.rate:.0f}",
            *map(_ms, told.ms[:3]),
            ", ".join(f"{status}: {times:,}" for status, times in told.statuses.items()),
            f"{told.answering_ms:.1f}" if told.answering_ms else "—",
            f"{told.working_ms:.1f}" if told.answering_ms else "—",
            f"{told.others:.2f}",
        )
        for number, told in enumerate(cost.rounds)
    ]
    asked = f"{load.rate:g} requests a second, prompts of {load.length} letters, {load.named:.0%} of them name a work"
    known = f"{load.works:,} works with {load.aliases:,} aliases"
    goal = f"goal: at most {GOAL_MS:g} ms for 99 of 100: {'met' if cost.meets_goal else '**missed**'}"
    heads = ("ms from when a request was due", "median", "95 %", "99 %", "slowest")
    round_heads = ("round", "answered a second", "median", "95 %", "99 %", "status", *_CPU_HEADS)
    return (
        f"# What the gate adds to a request\n\n{asked}; {known}; {cost.machine}; {goal}.\n\n{table(heads, sides)}\n"
        f"{table(round_heads, rounds)}\nThe worker had the bare server begin {cost.begun:,} videos meanwhile.\n"
    )


_CPU_HEADS: Final = ("CPU ms, answering", "CPU ms, worker", "others, processors")


def _ms(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "—"

# SPDX-License-Identifier: Apache-2.0
"""`kyodaku bench signals`."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import click

from kyodaku.bench.drawing import draw_film
from kyodaku.bench.output import write_json
from kyodaku.bench.signals import GOAL, signal_costs, signals_markdown
from kyodaku.cli._options import json_option
from kyodaku.cli._output import emit_json, out, shown

__all__ = ["signals"]


@click.command(epilog="Example:  kyodaku bench signals -o signals-out")
@click.option(
    "-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path),
    help="Where to write signals.md and signals.json; the films go to a temporary folder.",
)  # fmt: skip
@click.option("--films", type=click.IntRange(1), default=3, show_default=True, help="Films to draw.")
@click.option("--seconds", type=click.FloatRange(1), default=10.0, show_default=True, help="How long each of them is.")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="How often to time them.")
@json_option
def signals(*, folder: Path | None, films: int, seconds: float, rounds: int, as_json: bool) -> None:
    """Time reading what films say of themselves against fingerprinting the same films."""
    with tempfile.TemporaryDirectory(prefix="kyodaku-bench-") as scratch:
        drawn = [
            draw_film(Path(scratch) / "drawn" / f"{n}.mp4", seed=n, seconds=seconds, size=(1280, 720), fps=24)
            for n in range(films)
        ]
        costs = signal_costs(drawn, Path(scratch) / "kept", rounds=rounds)
        home = folder or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        text = signals_markdown(costs)
        listed = [dataclasses.asdict(cost) | {"meets_goal": cost.meets_goal} for cost in costs]
        document = write_json(home / "signals.json", {"goal": GOAL, "costs": listed})
        (home / "signals.md").write_text(text, encoding="utf-8")
    if as_json:
        emit_json(document)
    else:
        out().print(shown(text), soft_wrap=True)

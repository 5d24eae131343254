# SPDX-License-Identifier: Apache-2.0
"""`kyodaku bench gateway`."""

from __future__ import annotations

import dataclasses
import tempfile
from importlib.util import find_spec
from pathlib import Path

import click

from kyodaku.bench.gateway import Load, gateway_markdown, measure_gateway
from kyodaku.bench.output import write_json
from kyodaku.cli._options import json_option
from kyodaku.cli._output import emit_json, err, out, shown
from kyodaku.errors import UsageError

__all__ = ["gateway"]


@click.command(epilog="Example:  kyodaku bench gateway --rate 200 --aliases 1000000 -o gateway-out")
@click.option(
    "-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path),
    help="Where to write gateway.md and gateway.json; the workspace goes to a temporary folder.",
)  # fmt: skip
@click.option(
    "--rate", type=click.FloatRange(1, 10_000), default=Load().rate, show_default=True, help="Requests a second."
)
@click.option(
    "--seconds", type=click.FloatRange(0.1, 600), default=Load().seconds, show_default=True, help="Of one round."
)
@click.option(
    "--rounds", type=click.IntRange(1, 1000), default=Load().rounds, show_default=True, help="Of each side, in turn."
)
@click.option(
    "--entities", type=click.IntRange(1), default=Load().entities, show_default=True, help="Registered works."
)
@click.option("--aliases", type=click.IntRange(0), default=0, show_default=True, help="Names of theirs beside titles.")
@click.option(
    "--named", type=click.FloatRange(0, 1), default=Load().named, show_default=True,
    help="The share of the prompts that names a registered work.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Decides names and prompts.")
@json_option
def gateway(
    *, folder: Path | None, rate: float, seconds: float, rounds: int, entities: int, aliases: int, named: float,
    seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Ask `kyodaku serve` for videos, and the server behind it, at a fixed rate; tell what the gate adds.

    Requests are sent when they are due, however busy the server is, so that waiting counts. Finished videos are not
    checked: none is ever finished.
    """
    if find_spec("uvicorn") is None:
        raise UsageError("'bench gateway' needs more than is installed", hint="pip install 'kyodaku[service]'")
    console = err()

    def say(what: str) -> None:
        if console.is_terminal:
            console.print(what)

    load = Load(
        rate=rate, seconds=seconds, rounds=rounds, entities=entities, aliases=aliases, named=named, seed=seed
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="kyodaku-bench-") as scratch:
        cost = measure_gateway(load, Path(scratch), progress=say)
        home = folder or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        text = gateway_markdown(cost)
        more = {"overhead_ms": cost.overhead_ms, "meets_goal": cost.meets_goal}
        document = write_json(home / "gateway.json", dataclasses.asdict(cost) | more)
        (home / "gateway.md").write_text(text, encoding="utf-8")
    if as_json:
        emit_json(document)
    else:
        out().print(shown(text), soft_wrap=True)

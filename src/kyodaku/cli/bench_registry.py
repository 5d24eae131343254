# SPDX-License-Identifier: Apache-2.0
"""`kyodaku bench registry`."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import click

from kyodaku.bench.output import write_json
from kyodaku.bench.registry import Size, measure_registry, registry_markdown
from kyodaku.cli._options import json_option
from kyodaku.cli._output import emit_json, err, out, shown

__all__ = ["registry"]


@click.command(epilog="Example:  kyodaku bench registry --works 100000 --permissions 1000000 -o registry-out")
@click.option(
    "-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path),
    help="Where to write registry.md and registry.json; the workspace stays there, too. Without it nothing is kept.",
)  # fmt: skip
@click.option("--works", type=click.IntRange(10), default=2000, show_default=True, help="Works, of three holders each.")
@click.option(
    "--permissions", type=click.IntRange(100), default=20_000, show_default=True, help="Statements about them."
)
@click.option(
    "--registry", "registry_url", metavar="URL", envvar="KYODAKU_BENCH_REGISTRY", show_envvar=True,
    help="Measure this empty PostgreSQL database instead of a file of SQLite.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Decides which works are asked about.")
@json_option
def registry(
    *, folder: Path | None, works: int, permissions: int, registry_url: str | None, seed: int, as_json: bool
) -> None:
    """Make up declarations, import them, ask about works in both times, decide from a snapshot."""
    console = err()

    def say(what: str) -> None:
        if console.is_terminal:
            console.print(what)

    with tempfile.TemporaryDirectory(prefix="kyodaku-bench-") as scratch:
        home = folder or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        size = Size(works=works, permissions=permissions)
        cost = measure_registry(size, home, registry_url=registry_url, seed=seed, progress=say)
        text = registry_markdown([cost])
        document = write_json(home / "registry.json", dataclasses.asdict(cost) | {"rate": cost.rate})
        (home / "registry.md").write_text(text, encoding="utf-8")
    if as_json:
        emit_json(document)
    else:
        out().print(shown(text), soft_wrap=True)

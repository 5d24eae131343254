# SPDX-License-Identifier: Apache-2.0
"""`kyodaku bench ledger`."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import click

from kyodaku.bench.ledger import ledger_markdown, measure_ledger
from kyodaku.bench.output import write_json
from kyodaku.cli._options import json_option
from kyodaku.cli._output import emit_json, err, out, shown

__all__ = ["ledger"]


@click.command(epilog="Example:  kyodaku bench ledger --entries 10000000 -o ledger-out")
@click.option(
    "-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path),
    help="Where to write ledger.md and ledger.json; the logs go to a temporary folder.",
)  # fmt: skip
@click.option(
    "--entries", type=click.IntRange(1), default=100_000, show_default=True, help="To which the log on files grows."
)
@click.option(
    "--appended", type=click.IntRange(1), default=20_000, show_default=True, help="Of which are timed, by batches."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides which entries are proven.")
@json_option
def ledger(*, folder: Path | None, entries: int, appended: int, seed: int, as_json: bool) -> None:
    """Append entries to logs on files and in SQLite, prove some, verify and publish all."""
    console = err()

    def say(what: str) -> None:
        if console.is_terminal:
            console.print(what)

    with tempfile.TemporaryDirectory(prefix="kyodaku-bench-") as scratch:
        costs = measure_ledger(entries, Path(scratch), appended=min(appended, entries), seed=seed, progress=say)
        home = folder or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        text = ledger_markdown(costs)
        document = write_json(
            home / "ledger.json", {"costs": [dataclasses.asdict(cost) | {"rate": cost.rate} for cost in costs]}
        )
        (home / "ledger.md").write_text(text, encoding="utf-8")
    if as_json:
        emit_json(document)
    else:
        out().print(shown(text), soft_wrap=True)

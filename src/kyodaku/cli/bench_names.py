# SPDX-License-Identifier: Apache-2.0
"""`kyodaku bench names`."""

from __future__ import annotations

from pathlib import Path

import click

from kyodaku.bench.names import measure_names, names_markdown
from kyodaku.bench.names_sets import invented, ordinary, read_prompts, read_registry
from kyodaku.bench.output import write_json
from kyodaku.cli._options import json_option
from kyodaku.cli._output import emit_json, err, out, shown

__all__ = ["names"]


@click.command(epilog="Example:  kyodaku bench names --registry names.jsonl --prompts benign/ -o names-out")
@click.option(
    "-o",
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write names.md and names.json.",
)
@click.option(
    "--registry", "entries_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Entries to look for, one JSON object a line; invented ones without it.",
)  # fmt: skip
@click.option(
    "--prompts", "prompts_folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help='Folder of *.jsonl with prompts that name nothing, one {"text", "lang"} a line; our own without it.',
)  # fmt: skip
@click.option(
    "--leave-out", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of prompts, one a line, that do name something after all.",
)  # fmt: skip
@click.option(
    "--half", "side", type=click.Choice(["tuning", "held-out"]), default="held-out", show_default=True,
    help="Limits were set while looking at the tuning half; the other is for the report.",
)  # fmt: skip
@json_option
def names(
    *, folder: Path | None, entries_file: Path | None, prompts_folder: Path | None, leave_out: Path | None, side: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Find names in prompts: plain, disguised, described; and count prompts flagged for nothing."""
    console = err()

    def say(what: str) -> None:
        if console.is_terminal:
            console.print(what)

    entries = read_registry(entries_file) if entries_file else invented(300)
    known = leave_out.read_text(encoding="utf-8").splitlines() if leave_out else ()
    prompts = read_prompts(prompts_folder, known) if prompts_folder else ordinary()
    report = measure_names(entries, prompts, side="tuning" if side == "tuning" else "held-out", say=say)
    text = names_markdown(report)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "names.md").write_text(text, encoding="utf-8")
        write_json(folder / "names.json", report.document())
    if as_json:
        emit_json(report.document())
    else:
        out().print(shown(text), soft_wrap=True)

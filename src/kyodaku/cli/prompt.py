# SPDX-License-Identifier: Apache-2.0
"""`prompt`: the generation gate for text."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

import click

from kyodaku.cli._from_snapshot import snapshot_options
from kyodaku.cli._options import MOMENT, json_option, workspace_option
from kyodaku.cli._output import Exit, emit_json, err, out, shown, verdict_exit
from kyodaku.cli._progress import COLOURS
from kyodaku.errors import UsageError
from kyodaku.examine import MAX_TEXT
from kyodaku.generation import Prompted, demand, read_lines
from kyodaku.names.embedding import OnnxTextEmbedder
from kyodaku.rights import Use, Verdict
from kyodaku.training import load_use
from kyodaku.workspace import Workspace

__all__ = ["demand_command", "prompt_command"]

_STDIN: Final = "-"
_LANGUAGES = click.Choice(["en", "ja"])
_BYTES_A_LETTER: Final = 4


@click.command("prompt", epilog='Example:  kyodaku prompt "a walrus plays the accordion" --use use.yaml --suggest')
@click.argument("text", required=False)
@click.option(
    "--batch",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE.jsonl",
    help="Many prompts, one {\"text\": ...} a line; prints one decision a line. '-' reads standard input.",
)
@click.option("--use", "use_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The use file.")
@click.option("--regime", default="jp-prior", show_default=True, help="The regime that decides: a name or a file.")
@click.option("--suggest", is_flag=True, help="Where it may not go ahead: another wording, and what to leave out.")
@click.option("--keep", is_flag=True, help="Keep the text beside the decision; otherwise only a salted hash is kept.")
@click.option(
    "--embedder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with a sentence model: model.onnx and tokenizer.json. What it finds goes to a person.",
)
@click.option("--language", type=_LANGUAGES, default="en", show_default=True, help="The language of the reasons.")
@workspace_option
@json_option
@snapshot_options
def prompt_command(
    *,
    text: str | None,
    batch: Path | None,
    use_file: Path | None,
    regime: str,
    suggest: bool,
    keep: bool,
    embedder: Path | None,
    language: str,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> int:
    """Decide whether TEXT may become a video: which registered works it names or describes, and who said yes.

    TEXT '-' reads standard input. Without --use it is decided as generation by a developer whom no grant names. Exits 0
    only when permitted; of a batch, when every line is.
    """
    if (text is None) == (batch is None):
        raise UsageError("one text, or a --batch of them", hint='e.g. kyodaku prompt "a walrus"')
    how: dict[str, Any] = {"use": load_use(use_file) if use_file else None, "regime": regime, "keep": keep}
    if embedder is not None:
        how["embedder"] = OnnxTextEmbedder.in_folder(embedder)
    with open_workspace() as workspace:
        _warn_of_stranger(workspace, how["use"])
        if batch is not None:
            with _opened(batch) as file:
                return _print_batch(workspace.prompts(read_lines(file), suggest=suggest, **how))
        prompted = workspace.prompt(_stdin() if text == _STDIN else _argument(str(text)), **how)
    if as_json:
        emit_json(prompted.as_json(suggest=suggest))
    else:
        _print_prompted(prompted, language, suggest=suggest)
    return verdict_exit(prompted.decision.verdict)


@click.command("demand", epilog="Example:  kyodaku demand studio --since 2026-01-01T00:00:00Z")
@click.argument("holder")
@click.option("--since", type=MOMENT, help="What was asked from then on.")
@workspace_option
@json_option
def demand_command(
    *, holder: str, since: datetime | None, open_workspace: Callable[[], Workspace], as_json: bool
) -> None:
    """How often prompts asked for the works of HOLDER, and what came of it: what a licence could be priced by.

    It counts what was decided in this workspace, and tells neither texts nor who asked.
    """
    with open_workspace() as workspace:
        found = demand(workspace.registry, holder, since=since)
    if as_json:
        emit_json({"holder": holder, "works": [each.as_json() for each in found]})
        return
    for each in found:
        verdicts = ", ".join(
            f"{count} {verdict.replace('_', ' ')}" for verdict, count in each.verdicts.items() if count
        )
        out().print(f"[bold]{shown(each.work)}[/]  {each.asked} asked: {verdicts}", soft_wrap=True)
        for permission, count in each.permissions.items():
            out().print(f"  under {shown(permission)}: {count}", soft_wrap=True)
    if not found:
        out().print("nobody asked for any of them")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if str(path) == _STDIN:
        yield sys.stdin.buffer
        return
    with path.open("rb") as file:
        yield file


def _stdin() -> str:
    """Standard input as text; a little more than the longest text is enough to tell that it is too long."""
    content = sys.stdin.buffer.read(_BYTES_A_LETTER * MAX_TEXT + 1)
    try:
        return content.decode().removesuffix("\n")
    except UnicodeDecodeError:
        if len(content) > _BYTES_A_LETTER * MAX_TEXT:  # cut within a letter
            return content.decode(errors="replace")
        raise UsageError("this is not UTF-8 text", where="standard input") from None


def _argument(text: str) -> str:
    """TEXT as its bytes say in UTF-8, in whatever locale; read as anything else, a name in it would not be seen."""
    try:
        return os.fsencode(text).decode()
    except UnicodeError:
        raise UsageError("this is not UTF-8 text", where="TEXT", hint="'-' reads standard input") from None


def _print_batch(decisions: Iterator[dict[str, Any]]) -> Exit:
    worst = Verdict.PERMITTED
    for decision in decisions:
        sys.stdout.write(json.dumps(decision, ensure_ascii=False) + "\n")
        worst = max(worst, Verdict(decision["verdict"]))
    return verdict_exit(worst)


def _print_prompted(prompted: Prompted, language: str, *, suggest: bool) -> None:
    console = out()
    document = prompted.as_json(suggest=suggest)
    verdict = prompted.decision.verdict
    console.print(f"[bold {COLOURS[verdict]}]{verdict.replace('_', ' ')}[/]", soft_wrap=True)
    if document["error"]:
        console.print(f"  {shown(document['error'])}", soft_wrap=True)
    for mention in document["mentions"] or ():
        console.print(f"  {shown(mention['text'][language])} [dim]{mention['how']}[/]", soft_wrap=True)
    for ground in prompted.decision.grounds:
        console.print(f"  • {shown(ground.text[language])} [dim]{shown(ground.citation)}[/]", soft_wrap=True)
        if ground.would_change:
            console.print(f"    [dim]{shown(ground.would_change[language])}[/]", soft_wrap=True)
    for need in prompted.decision.needed:
        line = f"permission needed from {need.party or 'the holder'} to {need.act} {need.work or ''}"
        console.print(f"  → {shown(line)}", soft_wrap=True)
    for offer in prompted.offers:
        terms = f": {'; '.join(offer.terms)}" if offer.terms else ""
        console.print(f"  → {shown(f'{offer.party} offers a licence, {offer.permission}{terms}')}", soft_wrap=True)
    if suggest and prompted.suggestion is not None:
        console.print(f"  instead: {shown(prompted.suggestion.text)}", soft_wrap=True)
        console.print(f"  leave out: {shown(', '.join(prompted.suggestion.negative_prompt))}", soft_wrap=True)


def _warn_of_stranger(workspace: Workspace, use: Use | None) -> None:
    if use is not None and not workspace.registry.knows_party(use.developer):
        note = f"the registry knows no party {use.developer!r}, so that no grant can name it"
        err().print(f"kyodaku: {shown(note)}", soft_wrap=True)

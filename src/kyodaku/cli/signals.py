# SPDX-License-Identifier: Apache-2.0
"""`kyodaku signals`: what files, or a place on the web, say to machines of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from kyodaku.cli._options import json_option, signal_options
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.examine import SignalReader, SignalSources, SignalsSeen
from kyodaku.examine.fetching import WebCaptures, require_public
from kyodaku.signals import strictest
from kyodaku.training import open_corpus

__all__ = ["signals_command"]

_COLOURS = {"deny": "red", "constrained": "red", "unknown": "yellow", "allow": "green"}


@click.command("signals", epilog="Example:  kyodaku signals clip.mp4 --site-captures captures")
@click.argument("subject")
@signal_options
@json_option
def signals_command(*, subject: str, signals: SignalSources, as_json: bool) -> None:
    """Show what SUBJECT says to machines: reservations, terms and permissions, and where each stands.

    SUBJECT is a file, a folder or manifest of them, or an http(s) address. Files are read with what lies beside them.
    Only an address is asked for over the network: itself, robots.txt, .well-known/tdmrep.json and ai.txt of its site.
    """
    told = list(_told(subject, signals))
    if as_json:
        emit_json(told[0] if _is_one(subject) else {"media": told})
        return
    for each in told:
        _print(each)


def _is_one(subject: str) -> bool:
    return _is_address(subject) or (Path(subject).is_file() and not _is_manifest(subject))


def _is_address(subject: str) -> bool:
    return subject.lower().startswith(("https://", "http://"))


def _is_manifest(subject: str) -> bool:
    return Path(subject).suffix.lower() in {".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"}


def _told(subject: str, sources: SignalSources) -> Iterator[dict[str, Any]]:
    if _is_address(subject):
        require_public(subject)
        yield _document(subject, SignalReader(sources, web=WebCaptures()).of_address(subject))
        return
    reader = SignalReader(sources)
    try:
        if _is_one(subject):
            yield _document(subject, reader.read(subject))
            return
        for clip in open_corpus(subject):
            if clip.path is not None:
                yield _document(clip.uri, reader.read(clip.path, clip.claim))
            elif _is_address(clip.uri):  # what was kept of it tells, though the medium is not here
                yield _document(clip.uri, reader.read(clip.clip_id, {"url": clip.uri, **clip.claim}))
    finally:
        reader.close()


def _document(subject: str, seen: SignalsSeen) -> dict[str, Any]:
    together = strictest(each.signal for each in seen.signals)
    return {
        "subject": subject,
        "signals": [each.as_json() for each in seen.signals],
        "combined": {act: combined.says for act, combined in together.items()},
    }


def _print(told: dict[str, Any]) -> None:
    console = out()
    console.print(f"[bold]{shown(told['subject'])}[/]", soft_wrap=True)
    if not told["signals"]:
        console.print("  nothing is said to machines here")
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2))
    for name in ("act", "says", "standard", "where"):
        table.add_column(name, overflow="fold")
    for signal in told["signals"]:
        says = f"[{_COLOURS[signal['says']]}]{signal['says']}[/]"
        standard = f"{signal['standard']} {signal['revision']}"
        where = signal["where"] + (f": {signal['warning']}" if signal["warning"] else "")
        table.add_row(signal["act"].replace("_", " "), says, shown(standard), shown(where))
    console.print(table)
    said = ", ".join(f"{act.replace('_', ' ')} {says}" for act, says in told["combined"].items())
    console.print(f"  together: {shown(said)}", soft_wrap=True)

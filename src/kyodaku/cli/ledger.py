# SPDX-License-Identifier: Apache-2.0
"""Commands about the ledger: `ledger verify`, `ledger checkpoint`, `ledger show`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from kyodaku.cli._options import json_option, workspace_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import MAX_NOTE_BYTES, Log, PublicKey, leaf_hash, parse_record, write_atomically
from kyodaku.workspace import Workspace

__all__ = ["ledger"]

_KEY: Final = click.option(
    "--key", "key_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="The public key that you were given (a .pub file); by default the workspace's own.",
)  # fmt: skip


@click.group()
def ledger() -> None:
    """The append-only log of what was declared and decided."""


@ledger.command(epilog="Example:  kyodaku ledger verify --checkpoint kept.txt --key ledger.key.pub")
@click.option(
    "--checkpoint", "note_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="A checkpoint that was kept: nothing that it counts may have changed since.",
)  # fmt: skip
@_KEY
@workspace_option
@json_option
def verify(
    *, note_file: Path | None, key_file: Path | None, open_workspace: Callable[[], Workspace], as_json: bool
) -> None:
    """Recompute the whole ledger and hold the registry against it; exits 5 and names the first bad entry.

    Who can write the files can also write all of them anew: only a checkpoint kept elsewhere shows that.
    """
    note = None if note_file is None else read_note(note_file)
    trust = None if key_file is None else PublicKey.load(key_file)
    with open_workspace() as workspace:
        registry = workspace.registry
        sound = registry.verify(trust=trust)
        kept = None if note is None else registry.check_checkpoint(note, trust=trust)
        root = registry.ledger.root().hex()
    if as_json:
        facts = {"entries": sound.entries, "declarations": sound.declarations, "references": sound.references}
        checked = None if kept is None else {"size": kept.size, "root": kept.root.hex()}
        emit_json({"sound": True, **facts, "orphans": list(sound.orphans), "root": root, "checkpoint": checked})
        return
    counts = f"{sound.entries} entries, {sound.declarations} declarations, {sound.references} references"
    out().print(f"sound: {counts}\nroot {root}", soft_wrap=True)
    if kept is not None:
        out().print(f"the first {kept.size} entries are those of the checkpoint")


@ledger.command(epilog="Example:  kyodaku ledger checkpoint -o today.txt")
@click.option(
    "-o", "--out", "file", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it; by default stdout."
)
@workspace_option
@json_option
def checkpoint(*, file: Path | None, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """Sign the ledger's size and root, to be given away: who keeps it notices any later change of what it counts."""
    with open_workspace() as workspace:
        note = workspace.registry.sign_checkpoint()
    if file is not None:
        try:
            write_atomically(file, note.encode())
        except OSError as error:
            raise KyodakuError(f"the checkpoint could not be written: {error.strerror}", where=str(file)) from None
    if as_json:
        origin, size, *_ = note.split("\n")
        emit_json({"origin": origin, "size": int(size), "note": note, "file": None if file is None else str(file)})
    elif file is None:
        click.echo(note, nl=False)
    else:
        out().print(f"checkpoint of {note.split(chr(10))[1]} entries in {shown(str(file))}", soft_wrap=True)


@ledger.command(epilog="Example:  kyodaku ledger show 17")
@click.argument("index", type=click.IntRange(0))
@workspace_option
@json_option
def show(*, index: int, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """Show entry INDEX, counted from 0, with the proof that it is in the ledger as it is now."""
    with open_workspace() as workspace:
        facts = _facts(workspace.registry.ledger, index)
    if as_json:
        emit_json(facts)
        return
    for name, value in (facts["record"] or {"bytes": facts["entry"]}).items():
        out().print(f"{shown(name)}  {shown(str(value))}", soft_wrap=True)
    where = f"entry {index} of {facts['size']}, {len(facts['proof'])} hashes to the root {facts['root']}"
    out().print(f"[dim]{where}[/]", soft_wrap=True)


def _facts(log: Log, index: int) -> dict[str, Any]:
    size = log.size
    try:
        entry = log.entry(index)
    except IndexError:
        raise UsageError(f"the ledger has {size} entries", hint=f"the last is {size - 1}" if size else "") from None
    proof = [each.hex() for each in log.inclusion_proof(index, size)]
    return {
        "index": index,
        "entry": entry.hex(),
        "record": _record(entry),
        "leaf": leaf_hash(entry).hex(),
        "size": size,
        "root": log.root(size).hex(),
        "proof": proof,
    }


def _record(entry: bytes) -> dict[str, Any] | None:
    try:
        return dict(parse_record(entry))
    except IntegrityError:
        return None  # the log takes what it is given


def read_note(file: Path) -> str:
    """A signed note from a file; UsageError for one that cannot be any."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_NOTE_BYTES + 1)
        if len(content) <= MAX_NOTE_BYTES:
            return content.decode()
    except OSError as error:
        raise KyodakuError(f"the checkpoint could not be read: {error.strerror}", where=str(file)) from None
    except UnicodeDecodeError:
        pass
    raise IntegrityError("this is not a signed note", where=str(file), hint="expected what `ledger checkpoint` wrote")

# SPDX-License-Identifier: Apache-2.0
"""Commands about the ledger: `ledger verify`, `checkpoint`, `show`, `publish`, `rotate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from kyodaku.cli._notes import note_from, open_published
from kyodaku.cli._options import json_option, workspace_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import (
    Checkpoint,
    Log,
    PublicKey,
    check_log,
    leaf_hash,
    parse_record,
    verify_checkpoint,
    write_atomically,
)
from kyodaku.registry import Soundness
from kyodaku.workspace import Workspace

__all__ = ["ledger"]

_MOST_LISTED: Final = 20

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
@click.option(
    "--published", "--log", "published", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Verify a log that was published there, by --key; no workspace is needed.",
)  # fmt: skip
@workspace_option
@json_option
def verify(
    *,
    note_file: Path | None,
    key_file: Path | None,
    published: Path | None,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> None:
    """Recompute the whole ledger and hold the registry against it; exits 5 and names the first bad entry.

    Who can write the files can also write all of them anew: only a checkpoint kept elsewhere shows that.
    """
    note = None if note_file is None else note_from(note_file)
    trust = None if key_file is None else PublicKey.load(key_file)
    if published is not None:
        _verify_published(published, note, trust, as_json=as_json)
        return
    with open_workspace() as workspace:
        registry = workspace.registry
        sound = registry.verify(trust=trust)
        kept = None if note is None else registry.check_checkpoint(note, trust=trust)
        root = registry.ledger.root().hex()
    facts: dict[str, Any] = {
        "entries": sound.entries,
        "declarations": sound.declarations,
        "references": sound.references,
        "orphans": list(sound.orphans),
        "erased": list(sound.erased),
        "runs": sound.runs,
        "unrecorded": list(sound.unrecorded),
    }
    _tell(facts, root, kept, as_json=as_json)
    if not as_json:
        _tell_gone(sound)


def _tell_gone(sound: Soundness) -> None:
    """What of the ledger is in no database: nobody may take it for sound without having been told."""
    if sound.erased:
        out().print(f"erased, as the ledger says: {_listed('entry', 'entries', sound.erased)}", soft_wrap=True)
    if sound.orphans:
        which = _listed("entry", "entries", sound.orphans)
        why = "an import was killed before they were recorded, or they were removed since"
        out().print(f"[yellow]not in the database[/]: the declarations of {which}; {why}", soft_wrap=True)
    if sound.unrecorded:
        which = _listed("entry", "entries", sound.unrecorded)
        why = "one was killed before it was recorded, or they were removed since"
        out().print(f"[yellow]not in the database[/]: the runs or models of {which}; {why}", soft_wrap=True)


def _listed(one: str, several: str, indexes: Sequence[int]) -> str:
    shown_ones = ", ".join(map(str, indexes[:_MOST_LISTED]))
    more = f" and {len(indexes) - _MOST_LISTED} more (--json)" if len(indexes) > _MOST_LISTED else ""
    return f"{one if len(indexes) == 1 else several} {shown_ones}{more}"


def _verify_published(folder: Path, note: str | None, trust: PublicKey | None, *, as_json: bool) -> None:
    log, keys = open_published(folder, trust)
    facts = {"origin": log.checkpoint.origin, "entries": log.verify()}
    keys.check_entries(log)
    kept = None
    if note is not None:
        kept = verify_checkpoint(note, keys, log.checkpoint.origin)
        check_log(log, kept)
    _tell(facts, log.root().hex(), kept, as_json=as_json)


def _tell(facts: Mapping[str, Any], root: str, kept: Checkpoint | None, *, as_json: bool) -> None:
    if as_json:
        checked = None if kept is None else {"size": kept.size, "root": kept.root.hex()}
        emit_json({"sound": True, **facts, "root": root, "checkpoint": checked})
        return
    counts = ", ".join(f"{count} {name}" for name, count in facts.items() if isinstance(count, int))
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


@ledger.command("publish", epilog="Example:  kyodaku ledger publish -o /srv/www/ledger")
@click.option(
    "-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True,
    help="Where to write; what was published there before is added to.",
)  # fmt: skip
@workspace_option
@json_option
def publish_command(*, folder: Path, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """Write the ledger as files that any static host can serve: C2SP tlog-tiles, with a signed checkpoint.

    Only hashes and metadata are in it. Every file but the checkpoint is written once and never changes.
    """
    with open_workspace() as workspace:
        signed = workspace.registry.publish(folder)
    if as_json:
        emit_json({"path": str(folder), "origin": signed.origin, "size": signed.size, "root": signed.root.hex()})
    else:
        out().print(f"{signed.size} entries published in {shown(str(folder))}", soft_wrap=True)


@ledger.command(epilog="Example:  kyodaku ledger rotate")
@workspace_option
@json_option
def rotate(*, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """Replace the signing key by a new one, which the old one names in the ledger; the old one is deleted.

    Who trusts an earlier public key can follow to the new one, and need not be given it.
    """
    with open_workspace() as workspace:
        done = workspace.registry.rotate_key()
    if as_json:
        emit_json({"index": done.size, "old": str(done.old), "new": str(done.new), "note": done.note})
    else:
        out().print(f"ledger entry {done.size}\npublic key {shown(str(done.new))}", soft_wrap=True)


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

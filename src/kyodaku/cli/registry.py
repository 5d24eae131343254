# SPDX-License-Identifier: Apache-2.0
"""Commands about the workspace's memory: `init`, `registry`, `ledger`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from kyodaku.cli._options import json_option, workspace_option
from kyodaku.cli._output import emit_json, err, out, shown
from kyodaku.cli.odrl import export_odrl
from kyodaku.registry.documents import ODRL
from kyodaku.workspace import DEFAULT_FOLDER, Workspace

__all__ = ["init", "ledger", "registry"]


@click.command(epilog="Example:  kyodaku init && kyodaku registry import registry.yaml")
@click.option(
    "--workspace", "folder", type=click.Path(file_okay=False, path_type=Path), envvar="KYODAKU_WORKSPACE",
    show_envvar=True, default=DEFAULT_FOLDER, show_default=True, help="The folder to make.",
)  # fmt: skip
@json_option
def init(*, folder: Path, as_json: bool) -> None:
    """Make a workspace: an empty registry, its ledger and its signing key."""
    with Workspace.open(folder, create=True) as workspace:
        key = str(workspace.registry.signing_key().public)
    if as_json:
        emit_json({"workspace": str(folder), "public_key": key})
    else:
        out().print(f"workspace {shown(str(folder))}\npublic key {shown(key)}", soft_wrap=True)


@click.group()
def registry() -> None:
    """Who holds what, and what they said."""


registry.add_command(export_odrl)


@registry.command("import", epilog="Example:  kyodaku registry import parties.yaml works.yaml")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--format", "form", type=click.Choice([ODRL]), help="Read them as ODRL, as files named .jsonld and .ttl are anyway."
)
@workspace_option
@json_option
def import_command(
    *, files: tuple[Path, ...], form: str | None, open_workspace: Callable[[], Workspace], as_json: bool
) -> None:
    """Record what FILES declare (YAML, JSON or ODRL): all of it, or nothing and every problem by file and line."""
    with open_workspace() as workspace:
        report = workspace.import_registry(files, form=form)
    for note in report.notes:
        err().print(f"kyodaku: {shown(note)}", soft_wrap=True)
    if as_json:
        emit_json(report.as_json())
        return
    for kind, count in sorted(report.new.items()):
        out().print(f"{count} new {kind if count == 1 else _plural(kind)}")
    unchanged = sum(report.unchanged.values())
    if unchanged or not report.recorded:
        out().print(f"{unchanged} unchanged")


@registry.command(epilog="Example:  kyodaku registry show film-1")
@click.argument("name", metavar="ID")
@workspace_option
@json_option
def show(*, name: str, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """Show everything that was ever declared under ID, oldest first."""
    with open_workspace() as workspace:
        declarations = [declaration.as_json() for declaration in workspace.registry.history(name)]
    if as_json:
        emit_json({"id": name, "declarations": declarations})
        return
    if not declarations:
        out().print(f"nothing is declared under {shown(name)}")
    for each in declarations:
        entry = f"[dim]ledger {each['ledger_index']}[/]"
        head = f"[bold]{each['recorded_at']}[/]  {each['kind']} {shown(each['id'])}  {entry}"
        out().print(head, soft_wrap=True)
        out().print(f"  {shown(json.dumps(each['body'], ensure_ascii=False))}", soft_wrap=True)


@click.group()
def ledger() -> None:
    """The append-only log of what was declared and decided."""


@ledger.command(epilog="Example:  kyodaku ledger verify")
@workspace_option
@json_option
def verify(*, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """Recompute the whole ledger and hold the registry against it; exits 5 and names the first bad entry."""
    with open_workspace() as workspace:
        sound = workspace.registry.verify()
        root = workspace.registry.ledger.root().hex()
    if as_json:
        facts = {"entries": sound.entries, "declarations": sound.declarations, "references": sound.references}
        emit_json({"sound": True, **facts, "orphans": list(sound.orphans), "root": root})
        return
    counts = f"{sound.entries} entries, {sound.declarations} declarations, {sound.references} references"
    out().print(f"sound: {counts}\nroot {root}", soft_wrap=True)


def _plural(kind: str) -> str:
    return "parties" if kind == "party" else f"{kind}s"

# SPDX-License-Identifier: Apache-2.0
"""Commands about the workspace's memory: `init`, `registry`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import click
from click.core import ParameterSource

from kyodaku.cli._options import MOMENT, json_option, workspace_option
from kyodaku.cli._output import emit_json, err, out, shown
from kyodaku.cli._work_view import print_view
from kyodaku.cli.odrl import export_odrl
from kyodaku.errors import UsageError
from kyodaku.registry import Address, Declaration, Registry, upgrade
from kyodaku.registry.documents import ODRL
from kyodaku.workspace import DEFAULT_FOLDER, Workspace

__all__ = ["init", "registry"]


def _without_password(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    on_command_line = ctx.get_parameter_source(str(param.name)) is ParameterSource.COMMANDLINE
    if value and on_command_line and Address.parse(value).has_password:
        hint = "put it in PGPASSFILE, PGPASSWORD or KYODAKU_REGISTRY"
        raise UsageError("a password on the command line is read by everyone on this machine", hint=hint)
    return value


_FOLDER = click.option(
    "--workspace", "folder", type=click.Path(file_okay=False, path_type=Path), envvar="KYODAKU_WORKSPACE",
    show_envvar=True, default=DEFAULT_FOLDER, show_default=True, help="The workspace's folder.",
)  # fmt: skip
_REGISTRY = click.option(
    "--registry", "registry_url", metavar="URL", envvar="KYODAKU_REGISTRY", show_envvar=True,
    callback=_without_password, help="A registry shared with others: postgresql://user@host/database.",
)  # fmt: skip


@click.command(epilog="Example:  kyodaku init && kyodaku registry import registry.yaml")
@_FOLDER
@_REGISTRY
@json_option
def init(*, folder: Path, registry_url: str | None, as_json: bool) -> None:
    """Make a workspace: an empty registry, its ledger and its signing key.

    With --registry the workspace shares a registry in PostgreSQL, and remembers it.
    """
    with Registry.open(folder, registry_url=registry_url, create=True) as registry:
        key = str(registry.signing_key().public)
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
    """Record what FILES declare: all of it, or nothing and every problem by file and line.

    They are YAML, or by the end of their names JSON (.json), JSON Lines (.jsonl), CSV (.csv) or ODRL.
    """
    with open_workspace() as workspace:
        report = workspace.import_registry(files, form=form)
    for note in report.notes:
        err().print(f"kyodaku: {shown(note)}", soft_wrap=True)
    if as_json:
        emit_json(report.as_json())
        return
    for kind, count in sorted(report.new.items()):
        out().print(f"{count} new {_counted(kind, count)}")
    unchanged = sum(report.unchanged.values())
    if unchanged or not report.recorded:
        out().print(f"{unchanged} unchanged")


@registry.command(epilog="Example:  kyodaku registry show film-1 --as-of 2026-01-01T00:00:00Z")
@click.argument("name", metavar="ID")
@click.option("--as-of", type=MOMENT, help="What was recorded by then; by default now.")
@click.option("--effective-at", type=MOMENT, help="What of it was in force then; by default at the same moment.")
@click.option("--history", is_flag=True, help="Of a work, too, everything that was ever declared.")
@workspace_option
@json_option
def show(
    *,
    name: str,
    as_of: datetime | None,
    effective_at: datetime | None,
    history: bool,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> None:
    """Show a work as it stood: shares, mandates, statements in force, conflicts. Of any other ID, its history.

    The history is everything that was ever declared under ID, oldest first.
    """
    with open_workspace() as workspace:
        held = workspace.registry
        declared = [each for each in held.history(name) if as_of is None or each.recorded_at <= as_of]
        is_work = any(each.kind == "work" for each in declared)
        view = held.show(name, as_of=as_of, effective_at=effective_at) if is_work else None
        if not declared:
            hint = _looked_up(held, name) if as_of is None else "leave --as-of out for what was declared since"
            when = "" if as_of is None else " by then"
            raise UsageError(f"nothing is declared under {name!r}{when}", where=str(held.directory), hint=hint)
    if as_json:
        known = {} if view is None else view.as_json()
        emit_json({"id": name, **known, "declarations": [declaration.as_json() for declaration in declared]})
        return
    if view is not None:
        print_view(view)
    if view is None or history:
        _print_history(declared)


def _looked_up(held: Registry, name: str) -> str:
    """Where an id may be found that nobody declared: the nearest work's, a run's, or in the files to be imported."""
    if any(held.kept_runs(kind, name) for kind in ("run", "model")):
        return "`kyodaku runs show` tells of runs"
    try:
        held.require_work(name)
    except UsageError as error:
        return error.hint or ""
    return ""


def _print_history(declared: Iterable[Declaration]) -> None:
    for each in (declaration.as_json() for declaration in declared):
        entry = f"[dim]ledger {each['ledger_index']}[/]"
        head = f"[bold]{each['recorded_at']}[/]  {each['kind']} {shown(each['id'])}  {entry}"
        out().print(head, soft_wrap=True)
        stated = shown(json.dumps(each["body"], ensure_ascii=False)) if each["body"] else "[dim]erased[/]"
        out().print(f"  {stated}", soft_wrap=True)


@registry.command(epilog="Example:  kyodaku registry erase 17")
@click.argument("index", type=click.IntRange(0))
@workspace_option
@json_option
def erase(*, index: int, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """Erase what was stated in the ledger's entry INDEX, after a later declaration took its place.

    The ledger still verifies. Snapshots, exports and backups that were made before still have what was stated.
    """
    with open_workspace() as workspace:
        said = workspace.registry.erase(index)
    if as_json:
        emit_json({"erased": index, "ledger_index": said})
    else:
        out().print(f"erased; ledger entry {said} says so", soft_wrap=True)


@registry.command("upgrade", epilog="Example:  kyodaku registry upgrade --registry postgresql://owner@db/kyodaku")
@_FOLDER
@_REGISTRY
@json_option
def upgrade_command(*, folder: Path, registry_url: str | None, as_json: bool) -> None:
    """Bring a registry's tables to this version; for one that is shared nothing else does, as others work with it.

    The registry is the one named by --registry, else the workspace's. Upgrade Kyodaku on all machines first.
    """
    before, after = upgrade(registry_url, workspace=folder)
    if as_json:
        emit_json({"before": before, "after": after})
    elif before == after:
        out().print(f"schema {after}: nothing to do")
    else:
        out().print(f"schema {before or 'none'} → {after}")


def _counted(kind: str, count: int) -> str:
    if kind == "names":  # one declaration holds all names of one work
        return "work's names" if count == 1 else "works' names"
    return kind if count == 1 else _plural(kind)


def _plural(kind: str) -> str:
    return "parties" if kind == "party" else f"{kind}s"

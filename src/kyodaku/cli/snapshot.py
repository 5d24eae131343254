# SPDX-License-Identifier: Apache-2.0
"""`kyodaku snapshot`: the signed state that gates elsewhere decide from."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from kyodaku.cli._options import json_option, workspace_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.errors import UsageError
from kyodaku.ledger import PublicKey
from kyodaku.registry import Exported
from kyodaku.registry.deltas import apply_delta
from kyodaku.workspace import Workspace

__all__ = ["snapshot"]


class _Span(click.ParamType[timedelta]):
    """A length of time: 7d, 36h, 90m."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,5})([dhm])", str(value))
        if found is None:
            self.fail(f"{value!r} is no length of time; write it like 7d, 36h or 90m", param, ctx)
        unit = {"d": "days", "h": "hours", "m": "minutes"}[found[2]]
        return timedelta(**{unit: int(found[1])})


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(invoke_without_command=True, epilog="Example:  kyodaku snapshot -o snapshot --for lab --valid 7d")
@click.option("-o", "--out", "folder", type=click.Path(path_type=Path), help="The new folder to write.")
@click.option(
    "--for", "audience", metavar="PARTY", help="Only what this developer may see: no grants to others, for one."
)
@click.option("--valid", type=_Span(), default="7d", show_default=True, help="For how long gates may decide from it.")
@click.option("--since", type=_FOLDER, help="Write only what is new since this older snapshot; see 'apply'.")
@workspace_option
@json_option
@click.pass_context
def snapshot(
    ctx: click.Context,
    *,
    folder: Path | None,
    audience: str | None,
    valid: timedelta,
    since: Path | None,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> None:
    """Write the present state of the registry for gates elsewhere, signed.

    It holds who holds what and what they said, the index of references, and the tables of the law. Whoever decides
    from it needs the workspace's public key.
    """
    if ctx.invoked_subcommand is not None:
        return
    if folder is None:
        raise UsageError("where to write it is not said", hint="kyodaku snapshot -o DIR")
    with open_workspace() as workspace:
        made = workspace.registry.export(folder, valid=valid, audience=audience, since=since)
        key = str(workspace.registry.signing_key().public)
    if as_json:
        emit_json({**made.as_json(), "public_key": key})
    else:
        _print(made, key)


@snapshot.command("apply", epilog="Example:  kyodaku snapshot apply monday tuesday-delta -o tuesday --key studio.pub")
@click.argument("older", type=_FOLDER)
@click.argument("delta", type=_FOLDER)
@click.option("-o", "--out", "folder", type=click.Path(path_type=Path), required=True, help="The new folder to write.")
@click.option(
    "--key", "key_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The public key that must have signed it; 'clear' and 'check' ask for it in any case.",
)  # fmt: skip
@json_option
def apply_command(*, older: Path, delta: Path, folder: Path, key_file: Path | None, as_json: bool) -> None:
    """Put the snapshot OLDER and what is new since then (DELTA) together: byte for byte the newer snapshot."""
    applied = apply_delta(older, delta, folder, trust=None if key_file is None else PublicKey.load(key_file))
    if as_json:
        emit_json(applied.as_json())
    else:
        out().print(f"snapshot {shown(str(applied.path))}\n  {applied.statement.id}", soft_wrap=True)


def _print(made: Exported, key: str) -> None:
    said = made.as_json()
    whom = f" for {said['for']}" if said["for"] else ""
    out().print(f"snapshot {shown(said['path'])}{shown(whom)}, until {said['expires_at']}", soft_wrap=True)
    out().print(f"  {said['id']} as of {said['as_of']}\n  signed by {shown(key)}", soft_wrap=True)

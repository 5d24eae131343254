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
from kyodaku.registry import Exported
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


_OUT = click.option(
    "-o", "--out", "folder", type=click.Path(path_type=Path), required=True, help="The new folder to write."
)


@click.command(epilog="Example:  kyodaku snapshot -o snapshot --valid 7d")
@_OUT
@click.option("--valid", type=_Span(), default="7d", show_default=True, help="For how long gates may decide from it.")
@click.option(
    "--for", "audience", metavar="PARTY", help="Only what this developer may see: no grants to others, for one."
)
@workspace_option
@json_option
def snapshot(
    *, folder: Path, valid: timedelta, audience: str | None, open_workspace: Callable[[], Workspace], as_json: bool
) -> None:
    """Write the present state of the registry for gates elsewhere, signed.

    It holds who holds what and what they said, the index of references, and the tables of the law. Whoever decides
    from it needs the workspace's public key.
    """
    with open_workspace() as workspace:
        made = workspace.registry.export(folder, valid=valid, audience=audience)
        key = str(workspace.registry.signing_key().public)
    if as_json:
        emit_json({**made.as_json(), "public_key": key})
    else:
        _print(made, key)


def _print(made: Exported, key: str) -> None:
    said = made.as_json()
    whom = f" for {said['for']}" if said["for"] else ""
    out().print(f"snapshot {shown(said['path'])}{shown(whom)}, until {said['expires_at']}", soft_wrap=True)
    out().print(f"  {said['id']} as of {said['as_of']}\n  signed by {shown(key)}", soft_wrap=True)

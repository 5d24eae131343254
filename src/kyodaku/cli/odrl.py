# SPDX-License-Identifier: Apache-2.0
"""`kyodaku registry export-odrl`: statements, as policies that other programs read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from kyodaku.cli._options import MOMENT, json_option, workspace_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.errors import UsageError
from kyodaku.registry import odrl
from kyodaku.workspace import Workspace

__all__ = ["export_odrl"]

_NOT_IN_IRIS = frozenset(' <>"{}|\\^`')
"""RFC 3987; other white space is not printable."""


@click.command("export-odrl", epilog="Example:  kyodaku registry export-odrl film-1 -o film-1.jsonld")
@click.argument("names", nargs=-1, metavar="[WORK|STATEMENT]...")
@click.option("-o", "--out", "target", required=True, metavar="FILE", help="The JSON-LD file to write; - for stdout.")
@click.option("--as-of", type=MOMENT, help="What was recorded by then; by default now.")
@click.option(
    "--base", metavar="IRI", default=odrl.BASE, show_default=True, help="What makes an id an IRI, ending in / or #."
)
@workspace_option
@json_option
def export_odrl(
    *,
    names: tuple[str, ...],
    target: str,
    as_of: datetime | None,
    base: str,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> None:
    """Write statements as ODRL 2.2 policies: those named, those about a WORK, or all.

    With a work come the statements about what it is part of and was made from; with a statement, its revocations.
    """
    is_iri = base.isprintable() and not _NOT_IN_IRIS.intersection(base)
    if not (is_iri and base.startswith(("http://", "https://", "urn:")) and base.endswith(("/", "#", ":"))):
        raise UsageError(f"{base!r} does not make ids into IRIs", hint="write it like https://registry.example/id/")
    with open_workspace() as workspace:
        statements = odrl.select_statements(workspace.registry.record(as_of), names)
    document = odrl.policies(statements, base=base)
    if target == "-":
        emit_json(document)
        return
    Path(target).write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if as_json:
        emit_json({"file": target, "policies": len(statements)})
        return
    counted = f"{len(statements)} polic{'y' if len(statements) == 1 else 'ies'}"
    out().print(f"{counted} in {shown(target)}", soft_wrap=True)

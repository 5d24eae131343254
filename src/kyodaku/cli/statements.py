# SPDX-License-Identifier: Apache-2.0
"""Statements of holders: grant, refuse, object, revoke. Each is recorded for ever and only ever followed by another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from kyodaku.cli._affected import print_affected
from kyodaku.cli._options import MOMENT, json_option, workspace_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.training import Affected, affected_by
from kyodaku.workspace import Workspace

__all__ = ["grant", "object_command", "refuse", "revoke"]

_BY = click.option("--by", required=True, metavar="PARTY", help="Who speaks: a holder, or one with a mandate.")
_REACHES_BACK = ("objection", "revocation")
"""Statements that change nothing of what was decided, but whose speaker asks what that was."""
_FROM = click.option("--from", "effective_from", type=MOMENT, help="From when it holds; by default from now.")
_UNTIL = click.option("--until", "effective_until", type=MOMENT, help="The first moment at which it no longer holds.")
_TO = click.option("--to", multiple=True, metavar="PARTY", help="To whom; may be repeated.")
_WORKS = click.option("--work", "works", multiple=True, metavar="WORK", help="Which work, or 'all'; may be repeated.")
_ACTS = click.option("--act", "acts", multiple=True, metavar="ACT", help="Which act, e.g. train; may be repeated.")
_SCOPE = (
    click.option("--purpose", "purposes", multiple=True, help="For which purpose only."),
    click.option("--territory", "territories", multiple=True, metavar="JP", help="In which territories only."),
    click.option("--model", "models", multiple=True, help="For which models only, e.g. video-1 or video-1@2."),
    click.option("--media", multiple=True, metavar="MEDIUM", help="For which media only, e.g. video."),
)


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        for option in reversed([*options, workspace_option, json_option]):
            command = option(command)
        return command

    return decorate


@click.command(
    epilog="Example:  kyodaku grant --by studio --to lab --work film-1 --act train --model video-1 --territory JP"
)
@_options(
    _BY, _TO, _WORKS, _ACTS, *_SCOPE, _FROM, _UNTIL,
    click.option("--duty", "duties", multiple=True, help="What the use must fulfil, e.g. attribution."),
    click.option("--condition", "conditions", multiple=True, help="What must be met before; a person decides."),
    click.option("--sublicence", is_flag=True, help="Whom it is granted to may license others as far as it reaches."),
    click.option("--exclusive", is_flag=True, help="Promise that nobody else is granted the same."),
    click.option("--under", metavar="GRANT", help="The grant to the speaker, with sublicence, that this one rests on."),
)  # fmt: skip
def grant(**fields: Any) -> None:
    """Say yes: a party permits others a use of its works, from now on."""
    _state("grant", fields)


@click.command(epilog="Example:  kyodaku refuse --by studio --work film-1 --act train")
@_options(_BY, _TO, _WORKS, _ACTS, *_SCOPE, _FROM, _UNTIL)
def refuse(**fields: Any) -> None:
    """Say no: what is left open (to whom, which act) is refused to all and altogether."""
    _state("refusal", fields)


@click.command("object", epilog="Example:  kyodaku object --by studio --work film-1 --act train --to lab")
@_options(_BY, _TO, _WORKS, _ACTS, *_SCOPE, _FROM, _UNTIL)
def object_command(**fields: Any) -> None:
    """Object to a use: any one co-owner may (Art. 117 of Japan's Copyright Act)."""
    _state("objection", fields)


@click.command(epilog="Example:  kyodaku revoke grant-7 --by studio")
@click.argument("statement")
@_options(
    _BY, _FROM,
    click.option("--purge", is_flag=True, help="Ask that copies and models made before go as well."),
)  # fmt: skip
def revoke(**fields: Any) -> None:
    """Withdraw an earlier STATEMENT by its id, from now on; what was done before stays as it was decided.

    With --purge it also asks that copies made and models trained before go. That changes no decision: it is for those
    whose runs it reaches.
    """
    fields["revokes"] = fields.pop("statement")
    fields["effect"] = "purge" if fields.pop("purge") else None
    _state("revocation", fields)


def _state(kind: str, fields: dict[str, Any]) -> None:
    open_workspace: Callable[[], Workspace] = fields.pop("open_workspace")
    as_json = fields.pop("as_json")
    fields["effective_from"] = fields["effective_from"] or datetime.now(UTC)  # said again later, it is said anew
    given = {name: _plain(value) for name, value in fields.items() if value not in (None, (), False)}
    with open_workspace() as workspace:
        report = workspace.registry.import_document({"permissions": [{"kind": kind, **given}]}, name=kind)
        (recorded,) = report.recorded
        affected = _reached(workspace, recorded.id) if kind in _REACHES_BACK else ()
    if as_json:
        document = {"id": recorded.id, "kind": kind, "ledger_index": recorded.ledger_index, "new": recorded.new}
        emit_json(document | ({"affected": [each.as_json() for each in affected]} if kind in _REACHES_BACK else {}))
        return
    state = "recorded" if recorded.new else "already recorded"
    out().print(f"{kind} {shown(recorded.id)} {state}, ledger entry {recorded.ledger_index}", soft_wrap=True)
    if affected:
        out().print("what was cleared before:")
        print_affected(affected, clips=False)


def _reached(workspace: Workspace, statement: str) -> tuple[Affected, ...]:
    """The runs that a statement reaches; where none was recorded, nothing is loaded to find them."""
    if not workspace.registry.kept_runs("run"):
        return ()
    return affected_by(workspace.registry, statement)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value

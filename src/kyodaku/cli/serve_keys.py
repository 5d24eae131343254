# SPDX-License-Identifier: Apache-2.0
"""`kyodaku serve keys`: the keys under which teams ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.table import Table

from kyodaku.cli._options import json_option
from kyodaku.cli._output import emit_json, err, out, shown
from kyodaku.cli._serve_workspace import opened_teams, workspace_option
from kyodaku.service.teams import Key, Policy

__all__ = ["keys"]


@click.group("keys")
def keys() -> None:
    """The keys under which teams ask."""


@keys.command("add", epilog="Example:  kyodaku serve keys add film-team --per-minute 30 --seconds-a-day 600")
@click.argument("team")
@click.option("--per-minute", type=click.IntRange(1), default=60, show_default=True, help="Requests a minute.")
@click.option("--at-once", type=click.IntRange(1), default=20, show_default=True, help="Videos being made at once.")
@click.option("--seconds-a-day", type=click.IntRange(1), help="Seconds of video a day; by default no limit.")
@click.option("--regime", help="Decides this team's requests, in place of the service's.")
@click.option("--territory", multiple=True, metavar="COUNTRY", help="Where this team shows videos.")
@click.option("--on-review", type=click.Choice(["hold", "refuse"]), default="hold", help="What is done with doubt.")
@click.option(
    "--thumbnails", type=click.IntRange(0, 8), default=0, help="Small pictures kept of each blocked video; none."
)
@click.option("--dry-run", is_flag=True, help="Record what would be decided, and refuse nothing.")
@workspace_option
@json_option
def keys_add(*, workspace: Path, as_json: bool, **policy: Any) -> None:
    """Make a key for TEAM; it is shown once."""
    with opened_teams(workspace) as teams:
        key, secret = teams.add(Policy.from_json(policy))
    if as_json:
        emit_json({"id": key.id, "key": secret, "team": key.policy.team})
    else:
        out().print(f"{secret}", soft_wrap=True)
        err().print(f"kyodaku: this is {key.id}, and it is shown once: keep it where the team's programs read it")


@keys.command("list", epilog="Example:  kyodaku serve keys list")
@workspace_option
@json_option
def keys_list(*, workspace: Path, as_json: bool) -> None:
    """All keys, without their secrets."""
    with opened_teams(workspace) as teams:
        every = teams.all()
    if as_json:
        emit_json({"keys": [_key_as_json(key) for key in every]})
        return
    table = Table("id", "team", "made", "a minute", "seconds a day", "state", box=None)
    for key in every:
        policy = key.policy
        state = "revoked" if key.revoked_at else "dry run" if policy.dry_run else "in force"
        made = f"{key.made_at:%Y-%m-%d}"
        table.add_row(key.id, shown(policy.team), made, str(policy.per_minute), str(policy.seconds_a_day or "-"), state)
    out().print(table)


@keys.command("revoke", epilog="Example:  kyodaku serve keys revoke key_0123456789abcdef")
@click.argument("key")
@workspace_option
def keys_revoke(*, key: str, workspace: Path) -> None:
    """Answer nothing under KEY (its id) from now on."""
    with opened_teams(workspace) as teams:
        teams.revoke(key)
    out().print(f"revoked  {shown(key)}")


def _key_as_json(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "team": key.policy.team,
        "made_at": key.made_at.isoformat(),
        "revoked": key.revoked_at is not None,
    }

# SPDX-License-Identifier: Apache-2.0
"""`kyodaku serve held` and `blocked`: what waits for a person, and what was made and may not be shown."""

from __future__ import annotations

from pathlib import Path

import click

from kyodaku.cli._options import json_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.cli._serve_workspace import workspace_option
from kyodaku.errors import UsageError
from kyodaku.generation.blocked import BlockedVideos
from kyodaku.registry import Registry
from kyodaku.service.assembling import Settings, opened_desk, service_folder
from kyodaku.service.defaults import Defaults
from kyodaku.service.reviewing import settle

__all__ = ["blocked_command", "held"]


@click.command("held", epilog="Example:  kyodaku serve held --release video_0123... --by reviewer-1")
@click.option("--release", metavar="VIDEO", help="Let this one go on.")
@click.option("--refuse", metavar="VIDEO", help="Let this one fail.")
@click.option("--by", default="", help="Who decided; it is kept with the job.")
@workspace_option
@json_option
def held(*, release: str | None, refuse: str | None, by: str, workspace: Path, as_json: bool) -> None:
    """What waits for a person: list it, release it, or refuse it."""
    if release and refuse:
        raise UsageError("--release and --refuse exclude each other")
    settings = Settings(workspace=workspace, defaults=Defaults(developer="-"), generator="http://127.0.0.1/")
    with opened_desk(settings) as desk:
        if release or refuse:
            job = settle(desk, release or refuse or "", release=release is not None, by=by)
            out().print(f"{job.state}  {job.id}")
            return
        waiting = desk.store.held()
    if as_json:
        emit_json(
            {"held": [{"id": job.id, "state": job.state, "steps": [s.as_json() for s in job.steps]} for job in waiting]}
        )
        return
    for job in waiting:
        works = ", ".join(dict.fromkeys(work for step in job.steps for work in step.works)) or "-"
        out().print(f"{job.state}  {job.id}  {job.created_at:%Y-%m-%d %H:%M}  {shown(works)}", soft_wrap=True)


@click.command("blocked", epilog="Example:  kyodaku serve blocked --json")
@workspace_option
@json_option
def blocked_command(*, workspace: Path, as_json: bool) -> None:
    """What was made and may not be shown: its hash, the decision, and where in it which work was found."""
    Registry.open(workspace).close()  # says where there is no workspace
    records = list(BlockedVideos(service_folder(workspace) / "blocked").all())
    if as_json:
        emit_json({"blocked": records})
        return
    for record in records:
        works = ", ".join(record["works"]) or "-"
        when = record["blocked_at"][:16].replace("T", " ")
        line = f"{record['video']}  {when}  {record['verdict']}  {works}  sha256:{record['sha256'][:12]}"
        out().print(shown(line), soft_wrap=True)
    if not records:
        out().print("nothing was blocked after it was made")

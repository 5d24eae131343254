# SPDX-License-Identifier: Apache-2.0
"""What the commands of `kyodaku serve` share: the workspace, and the keys of its service."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from kyodaku.registry import Registry
from kyodaku.service.assembling import service_folder
from kyodaku.service.teams import Teams
from kyodaku.workspace import DEFAULT_FOLDER

__all__ = ["opened_teams", "workspace_option"]

workspace_option = click.option(
    "--workspace",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="KYODAKU_WORKSPACE",
    default=DEFAULT_FOLDER,
    show_default=True,
    help="The workspace; also from KYODAKU_WORKSPACE.",
)


def opened_teams(workspace: Path) -> closing[Teams]:
    """The keys of the workspace's service; UsageError where there is no workspace."""
    Registry.open(workspace).close()
    return closing(Teams(service_folder(workspace)))

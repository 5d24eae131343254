# SPDX-License-Identifier: Apache-2.0
"""`--snapshot` and `--key`: decide from a state that was made elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from kyodaku.errors import UsageError
from kyodaku.ledger import PublicKey
from kyodaku.rights import REGIMES
from kyodaku.training import holds_run
from kyodaku.workspace import Workspace

__all__ = ["regime_names", "snapshot_options"]


def _regimes(given: dict[str, Any]) -> tuple[str, ...]:
    """The regimes that a command is to decide by: one, with others beside it, or a list of them."""
    if "regimes" not in given:
        return (given["regime"], *given.get("also", ()))
    return regime_names(given["regimes"])


def regime_names(text: str) -> tuple[str, ...]:
    """Names or files, separated by commas, or all that there are."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise UsageError("no regime is named", hint="e.g. --regimes jp-prior,opt-out")
    return tuple(REGIMES) if names == ("all",) else names


def snapshot_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a command that opens a workspace decide from a snapshot; it must be nearest to the function."""

    @wraps(command)
    def decide(
        *,
        snapshot_folder: Path | None,
        key_file: Path | None,
        open_workspace: Callable[[], Workspace],
        **given: Any,
    ) -> Any:
        if key_file is not None and snapshot_folder is None:
            raise UsageError("--key is that of a snapshot's maker", hint="add --snapshot DIR")
        regimes = _regimes(given)
        if snapshot_folder is not None and "regimes" in given and holds_run(Path(given["corpus"])):
            raise UsageError("a finished run is compared by what it decided from", hint="leave out --snapshot")

        def opened() -> Workspace:
            workspace = open_workspace()
            if snapshot_folder is not None:
                try:
                    key = None if key_file is None else PublicKey.load(key_file)
                    workspace.decide_from(snapshot_folder, key=key, regimes=regimes)
                except BaseException:
                    workspace.close()
                    raise
            return workspace

        return command(open_workspace=opened, **given)

    add_key = click.option(
        "--key",
        "key_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="With --snapshot: the public key of who made it; needed once, then remembered.",
    )
    add_folder = click.option(
        "--snapshot",
        "snapshot_folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="Decide from this signed snapshot instead of the workspace's own registry.",
    )
    return add_folder(add_key(decide))

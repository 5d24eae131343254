# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from kyodaku.examine import SignalSources
from kyodaku.workspace import DEFAULT_FOLDER, Workspace

__all__ = [
    "MOMENT",
    "json_option",
    "limit_options",
    "signal_options",
    "unidentified_option",
    "use_option",
    "workers_option",
    "workspace_option",
]

Command = TypeVar("Command", bound=Callable[..., Any])


class _Moment(click.ParamType[datetime]):
    """A moment with a time zone, RFC 3339."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a moment; write it like 2026-11-22T00:00:00Z", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no time zone; end it with Z, or with an offset such as +09:00", param, ctx)
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            self.fail(f"{value!r} is outside the calendar", param, ctx)


MOMENT = _Moment()

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")

use_option = click.option(
    "--use",
    "use_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="What the developer wants to do: a YAML file with developer, act, model, territory.",
)

unidentified_option = click.option(
    "--unidentified",
    type=click.Choice(["refuse", "review", "permit"]),
    help="What to do where nothing registered is found and no ground is claimed, in place of the regime's own policy.",
)

workers_option = click.option(
    "--workers", type=click.IntRange(1, 1024), help="Worker processes; by default one a processor."
)


def workspace_option(command: Command) -> Command:
    """Opens the workspace and hands it over as `workspace`."""

    def opened(_ctx: click.Context, _param: click.Parameter, value: Path | None) -> Callable[[], Workspace]:
        return lambda: Workspace.open(value)

    return click.option(
        "--workspace",
        "open_workspace",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="KYODAKU_WORKSPACE",
        show_envvar=True,
        callback=opened,
        help=f"The workspace's folder; by default ./{DEFAULT_FOLDER}.",
    )(command)


def signal_options(command: Command) -> Command:
    """`--site-captures` and `--warc`: where what sources say to machines is looked up, handed over as `signals`."""

    @click.option(
        "--site-captures",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="A folder of captured sites (HOST/robots.txt, HOST/.well-known/tdmrep.json, ...).",
    )
    @click.option(
        "--warc",
        "warcs",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A WARC file of the crawl; may be given several times.",
    )
    @click.option("--drafts", is_flag=True, help="Read RSL-MEDIA too, which is a draft.")
    @functools.wraps(command)
    def with_sources(*args: Any, site_captures: Path | None, warcs: tuple[Path, ...], drafts: bool, **more: Any) -> Any:
        sources = SignalSources(site_captures=site_captures, warcs=warcs, drafts=drafts)
        return command(*args, signals=sources, **more)

    return cast("Command", with_sources)


def limit_options(command: Command) -> Command:
    """`--max-hours` and `--clip-seconds`: the limits that people change."""
    for option in (
        click.option(
            "--max-hours", type=click.FloatRange(0, 10_000, min_open=True), help="Longest medium that is read."
        ),
        click.option(
            "--clip-seconds",
            type=click.FloatRange(0, 1_000_000, min_open=True),
            help="Longest time that one medium may take.",
        ),
    ):
        command = option(command)
    return command

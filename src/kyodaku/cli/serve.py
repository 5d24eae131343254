# SPDX-License-Identifier: Apache-2.0
"""`kyodaku serve`: the Videos API with the gate in front of a generator; its keys, and what waits for a person."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from kyodaku.cli._output import err, shown
from kyodaku.cli._serve_workspace import opened_teams, workspace_option
from kyodaku.cli.serve_held import blocked_command, held
from kyodaku.cli.serve_keys import keys
from kyodaku.cli.serve_sheet import sheet_command
from kyodaku.errors import UsageError
from kyodaku.service.assembling import Settings, require_generator
from kyodaku.service.defaults import Defaults
from kyodaku.service.serving import serve
from kyodaku.service.telemetry import endpoint_of
from kyodaku.service.webhooks import Webhook
from kyodaku.signals.credentials import Credentials

__all__ = ["serve_group"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(
    "serve",
    invoke_without_command=True,
    epilog="Example:  kyodaku serve --generator http://127.0.0.1:8000/v1 --developer lab --territory JP",
)
@click.option("--generator", help="Where videos are made: an address that speaks /v1/videos, or diffusers:FOLDER.")
@click.option(
    "--generator-option", "options", multiple=True, metavar="NAME=VALUE", help="Passed to a local pipeline's call."
)
@click.option("--download", is_flag=True, help="Let a local pipeline's weights be downloaded.")
@click.option("--detector", type=click.Path(exists=True, path_type=Path), help="An ONNX network that knows characters.")
@click.option(
    "--embedder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with a sentence model: model.onnx and tokenizer.json. What it finds goes to a person.",
)
@click.option("--developer", help="Who asks for permission: the party that runs the generator.")
@click.option("--regime", default="jp-prior", show_default=True, help="The regime that decides: a name or a file.")
@click.option("--model", default="", help="The model's name in permissions, and upstream.")
@click.option("--territory", multiple=True, metavar="COUNTRY", help="Where videos are shown; by default everywhere.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8400, show_default=True)
@click.option(
    "--webhook", "webhook_url", help="Told when a video is ready or failed; signed with KYODAKU_WEBHOOK_SECRET."
)
@click.option(
    "--minutes", type=click.IntRange(1, 1440), default=60, show_default=True, help="How long a video may take."
)
@click.option("--certificate", type=_FILE, help="The chain in PEM that permitted videos are stamped with (C2PA).")
@click.option("--certificate-key", type=_FILE, help="Its private key in PEM.")
@click.option("--no-stamp", is_flag=True, help="Put no manifest into permitted videos.")
@click.option("--otlp", metavar="URL", help="Send traces and metrics to this collector (OTLP/HTTP), or env.")
@workspace_option
@click.pass_context
def serve_group(
    ctx: click.Context,
    *,
    generator: str | None,
    options: tuple[str, ...],
    download: bool,
    detector: Path | None,
    embedder: Path | None,
    developer: str | None,
    regime: str,
    model: str,
    territory: tuple[str, ...],
    host: str,
    port: int,
    webhook_url: str | None,
    minutes: int,
    certificate: Path | None,
    certificate_key: Path | None,
    no_stamp: bool,
    otlp: str | None,
    workspace: Path,
) -> int:
    """Serve /v1/videos: prompts, references and finished videos pass the gate before anything is shown.

    The generator's own key is read from KYODAKU_GENERATOR_KEY. Make a key for each team first: kyodaku serve keys add.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    if generator is None or developer is None:
        raise UsageError("name --generator and --developer", hint="kyodaku serve --help")
    settings = Settings(
        workspace=workspace,
        defaults=Defaults(developer=developer, regime=regime, model=model, territory=territory or ("world",)),
        generator=generator,
        generator_key=os.environ.get("KYODAKU_GENERATOR_KEY"),
        generator_options=_options_of(options),
        download=download,
        detector=detector,
        embedder=embedder,
        host=host,
        port=port,
        webhook=None if webhook_url is None else _webhook_of(webhook_url),
        generating=timedelta(minutes=minutes),
        stamps=not no_stamp,
        credentials=_credentials_of(certificate, certificate_key),
        otlp=endpoint_of(otlp),
    )
    require_generator(generator)
    _require_keys(workspace)
    err().print(f"kyodaku: serving http://{host}:{port}/v1 in front of {shown(generator)}; stop with Ctrl-C")
    serve(settings)
    return 0


def _require_keys(workspace: Path) -> None:
    with opened_teams(workspace) as teams:
        if not any(key.revoked_at is None for key in teams.all()):
            raise UsageError("no team has a key yet, so nobody could ask", hint="kyodaku serve keys add TEAM")


def _options_of(given: tuple[str, ...]) -> Mapping[str, Any]:
    """Names and values; numbers and true or false as such."""
    options: dict[str, Any] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"{each!r} is not NAME=VALUE", where="--generator-option")
        try:
            options[name] = json.loads(value)
        except ValueError:
            options[name] = value
    return options


def _credentials_of(certificate: Path | None, key: Path | None) -> Credentials | None:
    if (certificate is None) != (key is None):
        raise UsageError("--certificate and --certificate-key go together")
    if certificate is None or key is None:
        return None
    return Credentials(certificate=certificate.read_bytes(), key=key.read_bytes())


def _webhook_of(url: str) -> Webhook:
    secret = os.environ.get("KYODAKU_WEBHOOK_SECRET", "")
    if not secret:
        raise UsageError("KYODAKU_WEBHOOK_SECRET is not set", where="--webhook", hint="whsec_ and base64 of 32 bytes")
    return Webhook(url=url, secret=secret)


serve_group.add_command(keys)
serve_group.add_command(held)
serve_group.add_command(blocked_command)
serve_group.add_command(sheet_command)

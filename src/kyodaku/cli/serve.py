# SPDX-License-Identifier: Apache-2.0
"""`kyodaku serve`: the Videos API with the gate in front of a generator; its keys, and what waits for a person."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.table import Table

from kyodaku.cli._options import json_option
from kyodaku.cli._output import emit_json, err, out, shown
from kyodaku.errors import UsageError
from kyodaku.generation.blocked import BlockedVideos
from kyodaku.generation.detectors import SheetFolder, clip_frames, make_sheet
from kyodaku.media import Decoder
from kyodaku.registry import Registry
from kyodaku.service.desk import Defaults
from kyodaku.service.serving import Settings, detector_of, opened_desk, serve, service_folder
from kyodaku.service.teams import Key, Policy, Teams
from kyodaku.service.webhooks import Webhook
from kyodaku.signals.credentials import Credentials
from kyodaku.workspace import DEFAULT_FOLDER

__all__ = ["serve_group"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WORKSPACE = click.option(
    "--workspace",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="KYODAKU_WORKSPACE",
    default=DEFAULT_FOLDER,
    show_default=True,
    help="The workspace; also from KYODAKU_WORKSPACE.",
)


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
@_WORKSPACE
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
    )
    _require_keys(workspace)
    err().print(f"kyodaku: serving http://{host}:{port}/v1 in front of {shown(generator)}; stop with Ctrl-C")
    serve(settings)
    return 0


@serve_group.group("keys")
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
@_WORKSPACE
@json_option
def keys_add(*, workspace: Path, as_json: bool, **policy: Any) -> None:
    """Make a key for TEAM; it is shown once."""
    with _teams(workspace) as teams:
        key, secret = teams.add(Policy.from_json(policy))
    if as_json:
        emit_json({"id": key.id, "key": secret, "team": key.policy.team})
    else:
        out().print(f"{secret}", soft_wrap=True)
        err().print(f"kyodaku: this is {key.id}, and it is shown once: keep it where the team's programs read it")


@keys.command("list", epilog="Example:  kyodaku serve keys list")
@_WORKSPACE
@json_option
def keys_list(*, workspace: Path, as_json: bool) -> None:
    """All keys, without their secrets."""
    with _teams(workspace) as teams:
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
@_WORKSPACE
def keys_revoke(*, key: str, workspace: Path) -> None:
    """Answer nothing under KEY (its id) from now on."""
    with _teams(workspace) as teams:
        teams.revoke(key)
    out().print(f"revoked  {shown(key)}")


@serve_group.command("held", epilog="Example:  kyodaku serve held --release video_0123... --by reviewer-1")
@click.option("--release", metavar="VIDEO", help="Let this one go on.")
@click.option("--refuse", metavar="VIDEO", help="Let this one fail.")
@click.option("--by", default="", help="Who decided; it is kept with the job.")
@_WORKSPACE
@json_option
def held(*, release: str | None, refuse: str | None, by: str, workspace: Path, as_json: bool) -> None:
    """What waits for a person: list it, release it, or refuse it."""
    settings = Settings(workspace=workspace, defaults=Defaults(developer="-"), generator="http://127.0.0.1/")
    with opened_desk(settings) as desk:
        if release or refuse:
            job = desk.settle(release or refuse or "", release=release is not None, by=by)
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


@serve_group.command("blocked", epilog="Example:  kyodaku serve blocked --json")
@_WORKSPACE
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


@serve_group.command("sheet", epilog="Example:  kyodaku serve sheet fox-1 sheets/fox/*.png --others clips/other/*.mp4")
@click.argument("work")
@click.argument("pictures", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--others",
    multiple=True,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="Clips of others, or folders of them.",
)
@click.option("--detector", type=click.Path(exists=True, path_type=Path), help="The network; by default the plain one.")
@_WORKSPACE
@json_option
def sheet_command(
    *,
    work: str,
    pictures: tuple[Path, ...],
    others: tuple[Path, ...],
    detector: Path | None,
    workspace: Path,
    as_json: bool,
) -> None:
    """Register what the character WORK looks like: its holder's own PICTURES, cropped to it.

    Finished videos that resemble it go to a person. From which likeness on is measured on --others: clips of other
    characters, look-alikes above all.
    """
    with Registry.open(workspace) as registry:
        registry.require_work(work)
    looks = detector_of(detector)
    with Decoder() as decoder:
        own = [clip_frames(path, decoder)[0].pixels for path in pictures if clip_frames(path, decoder)]
        clips = [clip_frames(path, decoder) for path in _files_of(others)]
    negatives = [np.stack([frame.pixels for frame in clip]) for clip in clips if clip]
    sheet = make_sheet(work, own, negatives, looks)
    SheetFolder(service_folder(workspace) / "sheets").add(sheet)
    found = sheet.calibration
    if as_json:
        emit_json(found.as_json())
    else:
        true = f"{found.found:.0%} of {found.positives} pictures found"
        false = f"{found.false_per_clip:.1%} of {found.negatives} clips of others"
        out().print(f"{shown(work)}  threshold {found.threshold}  {true}, {false}", soft_wrap=True)


def _files_of(paths: tuple[Path, ...]) -> list[Path]:
    return [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path]) if file.is_file()]


def _teams(workspace: Path) -> Any:
    Registry.open(workspace).close()  # says where there is no workspace
    return closing(Teams(service_folder(workspace)))


def _require_keys(workspace: Path) -> None:
    with _teams(workspace) as teams:
        if not any(key.revoked_at is None for key in teams.all()):
            raise UsageError("no team has a key yet, so nobody could ask", hint="kyodaku serve keys add TEAM")


def _key_as_json(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "team": key.policy.team,
        "made_at": key.made_at.isoformat(),
        "revoked": key.revoked_at is not None,
    }


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

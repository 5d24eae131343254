# SPDX-License-Identifier: Apache-2.0
"""`kyodaku runs`: what was cleared, what was trained on it, and which of it a work is in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from kyodaku.cli._affected import print_affected
from kyodaku.cli._options import json_option, workspace_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.training import record_model, recorded_models, recorded_runs, run_named, runs_using, walk_back
from kyodaku.training.binding import LINEAGE, SIGNATURE
from kyodaku.training.since import Since, since_cleared
from kyodaku.workspace import Workspace

__all__ = ["runs_group"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("runs")
def runs_group() -> None:
    """Runs of 'clear', and models trained on what they cleared."""


@runs_group.command("list", epilog="Example:  kyodaku runs list")
@workspace_option
@json_option
def list_command(*, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """List the runs that came to their end, and the models that were recorded, the oldest first."""
    with open_workspace() as workspace:
        found, trained = recorded_runs(workspace.registry), recorded_models(workspace.registry)
    if as_json:
        emit_json({"runs": [run.as_json() for run in found], "models": [model.as_json() for model in trained]})
        return
    console = out()
    for run in found:
        clips = run.body["clips"]["clips"]
        go = sum(count for verdict, count in clips.items() if verdict.startswith("permitted"))
        what = f"{go} of {sum(clips.values())} clips cleared for {shown(run.body['use']['developer'])}"
        console.print(
            f"[bold]{run.id}[/]  {run.body['finished_at'][:19]}Z  {what}  {shown(str(run.out))}", soft_wrap=True
        )
    for model in trained:
        console.print(f"[bold]{model.id}[/]  {shown(model.name)}, trained on {', '.join(model.runs)}", soft_wrap=True)
    if not found:
        console.print("no run is recorded")


@runs_group.command("show", epilog="Example:  kyodaku runs show run-0123456789abcdef")
@click.argument("run")
@workspace_option
@json_option
def show_command(*, run: str, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """Show what RUN was asked, what it found, and what it committed to in the ledger."""
    with open_workspace() as workspace:
        recorded = run_named(workspace.registry, run)
        trained = [model for model in recorded_models(workspace.registry) if recorded.id in model.runs]
    if as_json:
        emit_json({**recorded.as_json(), "models": [model.as_json() for model in trained]})
        return
    console, body = out(), recorded.body
    rows = {
        "folder": f"{recorded.out}{'' if recorded.is_here else ' (not here)'}",
        "corpus": body["corpus"],
        "use": ", ".join(f"{name} {held}" for name, held in body["use"].items() if held),
        "regime": f"{body['regime']['id']} {body['regime']['version']}",
        "snapshot": body["snapshot"],
        "clips": ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in body["clips"]["clips"].items()),
        "works cleared": ", ".join(f"{work} ({count})" for work, count in body["cleared_works"].items()) or "none",
        "ledger": f"entry {recorded.ledger_index}, batches {', '.join(map(str, recorded.batches)) or 'none'}",
        "attestation": f"sha256:{body['attestation']}",
        "models": ", ".join(f"{model.name} ({model.id})" for model in trained) or "none recorded",
    }
    console.print(f"[bold]{recorded.id}[/]  {body['started_at']} to {body['finished_at']}", soft_wrap=True)
    for name, held in rows.items():
        console.print(f"  {name}: {shown(held)}", soft_wrap=True)


@runs_group.command("using", epilog="Example:  kyodaku runs using film-1 --json")
@click.argument("work")
@workspace_option
@json_option
def using_command(*, work: str, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """Name the runs that cleared clips in which WORK was found, or a part of it, or something made from it.

    With each: its clips, its manifest, the models trained on it, and which of the permissions it rests on were revoked
    since, from then on only or with the demand that copies and models go.
    """
    with open_workspace() as workspace:
        affected = runs_using(workspace.registry, work)
    if as_json:
        emit_json({"work": work, "runs": [each.as_json() for each in affected]})
        return
    print_affected(affected)
    if not affected:
        only = "only works that had references when a run began can be found"
        out().print(f"no run that is recorded here cleared a clip with {shown(work)} in it; {only}", soft_wrap=True)


@runs_group.command(
    "record", epilog="Example:  kyodaku runs record --manifest cleared/cleared.parquet --model weights/ --name video-1"
)
@click.option(
    "--manifest", "manifests", multiple=True, required=True, type=_FILE, help="A cleared.parquet; may repeat."
)
@click.option("--model", "folder", required=True, type=_FOLDER, help="The folder with the model's files.")
@click.option("--name", help="What the model is called; by default its folder's name.")
@click.option("--private-key", type=_FILE, help="An elliptic-curve key (PEM) for OpenSSF Model Signing.")
@workspace_option
@json_option
def record_command(
    *,
    manifests: tuple[Path, ...],
    folder: Path,
    name: str | None,
    private_key: Path | None,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> None:
    """Record that a model was trained on what cleared manifests list, and bind the two.

    Writes kyodaku-lineage.jsonl into the model's folder: a signed statement over every file of the model and the runs
    that cleared its data. With --private-key it also writes model.sig (OpenSSF Model Signing) over all of that.
    """
    with open_workspace() as workspace:
        model = record_model(workspace.registry, folder, manifests=manifests, name=name, private_key=private_key)
        since = since_cleared(workspace.registry, [run_named(workspace.registry, run) for run in model.runs])
    if as_json:
        emit_json({**model.as_json(), **since.as_json()})
        return
    console = out()
    console.print(f"{model.id} {shown(model.name)} recorded, ledger entry {model.ledger_index}", soft_wrap=True)
    console.print(f"  trained on {', '.join(model.runs)}", soft_wrap=True)
    _print_since(since)
    console.print(f"  {shown(str(folder / LINEAGE))}", soft_wrap=True)
    if private_key is not None:
        console.print(f"  {shown(str(folder / SIGNATURE))}", soft_wrap=True)
    else:
        console.print(
            "  without --private-key there is no OpenSSF signature: the lineage alone binds them", soft_wrap=True
        )


@runs_group.command("verify", epilog="Example:  kyodaku runs verify weights/ --public-key lab.pem")
@click.argument("folder", type=_FOLDER)
@click.option("--public-key", type=_FILE, help="The developer's public key (PEM), for the OpenSSF signature.")
@workspace_option
@json_option
def verify_command(
    *, folder: Path, public_key: Path | None, open_workspace: Callable[[], Workspace], as_json: bool
) -> None:
    """Walk from the model in FOLDER to its data set, its run, each decision, and the permissions these rest on.

    Exits 5 and names the first step that does not hold. What could not be checked is told.
    """
    with open_workspace() as workspace:
        walked = walk_back(workspace.registry, folder, public_key=public_key)
    if as_json:
        emit_json(walked.as_json())
        return
    console = out()
    console.print(f"{walked.model.id} {shown(walked.model.name)}", soft_wrap=True)
    for held in walked.checked:
        console.print(f"  holds: {shown(held)}", soft_wrap=True)
    for missing in walked.unchecked:
        console.print(f"  not checked: {shown(missing)}", soft_wrap=True)
    console.print(f"  rests on: {', '.join(map(shown, walked.permissions)) or 'no permission'}", soft_wrap=True)
    for other in walked.others:
        what = f"{other.id} {shown(other.name)}, trained on {', '.join(other.runs)}"
        console.print(f"  the same files are also recorded as {what}", soft_wrap=True)
    _print_since(walked.since)


def _print_since(since: Since) -> None:
    console = out()
    for lost in since.withdrawn:
        console.print(f"  since withdrawn: {shown(lost.permission)} by {shown(lost.revocation)}", soft_wrap=True)
    for said in since.objections:
        console.print(f"  since objected to: {shown(said)}", soft_wrap=True)
    for permission, until in since.ended:
        console.print(f"  since ended: {shown(permission)} at {until}", soft_wrap=True)

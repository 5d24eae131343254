# SPDX-License-Identifier: Apache-2.0
"""`kyodaku demo`: the main job, end to end, on films that it draws itself."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pyarrow.parquet as pq
from rich.table import Table

from kyodaku.cli._options import json_option, workers_option
from kyodaku.cli._output import emit_json, err, out, shown
from kyodaku.cli._progress import COLOURS, LiveProgress
from kyodaku.cli.evidence import tell_verified
from kyodaku.cli.gate import regime_table
from kyodaku.demo import DemoPaths, render
from kyodaku.demo.prompts import PROMPTS
from kyodaku.errors import UsageError
from kyodaku.evidence import Verified, prove, read_pack, verify_files, write_pack
from kyodaku.examine import SignalSources
from kyodaku.generation import Prompted
from kyodaku.training import Cleared, load_use
from kyodaku.workspace import Workspace

__all__ = ["demo"]

REGIMES = ("jp-prior", "opt-out")
PACK = "proof.zip"
KEY = "proof.pub"

_EDITS = {
    "aspect": "squeezed",
    "blur": "blurred",
    "border": "framed",
    "caption": "captioned",
    "colour": "other colours",
    "compiled": "compilation",
    "crop": "cropped",
    "excerpt": "short excerpt",
    "grayscale": "black and white",
    "insert": "within another film",
    "letterbox": "letterboxed",
    "logo": "with a logo",
    "mirror": "mirrored",
    "noise": "noisy",
    "pip": "picture-in-picture",
    "reencode": "re-encoded",
    "reorder": "cut up and re-ordered",
    "rescale": "other size",
    "rotate": "tilted",
    "speed": "other speed",
    "split": "split screen",
}


@click.command(epilog="Example:  kyodaku demo -o kyodaku-demo")
@click.option(
    "-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path), default="kyodaku-demo",
    show_default=True, help="Where to draw the films and write the results.",
)  # fmt: skip
@workers_option
@json_option
def demo(*, folder: Path, workers: int | None, as_json: bool) -> None:
    """Draw a small fictional studio's films and a corpus of edits, and run the gate on them, offline.

    Leaves films, corpus, workspace and out in the folder, and a proof of one decision.
    """
    started = time.monotonic()
    _require_ours(folder)
    paths = _rendered(folder, workers, quiet=as_json)
    cleared = _cleared(folder, paths, workers)
    edits = _by_edit(paths, cleared)
    prompted = _prompted(folder, paths)
    verified = _proven(folder, cleared)
    seconds = time.monotonic() - started
    if as_json:
        proof = {"pack": str(folder / PACK), "key": str(folder / KEY), **verified.as_json()}
        emit_json(
            {
                **cleared.as_json(),
                "edits": edits,
                "prompts": [each.as_json() for each in prompted],
                "seconds": round(seconds, 1),
                "proof": proof,
            }
        )
        return
    _tell(folder, cleared, edits, seconds)
    _tell_prompts(folder, prompted)
    _tell_proof(folder, verified)


def _require_ours(folder: Path) -> None:
    """A demo writes into its own folder alone."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "films").is_dir():
        raise UsageError("this folder holds something else", where=str(folder), hint="name another with -o")


def _rendered(folder: Path, workers: int | None, *, quiet: bool) -> DemoPaths:
    console = err()
    if quiet or not console.is_terminal:
        return render(folder, workers=workers or 2)
    with console.status("drawing films") as status:
        return render(
            folder,
            workers=workers or 2,
            progress=lambda done, total, name: status.update(f"drawing {name} ({done}/{total})"),
        )


def _cleared(folder: Path, paths: DemoPaths, workers: int | None) -> Cleared:
    for made in (folder / "workspace", folder / "out"):
        shutil.rmtree(made, ignore_errors=True)
    with Workspace.open(folder / "workspace", create=True) as workspace, LiveProgress(REGIMES[0]) as progress:
        workspace.import_registry([paths.registry])
        for work, film in paths.works.items():
            added = workspace.add_reference(work, film)
            if added.error:
                raise UsageError(added.error, where=str(film))
        return workspace.clear(
            paths.manifest,
            folder / "out",
            use=load_use(paths.use),
            regime=REGIMES[0],
            also=REGIMES[1:],
            workers=workers,
            signals=SignalSources(site_captures=paths.captures, drafts=True),
            progress=progress,
        )


def _prompted(folder: Path, paths: DemoPaths) -> list[Prompted]:
    """The same lab asks to generate, with the same registry behind the answer."""
    use = replace(load_use(paths.use), act="generate")
    with Workspace.open(folder / "workspace") as workspace:
        return [workspace.prompt(text, use=use, regime=REGIMES[0]) for text in PROMPTS]


def _tell_prompts(folder: Path, prompted: list[Prompted]) -> None:
    out().print("\n[bold]Before a prompt becomes a video[/]")
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2))
    for each in prompted:
        verdict = each.decision.verdict
        how = ", ".join(f"{mention.work} ({mention.how})" for mention in each.findings.mentions or ())
        table.add_row(f"[{COLOURS[verdict]}]{verdict.replace('_', ' ')}[/]", shown(each.text), f"[dim]{shown(how)}[/]")
    out().print(table)
    command = f'kyodaku prompt "{PROMPTS[2]}" --suggest --workspace {shown(str(folder / "workspace"))}'
    out().print(f"  {command}", soft_wrap=True)


def _proven(folder: Path, cleared: Cleared) -> Verified:
    """A proof of the run's first refusal, written as a pack, and verified as anyone could who has the key."""
    table = pq.read_table(cleared.out / "decisions.parquet", columns=["decision_id", "verdict", "matches"]).to_pylist()
    refused = [row for row in table if row["verdict"] == "refused" and row["matches"]]
    with Workspace.open(folder / "workspace") as workspace:
        key = workspace.registry.keys().first
        files = prove(workspace.registry, (refused or table)[0]["decision_id"])
    write_pack(folder / PACK, files)
    (folder / KEY).write_text(f"{key}\n", encoding="utf-8")
    return verify_files(read_pack(folder / PACK), trust=key)


def _tell_proof(folder: Path, verified: Verified) -> None:
    out().print("\n[bold]A proof of one decision, verified[/]")
    tell_verified(verified)
    command = f"kyodaku verify {shown(str(folder / PACK))} --key {shown(str(folder / KEY))}"
    out().print(f"\nOn any machine, without this folder's workspace:\n  {command}", soft_wrap=True)


def _by_edit(paths: DemoPaths, cleared: Cleared) -> list[dict[str, Any]]:
    """For each kind of clip: how many there are, and in how many just the right works were found."""
    truth = json.loads(paths.truth.read_text(encoding="utf-8"))
    rows = pq.read_table(cleared.out / "decisions.parquet", columns=["clip_id", "works", "verdict"]).to_pylist()
    found = {row["clip_id"]: row for row in rows}
    kinds: dict[str, dict[str, Any]] = {}
    for clip in truth["clips"]:
        row, kind = found[clip["clip_id"]], _kind(clip)
        tally = kinds.setdefault(kind, {"kind": kind, "clips": 0, "right": 0, "permitted": 0})
        tally["clips"] += 1
        tally["right"] += set(row["works"] or ()) == set(clip["works"])
        tally["permitted"] += row["verdict"] in {"permitted", "permitted_with_duties"}
    return sorted(kinds.values(), key=lambda tally: (tally["right"] < tally["clips"], tally["kind"]))


def _kind(clip: Mapping[str, Any]) -> str:
    """What was done to a clip, without how strongly; what it is, where it is no copy."""
    if clip["kind"] != "copy":
        return "no copy of a registered work" if clip["kind"] == "unrelated" else f"broken: {clip['edit']}"
    families = dict.fromkeys(part.split("-")[0] for part in clip["edit"].split("+"))
    return "several edits" if len(families) > 1 else f"copy: {_EDITS.get(*families, *families)}"


def _tell(folder: Path, cleared: Cleared, edits: list[dict[str, Any]], seconds: float) -> None:
    console = out()
    console.print("\n[bold]What the gate recognised[/]")
    console.print(_edit_table(edits))
    console.print("\n[bold]The same facts, two rules[/]")
    console.print(regime_table(cleared.tallies))
    prior, opt_out = (cleared.tallies[name] for name in REGIMES)
    console.print(_difference(prior.clips, opt_out.clips), soft_wrap=True)
    console.print(f"\n{cleared.tally.total} clips in {seconds:.0f} s. Open the report:", soft_wrap=True)
    console.print(f"  [bold]{shown(str((cleared.out / 'report.html').resolve()))}[/]", soft_wrap=True)
    console.print("Go on by hand:")
    where = f"--workspace {shown(str(folder / 'workspace'))}"
    console.print(f"  kyodaku check {shown(str(folder / 'corpus' / 'sky_whale.mp4'))} {where}", soft_wrap=True)
    out_folder = shown(str(folder / "out"))
    console.print(f"  kyodaku compare {out_folder} --regimes all -o compare.html {where}", soft_wrap=True)
    console.print(f"  kyodaku ledger verify {where}", soft_wrap=True)


def _edit_table(edits: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2))
    table.add_column("clip")
    table.add_column("rightly recognised", justify="right")
    table.add_column("may be copied", justify="right")
    for row in edits:
        colour = "green" if row["right"] == row["clips"] else "yellow"
        table.add_row(row["kind"], f"[{colour}]{row['right']} of {row['clips']}[/]", str(row["permitted"] or "—"))
    return table


def _difference(prior: Mapping[str, int], opt_out: Mapping[str, int]) -> str:
    def may_go(clips: Mapping[str, int]) -> int:
        return clips["permitted"] + clips["permitted_with_duties"]

    green, red = COLOURS["permitted"], COLOURS["refused"]
    return (
        f"Where permission comes first, [{green}]{may_go(prior)}[/] clips may be copied. Under opt-out it is"
        f" [{red}]{may_go(opt_out)}[/]: silence counts as a yes."
    )

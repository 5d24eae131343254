# SPDX-License-Identifier: Apache-2.0
"""`kyodaku serve sheet`: what a character looks like, by its holder's own pictures."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from kyodaku.cli._options import json_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.cli._serve_workspace import workspace_option
from kyodaku.generation.detectors import SheetFolder, clip_frames, make_sheet
from kyodaku.media import Decoder
from kyodaku.registry import Registry
from kyodaku.service.assembling import detector_of, service_folder

__all__ = ["sheet_command"]


@click.command("sheet", epilog="Example:  kyodaku serve sheet fox-1 sheets/fox/*.png --others clips/other/*.mp4")
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
@workspace_option
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

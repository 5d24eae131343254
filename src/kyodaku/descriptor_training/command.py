# SPDX-License-Identifier: Apache-2.0
"""`kyodaku-train-descriptor`: draw the pictures, train the network, write the files."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from kyodaku.errors import KyodakuError

__all__ = ["main"]

PICTURES: Final = "pictures.npy"
_MOST: Final = 2**31


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of the run.")
@click.option("--seed", type=click.IntRange(0, _MOST), required=True, help="Decides every picture, view and weight.")
@click.option("--pictures", type=click.IntRange(4, 10_000_000), required=True, help="How many to draw; 108 KiB each.")
@click.option("--views", type=click.IntRange(1, 10**12), required=True, help="How many to train on.")
@click.option(
    "--batch", type=click.IntRange(4, 65_536), default=96, show_default=True, help="Pictures a process a step."
)
@click.option("--processes", type=click.IntRange(1, 256), default=2, show_default=True, help="That take each step.")
@click.option(
    "--rate", type=click.FloatRange(0, 1, min_open=True), default=2e-3, show_default=True, help="Of learning."
)
@click.option("--koleo", type=click.FloatRange(0, 100), default=5.0, show_default=True, help="Weight of the spread.")
@click.option("--resume", is_flag=True, help="Go on from the folder's checkpoint; --views may be another number now.")
@click.option("--export-only", is_flag=True, help="Only write the files, from the folder's checkpoint as it is.")
@click.option("--eager", is_flag=True, help="Do without a C++ compiler; slower.")
@click.option("--commit", default="", help="Of this code, to be named in the card.")
@click.option("--history", default="", help="A sentence for the card: where the run was stopped and resumed.")
def _command(**options: Any) -> None:
    """Train the frame descriptor on nothing but pictures drawn here; write its ONNX file and card to --out.

    The same options give the same run, up to rounding. Stop it when you like, and go on with --resume.
    """
    try:
        _follow(**options)
    except ModuleNotFoundError as error:
        raise KyodakuError(
            f"{error.name} is not installed", hint="pip install 'kyodaku[descriptor-training]'"
        ) from None


def _follow(
    *, out: Path, resume: bool, export_only: bool, eager: bool, commit: str, history: str, **wanted: Any
) -> None:
    from kyodaku.descriptor_training.checkpoint import Plan  # noqa: PLC0415 - what it needs may not be installed

    plan = Plan(**wanted)
    _make(out)
    if eager:
        os.environ["KYODAKU_TRAIN_EAGER"] = "1"  # read by the processes of the run
    if not export_only:
        _train(plan, out, resume=resume)
    _export(out, commit=commit, history=history)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KyodakuError(f"the folder cannot be made: {error.strerror}", where=str(folder)) from None


def _train(plan: Any, out: Path, *, resume: bool) -> None:
    from kyodaku.descriptor_training.collection import draw_collection  # noqa: PLC0415 - as above
    from kyodaku.descriptor_training.training import CHECKPOINT, train  # noqa: PLC0415

    if resume and not (out / CHECKPOINT).exists():
        raise KyodakuError("there is no checkpoint to go on from", where=str(out))
    if not resume and (out / CHECKPOINT).exists():
        raise KyodakuError("there is a run already", where=str(out), hint="--resume, or another folder")
    draw_collection(
        out / PICTURES, seed=plan.seed, count=plan.pictures, workers=plan.processes,
        progress=lambda done, count: click.echo(f"{done} of {count} pictures drawn"),
    )  # fmt: skip
    train(plan, out / PICTURES, out, resume=resume)


def _export(out: Path, *, commit: str, history: str) -> None:
    import numpy as np  # noqa: PLC0415 - as above

    from kyodaku.descriptor_training import export  # noqa: PLC0415
    from kyodaku.descriptor_training.checkpoint import load_average  # noqa: PLC0415
    from kyodaku.descriptor_training.network import FrameNetwork  # noqa: PLC0415
    from kyodaku.descriptor_training.training import CHECKPOINT  # noqa: PLC0415

    network = FrameNetwork()
    plan, step = load_average(out / CHECKPOINT, network)
    network.eval()
    base = f"{export.NAME}-v{export.VERSION}"
    written = out / f"{base}.onnx"
    export.write_onnx(network, written)
    card, strangers = out / f"{base}.card.json", out / f"{base}.background.npy"
    describe = partial(export.write_card, card, written, plan=plan, step=step, commit=commit, history=history)
    describe()
    np.save(strangers, export.background(card, plan), allow_pickle=False)
    describe(strangers=strangers)
    click.echo(f"{written}: {written.stat().st_size:,} bytes, after {step:,} of {plan.steps:,} steps")


def main() -> None:
    """Run the command; one line for what goes wrong."""
    try:
        _command(standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"kyodaku-train-descriptor: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except KyodakuError as error:
        click.echo(f"kyodaku-train-descriptor: {error}", err=True)
        sys.exit(error.exit_code)

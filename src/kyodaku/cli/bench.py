# SPDX-License-Identifier: Apache-2.0
"""The benchmarks: `bench copies`, `gate`, `gateway`, `speed`, `index`, `registry`, `ledger`, `names` and `signals`."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from kyodaku.bench.collection import load_collection
from kyodaku.bench.describing import describing, tall_films
from kyodaku.bench.drawing import draw_film
from kyodaku.bench.drawn_clips import drawn_clips
from kyodaku.bench.fit import FALSE_RATE, calibrated, calibration_markdown
from kyodaku.bench.gate import gate_markdown, run_gate
from kyodaku.bench.growth import CLIPS, COUNTS, LARGEST, draw_growth, growth_markdown, index_growth
from kyodaku.bench.output import write_json
from kyodaku.bench.plan import Sizes, one_side
from kyodaku.bench.runs import SYSTEMS, make_trials, run_copies
from kyodaku.bench.speed import clear_growth, index_memory, speed_markdown
from kyodaku.bench.split import Side
from kyodaku.cli import bench_gateway, bench_ledger, bench_names, bench_registry, bench_signals
from kyodaku.cli._options import json_option
from kyodaku.cli._output import emit_json, err, out, shown
from kyodaku.copies import DEFAULT_DESCRIPTOR, Calibration, descriptor_id, get_descriptor, load_calibration
from kyodaku.errors import UsageError
from kyodaku.training.run import default_workers

__all__ = ["bench"]

Command = TypeVar("Command", bound=Callable[..., Any])

DRAWN_FILMS, DRAWN_S = 4, 30.0


@click.group()
def bench() -> None:
    """Measure Kyodaku: what it finds beside other systems, what the gate decides, what it costs."""


bench.add_command(bench_gateway.gateway)
bench.add_command(bench_ledger.ledger)
bench.add_command(bench_names.names)
bench.add_command(bench_registry.registry)
bench.add_command(bench_signals.signals)


def _run_options(command: Command) -> Command:
    for option in (
        click.argument("media", type=click.Path(exists=True, file_okay=False, path_type=Path)),
        click.option(
            "-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True,
            help="Where to write; queries rendered there before are used again.",
        ),
        click.option(
            "--per-edit", type=click.IntRange(0), default=Sizes().per_edit, show_default=True,
            help="Works asked about for each edit at each strength.",
        ),
        click.option(
            "--clips", type=click.IntRange(0), default=Sizes().clips, show_default=True,
            help="Plain clips cut from each held-out work.",
        ),
        click.option("--seed", type=int, default=0, show_default=True, help="Decides what is cut, and where."),
        click.option("--untouched", is_flag=True, help="Nothing was ever tuned on these films: ask about all works."),
        click.option("--workers", type=click.IntRange(1), help="Processes; by default one a processor."),
        json_option,
    ):  # fmt: skip
        command = option(command)
    return command


@bench.command(epilog="Example:  kyodaku bench copies media/ -o bench-out")
@click.option(
    "--system", "systems", multiple=True, type=click.Choice(list(SYSTEMS)), help="Ask only this one; may be repeated."
)
@click.option(
    "--distractors",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Clips drawn by code to ask about as well; nothing is to be found in them.",
)
@click.option(
    "--registry-distractors",
    "crowd",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Drawn codes to ask Kyodaku once more beside, such as 10000000.",
)
@click.option(
    "--side",
    type=click.Choice(["held-out", "tuning"]),
    default="held-out",
    show_default=True,
    help="Ask about the works of the tuning side instead: for looking while something is changed, not for reports.",
)
@_run_options
def copies(
    *,
    media: Path,
    folder: Path,
    systems: tuple[str, ...],
    distractors: int,
    crowd: int,
    side: Side,
    per_edit: int,
    clips: int,
    seed: int,
    untouched: bool,
    workers: int | None,
    as_json: bool,
) -> None:
    """Ask Kyodaku and other systems about copies of the films in MEDIA.

    MEDIA is a folder of films, with INDEX.tsv if it has one (docs/benchmarks.md says how). Writes answers.parquet,
    summary.md, summary.json and curves.png.
    """
    if untouched and side == "tuning":
        raise UsageError("on films that nothing was tuned on there is no tuning side", hint="leave out one of the two")
    with _Bar() as bar:
        report = run_copies(
            media,
            folder,
            systems=systems,
            sizes=Sizes(per_edit=per_edit, clips=clips),
            seed=seed,
            side=side,
            untouched=untouched,
            clips=drawn_clips(distractors),
            crowd=crowd,
            workers=workers or default_workers(),
            progress=bar.step,
        )
    if as_json:
        emit_json(report.as_json())
    else:
        out().print(shown((folder / "summary.md").read_text(encoding="utf-8")), soft_wrap=True)


@bench.command(epilog="Example:  kyodaku bench calibrate media/ -o bench-out --descriptor pdq-v1")
@click.option(
    "--descriptor", default=descriptor_id(DEFAULT_DESCRIPTOR), show_default=True, help="The id of what is calibrated."
)
@click.option(
    "--base",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A calibration that has what is not fitted; by default the shipped one.",
)
@click.option(
    "--false-rate",
    type=click.FloatRange(0, 1, min_open=True),
    default=FALSE_RATE,
    show_default=True,
    help="Of clips that copy nothing, so many may be called a match.",
)
@_run_options
def calibrate(
    *,
    media: Path,
    folder: Path,
    descriptor: str,
    base: Path | None,
    false_rate: float,
    per_edit: int,
    clips: int,
    seed: int,
    untouched: bool,
    workers: int | None,
    as_json: bool,
) -> None:
    """Fit a descriptor's calibration on one part of the works in MEDIA, and measure it on the other.

    Writes DESCRIPTOR.json into the folder: tables, curve, thresholds, and what they were measured to do.
    """
    if untouched:
        raise UsageError("a calibration is fitted on one part of the works", hint="leave out --untouched")
    begun = Calibration.from_json(base.read_text(encoding="utf-8")) if base else load_calibration(descriptor)
    whole = load_collection(media)
    part = one_side(whole, "tuning")
    sizes = Sizes(per_edit=per_edit, clips=clips)
    count = workers or default_workers()
    with _Bar() as bar, tempfile.TemporaryDirectory(prefix="kyodaku-bench-") as scratch:
        tuning = make_trials(part, folder, sizes=sizes, seed=seed, side="tuning", workers=count, progress=bar.step)
        held_out = make_trials(whole, folder, sizes=sizes, seed=seed, workers=count, progress=bar.step)
        made = calibrated(
            get_descriptor(descriptor), begun, (part, tuning), (whole, held_out), Path(scratch),
            false_rate=false_rate, workers=count, progress=bar.step,
        )  # fmt: skip
    written = folder / f"{descriptor}.json"
    written.write_text(made.to_json(), encoding="utf-8")
    if as_json:
        emit_json({"file": str(written), "measured": dataclasses.asdict(made.measured)})
    else:
        out().print(shown(calibration_markdown(made)), soft_wrap=True)


@bench.command(epilog="Example:  kyodaku bench gate media/ -o gate-out --per-edit 3")
@_run_options
def gate(
    *,
    media: Path,
    folder: Path,
    per_edit: int,
    clips: int,
    seed: int,
    untouched: bool,
    workers: int | None,
    as_json: bool,
) -> None:
    """Register half of the works in MEDIA, clear a corpus of copies and strangers, check every verdict; then swap."""
    count = workers or default_workers()
    collection = load_collection(media)
    with _Bar() as bar:
        sizes = Sizes(per_edit=per_edit, clips=clips)
        asked = make_trials(
            collection, folder, sizes=sizes, seed=seed, untouched=untouched, workers=count, progress=bar.step
        )
        report = run_gate(collection, asked, folder / "gate", workers=count, progress=bar.say)
    _give(folder, "gate", dataclasses.asdict(report), gate_markdown(report), as_json=as_json)


@bench.command(epilog="Example:  kyodaku bench speed -o speed-out --media media/ --count 100 --count 1000")
@click.option("-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where.")
@click.option(
    "--media", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Films to fingerprint, those of 720 lines or more if there are any; without it some are drawn.",
)  # fmt: skip
@click.option(
    "--count", "counts", type=click.IntRange(1), multiple=True, default=(100, 1000, 3000, 10_000), show_default=True,
    help="How many clips to clear; may be repeated.",
)  # fmt: skip
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="How often to time the decoder.")
@click.option(
    "--hours", type=click.FloatRange(0, min_open=True), default=100.0, show_default=True, help="In the index."
)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Worker processes of `clear`.")
@json_option
def speed(
    *,
    folder: Path,
    media: Path | None,
    counts: Sequence[int],
    rounds: int,
    hours: float,
    workers: int,
    as_json: bool,
) -> None:
    """Time describing against decoding, watch `clear` as a corpus grows, weigh the index in memory."""
    with _Bar() as bar, tempfile.TemporaryDirectory(prefix="kyodaku-bench-") as scratch:
        films = _films(media, Path(scratch) / "films")
        bar.say(f"describing {len(films)} films")
        described = describing(films, rounds=rounds)
        bar.say("weighing the index")
        weighed = index_memory(Path(scratch) / "index", hours=hours)
        grown = clear_growth(counts, Path(scratch) / "clear", workers=workers, progress=bar.say)
    document = {
        "describing": dataclasses.asdict(described),
        "clear": [dataclasses.asdict(growth) for growth in grown],
        "index": dataclasses.asdict(weighed),
    }
    _give(folder, "speed", document, speed_markdown(described, grown, weighed), as_json=as_json)


@bench.command(epilog="Example:  kyodaku bench index -o index-out")
@click.option("-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where.")
@click.option(
    "--codes", "counts", type=click.IntRange(5000), multiple=True, default=COUNTS, show_default=True,
    help="Codes in the index; may be repeated.",
)  # fmt: skip
@click.option("--largest", is_flag=True, help=f"Also {LARGEST:,} codes: an hour, 15 GB of disk.")
@click.option("--clips", type=click.IntRange(1), default=CLIPS, show_default=True, help="Clips to ask about.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides which codes are drawn, and the clips.")
@json_option
def index(*, folder: Path, counts: Sequence[int], largest: bool, clips: int, seed: int, as_json: bool) -> None:
    """Grow an index of codes drawn with the statistics of films; watch time, memory and what is found.

    Writes index.md, index.json and, where matplotlib is installed, index.png.
    """
    with _Bar() as bar:
        wanted = (*counts, LARGEST) if largest else counts
        sizes = index_growth(wanted, folder, clips=clips, seed=seed, progress=bar.say)
    draw_growth(folder / "index.png", sizes)
    _give(
        folder,
        "index",
        {"sizes": [dataclasses.asdict(size) for size in sizes]},
        growth_markdown(sizes),
        as_json=as_json,
    )


def _films(media: Path | None, scratch: Path) -> list[Path]:
    if media is not None:
        return tall_films([film.path for film in load_collection(media).of_role("work", "generated")])
    return [
        draw_film(scratch / f"{n}.mp4", seed=n, seconds=DRAWN_S, size=(1280, 720), fps=24) for n in range(DRAWN_FILMS)
    ]


def _give(folder: Path, name: str, document: dict[str, Any], text: str, *, as_json: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    written = write_json(folder / f"{name}.json", document)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    if as_json:
        emit_json(written)
    else:
        out().print(shown(text), soft_wrap=True)


class _Bar:
    """What is going on, on stderr, on a terminal only."""

    def __init__(self) -> None:
        console = err()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def step(self, what: str, done: int, of: int) -> None:
        """So much of something is done."""
        self._bar.update(self._task, description=what, completed=done, total=of)

    def say(self, what: str) -> None:
        """Something began that has no count."""
        self._bar.update(self._task, description=what, completed=0, total=None)

# SPDX-License-Identifier: Apache-2.0
"""The gate's commands: `clear` a corpus, `check` one medium, `compare` regimes."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from kyodaku.cli._comparison import print_comparison
from kyodaku.cli._from_snapshot import regime_names, snapshot_options
from kyodaku.cli._options import (
    json_option,
    limit_options,
    signal_options,
    unidentified_option,
    use_option,
    workers_option,
    workspace_option,
)
from kyodaku.cli._output import Exit, emit_json, err, out, shown, verdict_exit
from kyodaku.cli._progress import COLOURS, LiveProgress
from kyodaku.errors import UsageError
from kyodaku.examine import SignalSources
from kyodaku.media import Limits
from kyodaku.rights import Use, Verdict, load_regime
from kyodaku.training import Cleared, Tally, load_use
from kyodaku.training.report.words import unseen
from kyodaku.workspace import Checked, Workspace

__all__ = ["check", "clear_command", "compare_command", "regime_table"]

_LANGUAGES = click.Choice(["en", "ja"])
_DEFAULT_REGIME = "jp-prior"


@click.command(
    "clear",
    epilog="Example:  kyodaku clear crawl/manifest.parquet -o cleared --use use.yaml --also opt-out",
)
@click.argument("corpus")
@click.option(
    "-o", "--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where to write."
)
@use_option
@click.option("--regime", default=_DEFAULT_REGIME, show_default=True, help="The regime that decides: a name or a file.")
@click.option("--also", multiple=True, metavar="REGIME", help="Show another regime on the same facts beside it.")
@unidentified_option
@click.option("--engine", type=click.Choice(["local"]), default="local", show_default=True, help="What runs the clips.")
@workers_option
@signal_options
@limit_options
@click.option("--resume", is_flag=True, help="Go on with the run in the folder; no finished clip is repeated.")
@click.option("--fail-on", type=click.Choice(["refused", "review"]), help="Exit 3 or 4 when a clip got this or worse.")
@click.option("--language", type=_LANGUAGES, default="en", show_default=True, help="The language the report opens in.")
@workspace_option
@json_option
@snapshot_options
def clear_command(
    *,
    corpus: str,
    folder: Path,
    use_file: Path,
    regime: str,
    also: tuple[str, ...],
    unidentified: str | None,
    engine: str,  # noqa: ARG001 - one engine so far
    workers: int | None,
    max_hours: float | None,
    clip_seconds: float | None,
    signals: SignalSources,
    resume: bool,
    fail_on: str | None,
    language: str,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> int:
    """Decide every clip of CORPUS before it is copied into a training set.

    CORPUS is a folder, a quoted glob, or a manifest (.csv, .tsv, .jsonl, .parquet) whose column 'uri' names the media.
    Writes decisions.parquet, cleared.parquet, report.html and attestation.jsonl.
    """
    use = load_use(use_file)
    with open_workspace() as workspace, LiveProgress(load_regime(regime).id) as progress:
        _warn_of_stranger(workspace, use)
        cleared = workspace.clear(
            corpus,
            folder,
            use=use,
            regime=regime,
            also=also,
            unidentified=unidentified,
            workers=workers,
            limits=limits_from(max_hours, clip_seconds),
            signals=signals,
            resume=resume,
            progress=progress,
            language=language,
        )
    if as_json:
        emit_json(cleared.as_json())
    else:
        print_cleared(cleared)
    if cleared.outdated:
        note = "declarations came in since this run began, and its verdicts do not know them: clear anew before copying"
        err().print(f"kyodaku: {note}", soft_wrap=True)
    worst = cleared.tally.strictest
    return verdict_exit(worst) if fail_on and worst >= Verdict(fail_on) else Exit.DONE


@click.command(epilog="Example:  kyodaku check clip.mp4 --use use.yaml --report out")
@click.argument("medium", type=click.Path(path_type=Path))
@click.option("--use", "use_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The use file.")
@click.option("--regime", default=_DEFAULT_REGIME, show_default=True, help="The regime that decides: a name or a file.")
@unidentified_option
@click.option("--language", type=_LANGUAGES, default="en", show_default=True, help="The language of the reasons.")
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Explain it: write evidence.html, for people, and evidence.json, for machines, into this folder.",
)
@click.option(
    "--reference-media",
    type=click.Path(exists=True, path_type=Path),
    help="With --report: a film, or a folder of films, to show references' pictures from.",
)
@signal_options
@limit_options
@workspace_option
@json_option
@snapshot_options
def check(
    *,
    medium: Path,
    use_file: Path | None,
    regime: str,
    unidentified: str | None,
    language: str,
    report: Path | None,
    reference_media: Path | None,
    max_hours: float | None,
    clip_seconds: float | None,
    signals: SignalSources,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> int:
    """Examine one MEDIUM: which registered works it shows, where, and whether the use may go ahead.

    Without --use it is decided as training by a developer whom no grant names. Exits 0 only when permitted. With
    --report it also writes down on what the verdict rests, frame by frame; --json then prints all of it.
    """
    if reference_media is not None and report is None:
        raise UsageError("--reference-media is for a report", hint="add --report DIR")
    how: dict[str, Any] = {
        "use": load_use(use_file) if use_file else None,
        "regime": regime,
        "unidentified": unidentified,
        "limits": limits_from(max_hours, clip_seconds),
        "signals": signals,
    }
    explained = None
    with open_workspace() as workspace:
        if report is None:
            checked = workspace.check(medium, **how)
        else:
            how |= {"reference_media": reference_media, "language": language}
            checked, explained = workspace.explain(medium, report, **how)
    if as_json:
        emit_json(checked.as_json() if explained is None else explained.document)
    else:
        _print_checked(medium, checked, language)
        for path in (explained.page, explained.record) if explained is not None else ():
            out().print(f"  {shown(str(path))}", soft_wrap=True)
    return verdict_exit(checked.decision.verdict)


@click.command("compare", epilog="Example:  kyodaku compare cleared/ --regimes jp-prior,opt-out -o compare.html")
@click.argument("corpus")
@click.option(
    "--regimes", default="jp-prior,opt-out", show_default=True, help="Names or files, separated by commas, or 'all'."
)
@unidentified_option
@click.option(
    "--use",
    "use_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the developer wants to do; of a finished run, by default the run's own use.",
)
@click.option(
    "-o",
    "--out",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the comparison as a page, in English and Japanese, to this .html file.",
)
@click.option("--language", type=_LANGUAGES, default="en", show_default=True, help="The language of the reasons.")
@workers_option
@signal_options
@limit_options
@workspace_option
@json_option
@snapshot_options
def compare_command(
    *,
    corpus: str,
    regimes: str,
    unidentified: str | None,
    use_file: Path | None,
    page: Path | None,
    language: str,
    workers: int | None,
    max_hours: float | None,
    clip_seconds: float | None,
    signals: SignalSources,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> None:
    """Judge the same facts of CORPUS under several regimes: what each would admit, and where they part.

    CORPUS is a corpus as for 'clear', or the folder of a finished 'clear': then nothing is examined again. Nothing is
    cleared by it, and nothing is kept but the page.
    """
    names = regime_names(regimes)
    _require_page_can_be(page)
    use = load_use(use_file) if use_file else None
    with open_workspace() as workspace, LiveProgress(load_regime(names[0]).id) as progress:
        if use is not None:
            _warn_of_stranger(workspace, use)
        comparison = workspace.compare(
            corpus,
            use=use,
            regimes=names,
            unidentified=unidentified,
            workers=workers,
            limits=limits_from(max_hours, clip_seconds),
            signals=signals,
            progress=progress,
        )
    if page is not None:
        comparison.write(page, language=language)
    if as_json:
        emit_json(comparison.as_json())
        return
    print_comparison(comparison, language)
    if page is not None:
        out().print(f"  {shown(str(page))}", soft_wrap=True)


def _require_page_can_be(page: Path | None) -> None:
    """Says before hours of examining that the page could not be written after them."""
    if page is None:
        return
    if page.suffix.lower() not in {".html", ".htm"}:
        raise UsageError("the page is an .html file", where=str(page), hint="e.g. -o compare.html")
    if not os.access(page.parent, os.W_OK | os.X_OK):
        raise UsageError("there is no folder here to write into", where=str(page.parent))


def _warn_of_stranger(workspace: Workspace, use: Use) -> None:
    """A developer whom the registry does not know has no grant in its name: perhaps the id is mistyped."""
    if not workspace.registry.knows_party(use.developer):
        note = f"the registry knows no party {use.developer!r}, so that no grant can name it"
        err().print(f"kyodaku: {shown(note)}", soft_wrap=True)


def limits_from(max_hours: float | None, clip_seconds: float | None) -> Limits:
    """The default limits with what the command line changed."""
    limits = Limits()
    if any(math.isnan(value) for value in (max_hours, clip_seconds) if value is not None):
        raise UsageError("a limit is a number")
    if max_hours is not None:
        limits = replace(limits, max_duration_s=max_hours * 3600)
    if clip_seconds is not None:
        limits = replace(limits, wall_s=clip_seconds, cpu_s=clip_seconds)
    return limits


def print_cleared(cleared: Cleared) -> None:
    """The summary of a run, for people."""
    console = out()
    console.print(regime_table(cleared.tallies))
    rate = "" if cleared.hours_per_hour is None else f"; {cleared.hours_per_hour:,.0f} hours of media an hour"
    console.print(
        f"{cleared.tally.total} clips, {cleared.cleared} cleared, {cleared.tally.errors} could not be examined{rate}"
    )
    for name in ("decisions.parquet", "cleared.parquet", "report.html", "attestation.jsonl"):
        console.print(f"  {shown(str(cleared.out / name))}", soft_wrap=True)


def regime_table(tallies: Mapping[str, Tally]) -> Table:
    """Clips by regime and verdict."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2))
    table.add_column("regime")
    for verdict in Verdict:
        table.add_column(verdict.replace("_", " "), justify="right", style=COLOURS[verdict])
    table.add_column("may be copied", justify="right", style="bold")
    for name, tally in tallies.items():
        go = sum(tally.clips[verdict] for verdict in Verdict if verdict.is_go)
        table.add_row(shown(name), *(str(tally.clips[verdict]) for verdict in Verdict), str(go))
    return table


def _print_checked(medium: Path, checked: Checked, language: str) -> None:
    console = out()
    verdict = checked.decision.verdict
    console.print(f"[bold {COLOURS[verdict]}]{verdict.replace('_', ' ')}[/]  {shown(str(medium))}", soft_wrap=True)
    if checked.findings.error:
        console.print(f"  {shown(checked.findings.error)}", soft_wrap=True)
    found = checked.findings
    for what in unseen(found.unseen, found.duration_s, found.parts_omitted):
        console.print(f"  {what[language]}", soft_wrap=True)
    for match in checked.findings.matches or ():
        console.print(f"  {_match_line(match)}", soft_wrap=True)
    for line in _signal_lines(checked):
        console.print(f"  {line}", soft_wrap=True)
    several = len({ground.act for ground in checked.decision.grounds}) > 1
    for ground in checked.decision.grounds:
        act = f"[bold]{ground.act.replace('_', ' ')}:[/] " if several else ""
        console.print(f"  • {act}{shown(ground.text[language])} [dim]{shown(ground.citation)}[/]", soft_wrap=True)
        if ground.would_change:
            console.print(f"    [dim]{shown(ground.would_change[language])}[/]", soft_wrap=True)
    for need in checked.decision.needed:
        console.print(f"  → permission needed from {shown(need.party or 'the holder')} to {need.act} {need.work or ''}")


def _signal_lines(checked: Checked) -> list[str]:
    """One line for each standard and place in which something is said to machines."""
    told: dict[tuple[str, str, str], list[str]] = {}
    for seen in checked.findings.signals:
        signal = seen.signal
        key = (signal.says, f"{signal.standard} {signal.revision}", signal.origin.where)
        told.setdefault(key, []).append(signal.act.replace("_", " "))
    return [
        f"{shown(standard)} says [bold]{says}[/] to {', '.join(acts)} ({shown(where)})"
        for (says, standard, where), acts in told.items()
    ]


def _match_line(match: Any) -> str:
    extras = (" mirrored" if match.mirrored else "") + ("" if abs(match.speed - 1) < 0.04 else f" ×{match.speed:.2f}")
    spans = f"{match.q_start:.1f}–{match.q_end:.1f} s = {match.r_start:.1f}–{match.r_end:.1f} s"
    verb = {"picture": "shows", "sound": "plays the sound of", "both": "shows and plays"}[match.witness]
    return f"{verb} [bold]{shown(match.work)}[/]: {spans} (score {match.score:.2f}{extras})"

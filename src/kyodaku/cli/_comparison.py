# SPDX-License-Identifier: Apache-2.0
"""A comparison of regimes on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from rich.console import Console
from rich.table import Table

from kyodaku.cli._output import out, shown
from kyodaku.cli._progress import COLOURS
from kyodaku.rights import Verdict
from kyodaku.training import Comparison
from kyodaku.training.parting import Alike, Parted, Weight
from kyodaku.training.report.words import Bilingual, measure

__all__ = ["print_comparison"]

GROUPS: Final = 12
ALIKE: Final = 3
NAMED: Final = 6
"""What is printed of each; the page and `--json` tell the rest."""

Say = Callable[[float], Bilingual]


def print_comparison(comparison: Comparison, language: str) -> None:
    """How much each regime admits, what each admits against another, and where they part."""
    console = out()
    say = measure(comparison.parting.whole.seconds)
    whole = comparison.parting.whole
    console.print(f"{_length(whole, say)} in {_clips(whole.clips)}")
    console.print(_admitted(comparison, say))
    console.print("\nadmitted by the regime of the row, not by that of the column")
    console.print(_against(comparison, say))
    parted = comparison.parting.parted
    for group in parted[:GROUPS]:
        _print_group(console, group, comparison, say, language)
    hidden = sum(group.weight.clips for group in parted[GROUPS:])
    if hidden:
        console.print(f"\n{hidden} more clips stand in smaller groups; --json lists them")


def _admitted(comparison: Comparison, say: Say) -> Table:
    """Clips by verdict; regimes are numbered, so that seven fit on a line in the second table."""
    table = _table("", "regime")
    for verdict in Verdict:
        short = verdict.replace("_", " ").removeprefix("permitted ")
        table.add_column(short, justify="right", style=COLOURS[verdict])
    table.add_column("admitted", justify="right", style="bold", no_wrap=True)
    for number, (name, tally) in enumerate(comparison.tallies.items(), 1):
        counts = [f"{tally.clips[verdict]:,}" for verdict in Verdict]
        table.add_row(str(number), shown(name), *counts, _length(comparison.parting.admitted[name], say))
    return table


def _against(comparison: Comparison, say: Say) -> Table:
    parting = comparison.parting
    table = _table("", "regime")
    for number, _ in enumerate(parting.regimes, 1):
        table.add_column(str(number), justify="right", no_wrap=True)
    against = parting.admitted_against
    for number, name in enumerate(parting.regimes, 1):
        cells = [_length(against[name, other], say) if name != other else "—" for other in parting.regimes]
        table.add_row(str(number), shown(name), *cells)
    return table


def _table(*left: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for name in left:
        table.add_column(name, no_wrap=True)
    return table


def _print_group(console: Console, group: Parted, comparison: Comparison, say: Say, language: str) -> None:
    verdicts = dict(zip(comparison.parting.regimes, group.verdicts, strict=True))
    sides = {verdict: [name for name, said in verdicts.items() if said == verdict] for verdict in group.verdicts}
    said = "; ".join(
        f"[{COLOURS[verdict]}]{verdict.replace('_', ' ')}[/] {shown(', '.join(names))}"
        for verdict, names in sides.items()
    )
    console.print(f"\n[bold]{_length(group.weight, say)}[/], {_clips(group.weight.clips)}: {said}", soft_wrap=True)
    alike = sorted(group.alike, key=lambda each: (-each.weight.seconds, -each.weight.clips))
    for each in alike[:ALIKE]:
        for line in _lines(each, comparison, language):
            console.print(line, soft_wrap=True)
    more = group.weight.clips - sum(each.weight.clips for each in alike[:ALIKE])
    if more:
        console.print(f"  and {_clips(more)} by other rules")


def _lines(alike: Alike, comparison: Comparison, language: str) -> Iterator[str]:
    """The clips and works, then what decided, once for each verdict."""
    works = f" of {shown(', '.join(alike.works))}" if alike.works else ""
    named = alike.first[:NAMED]
    more = "" if alike.weight.clips <= len(named) else f" and {alike.weight.clips - len(named)} more"
    yield f"  {_clips(alike.weight.clips)}{works}: {shown(', '.join(named))}{more}"
    told: set[str] = set()
    for name, ground in zip(comparison.parting.regimes, alike.grounds, strict=True):
        if ground.effect not in told:
            told.add(ground.effect)
            act = f" {ground.act.replace('_', ' ')}:" if comparison.use.also else ""
            yield f"    {shown(name)}:{act} {shown(ground.text[language])} [dim]{shown(ground.citation)}[/]"


def _clips(count: int) -> str:
    return f"{count:,} clip{'' if count == 1 else 's'}"


def _length(weight: Weight, say: Say) -> str:
    return say(weight.seconds)["en"]

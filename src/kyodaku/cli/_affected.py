# SPDX-License-Identifier: Apache-2.0
"""Runs and models that something reaches, for people."""

from __future__ import annotations

from collections.abc import Sequence

from kyodaku.cli._output import out, shown
from kyodaku.training import Affected

__all__ = ["print_affected"]

_LISTED = 20
"""Clips of a run that are printed; `--json` has all."""
_PROMISES = {"forward": "from now on only", "purge": "copies and models are to go as well"}


def print_affected(affected: Sequence[Affected], *, clips: bool = True) -> None:
    """Each run with its manifest, models and, if asked for, clips; and what was withdrawn of what they rest on."""
    console = out()
    for each in affected:
        use = each.run.body["use"]
        counted = f"{each.count} clips cleared" if each.clips is not None else f"up to {each.count} clips cleared"
        model = f" for {shown(use['model'])}" if use["model"] else ""
        console.print(f"[bold]{each.run.id}[/] by {shown(use['developer'])}{model}: {counted}", soft_wrap=True)
        console.print(f"  manifest {shown(str(each.run.out / 'cleared.parquet'))}", soft_wrap=True)
        for trained in each.models:
            console.print(f"  model {shown(trained.name)} ({trained.id})", soft_wrap=True)
        if not each.models:
            console.print("  no model is recorded as trained on it")
        for lost in each.withdrawn:
            said = f"{shown(lost.permission)} revoked by {shown(lost.revocation)}: {_PROMISES[lost.effect]}"
            console.print(f"  {said}", soft_wrap=True)
        if clips:
            _print_clips(each)


def _print_clips(each: Affected) -> None:
    console = out()
    if each.clips is None:
        console.print("  its folder is not here: the clips cannot be named", soft_wrap=True)
        return
    for clip in each.clips[:_LISTED]:
        works = ", ".join(clip["works"] or ()) or "named in its claim"
        console.print(f"  • {shown(clip['clip_id'])}: {shown(works)} ({clip['decision_id']})", soft_wrap=True)
    if len(each.clips) > _LISTED:
        console.print(f"  … and {len(each.clips) - _LISTED} more: --json lists all")

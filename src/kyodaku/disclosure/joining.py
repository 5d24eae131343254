# SPDX-License-Identifier: Apache-2.0
"""What is recorded of several runs together, as a model is seldom trained on what one run cleared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from kyodaku.disclosure._gathering import Collected, Gathered
from kyodaku.disclosure._words import Bilingual
from kyodaku.disclosure.facts import Facts, amounts_of, read_run
from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry import Registry
from kyodaku.training import RecordedModel, recorded_models, run_named

__all__ = ["facts_of_all", "runs_of_model"]

MOST: Final = 1000
"""Runs in one document; each takes a place in it."""


def facts_of_all(outs: Sequence[Path], registry: Registry) -> Facts:
    """What the finished runs in these folders left on record, counted together; of one run, as `facts_of`.

    A clip that several runs cleared counts in each. Raises `UsageError` for a run named twice, and for runs of several
    developers or models, besides what `facts_of` raises.
    """
    if not outs or len(outs) > MOST:
        raise UsageError(f"name one run, or up to {MOST:,}")
    read = [read_run(out, registry) for out in outs]
    facts = sorted((each for each, _ in read), key=lambda each: (each.started_at, each.run))
    if len(facts) == 1:
        return facts[0]
    ids = [each.run for each in facts]
    if len(set(ids)) < len(ids):
        raise UsageError("a run is named twice: its clips would count twice", hint="name each folder once")
    developers = {each.developer for each in facts}
    if len(developers) > 1:
        raise UsageError(f"these runs are of several developers: {', '.join(sorted(developers))}")
    return _together(facts, [found for _, found in read])


def runs_of_model(model: str, registry: Registry) -> tuple[Path, ...]:
    """The folders of all runs that a model is recorded to be trained on, under its id or under its name.

    Of one that is recorded several times, by its name or by its files, all records count. Raises `UsageError` for a
    model that nobody recorded, and `KyodakuError` when a run's folder is not here: a part would not be all.
    """
    known = recorded_models(registry)
    named = [each for each in known if model in {each.id, each.name}]
    if not named:
        raise UsageError(f"no model {model!r} is recorded", hint="`kyodaku runs list` names them")
    files = {_files(each) for each in named} - {None}
    all_of_it = [each for each in known if each in named or _files(each) in files]
    runs = [run_named(registry, run) for run in dict.fromkeys(run for each in all_of_it for run in each.runs)]
    for run in runs:
        if not run.is_here:
            hint = "bring it back there: what is left out would be missing from every count"
            raise KyodakuError(f"the folder of {run.id} is not here", where=str(run.out), hint=hint)
    return tuple(run.out for run in runs)


def _files(model: RecordedModel) -> str | None:
    return model.body.get("files_sha256")


def _together(facts: Sequence[Facts], found: Sequence[Gathered]) -> Facts:
    names: dict[str, Bilingual] = {held.party: held.name for each in facts for held in each.holders}
    newest = max(facts, key=lambda each: each.finished_at)
    return replace(
        newest,
        run=f"runs-{sha256(' '.join(each.run for each in facts).encode()).hexdigest()[:16]}",
        model=_model(facts),
        started_at=min(each.started_at for each in facts),
        collected=_collected(facts),
        runs=tuple(facts),
        **amounts_of(_summed(found), names.__getitem__),
    )


def _model(facts: Sequence[Facts]) -> str:
    """The model that the runs were made for, without a version if they name several."""
    named = sorted({each.model for each in facts if each.model})
    bases = {name.partition("@")[0].casefold() for name in named}
    if len(bases) > 1:
        raise UsageError(f"these runs are for several models: {', '.join(named)}", hint="make one document of each")
    return named[0] if len(named) == 1 else named[0].partition("@")[0] if named else ""


def _collected(facts: Sequence[Facts]) -> Collected:
    first = [each.collected.first for each in facts if each.collected.first is not None]
    last = [each.collected.last for each in facts if each.collected.last is not None]
    rows = sum(each.collected.rows for each in facts)
    return Collected(first=min(first, default=None), last=max(last, default=None), rows=rows)


def _summed(found: Sequence[Gathered]) -> Gathered:
    total = Gathered()
    for each in found:
        for name in ("verdicts", "media", "bases", "holders", "domains"):
            sums = getattr(total, name)
            for key, (clips, seconds) in getattr(each, name).items():
                sums[key] = (sums[key][0] + clips, sums[key][1] + seconds)
        for name in ("with_sound", "granted", "without_address"):
            (clips, seconds), (more, longer) = getattr(total, name), getattr(each, name)
            setattr(total, name, (clips + more, seconds + longer))
        total.unreadable += each.unreadable
        total.left_out_for_statements += each.left_out_for_statements
        for name in ("refusals", "reserved", "stated_sources", "works"):
            getattr(total, name).update(getattr(each, name))
        for party, permissions in each.permissions.items():
            total.permissions[party] |= permissions
    return total

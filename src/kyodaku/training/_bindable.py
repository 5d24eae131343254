# SPDX-License-Identifier: Apache-2.0
"""What a model can be bound to: data that were cleared for training it, all for one developer, and not for another."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kyodaku.errors import UsageError
from kyodaku.registry import Registry
from kyodaku.rights import ALL
from kyodaku.training._rows import readable
from kyodaku.training.runs import RecordedRun

__all__ = ["acts_of", "cleared_for", "model_name", "require_apart", "require_cleared_for_training"]

TRAINING: Final = frozenset({"train", "fine_tune"})
"""The acts that make a model; what was cleared for another (to be an input, to be indexed) was not for these."""


def acts_of(use: Mapping[str, Any]) -> tuple[str, ...]:
    """The acts of a use as a run's record has it."""
    return (use["act"],) if "act" in use else tuple(each["act"] for each in use["acts"])


def cleared_for(run: RecordedRun) -> str:
    """For whom, for what and by which rule the run cleared, in a few words."""
    use, regime = run.body["use"], run.body["regime"]
    model = "" if use["model"] == ALL else f" {use['model']}"
    acts = ", ".join(act.replace("_", "-") for act in acts_of(use))
    return f"cleared under {regime['id']} {regime['version']} for {use['developer']} to {acts}{model}"


def require_cleared_for_training(runs: Sequence[RecordedRun]) -> None:
    """Raise UsageError unless each run cleared something, to train on it, and all did so for one developer."""
    for run in runs:
        where = str(run.out)
        if not any(count for verdict, count in run.body["clips"]["clips"].items() if verdict.startswith("permitted")):
            raise UsageError(f"{run.id} cleared no clip: nothing can have been trained on it", where=where)
        if TRAINING.isdisjoint(acts_of(run.body["use"])):
            what = f"{run.id} was {cleared_for(run)}, not to train a model"
            raise UsageError(what, where=where, hint="clear it for the act 'train' or 'fine_tune'")
    developers = sorted({run.body["use"]["developer"] for run in runs})
    if len(developers) > 1:
        what = f"these manifests were cleared for {', '.join(developers)}: each may use only its own"
        raise UsageError(what, hint="clear them for the one developer of the model")


def model_name(runs: Iterable[RecordedRun], folder: Path, name: str | None) -> str:
    """What the model is called: `name`, or what its data were cleared for, or its folder's name.

    Raises UsageError where data were cleared for a model of another name: a permission may be for that one alone.
    """
    cleared = {use["model"]: run for run in runs if (use := run.body["use"])["model"] != ALL}
    own = name or (next(iter(cleared)) if cleared else readable(folder.absolute().name))
    for model, run in cleared.items():
        if not _same_model(own, model):
            what = f"{run.id} was cleared for the model {model!r}, not for {own!r}"
            raise UsageError(what, where=str(run.out), hint=f"name it --name {model}, or clear the data for {own}")
    return own


def require_apart(registry: Registry, folder: Path, private_key: Path | None) -> None:
    """Raise UsageError if the workspace or the developer's key lies within the model's folder."""
    inside = folder.resolve()
    if registry.directory.resolve().is_relative_to(inside):
        hint = "name the folder that holds the model's files alone"
        raise UsageError("the workspace lies in this folder: it is no model's", where=str(folder), hint=hint)
    if private_key is not None and private_key.resolve().is_relative_to(inside):
        raise UsageError("the private key lies among the model's files", where=str(private_key), hint="keep it apart")


def _same_model(one: str, other: str) -> bool:
    """Whether two names, each perhaps with a version (`video-1@2`), may be of one model."""
    names, versions = zip(*(tuple(_parts(each)) for each in (one, other)), strict=True)
    return names[0] == names[1] and (not all(versions) or versions[0] == versions[1])


def _loose(name: str) -> str:
    """A name in whatever capitals and width of letters it is written, as a no means it."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())


def _parts(name: str) -> Iterator[str]:
    base, _, version = _loose(name).partition("@")
    yield base
    yield version

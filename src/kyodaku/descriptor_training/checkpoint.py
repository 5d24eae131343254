# SPDX-License-Identifier: Apache-2.0
"""Weights and the state of a run as plain arrays: nothing in a file is ever executed when it is read."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kyodaku.errors import KyodakuError, UsageError

__all__ = ["Plan", "State", "load_average", "load_state", "save_state"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What decides a run: the same plan gives the same run, up to the order in which processors add."""

    seed: int
    pictures: int
    views: int
    """Views seen by all processes together, two for each picture of a batch; the learning rate falls towards it."""
    batch: int = 96
    processes: int = 2
    rate: float = 2e-3
    koleo: float = 5.0

    def __post_init__(self) -> None:
        for name in ("pictures", "views", "batch", "processes"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1")
        if self.batch % 4 or self.pictures < self.batch:
            raise UsageError(
                "a batch holds whole families of four, and no more pictures than there are",
                hint=f"pictures {self.pictures}, batch {self.batch}",
            )

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return max(1, self.views // (2 * self.batch * self.processes))


@dataclass(kw_only=True, slots=True)
class State:
    """A run between two steps."""

    plan: Plan
    step: int
    network: nn.Module
    average: nn.Module
    optimiser: torch.optim.Optimizer


def save_state(path: Path, state: State) -> None:
    """Write everything that going on needs; an earlier file is replaced at once or not at all."""
    arrays: dict[str, NDArray[Any]] = {
        **_named("network", state.network.state_dict()),
        **_named("average", state.average.state_dict()),
    }
    for number, memory in state.optimiser.state_dict()["state"].items():
        arrays |= _named(f"optimiser.{number}", memory)
    header = {"plan": asdict(state.plan), "step": state.step}
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    part.replace(path)


def load_state(path: Path, state: State) -> None:
    """Put what a file holds into a fresh state; its plan may only differ in `views`."""
    header, arrays = _read(path)
    if {**header["plan"], "views": state.plan.views} != asdict(state.plan):
        raise UsageError("this checkpoint belongs to another run", where=str(path), hint=f"its plan: {header['plan']}")
    state.step = int(header["step"])
    state.network.load_state_dict(_under("network", arrays))
    state.average.load_state_dict(_under("average", arrays))
    whole = state.optimiser.state_dict()
    count = sum(len(group["params"]) for group in whole["param_groups"])
    whole["state"] = {number: _under(f"optimiser.{number}", arrays) for number in range(count)}
    state.optimiser.load_state_dict(whole)


def load_average(path: Path, network: nn.Module) -> tuple[Plan, int]:
    """Put the running average, which is what is shipped, into a network; the plan and the step that it comes from."""
    header, arrays = _read(path)
    network.load_state_dict(_under("average", arrays))
    return Plan(**header["plan"]), int(header["step"])


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        header = json.loads(arrays.pop("header").tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise KyodakuError(f"the checkpoint cannot be read: {error}", where=str(path)) from None
    return header, arrays


def _named(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    return {f"{prefix}/{name}": tensor.detach().cpu().numpy() for name, tensor in tensors.items()}


def _under(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    start = f"{prefix}/"
    return {
        name[len(start) :]: torch.from_numpy(array.copy()) for name, array in arrays.items() if name.startswith(start)
    }

# SPDX-License-Identifier: Apache-2.0
"""The run: some processes of one thread each, which see different batches and take the same steps."""

from __future__ import annotations

import copy
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from torch import Tensor, distributed, multiprocessing, nn
from torch.utils.data import DataLoader, IterableDataset

from kyodaku.descriptor_training.checkpoint import Plan, State, load_state, save_state
from kyodaku.descriptor_training.collection import Collection, view_batches
from kyodaku.descriptor_training.loss import agreement, contrastive, spread
from kyodaku.descriptor_training.network import FrameNetwork

__all__ = ["CHECKPOINT", "train"]

CHECKPOINT: Final = "checkpoint.npz"
_WARM_UP: Final = 100  # steps in which the learning rate rises
_LAST_RATE: Final = 0.005  # the share of the learning rate that is left in the end
_DECAY: Final = 0.03
_LONGEST: Final = 5.0  # a gradient is cut to this length
_MEMORY: Final = 0.998  # of the running average, which is what is shipped
_SAVE_EVERY: Final = 250
_TELL_EVERY: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    """What each process is told."""

    plan: Plan
    pictures: Path
    out: Path
    resume: bool
    port: int


def train(plan: Plan, pictures: Path, out: Path, *, resume: bool = False, port: int = 29517) -> None:
    """Train from drawn pictures in a file to `out/checkpoint.npz`; with `resume` go on from there."""
    job = _Job(plan=plan, pictures=pictures, out=out, resume=resume, port=port)
    if plan.processes == 1:
        _run(0, job)
    else:
        multiprocessing.spawn(_run, args=(job,), nprocs=plan.processes)


def fresh_state(plan: Plan) -> State:
    """The state before the first step."""
    torch.manual_seed(plan.seed)
    network = FrameNetwork().to(memory_format=torch.channels_last)
    heavy = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    light = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    groups = [{"params": heavy, "weight_decay": _DECAY}, {"params": light, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98))
    return State(plan=plan, step=0, network=network, average=copy.deepcopy(network), optimiser=optimiser)


def _run(rank: int, job: _Job) -> None:
    plan, out = job.plan, job.out
    torch.set_num_threads(1)
    if plan.processes > 1:
        address = f"tcp://127.0.0.1:{job.port}"
        distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=plan.processes)
    state = fresh_state(plan)
    if job.resume:
        load_state(out / CHECKPOINT, state)
    loader = DataLoader(_Views(job.pictures, plan, rank, state.step), batch_size=None, num_workers=1, prefetch_factor=4)
    told = _Telling(rank, state.step)
    describe = _compiled(state.network)
    for views in loader:
        if state.step >= plan.steps:
            break
        told.add(state.step, *_step(state, describe, views, rank))
        state.step += 1
        if rank == 0 and (state.step % _SAVE_EVERY == 0 or state.step == plan.steps):
            save_state(out / CHECKPOINT, state)
    if plan.processes > 1:
        distributed.destroy_process_group()


def _compiled(network: nn.Module) -> Any:
    """A fifth faster where there is a C++ compiler; the same numbers up to rounding."""
    return network if os.environ.get("KYODAKU_TRAIN_EAGER") else torch.compile(network)


def _step(state: State, describe: Any, views: Tensor, rank: int) -> tuple[float, float, float]:
    """One step of all processes; loss, spread and agreement before it."""
    plan = state.plan
    for group in state.optimiser.param_groups:
        group["lr"] = _rate(plan, state.step)
    with torch.autocast("cpu", torch.bfloat16):
        described = describe(views.contiguous(memory_format=torch.channels_last))
    described = described.float()
    told_apart = contrastive(described, _from_others(described, plan, rank))
    evenness = spread(described)
    state.optimiser.zero_grad()
    (told_apart + plan.koleo * evenness).backward()
    _share_gradients(state.network, plan)
    nn.utils.clip_grad_norm_(state.network.parameters(), _LONGEST)
    state.optimiser.step()
    _follow(state)
    with torch.no_grad():
        return float(told_apart), float(evenness), agreement(described)


def _rate(plan: Plan, step: int) -> float:
    falling = 0.5 * (1 + math.cos(math.pi * min(1.0, step / plan.steps))) + _LAST_RATE
    return plan.rate * min(1.0, (step + 1) / _WARM_UP) * falling


def _from_others(described: Tensor, plan: Plan, rank: int) -> Tensor:
    """What the other processes see in this step; a memory of earlier steps made things worse, as the network drifts."""
    if plan.processes == 1:
        return described[:0]
    own = described.detach().contiguous()
    every = [torch.empty_like(own) for _ in range(plan.processes)]
    distributed.all_gather(every, own)
    return torch.cat([one for number, one in enumerate(every) if number != rank])


def _share_gradients(network: nn.Module, plan: Plan) -> None:
    if plan.processes == 1:
        return
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= plan.processes
    at = 0
    for gradient in gradients:
        gradient.copy_(flat[at : at + gradient.numel()].view_as(gradient))
        at += gradient.numel()


def _follow(state: State) -> None:
    """Move the running average towards the network; quickly at first."""
    keep = min(_MEMORY, (state.step + 1) / (state.step + 10))
    pairs = zip(state.average.state_dict().values(), state.network.state_dict().values(), strict=True)
    with torch.no_grad():
        for average, now in pairs:
            if average.dtype.is_floating_point:
                average.mul_(keep).add_(now, alpha=1 - keep)
            else:
                average.copy_(now)


class _Views(IterableDataset[Tensor]):
    """Batches of views, made in a process of their own, which maps the pictures by itself: they are gigabytes."""

    def __init__(self, pictures: Path, plan: Plan, rank: int, first: int) -> None:
        super().__init__()
        self._pictures, self._plan, self._rank, self._first = pictures, plan, rank, first

    def __iter__(self) -> Iterator[Tensor]:
        cv2.setNumThreads(1)
        torch.set_num_threads(1)
        plan = self._plan
        pictures: Collection = np.load(self._pictures, mmap_mode="r", allow_pickle=False)
        batches = view_batches(pictures, seed=plan.seed, stream=self._rank, first=self._first, batch=plan.batch)
        return map(torch.from_numpy, batches)


class _Telling:
    """Prints how the run goes, from its first process."""

    def __init__(self, rank: int, first: int) -> None:
        self._rank, self._first, self._began = rank, first, time.monotonic()
        self._recent: list[tuple[float, float, float]] = []

    def add(self, step: int, *measured: float) -> None:
        """Take in one step."""
        self._recent.append((measured[0], measured[1], measured[2]))
        if self._rank or len(self._recent) < _TELL_EVERY:
            return
        loss, evenness, agreed = np.mean(self._recent, axis=0)
        self._recent = []
        pace = (step + 1 - self._first) / (time.monotonic() - self._began)
        print(  # noqa: T201 - the log of a run of hours
            f"step {step + 1} loss {loss:.3f} koleo {evenness:.3f} agree {agreed:.3f} {pace:.2f} steps/s", flush=True
        )

# SPDX-License-Identifier: Apache-2.0
"""The names by which robots.txt speaks to those who collect for generative models: a dated list (`agents.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Final

import yaml

__all__ = ["AGENTS_DATE", "DATED_AGENTS", "PURPOSES", "Agent"]

PURPOSES: Final = ("train", "input", "search")


@dataclass(frozen=True, kw_only=True, slots=True)
class Agent:
    """One name. A `control` is fetched under by nobody: it says what may be done with what others fetch."""

    token: str
    operator: str
    purposes: tuple[str, ...]
    source: str
    control: bool = False


def _listed() -> tuple[date, tuple[Agent, ...]]:
    text = resources.files(__package__).joinpath("agents.yaml").read_text(encoding="utf-8")
    listed = yaml.safe_load(text)
    agents = tuple(Agent(**{**entry, "purposes": tuple(entry["purposes"])}) for entry in listed["agents"])
    return listed["date"], agents


AGENTS_DATE, DATED_AGENTS = _listed()

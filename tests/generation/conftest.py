# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from kyodaku.generation.folders import Folders
from kyodaku.generation.store import JobStore
from support.generating import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> JobStore:
    return JobStore(tmp_path / "jobs", clock=clock)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "videos")

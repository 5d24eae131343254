# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kyodaku.generation import PromptGate
from kyodaku.generation.folders import Folders
from kyodaku.generation.store import JobStore
from kyodaku.registry import Registry
from kyodaku.rights import Use, load_regime
from support.generating import Clock
from support.walrus import registry_at


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with registry_at(tmp_path_factory.mktemp("walrus")) as opened:
        yield opened


@pytest.fixture(scope="module")
def use() -> Use:
    return Use(developer="lab", act="generate", model="video-1", territory=("JP",), at=datetime.now(UTC))


@pytest.fixture(scope="module")
def gate(registry: Registry, use: Use) -> PromptGate:
    return PromptGate.of(registry.snapshot(), use=use, regime=load_regime("jp-prior"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> JobStore:
    return JobStore(tmp_path / "jobs", clock=clock)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "videos")

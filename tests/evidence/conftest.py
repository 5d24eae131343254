# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kyodaku.registry import Registry
from kyodaku.training import Cleared, clear, load_use
from kyodaku.workspace import Workspace
from support.studio import Studio, build


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return build(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="session")
def registry(studio: Studio) -> Iterator[Registry]:
    with Workspace.open(studio.workspace) as workspace:
        yield workspace.registry


@pytest.fixture(scope="session")
def cleared(studio: Studio, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Cleared:
    """A run over the studio's corpus."""
    folder: Path = tmp_path_factory.mktemp("run") / "out"
    return clear(str(studio.manifest), folder, registry=registry, use=load_use(studio.use), workers=2)

# SPDX-License-Identifier: Apache-2.0
"""The whole demo, small and short, rendered once for all tests of the room."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyodaku import demo

SMALL = demo.Detail(width=160, height=90, fps=12, pace=0.2)


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, demo.DemoPaths]:
    root = tmp_path_factory.mktemp("demo")
    return root, demo.render(root, workers=2, detail=SMALL)

# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from support.studio import Studio, build


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return build(tmp_path_factory.mktemp("studio"))

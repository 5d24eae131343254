# SPDX-License-Identifier: Apache-2.0
"""A small registry of invented works."""

from __future__ import annotations

import pytest

from kyodaku.names import NamesIndex
from support.invented_names import entries


@pytest.fixture(scope="session")
def index() -> NamesIndex:
    return NamesIndex.build(entries())

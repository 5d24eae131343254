# SPDX-License-Identifier: Apache-2.0
"""The regimes that are shipped."""

from __future__ import annotations

import pytest

from kyodaku.rights import Regime, load_regime


@pytest.fixture(scope="session")
def jp_prior() -> Regime:
    return load_regime("jp-prior")


@pytest.fixture(scope="session")
def opt_out() -> Regime:
    return load_regime("opt-out")

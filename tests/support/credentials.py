# SPDX-License-Identifier: Apache-2.0
"""A signer of nobody's, made once for all tests that stamp media."""

from __future__ import annotations

from functools import cache

from kyodaku.signals.credentials import Credentials


@cache
def credentials() -> Credentials:
    """A signer under an authority that nobody trusts."""
    return Credentials.made_for("Example Studio")

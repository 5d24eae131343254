# SPDX-License-Identifier: Apache-2.0
"""The command line: parses, calls, prints; no rule lives here."""

from kyodaku.cli.main import main

__all__ = ["main"]

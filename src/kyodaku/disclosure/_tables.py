# SPDX-License-Identifier: Apache-2.0
"""The tables that are shipped beside the code: the questions, and each form's sections and items."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from kyodaku.registry import read_document

__all__ = ["package_table"]


@cache
def package_table(name: str) -> Any:
    """The table of this name; its reader trusts it, and the tests hold it to its shape."""
    with resources.as_file(resources.files(__package__).joinpath("forms", f"{name}.yaml")) as path:
        return read_document(path)

# SPDX-License-Identifier: Apache-2.0
"""What pays where very much is handled at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["without_collecting"]


@contextmanager
def without_collecting() -> Iterator[None]:
    """Look for no garbage in circles meanwhile: among millions of values that all stay, that takes a third of the time.

    What is in no circle is freed as ever.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

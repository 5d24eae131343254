# SPDX-License-Identifier: Apache-2.0
"""Folders that are there whole or not at all, and files that are shared between folders as nobody changes them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry._files import sync_directory

__all__ = ["drafted", "link"]


@contextmanager
def drafted(out: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `out` when all went well; UsageError if there is something already."""
    if out.exists() or out.is_symlink():
        raise UsageError("there is something here already", where=str(out), hint="name a new folder")
    draft = out.with_name(f".{out.name}.{token_hex(8)}.new")
    try:
        draft.mkdir(parents=True)
        yield draft
        for where, _, _ in os.walk(draft):
            sync_directory(Path(where))
        draft.rename(out)
        sync_directory(out.parent)
    except OSError as error:
        raise KyodakuError(f"the snapshot cannot be written: {error.strerror}", where=str(out)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def link(source: Path, target: Path) -> None:
    """The same file under another name, its folders made; a copy where the file system has no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)

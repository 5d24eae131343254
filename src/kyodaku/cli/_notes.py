# SPDX-License-Identifier: Apache-2.0
"""Checkpoints that were kept, as files."""

from __future__ import annotations

from pathlib import Path

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.ledger import read_note, stated_checkpoint

__all__ = ["note_from"]


def note_from(file: Path) -> str:
    """The checkpoint in a file, as a signed note that nobody looked at yet.

    UsageError when it is none: a wrong file must not read like a ledger that was altered.
    """
    try:
        note = read_note(file)
        if note is None:
            raise UsageError("there is no such file", where=str(file))
        stated_checkpoint(note)
    except IntegrityError as error:
        raise UsageError(error.what, where=str(file)) from None
    return note

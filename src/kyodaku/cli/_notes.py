# SPDX-License-Identifier: Apache-2.0
"""Checkpoints that were kept, as files, and logs that were published, as folders."""

from __future__ import annotations

from pathlib import Path

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.ledger import KeyHistory, PublicKey, PublishedLog, read_note, read_notes, stated_checkpoint

__all__ = ["note_from", "open_published"]


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


def open_published(folder: Path, trust: PublicKey | None) -> tuple[PublishedLog, KeyHistory]:
    """The log in a folder, if this key or one that it leads to signed it, and these keys; UsageError without one.

    That the keys are entries of the log is to be checked by `KeyHistory.check_entries`.
    """
    if trust is None:
        raise UsageError("whose log is it?", hint="name the public key that you were given: --key ledger.key.pub")
    origin = PublishedLog(folder).checkpoint.origin  # whichever it is, who has the key signed for it
    keys = KeyHistory.follow(trust, read_notes(folder / "keys"))
    return PublishedLog(folder, trust=keys, origin=origin), keys

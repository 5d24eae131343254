# SPDX-License-Identifier: Apache-2.0
"""The errors that people see: what happened, where, and what to do about it.

A fault of one clip is never an exception: it is a value (`kyodaku.media.MediaError`) that ends as one row's `error`.
The exceptions here end a command; the command line prints them as one line and leaves with their `exit_code`.

    KyodakuError
    ├── UsageError       the command, or a file it was given, is off
    ├── NotAuthorised    a statement by a party that holds no share and no mandate
    └── IntegrityError   stored data does not agree with its own hashes
"""

from __future__ import annotations

__all__ = ["IntegrityError", "KyodakuError", "NotAuthorised", "UsageError"]


class KyodakuError(Exception):
    """Something could not be done; `str()` gives one line for a person."""

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return " ".join((f"{line} ({self.hint})" if self.hint else line).split())


class UsageError(KyodakuError):
    """The command or a file it was given is off; nothing was changed."""

    exit_code = 2


class NotAuthorised(KyodakuError):  # noqa: N818 - the registry's word for it
    """A party made a statement about a work in which it has neither share nor mandate; nothing was recorded."""


class IntegrityError(KyodakuError):
    """Stored data was altered, truncated or does not agree with its own hashes."""

    exit_code = 5

# SPDX-License-Identifier: Apache-2.0
"""The workspace's secret for its runs: binds journals to it, and makes the salts under which runs are committed to.

It is no signing key: those are replaced in time and the old ones thrown away, while a run of years ago must still be
opened and proven. Who has it can test guesses about rows against the ledger; it can sign nothing.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Self

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.registry import Registry
from kyodaku.training.commitments import ROW_SALT_BYTES

__all__ = ["RunSalts", "workspace_secret"]

_FILE = "runs.secret"
_BYTES = 32
_OWNER_ONLY = 0o600


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSalts:
    """The salts of one run."""

    secret: bytes
    run: str

    @classmethod
    def of(cls, registry: Registry, run: str) -> Self:
        """The salts of the run of that name in the registry's workspace."""
        return cls(secret=workspace_secret(registry), run=run)

    @property
    def works(self) -> bytes:
        """The salt of its works trees."""
        return self._made(b"kyodaku works salt v1\n", self.run)

    def row(self, place: int) -> bytes:
        """The salt of the row at this place."""
        return self._made(b"kyodaku row salt v1\n", f"{self.run}\n{place}")[:ROW_SALT_BYTES]

    def _made(self, purpose: bytes, name: str) -> bytes:
        return hmac.digest(self.secret, purpose + name.encode(), "sha256")


def workspace_secret(registry: Registry) -> bytes:
    """The secret of the registry's workspace, made now if there is none; two processes that make it get the same."""
    path = registry.directory / "keys" / _FILE
    try:
        if not path.exists():
            _make(path)
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise KyodakuError(f"cannot be read or made: {error.strerror}", where=str(path)) from error
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise IntegrityError("this is not a workspace's secret", where=str(path), hint="restore it from a backup")
    return secret


def _make(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{token_hex(8)}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w", encoding="ascii") as file:
        file.write(f"{token_bytes(_BYTES).hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)  # whole or not at all, and never over another
    except FileExistsError:
        pass
    finally:
        draft.unlink()

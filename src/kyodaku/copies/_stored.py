# SPDX-License-Identifier: Apache-2.0
"""What every kind of fingerprint is besides what it holds: named by its content, and kept in one file."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Self

from kyodaku.copies import _format

__all__ = ["Stored"]


class Stored(ABC):
    """What has a header and arrays, a content by which it is named, and is kept in one file."""

    __slots__ = ()

    @abstractmethod
    def _header(self) -> _format.Header:
        """What the file's header says, storage details aside."""

    @abstractmethod
    def _arrays(self) -> _format.Arrays:
        """The arrays by name."""

    @classmethod
    @abstractmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a file's bytes, from whomever they come; `KyodakuError` says what is off with them."""

    @cached_property
    def sha256(self) -> str:
        """Names the content: the same on every machine and for every way of storing it."""
        return hashlib.sha256(_format.content_bytes(self._header(), self._arrays())).hexdigest()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def to_bytes(self) -> bytes:
        """The file format of `docs/fingerprint-file.md`."""
        return _format.pack(self._header(), self._arrays())

    def save(self, path: Path) -> None:
        """Write the file; an existing one is replaced."""
        _format.write_file(path, self.to_bytes())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file; every error names it."""
        return _format.read_file(path, cls.from_bytes)

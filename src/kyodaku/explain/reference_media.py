# SPDX-License-Identifier: Apache-2.0
"""Where a reference's pictures can be had: the registry keeps none, so its medium must be at hand, and be the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from kyodaku.errors import UsageError
from kyodaku.examine import sha256_of
from kyodaku.registry import Reference

__all__ = ["Absence", "Medium", "ReferenceMedia"]

Absence = Literal["fingerprint_only", "gone", "changed", "not_given", "unreadable"]
"""Why there is no picture: no film was named when it was registered; it is not where it was; it is another; what was
given is none that fits; it cannot be decoded."""

_MOST_FILES: Final = 1_000
"""Of a folder that are looked at."""
_MOST_HASHED: Final = 16
"""Of a folder, files of other names that are hashed: a film of two hours takes some seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Medium:
    """A reference's medium, or why there is none."""

    path: Path | None = None
    proven: bool = False
    """Whether its hash is the one that was recorded; else its pictures must agree with the fingerprint, one by one."""
    absence: Absence | None = None


class ReferenceMedia:
    """Finds the media of references: where they were registered from, or in what somebody gives."""

    def __init__(self, given: Path | None = None) -> None:
        if given is not None and not given.exists():
            raise UsageError("there is no such file or folder", where=str(given))
        self._given = given
        self._hash = lru_cache(maxsize=4096)(sha256_of)

    def of(self, reference: Reference | None) -> Medium:
        """The medium of a reference."""
        if reference is None:
            return Medium(absence="fingerprint_only")
        recorded = self._recorded(reference)
        if recorded.path is not None or self._given is None:
            return recorded
        return self._among_given(reference)

    def _recorded(self, reference: Reference) -> Medium:
        if not isinstance(reference.source.get("media"), str):
            return Medium(absence="fingerprint_only")
        path = reference.media_path
        if path is None:
            return Medium(absence="gone")
        same = reference.source.get("sha256") is not None and self._hash(path) == reference.source["sha256"]
        return Medium(path=path, proven=True) if same else Medium(absence="changed")

    def _among_given(self, reference: Reference) -> Medium:
        """By its hash, else by its name; a single file that is given is taken at its word, and then tried."""
        given = self._given
        assert given is not None
        files = [given] if given.is_file() else sorted(islice(_files_in(given), _MOST_FILES))
        names = _names(reference)
        likely = [path for path in files if path.stem in names]
        sha256 = reference.source.get("sha256")
        for path in [*likely, *files[:_MOST_HASHED]] if isinstance(sha256, str) else []:
            if self._hash(path) == sha256:
                return Medium(path=path, proven=True)
        by_name = [given] if given.is_file() else likely
        return Medium(path=by_name[0]) if by_name else Medium(absence="not_given")


def _files_in(folder: Path) -> Iterator[Path]:
    try:
        yield from (path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise UsageError(f"this folder cannot be read: {error.strerror}", where=str(folder)) from None


def _names(reference: Reference) -> set[str]:
    """What the medium may be called: as when it was registered, or as its work."""
    said = [reference.source.get(name) for name in ("media", "fingerprint")]
    return {reference.work, *(Path(name).stem for name in said if isinstance(name, str))}

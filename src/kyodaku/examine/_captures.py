# SPDX-License-Identifier: Apache-2.0
"""What was kept of the web beside a corpus: a folder of captured sites, and files read within limits.

```text
captures/example.org/robots.txt                       and robots.txt.fetched.json {"fetched_at": ..., "status": 200}
captures/example.org/.well-known/tdmrep.json
captures/example.org/2026-03-01/robots.txt            as it was on that day
```
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit

from kyodaku.errors import UsageError
from kyodaku.signals._hosts import site_of

__all__ = ["LARGEST", "Archive", "Capture", "FolderCaptures", "moment_of", "moment_text", "read_small"]

LARGEST: Final = 4 << 20
"""Bytes of one text that is read for signals; a robots.txt is a few kilobytes, and standards stop at 500."""

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?(?::[0-9]{1,5})?")
_DAY: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_MOST_DAYS: Final = 1000
"""Captures of one site, a daily one for three years; of more it is not known what the rest say."""
_DAY_LONG: Final = timedelta(days=1)
_NOT_TO_BE_HAD: Final = frozenset({401, 403, 407, 429, 451})

_NOTE: Final = ".fetched.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """What stood at an address: its bytes, or why not all are here; the headers and status of the reply if known.

    `lasts` is how long after `fetched_at` it may have been taken: a folder named by a day tells no hour. `moved` is a
    reply that leads to an address of which there are captures, too.
    """

    where: str
    url: str
    body: bytes = b""
    fault: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    status: int | None = None
    fetched_at: datetime | None = None
    lasts: timedelta = timedelta()
    moved: bool = False

    def is_told(self) -> bool:
        """Whether it shows what stood there, be it nothing: neither broken nor out of reach nor sent elsewhere."""
        status = self.status or 200
        return self.fault is None and (200 <= status < 300 or 400 <= status < 500) and status not in _NOT_TO_BE_HAD


class Archive(Protocol):
    """Anything that kept what stood at addresses."""

    def captures(self, url: str) -> Sequence[Capture]:
        """What it kept of an address, in no order."""
        ...


@dataclass(frozen=True, slots=True)
class FolderCaptures:
    """A folder with one folder a host, laid out as the site is; folders named by a day hold what stood there then."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> FolderCaptures:
        """The captures in `folder`; UsageError where there is none."""
        if not folder.is_dir():
            raise UsageError("there is no folder of captured sites", where=str(folder))
        return cls(folder)

    def captures(self, url: str) -> list[Capture]:
        """What was kept of an address; nothing for one whose host or path could lead out of the folder."""
        place = _place_of(url)
        if place is None:
            return []
        host, path = place
        found = [capture for base, day in self._bases(host) if (capture := self._capture(base, day, path, url))]
        if len(found) > _MOST_DAYS:
            why = f"more than {_MOST_DAYS} captures: the rest was not read"
            found = [*found[-_MOST_DAYS:], Capture(where=host, url=url, fault=why)]
        return found

    def _bases(self, host: str) -> Iterator[tuple[Path, datetime | None]]:
        for name in _spelt(host):
            base = self.folder / name
            yield base, None
            try:
                days = sorted(entry.name for entry in base.iterdir() if _DAY.fullmatch(entry.name))
            except OSError:
                continue
            for day in days:
                yield base / day, _day_of(day)

    def _capture(self, base: Path, day: datetime | None, path: str, url: str) -> Capture | None:
        file = base / path
        found = read_small(file)
        if found is None:
            return None
        where = os.path.relpath(file, self.folder)
        body, fault = found
        note, note_fault = _note(file)
        told = moment_of(note.get("fetched_at"))
        moment = told or day
        status = note.get("status")
        return Capture(
            where=where,
            url=url,
            body=body,
            fault=fault or note_fault,
            status=status if type(status) is int and 100 <= status < 600 else None,
            fetched_at=moment,
            lasts=timedelta() if told is not None or day is None else _DAY_LONG,
        )


def _spelt(host: str) -> Iterator[str]:
    """The names a host's folder may have: with `_` for the colon before a port, and in letters for punycode."""
    yield from dict.fromkeys((host, host.replace(":", "_")))
    try:
        letters = host.encode().decode("idna")
    except UnicodeError:
        return
    if letters != host:
        yield from dict.fromkeys((letters, letters.replace(":", "_")))


def _place_of(url: str) -> tuple[str, str] | None:
    """The folder and the file below it for an address; None for one that names no file."""
    name = site_of(url)
    if not name:
        return None
    segments = unquote(urlsplit(url).path).strip("/").split("/")
    harmless = all(part and part not in {".", ".."} and "\0" not in part and "\\" not in part for part in segments)
    return (name, "/".join(segments)) if _HOST.fullmatch(name) and ".." not in name and harmless else None


def _note(file: Path) -> tuple[dict[str, Any], str | None]:
    found = read_small(file.with_name(file.name + _NOTE))
    if found is None:
        return {}, None
    if found[1] is not None:
        return {}, f"its note {file.name}{_NOTE} {found[1]}"
    try:
        note = json.loads(found[0])
    except (ValueError, RecursionError):
        return {}, f"its note {file.name}{_NOTE} cannot be read"
    return (note, None) if isinstance(note, dict) else ({}, f"its note {file.name}{_NOTE} is no object")


def _day_of(name: str) -> datetime | None:
    found = _DAY.fullmatch(name)
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) if found else None
    except ValueError:
        return None


def moment_of(value: Any) -> datetime | None:
    """A moment of RFC 3339 with its time zone; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def moment_text(moment: datetime | None) -> str | None:
    """The spelling that `moment_of` reads."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_small(path: str | os.PathLike[str], *, largest: int = LARGEST) -> tuple[bytes, str | None] | None:
    """The bytes of a regular file, or what keeps all of them from being read; None where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # non-blocking: a FIFO must not hold us
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return (b"", f"cannot be read: {getattr(error, 'strerror', None) or 'no file'}") if _exists(path) else None
    with os.fdopen(handle, "rb") as file:
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None if stat.S_ISDIR(os.fstat(handle).st_mode) else (b"", "not a file")
            data = file.read(largest + 1)
        except OSError as error:
            return b"", f"cannot be read: {error.strerror}"
    return (data, None) if len(data) <= largest else (data[:largest], f"longer than {largest >> 20} MiB")


def _exists(path: str | os.PathLike[str]) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:
        return False

# SPDX-License-Identifier: Apache-2.0
"""A log written as C2SP tlog-tiles: files that any static host can serve, and any client of the format can check.

    checkpoint                  the signed size and root; the one file that changes
    tile/LEVEL/N[.p/WIDTH]      hashes; `.p` where the tile is not full yet
    tile/entries/N[.p/WIDTH]    entries, each with its length as a big-endian uint16 before it
    keys/SIZE.note              beside the specification: how one signing key handed over to the next

Every file but the checkpoint is written once and never again. The checkpoint comes last, when all that it counts is on
disk: whoever reads it finds the rest, whenever the publisher was killed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import merkle
from kyodaku.ledger._storage import locked_directory, sync_directory
from kyodaku.ledger._tiles import FRAME, HEIGHT, WIDTH, Tile
from kyodaku.ledger.checkpoints import Checkpoint, check_log, checkpoint, read_note, stated_checkpoint
from kyodaku.ledger.history import KeyHistory
from kyodaku.ledger.keys import SigningKey
from kyodaku.ledger.log import Log

__all__ = ["publish"]

_DRAFT = ".publishing"
"""What is being written, whole before it gets its name; there is one at a time, and the next publisher replaces it."""


def publish(
    log: Log,
    folder: str | PathLike[str],
    key: SigningKey,
    origin: str | None = None,
    *,
    history: KeyHistory | None = None,
) -> str:
    """Write what is new of the log into `folder` (made if it is missing), sign it, and return the checkpoint.

    `origin` is the log's name, by default the key's; `history` puts the notes by which keys handed over beside the
    tiles, so that who trusts an earlier key can follow. Raises UsageError when the folder holds another log,
    IntegrityError when the log does not continue what was published or its hashes are not those of its entries, and
    KyodakuError when the disk refuses. After an error, and after a kill, the folder is what it was, but for files that
    nothing refers to yet.
    """
    folder = Path(folder)
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked_directory(folder):
            before = _published(folder)
            note = checkpoint(log, key, origin)
            now = stated_checkpoint(note)
            if before is not None:
                _require_continued(log, before, now, folder)
            writer = _Writer(folder)
            for rotation in () if history is None else history.rotations:
                writer.keep(f"keys/{rotation.size}.note", rotation.note.encode())
            _write_tiles(log, 0 if before is None else before.size, now, writer)
            writer.finish(note)
    return note


def _published(folder: Path) -> Checkpoint | None:
    note = read_note(folder / "checkpoint")
    return None if note is None else stated_checkpoint(note)


def _require_continued(log: Log, before: Checkpoint, now: Checkpoint, folder: Path) -> None:
    if before.origin != now.origin:
        what = f"this folder holds the log {before.origin!r}, not {now.origin!r}"
        raise UsageError(what, where=str(folder), hint="name another folder")
    check_log(log, before)


def _write_tiles(log: Log, before: int, now: Checkpoint, writer: _Writer) -> None:
    """Every tile that is wider than it was; what the hashes come to is held against the root that was signed."""
    start = before & -WIDTH
    with log.nodes() as node:
        frontier = merkle.Frontier(start, [node(*place) for place in merkle.complete_subtrees(0, start)])
        growing = _Growing(start, node)
    bundle: list[bytes] = []
    for entry in log.entries(start, now.size):
        bundle += (FRAME.pack(len(entry)), entry)
        growing.add(frontier.append(merkle.leaf_hash(entry)), writer)
        if not frontier.size % WIDTH:
            writer.keep(Tile(None, frontier.size // WIDTH - 1).path, b"".join(bundle))
            bundle = []
    if (frontier.size, frontier.root(), growing.root()) != (now.size, now.root, now.root):
        what = f"the root of {now.size} entries is not the recorded one"
        raise IntegrityError(what, where=str(log.directory), hint="`kyodaku ledger verify` names the first bad entry")
    if bundle:
        writer.keep(Tile(None, now.size // WIDTH, now.size % WIDTH).path, b"".join(bundle))
    growing.finish(writer)


class _Growing:
    """The last tile of each level, as it grows."""

    def __init__(self, start: int, node: merkle.Nodes) -> None:
        self._size = start
        self._levels: list[list[bytes]] = []
        while hashes := start >> HEIGHT * len(self._levels):
            level = len(self._levels)
            self._levels.append([node(HEIGHT * level, each) for each in range(hashes & -WIDTH, hashes)])

    def add(self, completed: list[bytes], writer: _Writer) -> None:
        """Take the hashes that an entry completes, and keep the tiles that are full now."""
        self._size += 1
        for level, hashed in enumerate(completed[::HEIGHT]):
            if level == len(self._levels):
                self._levels.append([])
            tile = self._levels[level]
            tile.append(hashed)
            if len(tile) == WIDTH:
                if merkle.nodes_of(tile)(HEIGHT, 0) != completed[HEIGHT * (level + 1)]:
                    what = f"the recorded hashes of level {level} before entry {self._size} are not those above them"
                    raise IntegrityError(what)
                writer.keep(Tile(level, (self._size >> HEIGHT * (level + 1)) - 1).path, b"".join(tile))
                self._levels[level] = []

    def root(self) -> bytes:
        """The root that follows from the tiles alone."""
        subtrees: list[bytes] = []
        for tile in reversed(self._levels):
            nodes = merkle.nodes_of(tile)
            subtrees += [nodes(*place) for place in merkle.complete_subtrees(0, len(tile))]
        return merkle.Frontier(self._size, subtrees).root()

    def finish(self, writer: _Writer) -> None:
        """Keep the tiles that are not full."""
        for level, tile in enumerate(self._levels):
            if tile:
                index = self._size >> HEIGHT * (level + 1)
                writer.keep(Tile(level, index, len(tile)).path, b"".join(tile))


class _Writer:
    """Gives files their names when they are whole; what has a name is never written again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folders: set[Path] = set()

    def keep(self, name: str, content: bytes) -> None:
        """Write a file, unless it is there; IntegrityError if it is, with other contents."""
        path = self._folder / name
        self._folders.update(path.parents[: len(Path(name).parts)])
        try:
            with path.open("rb") as file:
                if file.read(len(content) + 1) == content:
                    return
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, content)
        else:
            raise IntegrityError("was published with other contents", where=str(path), hint="restore it from a copy")

    def finish(self, note: str) -> None:
        """Let the checkpoint speak for what was written, once all of it is on disk."""
        for each in sorted(self._folders):
            sync_directory(each)
        self._write(self._folder / "checkpoint", note.encode())
        sync_directory(self._folder)

    def _write(self, path: Path, content: bytes) -> None:
        draft = self._folder / _DRAFT
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"the log could not be published: {error.strerror}"
        raise KyodakuError(what, where=str(folder), hint="what was published before is as it was") from error

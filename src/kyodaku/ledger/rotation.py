# SPDX-License-Identifier: Apache-2.0
"""A signing key replaced by a new one: the log says so, and the old one is gone from the disk.

    ledger.key, ledger.key.pub        the key that signs now
    ledger.key.ID.pub                 those that signed before
    ledger.key.rotations/SIZE.note    how each handed over to the next
    ledger.key.next                   during a rotation: the key to come

The entry in the log decides. Killed before it, nothing has happened; killed after it, the next who asks for the key
finishes what was begun.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from os import PathLike
from pathlib import Path

from kyodaku.errors import KyodakuError
from kyodaku.ledger._storage import locked_directory, sync_directory, write_atomically
from kyodaku.ledger.checkpoints import read_note
from kyodaku.ledger.history import KeyHistory, Rotation
from kyodaku.ledger.keys import PublicKey, SigningKey
from kyodaku.ledger.log import Log

__all__ = ["holding_key", "load_history", "read_notes", "rotate"]


@contextmanager
def holding_key(path: str | PathLike[str], log: Log) -> Iterator[SigningKey]:
    """The key in a file, held against being replaced meanwhile: what it signs of the log's present size will hold."""
    path = Path(path)
    if not path.exists():
        SigningKey.load(path)  # says so
    with locked_directory(path.parent):
        yield _settled(path, log)


def rotate(path: str | PathLike[str], log: Log, *, time: datetime, origin: str | None = None) -> Rotation:
    """Replace the key in a file by a new one of the same name; `origin` is the log's name, by default the key's.

    When this returns, the log has an entry that says so, the note that both keys signed lies beside the key, and the
    old signing key is deleted (not wiped: a copy of the disk may still hold it). Sign a checkpoint next.
    """
    path = Path(path)
    made: list[Rotation] = []
    with holding_key(path, log) as old:
        new = SigningKey.generate(old.name)

        def entry(size: int) -> bytes:
            made.append(Rotation.between(old, new, origin=origin or old.name, size=size, time=time))
            _notes(path).mkdir(exist_ok=True)
            write_atomically(_note(path, made[0]), made[0].note.encode())
            return made[0].entry

        try:
            new.save(_next(path))
            log.append_made(entry)
            _take_over(path, made[0])
        except OSError as error:
            what = f"the key could not be replaced: {error.strerror}"
            raise KyodakuError(
                what, where=str(path), hint="the key that the log names is the one that signs"
            ) from error
    return made[0]


def load_history(path: str | PathLike[str], trust: PublicKey | None = None) -> KeyHistory:
    """All keys that a key's file ever held, from `trust` on, by default from the first."""
    notes = read_notes(_notes(Path(path)))
    if trust is None:
        oldest = min((Rotation.parse(note) for note in notes), key=lambda rotation: rotation.size, default=None)
        trust = SigningKey.load(path).public if oldest is None else oldest.old
    return KeyHistory.follow(trust, notes)


def read_notes(folder: str | PathLike[str]) -> list[str]:
    """The notes of rotations in a folder, in no particular order; none where there is no folder."""
    paths = sorted(Path(folder).glob("*.note"))
    return [note for note in map(read_note, paths) if note is not None]


def _settled(path: Path, log: Log) -> SigningKey:
    """The key, after a rotation that was interrupted is finished or undone."""
    if _next(path).exists():
        coming = SigningKey.load(_next(path)).public
        for note in read_notes(_notes(path)):
            rotation = Rotation.parse(note)
            if rotation.new == coming:
                _finish(path, log, rotation)
        _next(path).unlink(missing_ok=True)
    return SigningKey.load(path)


def _finish(path: Path, log: Log, rotation: Rotation) -> None:
    if rotation.size < log.size and log.entry(rotation.size) == rotation.entry:
        _take_over(path, rotation)
    else:
        _note(path, rotation).unlink()


def _take_over(path: Path, rotation: Rotation) -> None:
    """The new key's file becomes the key's, last of all; its old contents are gone then."""
    label = rotation.old.id.hex()
    write_atomically(path.with_name(f"{path.name}.{label}.pub"), f"{rotation.old}\n".encode())
    write_atomically(path.with_name(f"{path.name}.pub"), f"{rotation.new}\n".encode())
    _next(path).with_name(f"{_next(path).name}.pub").unlink(missing_ok=True)
    _next(path).replace(path)
    sync_directory(path.parent)


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _notes(path: Path) -> Path:
    return path.with_name(f"{path.name}.rotations")


def _note(path: Path, rotation: Rotation) -> Path:
    return _notes(path) / f"{rotation.size}.note"

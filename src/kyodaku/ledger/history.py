# SPDX-License-Identifier: Apache-2.0
"""Which key signed for a log when: a chain of notes in which each key names the next, and both sign.

    kyodaku key rotation v1
    kyodaku/6f00d6d4b82c5df5                   the log's origin
    1042                                       its size then: what it counts up to here, the old key signs for
    2026-11-22T00:00:00Z
    kyodaku/6f00d6d4b82c5df5+c74f20a3+ARpc…    the old key
    kyodaku/6f00d6d4b82c5df5+1b6f9a02+AcgE…    the new one

    — kyodaku/6f00d6d4b82c5df5 x08go/ZJ…
    — kyodaku/6f00d6d4b82c5df5 G2+aAiL2…

The hash of that text is the log's next entry. So whoever trusts one key can follow the log to every later one.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from typing import Final, Self

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.ledger.checkpoints import Provable, open_note, sign_note
from kyodaku.ledger.keys import PublicKey, SigningKey
from kyodaku.ledger.records import instant, record

__all__ = ["ENTRY_TYPE", "KeyHistory", "Rotation"]

ENTRY_TYPE: Final = "key"
"""The type of a rotation's entry in the log."""
_TITLE: Final = "kyodaku key rotation v1"
_SIGNATURES: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    """One key's handing over to the next: `old` signs for up to `size` entries, `new` for more; `note` says so."""

    origin: str
    size: int
    time: datetime
    old: PublicKey
    new: PublicKey
    note: str = ""

    @property
    def text(self) -> str:
        """What both keys sign."""
        return "\n".join([_TITLE, self.origin, str(self.size), instant(self.time), str(self.old), str(self.new), ""])

    @property
    def entry(self) -> bytes:
        """The log's entry `size`."""
        digest = sha256(self.text.encode()).hexdigest()
        return record(ENTRY_TYPE, time=self.time, subject=self.new.label, sha256=digest, old=self.old.label)

    @classmethod
    def between(cls, old: SigningKey, new: SigningKey, *, origin: str, size: int, time: datetime) -> Self:
        """The signed rotation. Both keys have one name, as checkpoints go by it."""
        said = cls(origin=origin, size=size, time=time, old=old.public, new=new.public)
        return cls.parse(sign_note(said.text, old, new))

    @classmethod
    def parse(cls, note: str) -> Self:
        """Read a note; IntegrityError unless it is a rotation that both keys signed, spelt as it was written."""
        lines = note.rpartition("\n\n")[0].split("\n")
        with suppress(ValueError, OverflowError, UsageError):  # overflow: a moment before the first year in UTC
            title, origin, size, time, old, new = lines
            made = cls(
                origin=origin,
                size=int(size),
                time=datetime.fromisoformat(time),
                old=PublicKey.parse(old),
                new=PublicKey.parse(new),
                note=note,
            )
            is_exact = made.time.tzinfo is not None and made.text == "\n".join([*lines, ""]) and title == _TITLE
            if is_exact and made.old.name == made.new.name and made.old != made.new and made.size >= 0:
                if note[len(made.text) :].count("\n") != _SIGNATURES + 1:
                    raise IntegrityError("a key's rotation has two signatures, of the old key and the new one")
                open_note(note, made.old)
                open_note(note, made.new)
                return made
        raise IntegrityError("this is not a note by which one key hands over to another")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyHistory:
    """A trusted key, and those that it and its successors named; takes the place of a `PublicKey` that is trusted.

    `since` is the log's size from which the first of them signs; it does so for what is smaller only if that is 0.
    """

    first: PublicKey
    rotations: tuple[Rotation, ...] = ()
    since: int = 0

    @classmethod
    def follow(cls, first: PublicKey, notes: Iterable[str]) -> Self:
        """The history from a trusted key on; what came before it is not looked at.

        Raises IntegrityError unless the notes are one chain, each of a later entry of one log than the one before.
        """
        chain = sorted((Rotation.parse(note) for note in notes), key=lambda rotation: rotation.size)
        for before, after in pairwise(chain):
            if before.new != after.old or before.size >= after.size or before.origin != after.origin:
                what = (
                    f"the key that signs from {before.size} entries on is not the one that hands over at {after.size}"
                )
                raise IntegrityError(what)
        since = next((rotation.size + 1 for rotation in chain if rotation.new == first), 0)
        known = any(first in (rotation.old, rotation.new) for rotation in chain)
        later = tuple(rotation for rotation in chain if known and rotation.size >= since)
        return cls(first=first, rotations=later, since=since)

    @property
    def name(self) -> str:
        """What all of them are called."""
        return self.first.name

    @property
    def latest(self) -> PublicKey:
        """The key that signs now."""
        return self.rotations[-1].new if self.rotations else self.first

    @property
    def keys(self) -> tuple[tuple[int, PublicKey], ...]:
        """Each key with the log's size from which it signs, oldest first."""
        return ((self.since, self.first), *((rotation.size + 1, rotation.new) for rotation in self.rotations))

    def at(self, size: int) -> PublicKey:
        """The key that signs for a log of `size` entries; IntegrityError for sizes before the first one's time."""
        held = [key for since, key in self.keys if since <= size]
        if not held:
            what = f"the trusted key signs from {self.since} entries on, and this is of {size}"
            raise IntegrityError(what, hint="an older key has to be trusted for that")
        return held[-1]

    def named(self, label: str) -> PublicKey:
        """The key with this `name+keyid`, else the latest."""
        return next((key for _, key in self.keys if key.label == label), self.latest)

    def check_entries(self, log: Provable) -> None:
        """Raise IntegrityError unless each rotation is the entry of the log that it says it is."""
        size = log.size
        for rotation in self.rotations:
            if rotation.size >= size or log.entry(rotation.size) != rotation.entry:
                what = f"entry {rotation.size} is not the rotation to the key {rotation.new.label}"
                raise IntegrityError(what, where=str(log.directory))

# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: the log's size and root, signed, as C2SP notes; who keeps one notices any later change of the past.

    kyodaku.example/log/4f1c
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — kyodaku.example/log/4f1c x08go/ZJ…

Text, an empty line, one line a signature; witnesses may add theirs. https://c2sp.org/tlog-checkpoint
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.ledger._storage import locked_directory, write_atomically
from kyodaku.ledger.keys import PublicKey, SigningKey, Trust
from kyodaku.ledger.log import Log
from kyodaku.ledger.merkle import HASH_BYTES, verify_consistency

__all__ = [
    "MAX_NOTE_BYTES",
    "Checkpoint",
    "Provable",
    "check_log",
    "checkpoint",
    "kept_note",
    "open_note",
    "read_note",
    "sign_note",
    "stated_checkpoint",
    "verify_checkpoint",
    "write_checkpoint",
]

MAX_NOTE_BYTES = 1_000_000
"""As in the Go implementation: a note is read whole before anything in it can be trusted."""
MAX_SIGNATURES = 100
"""Signature lines in one note, as in the Go implementation."""
_SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<base64>[A-Za-z0-9+/]+={0,2})")
_SIGNATURE_BYTES = 4 + 64
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """What a log's keeper stood for at one moment: `size` entries with this `root`, in the log called `origin`."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a note's text; extension lines after the third are allowed and ignored. IntegrityError if malformed."""
        lines = text.split("\n")
        with suppress(ValueError):
            origin, size, root = lines[:3]
            parsed = cls(origin=origin, size=int(size), root=b64decode(root, validate=True))
            is_exact = str(parsed) == "\n".join([*lines[:3], ""])
            if origin and parsed.size >= 0 and len(parsed.root) == HASH_BYTES and is_exact:
                return parsed
        raise IntegrityError("this is not a checkpoint: expected origin, size and root hash on three lines")


def checkpoint(log: Log, key: SigningKey, origin: str | None = None) -> str:
    """Sign the log's present size and root; `origin` names the log and defaults to the key's name, as is customary."""
    size = log.size
    return sign_note(str(Checkpoint(origin=origin or key.name, size=size, root=log.root(size))), key)


def write_checkpoint(log: Log, key: SigningKey, origin: str | None = None) -> str:
    """Sign as `checkpoint` does and keep the note as the file `checkpoint` in the log's directory.

    Nothing is signed that contradicts what was signed last: IntegrityError if the log does not continue it.
    """
    with locked_directory(log.directory):  # so that the later checkpoint stays
        last = kept_note(log)
        if last is not None:
            check_log(log, stated_checkpoint(last))
        note = checkpoint(log, key, origin)
        write_atomically(log.directory / "checkpoint", note.encode())
    return note


def read_note(path: Path) -> str | None:
    """A note from a file, nothing of it checked yet; None where there is no file, IntegrityError if it is no text."""
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise KyodakuError("cannot be read: it is no plain file", where=str(path))
        with path.open("rb") as file:
            content = file.read(MAX_NOTE_BYTES + 1)
        if len(content) <= MAX_NOTE_BYTES:
            return content.decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KyodakuError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        pass
    raise IntegrityError("this is not a signed note", where=str(path))


def kept_note(log: Log) -> str | None:
    """The last note that `write_checkpoint` left in the log's directory; None where there is none."""
    return read_note(log.directory / "checkpoint")


def stated_checkpoint(note: str) -> Checkpoint:
    """What a note says, whoever signed it; IntegrityError if that is no checkpoint."""
    return Checkpoint.parse(note.rpartition("\n\n")[0] + "\n")


def verify_checkpoint(note: str, trust: Trust, origin: str | None = None) -> Checkpoint:
    """Check the signature and the origin (default: the key's name); IntegrityError if either is wrong.

    Of a key's history, it is the key that signs for a log of that size which must have signed.
    """
    verified = Checkpoint.parse(open_note(note, trust.at(stated_checkpoint(note).size)))
    if verified.origin != (origin or trust.name):
        raise IntegrityError(f"the checkpoint is of the log {verified.origin!r}, not {origin or trust.name!r}")
    return verified


class Provable(Protocol):
    """A log as far as proofs go: `Log`, `PublishedLog`."""

    @property
    def directory(self) -> Path:
        """Where it is, for messages."""
        ...

    @property
    def size(self) -> int:
        """How many entries there are."""
        ...

    def root(self, size: int | None = None) -> bytes:
        """The root hash of the first `size`."""
        ...

    def entry(self, index: int) -> bytes:
        """An entry."""
        ...

    def consistency_proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Proof that the first `old` are unchanged in the first `new`."""
        ...


def check_log(log: Provable, kept: Checkpoint) -> None:
    """Raise IntegrityError unless the log still begins with exactly what the kept checkpoint counted.

    The log's own stored hashes are taken at their word: call `Log.verify` before.
    """
    size = log.size
    if size < kept.size:
        raise IntegrityError(f"the log has {size} entries, but {kept.size} were signed for", where=str(log.directory))
    try:
        verify_consistency(kept.size, size, log.consistency_proof(kept.size, size), kept.root, log.root(size))
    except IntegrityError as error:
        raise IntegrityError(f"the past was changed: {error.what}", where=str(log.directory)) from None


def sign_note(text: str, *keys: SigningKey) -> str:
    """Sign `text`, which ends in a newline and has no other control character, as a note; a signature of each key."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise ValueError("a note's text ends in a newline and has no other control character")
    signatures = [(key.name, b64encode(key.public.id + key.sign(text.encode())).decode()) for key in keys]
    return f"{text}\n" + "".join(f"— {name} {signature}\n" for name, signature in signatures)


def open_note(note: str, key: PublicKey) -> str:
    """The text of a note, if `key` signed it; other signatures beside it are not judged. IntegrityError otherwise."""
    text, separator, lines = note.rpartition("\n\n")
    signatures = lines.removesuffix("\n").split("\n")
    well_formed = separator and lines.endswith("\n") and len(note) <= MAX_NOTE_BYTES and not _CONTROL.search(note)
    if not well_formed or len(signatures) > MAX_SIGNATURES:
        raise IntegrityError("this is not a signed note: expected text, an empty line and signature lines")
    text += "\n"
    mine = _signatures_by(key, signatures)
    if not mine:
        raise IntegrityError(f"the note is not signed by {key.name} with key {key.id.hex()}")
    key.verify(text.encode(), mine[0])
    return text


def _signatures_by(key: PublicKey, lines: Sequence[str]) -> list[bytes]:
    mine = []
    for line in lines:
        match = _SIGNATURE.fullmatch(line)
        blob = _decode(match["base64"]) if match else None
        if match is None or blob is None or len(blob) <= len(key.id):
            raise IntegrityError("a signature line of the note is malformed")
        if match["name"] == key.name and blob[:4] == key.id:
            if len(blob) != _SIGNATURE_BYTES:
                raise IntegrityError(f"the signature by {key.name} is cut short")
            mine.append(blob[4:])
    return mine


def _decode(text: str) -> bytes | None:
    """Decode base64 that is spelled in the one canonical way: unused bits are zero, so that any flipped bit shows."""
    with suppress(ValueError):
        blob = b64decode(text, validate=True)
        if b64encode(blob).decode() == text:
            return blob
    return None

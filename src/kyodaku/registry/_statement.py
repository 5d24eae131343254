# SPDX-License-Identifier: Apache-2.0
"""What is signed of a snapshot that leaves its workspace: every file by its hash, until when it holds, how far it goes.

`snapshot.dsse.json` is an in-toto Statement in a DSSE envelope. Its subjects are the other files of the folder; its
predicate names the state, the moments between which it may be used, for whom it was made, the tables of the law, and
the ledger's checkpoint, a signed note of its own. docs/snapshots.md describes each field.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Final, Self, TypeAlias

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.ledger import Checkpoint, KeyHistory, PublicKey, SigningKey, attest, verify_checkpoint, verify_envelope
from kyodaku.registry._codec import as_text, canonical, digest, moment_of

__all__ = ["CLOCKS_DIFFER", "PREDICATE_TYPE", "STATEMENT", "Statement", "Trusted", "is_signed"]

STATEMENT: Final = "snapshot.dsse.json"
PREDICATE_TYPE: Final = "https://kyodaku.example/attestations/snapshot/v1"
FORMAT: Final = 1
CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""A snapshot made later than that after now is one whose expiry this machine's clock cannot tell."""
_LARGEST: Final = 1 << 26
"""Bytes; each file takes some hundred, and an index has few."""
_MOST_ROTATIONS: Final = 1000
"""One a day for years."""
Trusted: TypeAlias = PublicKey | KeyHistory
_ID: Final = re.compile("sha256:[0-9a-f]{64}")
_SHA256: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What the maker of a snapshot stands for.

    `files` are their SHA-256 in hex by name, `index` names the contents of the index, `audience` is the developer for
    whom it was made, or None where it is for anyone. `checkpoint` is the ledger's, as the signed note says.
    """

    id: str
    as_of: datetime
    made_at: datetime
    expires_at: datetime
    audience: str | None
    index: str
    regimes: Mapping[str, str]
    note: str
    files: Mapping[str, str]
    rotations: tuple[str, ...] = ()
    """The notes by which each key of the maker handed over to the next, so that who trusts an older one can follow."""
    sha256: str = ""
    """Of the file that holds the statement."""

    @property
    def checkpoint(self) -> Checkpoint:
        """Origin, size and root of the ledger when the snapshot was made."""
        return Checkpoint.parse(self.note.partition("\n\n")[0] + "\n")

    def signed(self, key: SigningKey) -> bytes:
        """The contents of `snapshot.dsse.json`."""
        predicate = {
            "format": FORMAT,
            "id": self.id,
            "as_of": as_text(self.as_of),
            "made_at": as_text(self.made_at),
            "expires_at": as_text(self.expires_at),
            "for": self.audience,
            "index": self.index,
            "regimes": dict(self.regimes),
            "checkpoint": self.note,
            "rotations": list(self.rotations),
        }
        subjects = [{"name": name, "sha256": sha256} for name, sha256 in sorted(self.files.items())]
        return canonical(attest(subjects, PREDICATE_TYPE, predicate, key)) + b"\n"

    @classmethod
    def read(cls, folder: Path, trust: Trusted | None = None) -> Self:
        """The statement in a folder, signed by `trust`; without it, whoever signed. IntegrityError if it is none.

        A key that replaced the trusted one is followed to: the statement holds the notes that name it.
        """
        file = folder / STATEMENT
        content = _content(file)
        envelope = _envelope(content, file)
        made = cls._of(_unsigned(envelope, file), digest(content), file)
        if trust is not None:
            try:
                keys = made.followed(trust)
                verify_envelope(envelope, keys.at(made.checkpoint.size))
                verify_checkpoint(made.note, keys, made.checkpoint.origin)
            except IntegrityError as error:
                raise IntegrityError(error.what, where=str(file), hint="is this the key of who made it?") from None
        return made

    def followed(self, trust: Trusted) -> KeyHistory:
        """The trusted key with those that came after it; IntegrityError if the notes are no chain."""
        if isinstance(trust, KeyHistory):
            return trust
        return KeyHistory.follow(trust, self.rotations)

    @classmethod
    def _of(cls, stated: Mapping[str, Any], sha256: str, file: Path) -> Self:
        try:
            said = stated["predicate"]
            if stated["predicateType"] != PREDICATE_TYPE or said["format"] != FORMAT:
                raise IntegrityError("a snapshot of another format", where=str(file), hint="update Kyodaku")
            made = cls(
                id=said["id"],
                as_of=_moment(said["as_of"]),
                made_at=_moment(said["made_at"]),
                expires_at=_moment(said["expires_at"]),
                audience=None if said["for"] is None else _text(said["for"]),
                index=_text(said["index"]),
                regimes={str(name): str(regime) for name, regime in said["regimes"].items()},
                note=said["checkpoint"],
                rotations=tuple(map(_text, said["rotations"][:_MOST_ROTATIONS])),
                files={subject["name"]: subject["digest"]["sha256"] for subject in stated["subject"]},
                sha256=sha256,
            )
            sound = _ID.fullmatch(made.id) and all(
                _is_inside(name) and _SHA256.fullmatch(value) for name, value in made.files.items()
            )
            if sound and made.checkpoint.size >= 0:
                return made
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError):
            pass
        raise _bad(file)

    def require_current(self, now: datetime | None, seen: int | None, folder: Path) -> None:
        """IntegrityError if it has expired, was made in this machine's future, or is older than what was seen."""
        now, where = now or datetime.now(UTC), str(folder)
        if now >= self.expires_at:
            what = f"the snapshot expired on {as_text(self.expires_at)}"
            raise IntegrityError(what, where=where, hint="ask who made it for a newer one")
        if now < self.made_at - CLOCKS_DIFFER:
            what = f"the snapshot was made on {as_text(self.made_at)}, which is yet to come"
            raise IntegrityError(what, where=where, hint="set this machine's clock")
        if seen is not None and self.checkpoint.size < seen:
            what = f"the snapshot is of {self.checkpoint.size} entries of the ledger, and {seen} were seen before"
            raise IntegrityError(what, where=where, hint="an older snapshot was put in the place of a newer one")


def is_signed(folder: Path) -> bool:
    """Whether a folder holds a snapshot that was made to leave its workspace."""
    return (folder / STATEMENT).exists()


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except FileNotFoundError:
        what = "the snapshot is not signed" if file.parent.is_dir() else "there is no snapshot"
        raise IntegrityError(what, where=str(file.parent)) from None
    except OSError as error:
        raise KyodakuError(f"cannot be read: {error.strerror}", where=str(file)) from None
    if len(content) > _LARGEST:
        raise _bad(file)
    return content


def _envelope(content: bytes, file: Path) -> dict[str, Any]:
    """The envelope, if it is spelt as it was written, so that no flipped bit goes unseen."""
    try:
        envelope = json.loads(content)
        if isinstance(envelope, dict) and canonical(envelope) + b"\n" == content:
            return envelope
    except (ValueError, RecursionError):
        pass
    raise _bad(file)


def _unsigned(envelope: Mapping[str, Any], file: Path) -> dict[str, Any]:
    try:
        stated = json.loads(b64decode(envelope["payload"], validate=True))
    except (ValueError, KeyError, TypeError, RecursionError):
        stated = None
    if not isinstance(stated, dict):
        raise _bad(file)
    return stated


def _moment(value: Any) -> datetime:
    """A moment as it is written; ValueError for any other spelling, OverflowError for one beyond the calendar."""
    made = moment_of(_text(value))
    if made.tzinfo is None or as_text(made) != value:
        raise ValueError
    return made


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _is_inside(name: str) -> bool:
    """Whether a name leads to nothing outside its folder."""
    path = PurePosixPath(name)
    plain = bool(path.parts) and name.isprintable()  # no NUL, and no half of a character: neither can be a name
    return plain and not path.is_absolute() and ".." not in path.parts and str(path) == name


def _bad(file: Path) -> IntegrityError:
    return IntegrityError("this is not the statement of a snapshot as it was written", where=str(file))

# SPDX-License-Identifier: Apache-2.0
"""Ed25519 keys with a name, in the text forms of C2SP signed notes, so that other tools can read and check ours.

A public key is one line, `name+keyid+base64(0x01 || key)`; a signing key is one too, with the seed for the key and
`PRIVATE+KEY+` before it, as written by Go's `golang.org/x/mod/sumdb/note`. https://c2sp.org/signed-note
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from os import PathLike
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kyodaku.errors import IntegrityError, KyodakuError, UsageError

__all__ = ["PublicKey", "SigningKey", "Trust"]

_ED25519 = b"\x01"
"""The signature type of plain Ed25519 in signed notes."""
_PRIVATE = "PRIVATE+KEY+"
_KEY_BYTES = 32
_OWNER_ONLY = 0o600
_LONGEST = 10_000
"""Letters of a key's file that are looked at; it has some hundred."""


class Trust(Protocol):
    """Whose signatures are believed: one `PublicKey`, or the `KeyHistory` that begins with it."""

    @property
    def name(self) -> str:
        """What the key is called."""
        ...

    def at(self, size: int, /) -> PublicKey:
        """The key that signs for a log of `size` entries."""
        ...

    def named(self, label: str, /) -> PublicKey:
        """The key with this `name+keyid`, else any."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """A name and the 32 bytes of its Ed25519 public key."""

    name: str
    raw: bytes

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(c.isspace() or not c.isprintable() for c in self.name):
            raise ValueError(f"{self.name!r} cannot name a key: no space, no control character, no '+'")
        if len(self.raw) != _KEY_BYTES:
            raise ValueError(f"an Ed25519 key has {_KEY_BYTES} bytes, not {len(self.raw)}")

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, type and key: tells keys apart, proves nothing."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    @property
    def label(self) -> str:
        """`name+keyid`: tells keys apart in text."""
        return f"{self.name}+{self.id.hex()}"

    def at(self, size: int) -> PublicKey:  # noqa: ARG002 - a history's question
        """Itself: a key that is trusted alone signs for logs of every size."""
        return self

    def named(self, label: str) -> PublicKey:  # noqa: ARG002
        """Itself, whichever is asked for."""
        return self

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise IntegrityError unless this key signed exactly this message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            raise IntegrityError(f"the signature is not one by {self.name} over this text") from None

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(_ED25519 + self.raw).decode()}"

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read what `str()` wrote; UsageError for anything else."""
        name, raw = _fields(text)
        key = cls(name=name, raw=raw)
        if str(key) != text:
            raise _malformed("public")
        return key

    @classmethod
    def load(cls, path: str | PathLike[str]) -> PublicKey:
        """Read a file of one line; UsageError if it is not a public key."""
        path = Path(path)
        try:
            return cls.parse(_read(path))
        except UsageError as error:
            raise UsageError(error.what, where=str(path), hint=error.hint) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """A named Ed25519 key that signs; its text never shows in a repr."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _ = self.public  # refuses a bad name or seed at once

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """A new key from the system's randomness; ValueError if notes cannot carry the name."""
        return cls(name=name, seed=Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def public(self) -> PublicKey:
        """The half to give away."""
        return PublicKey(name=self.name, raw=self.private.public_key().public_bytes_raw())

    @property
    def private(self) -> Ed25519PrivateKey:
        """The key as `cryptography` knows it."""
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; the same for the same message."""
        return self.private.sign(message)

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Read a `PRIVATE+KEY+…` line; UsageError for anything else, without repeating it."""
        if not text.startswith(_PRIVATE):
            raise _malformed("signing")
        name, seed = _fields(text.removeprefix(_PRIVATE))
        key = cls(name=name, seed=seed)
        if key._text() != text:
            raise _malformed("signing")
        return key

    @classmethod
    def load(cls, path: str | PathLike[str]) -> SigningKey:
        """Read a key file; UsageError if it is none, or if others than its owner may read it."""
        path = Path(path)
        text = _read(path)
        if path.stat().st_mode & ~_OWNER_ONLY & 0o777:
            raise UsageError(
                "others can read this signing key",
                where=str(path),
                hint=f"chmod 600 {path}; if it may have leaked, replace it",
            )
        return cls.parse(text)

    @classmethod
    def at(cls, path: str | PathLike[str], *, name: str) -> SigningKey:
        """The key in this file, made now, with this name, if there is none; two processes that do so get the same."""
        with suppress(FileExistsError):
            if not Path(path).exists():
                cls.generate(name).save(path)
        return cls.load(path)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the key for its owner only (0600), and the public key beside it (`.pub`).

        Raises FileExistsError rather than replace a key.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{token_hex(8)}.new")
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w", encoding="utf-8"
        ) as file:
            file.write(f"{self._text()}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)  # whole or not at all, and never over another
        finally:
            draft.unlink()
        path.with_name(path.name + ".pub").write_text(f"{self.public}\n", encoding="utf-8")

    def _text(self) -> str:
        secret = b64encode(_ED25519 + self.seed).decode()
        return f"{_PRIVATE}{self.name}+{self.public.id.hex()}+{secret}"


def _fields(text: str) -> tuple[str, bytes]:
    """Name and key bytes of `name+keyid+base64`; whether the key id fits is for the caller to compare."""
    with suppress(ValueError):
        name, _, encoded = text.split("+", 2)
        raw = b64decode(encoded, validate=True)
        if raw[:1] == _ED25519 and len(raw) == 1 + _KEY_BYTES:
            PublicKey(name=name, raw=raw[1:])  # refuses bad names
            return name, raw[1:]
    raise _malformed("Ed25519")


def _malformed(kind: str) -> UsageError:
    return UsageError(
        f"this is not a {kind} key in the signed-note form", hint="expected NAME+KEYID+BASE64 on one line"
    )


def _read(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise UsageError("this is no file with a key", where=str(path))
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST).removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise KyodakuError(f"the key could not be read: {reason}", where=str(path)) from None

# SPDX-License-Identifier: Apache-2.0
"""One spelling for every record: canonical JSON (RFC 8785), from which ids are made.

A field that holds its default is left out. So the model can gain a field without changing the id of any decision made
before it had one.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from hashlib import sha256
from typing import Any, cast

import rfc8785

__all__ = ["canonical", "plain", "rfc3339", "sha256_id"]


def rfc3339(moment: datetime) -> str:
    """`2026-01-01T00:00:00Z`; fractions of a second only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """A record, or a value in one, as what JSON can hold."""
    if is_dataclass(value):
        pairs = ((name, getattr(value, name), default) for name, default in _defaults(cast("Hashable", type(value))))
        return {name: plain(held) for name, held, default in pairs if held != default}
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return {key: plain(held) for key, held in value.items()}
    if isinstance(value, tuple):
        return [plain(held) for held in value]
    return value


def canonical(value: Any) -> bytes:
    """The record in canonical JSON: the same bytes on every machine."""
    return rfc8785.dumps(plain(value))


def sha256_id(data: bytes) -> str:
    """`sha256:` and the digest in hexadecimal."""
    return f"sha256:{sha256(data).hexdigest()}"


@cache
def _defaults(record: Hashable) -> tuple[tuple[str, Any], ...]:
    return tuple((held.name, _default(held)) for held in fields(cast("type[Any]", record)))


def _default(held: Field[Any]) -> Any:
    return held.default if held.default_factory is MISSING else held.default_factory()

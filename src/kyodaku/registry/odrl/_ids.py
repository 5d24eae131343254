# SPDX-License-Identifier: Apache-2.0
"""Between our ids and IRIs, both ways and without loss.

An id that is an IRI already stays what it is. Any other is put behind a base, with letters and digits of any script as
they are and the rest percent-encoded: `映画 1` becomes `https://kyodaku.example/id/映画%201`. A statement's id becomes
`https://kyodaku.example/id/statement/grant-7`, as a statement and a work may have the same.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

from kyodaku.registry.odrl.terms import KYO

__all__ = ["id_of", "is_iri", "relative"]

_STATEMENT: Final = "statement/"
_IRI = re.compile(r"(?:https?://[^/\s]|urn:[A-Za-z0-9])[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*", re.ASCII)
"""Absolute IRIs of schemes that name things, in ASCII; what else an IRI may be is percent-encoded like any id."""


def is_iri(key: str, base: str) -> bool:
    """Whether the id is an IRI of its own, which neither the base nor our vocabulary may be mistaken for."""
    return _IRI.fullmatch(key) is not None and not key.startswith((base, KYO))


def relative(key: str, base: str, *, statement: bool = False) -> str:
    """The id as a reference that is relative to the base, or as the IRI that it is."""
    if is_iri(key, base):
        return key
    encoded = "".join(each if each.isalnum() else quote(each, safe="") for each in key)
    if not encoded.strip("."):
        encoded = encoded.replace(".", "%2E")  # `.` and `..` are steps in a path
    return _STATEMENT + encoded if statement else encoded


def id_of(iri: str, base: str) -> str | None:
    """The id that an IRI stands for; None if it is the base itself, or encodes what is no text."""
    if not iri.startswith(base):
        return iri
    rest = iri.removeprefix(base)
    try:
        return unquote(rest.removeprefix(_STATEMENT), errors="strict") or None
    except UnicodeDecodeError:
        return None

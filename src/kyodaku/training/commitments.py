# SPDX-License-Identifier: Apache-2.0
"""What a run commits to in the ledger, and proofs of one part of it that show nothing of the rest.

    rows    1,000 decisions are a batch; each leaf is the hash of the row's canonical JSON with a salt of its own
    works   the works found in a run's clips, each as a salted code; the codes in order are the leaves of a tree

Both are RFC 9162 trees. A row's proof shows that one decision is in a batch. Of the works, one leaf shows that a work
is among them, and two leaves side by side that nothing between them is. A code is HMAC-SHA256 of the work's id under
the run's works salt, so that the tree tells ids to nobody who lacks the salt; whoever is shown it, with a proof, can
test guesses against the one or two codes in that proof, and nothing else.

Verifying needs nothing but the proof, the roots and this module: no workspace, no database, no file.
"""

from __future__ import annotations

import hmac
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

import rfc8785

from kyodaku.errors import IntegrityError
from kyodaku.ledger import HASH_BYTES, leaf_hash, verify_inclusion
from kyodaku.ledger.merkle import inclusion_proof, nodes_of, root

__all__ = [
    "BATCH",
    "RowProof",
    "WorkProof",
    "WorksRoot",
    "WorksTree",
    "prove_row",
    "row_leaf",
    "salt_commitment",
    "verify_absent",
    "verify_present",
    "verify_row",
    "work_code",
]

BATCH: Final = 1000
"""Decisions a ledger entry: few enough that a proof of one stays short, many enough that the log stays small."""
ROW_SALT_BYTES: Final = 16
WORKS_SALT_BYTES: Final = 32
_MAX_PATH: Final = 64
"""Hashes in a path; a tree with longer ones has more leaves than can be counted in 64 bits."""
_LEAF: Final = b"kyodaku work v1\n"
_SALT: Final = b"kyodaku works salt v1\n"
_LOWEST: Final = bytes(HASH_BYTES)
_HIGHEST: Final = b"\xff" * HASH_BYTES
"""The first leaf of a works tree and the last: with them every code that is not there lies between two that are."""
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+")


# --- rows -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class RowProof:
    """That `row` is the decision at `place` of its run: its salt, and the path to the root of its batch.

    Bytes are in hex; `row` is a row of `decisions.parquet` without its `log_index`.
    """

    place: int
    row: Mapping[str, Any]
    salt: str
    path: tuple[str, ...]

    @property
    def batch(self) -> int:
        """The number of the batch, which its ledger entry bears."""
        return self.place // BATCH

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {"place": self.place, "row": dict(self.row), "salt": self.salt, "path": list(self.path)}

    @classmethod
    def from_json(cls, record: Any) -> Self:
        """The proof that `as_json` wrote; IntegrityError for anything of another shape."""
        _require_fields(record, ("place", "row", "salt", "path"), "row")
        if not isinstance(record["row"], dict) or not isinstance(record["salt"], str):
            raise IntegrityError("this is no proof of a row")
        return cls(
            place=_count(record["place"]),
            row=record["row"],
            salt=record["salt"],
            path=_path(record["path"]),
        )


def row_leaf(row: Mapping[str, Any], salt: bytes) -> bytes:
    """The leaf of one decision's row."""
    return leaf_hash(rfc8785.dumps({"row": dict(row), "salt": salt.hex()}))


def prove_row(place: int, rows: Sequence[Mapping[str, Any]], salts: Sequence[bytes]) -> RowProof:
    """The proof of the row at `place` of a run, from all rows and salts of its batch; IndexError if there is none."""
    index = place % BATCH
    if not 0 <= index < len(rows):
        raise IndexError(f"the run has no clip {place}")
    nodes = nodes_of([row_leaf(row, salt) for row, salt in zip(rows, salts, strict=True)])
    path = inclusion_proof(index, len(rows), nodes)
    return RowProof(
        place=place,
        row=rows[index],
        salt=salts[index].hex(),
        path=tuple(step.hex() for step in path),
    )


def verify_row(proof: RowProof, batch_root: str, rows: int) -> None:
    """Raise IntegrityError unless the row is in the batch of so many rows with this root, in hex.

    Both stand in the batch's ledger entry, as `sha256` and `rows`. That the entry is one of the same run, and bears the
    number `proof.batch`, is for the caller to compare.
    """
    if not 0 < rows <= BATCH:
        raise IntegrityError(f"a batch of {rows} rows cannot be")
    salt = _bytes_of(proof.salt, ROW_SALT_BYTES)
    try:
        leaf = row_leaf(proof.row, salt)
    except (rfc8785.CanonicalizationError, RecursionError, TypeError, UnicodeEncodeError) as error:
        raise IntegrityError("the row has no canonical form") from error
    path = [_bytes_of(step, HASH_BYTES) for step in proof.path]
    verify_inclusion(leaf, proof.place % BATCH, rows, path, _bytes_of(batch_root, HASH_BYTES))


# --- works ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class WorksRoot:
    """What a run says of a works tree: root (hex), number of leaves with the two at the ends, hash of the salt."""

    root: str
    size: int
    salt_sha256: str

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {"root": self.root, "size": self.size, "salt_sha256": self.salt_sha256}

    @classmethod
    def from_json(cls, record: Any) -> Self:
        """What `as_json` wrote; IntegrityError for anything of another shape."""
        _require_fields(record, ("root", "size", "salt_sha256"), "works tree")
        hashes = {name: _bytes_of(record[name], HASH_BYTES).hex() for name in ("root", "salt_sha256")}
        return cls(size=_count(record["size"]), **hashes)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkProof:
    """One leaf of a works tree, which is the work's own, or two side by side, between which the work's would lie.

    `index` is the first leaf's place; `codes` and `paths` have one item a leaf; bytes are in hex.
    """

    work: str
    index: int
    codes: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]

    @property
    def present(self) -> bool:
        """Whether this is to show that the work is there; else that it is not."""
        return len(self.codes) == 1

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        paths = [list(path) for path in self.paths]
        return {"work": self.work, "index": self.index, "codes": list(self.codes), "paths": paths}

    @classmethod
    def from_json(cls, record: Any) -> Self:
        """The proof that `as_json` wrote; IntegrityError for anything of another shape."""
        _require_fields(record, ("work", "index", "codes", "paths"), "work")
        paths = record["paths"]
        if not isinstance(record["work"], str) or not isinstance(paths, list) or len(paths) > 2:
            raise IntegrityError("this is no proof of a work")
        return cls(
            work=record["work"],
            index=_count(record["index"]),
            codes=_path(record["codes"]),
            paths=tuple(_path(path) for path in paths),
        )


class WorksTree:
    """The tree over some works' codes under one salt: built from all works, proves of one."""

    def __init__(self, works: Iterable[str], salt: bytes) -> None:
        if len(salt) != WORKS_SALT_BYTES:
            raise ValueError(f"a works salt has {WORKS_SALT_BYTES} bytes, not {len(salt)}")
        self.salt = salt
        self._codes = [_LOWEST, *sorted({work_code(work, salt) for work in works}), _HIGHEST]
        self._nodes = nodes_of([_work_leaf(code) for code in self._codes])

    def __contains__(self, work: str) -> bool:
        code = work_code(work, self.salt)
        return self._codes[bisect_left(self._codes, code)] == code

    @property
    def committed(self) -> WorksRoot:
        """What goes into the ledger."""
        size = len(self._codes)
        return WorksRoot(root=root(size, self._nodes).hex(), size=size, salt_sha256=salt_commitment(self.salt))

    def prove(self, work: str) -> WorkProof:
        """That the work is among them, if it is; else that it is not."""
        code = work_code(work, self.salt)
        at = bisect_left(self._codes, code)
        first = at if self._codes[at] == code else at - 1
        places = range(first, at + 1)
        return WorkProof(
            work=work,
            index=first,
            codes=tuple(self._codes[place].hex() for place in places),
            paths=tuple(self._path(place) for place in places),
        )

    def _path(self, place: int) -> tuple[str, ...]:
        return tuple(step.hex() for step in inclusion_proof(place, len(self._codes), self._nodes))


def work_code(work: str, salt: bytes) -> bytes:
    """The code of a work under a run's works salt."""
    return hmac.digest(salt, work.encode(), "sha256")


def salt_commitment(salt: bytes) -> str:
    """What the ledger says of a works salt: a proof under another salt would prove nothing. Hex."""
    return sha256(_SALT + salt).hexdigest()


def verify_present(proof: WorkProof, committed: WorksRoot, salt: bytes) -> None:
    """Raise IntegrityError unless the work is in the tree."""
    (code,) = _verified_codes(proof, committed, salt, leaves=1)
    if code != _code_of(proof.work, salt):
        raise IntegrityError(f"the proof is not of the work {proof.work!r}")


def verify_absent(proof: WorkProof, committed: WorksRoot, salt: bytes) -> None:
    """Raise IntegrityError unless two leaves side by side show that the work is not in the tree.

    It rests on the tree's being in order, as the run said by its root: whoever holds all rows can make it anew.
    """
    low, high = _verified_codes(proof, committed, salt, leaves=2)
    if not low < _code_of(proof.work, salt) < high:
        raise IntegrityError(f"the proof does not show that the work {proof.work!r} is absent")


def _verified_codes(proof: WorkProof, committed: WorksRoot, salt: bytes, *, leaves: int) -> list[bytes]:
    """The codes in the proof, each of which is in the tree."""
    if len(proof.codes) != leaves or len(proof.paths) != leaves:
        raise IntegrityError(f"this proof of the work {proof.work!r} is of another kind")
    if len(salt) != WORKS_SALT_BYTES or not hmac.compare_digest(salt_commitment(salt), committed.salt_sha256):
        raise IntegrityError("the works salt is not the one that the run committed to")
    codes = [_bytes_of(code, HASH_BYTES) for code in proof.codes]
    root_hash = _bytes_of(committed.root, HASH_BYTES)
    for index, (code, steps) in enumerate(zip(codes, proof.paths, strict=True), proof.index):
        path = [_bytes_of(step, HASH_BYTES) for step in steps]
        verify_inclusion(_work_leaf(code), index, committed.size, path, root_hash)
    return codes


def _work_leaf(code: bytes) -> bytes:
    return leaf_hash(_LEAF + code)


def _code_of(work: str, salt: bytes) -> bytes:
    try:
        return work_code(work, salt)
    except UnicodeEncodeError as error:
        raise IntegrityError("a work's id that cannot be") from error


# --- hostile input ----------------------------------------------------------------------------------------------------


def _require_fields(record: Any, names: tuple[str, ...], what: str) -> None:
    if not isinstance(record, dict) or sorted(record) != sorted(names):
        raise IntegrityError(f"this is no proof of a {what}")


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise IntegrityError(f"not a number of a proof: {str(value)[:40]!r}")
    return value


def _path(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MAX_PATH or not all(isinstance(step, str) for step in value):
        raise IntegrityError("not the path of a proof")
    return tuple(value)


def _bytes_of(text: Any, length: int) -> bytes:
    """Bytes written in lower-case hex, of which there is one spelling."""
    if not isinstance(text, str) or len(text) != 2 * length or not _HEX.fullmatch(text):
        raise IntegrityError(f"not {length} bytes in hex: {str(text)[:80]!r}")
    return bytes.fromhex(text)

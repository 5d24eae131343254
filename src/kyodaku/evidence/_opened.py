# SPDX-License-Identifier: Apache-2.0
"""A pack opened: who signed it, what the log says in it, and which runs it tells of. Nothing is taken on trust."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple, Self

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.evidence._gathering import attested_predicate
from kyodaku.evidence._json import parsed, parsed_lines
from kyodaku.evidence.making import FORMAT, PACK_PREDICATE, SIGNATURE
from kyodaku.evidence.wording import KINDS
from kyodaku.ledger import (
    Checkpoint,
    KeyHistory,
    PublicKey,
    leaf_hash,
    parse_record,
    verify_checkpoint,
    verify_consistency,
    verify_envelope,
    verify_inclusion,
)
from kyodaku.rights import Regime, RegimeFiles, Use
from kyodaku.training import WorksRoot, use_from_json

__all__ = ["HEX", "ClearedRun", "Opened", "Sealed"]

HEX: Final = re.compile(r"[0-9a-f]{64}")
_RUN_FILE: Final = re.compile(r"runs/([a-z0-9][a-z0-9._-]{0,99})/attestation\.jsonl")
_KEY_NOTE: Final = re.compile(r"keys/[0-9]{1,19}\.note")
_MAX_PROOF: Final = 128
"""Hashes in a proof over a log of 2^64 entries."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """The files of a pack as they were signed, and the card that says what it is."""

    files: Mapping[str, bytes]
    card: Mapping[str, Any]
    keys: KeyHistory
    """From the key that is trusted on."""
    signers: KeyHistory
    """From the log's first key on: those before the trusted one are borne out by entries of the log that it signed."""

    @classmethod
    def of(cls, files: Mapping[str, bytes], trust: PublicKey | None) -> Self:
        """Check the signature over every file; IntegrityError if it does not hold, or is not by the key trusted."""
        signers = _signers(files)
        keys = _trusted(signers, trust)
        statement = verify_envelope(parsed(_file(files, SIGNATURE), SIGNATURE), keys.latest)
        card = parsed(_file(files, "pack.json"), "pack.json")
        signed = [{"name": name, "digest": {"sha256": sha256(files[name]).hexdigest()}} for name in sorted(files)
                  if name != SIGNATURE]  # fmt: skip
        if statement["subject"] != signed or statement["predicateType"] != PACK_PREDICATE:
            raise IntegrityError("a file of the pack is not as it was signed")
        with malformed("pack.json"):
            stated = {name: card[name] for name in ("format", "kind", "subject")}
            if card["format"] != FORMAT:
                what = f"a pack of the form {str(card['format'])[:80]!r}"
                raise KyodakuError(what, hint="verify it with the version of Kyodaku that knows it")
            texts = all(_is_line(card[name]) for name in ("subject", "made_at", "origin"))
            at = datetime.fromisoformat(card["made_at"])
            if statement["predicate"] == stated and card["kind"] in KINDS and texts and at.tzinfo is not None:
                return cls(files=files, card=card, keys=keys, signers=signers)
        raise IntegrityError("this is not the card of a pack", where="pack.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClearedRun:
    """A run as it was attested and entered in the log, as its entry `index`."""

    id: str
    index: int
    predicate: Mapping[str, Any]
    use: Use
    regime: Regime
    batches: Mapping[int, tuple[str, int]]
    """The root and the number of rows of each batch whose entry is in the pack."""
    works: Mapping[str, WorksRoot]

    @property
    def clips(self) -> int:
        """How many it decided on."""
        return sum(self.predicate["clips"]["clips"].values())

    @property
    def errors(self) -> int:
        """How many of them it could not examine."""
        return int(self.predicate["clips"]["errors"])

    @property
    def unidentified(self) -> str | None:
        """The policy where nothing registered is found, if the developer asked for another than the table's."""
        policy: str | None = self.predicate["regime"].get("unidentified")
        return policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """What the signature, the log and the attestations of a pack bear out."""

    sealed: Sealed
    checkpoint: Checkpoint
    note: str
    entries: Mapping[int, Mapping[str, Any]]
    proven: Mapping[int, str]
    """Earlier sizes of the log with their roots, of which the checkpoint's log is shown to be a continuation."""
    runs: Mapping[str, ClearedRun]

    @classmethod
    def of(cls, sealed: Sealed) -> Self:
        """Check the log's part of the pack and every run in it; IntegrityError names what does not hold."""
        note = _text(_file(sealed.files, "checkpoint"), "checkpoint")
        checkpoint = verify_checkpoint(note, sealed.keys, sealed.card["origin"])
        written = dict(_entries(sealed.files, checkpoint))
        _check_rotations(sealed, written)
        entries = {index: parse_record(entry) for index, entry in written.items()}
        proven = _continued(sealed.files, checkpoint)
        regimes = dict(_regimes(sealed.files))
        runs = {
            found[1]: _run(found[1], content, _Borne(sealed.signers, entries, regimes, proven))
            for name, content in sealed.files.items()
            if (found := _RUN_FILE.fullmatch(name))
        }
        return cls(sealed=sealed, checkpoint=checkpoint, note=note, entries=entries, proven=proven, runs=runs)


@contextmanager
def malformed(where: str) -> Iterator[None]:
    """What is there has another shape than Kyodaku writes: that is no pack."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OverflowError):
        raise IntegrityError("this is not as Kyodaku writes it", where=where) from None


def hashes_of(texts: Any, where: str) -> list[bytes]:
    """Hashes in hex, as many as a proof may have."""
    if (
        not isinstance(texts, list)
        or len(texts) > _MAX_PROOF
        or not all(isinstance(text, str) and HEX.fullmatch(text) for text in texts)
    ):
        raise IntegrityError("this is not a proof", where=where)
    return [bytes.fromhex(text) for text in texts]


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise IntegrityError("the pack lacks it", where=name)
    return files[name]


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise IntegrityError("this is not text", where=where) from None


def _signers(files: Mapping[str, bytes]) -> KeyHistory:
    """All keys that the log ever had, as the pack says."""
    notes = [_text(content, name) for name, content in files.items() if _KEY_NOTE.fullmatch(name)]
    return KeyHistory.follow(_key(_file(files, "keys/1.pub")), notes)


def _trusted(signers: KeyHistory, trust: PublicKey | None) -> KeyHistory:
    """The log's keys from the trusted one on, by default from the pack's first."""
    if trust is None:
        return signers
    if trust not in [key for _, key in signers.keys]:
        raise IntegrityError(f"the pack is signed by {signers.latest.label}, not by a key that {trust.label} leads to")
    return KeyHistory.follow(trust, [rotation.note for rotation in signers.rotations])


def _key(content: bytes) -> PublicKey:
    text = _text(content, "keys/1.pub")
    with suppress(KyodakuError, ValueError):
        key = PublicKey.parse(text.removesuffix("\n"))
        if f"{key}\n" == text:
            return key
    raise IntegrityError("this is not a public key", where="keys/1.pub")


def _check_rotations(sealed: Sealed, entries: Mapping[int, bytes]) -> None:
    """A key that handed over did so in the log itself."""
    for rotation in sealed.signers.rotations:
        if entries.get(rotation.size) != rotation.entry or rotation.origin != sealed.card["origin"]:
            raise IntegrityError(f"entry {rotation.size} of the log does not say that {rotation.new.label} signs")


def _entries(files: Mapping[str, bytes], log: Checkpoint) -> Iterable[tuple[int, bytes]]:
    name = "entries.jsonl"
    for _, said in parsed_lines(_file(files, name), name):
        with malformed(name):
            index, entry = said["index"], said["entry"].encode()
            _require_count(index)
            verify_inclusion(leaf_hash(entry), index, log.size, hashes_of(said["proof"], name), log.root)
            yield index, entry


def _continued(files: Mapping[str, bytes], log: Checkpoint) -> Mapping[int, str]:
    name = "consistency.json"
    proven = {}
    with malformed(name):
        for each in parsed(_file(files, name), name):
            size, (root,) = each["size"], hashes_of([each["root"]], name)
            _require_count(size)
            verify_consistency(size, log.size, hashes_of(each["proof"], name), root, log.root)
            proven[size] = root.hex()
    return proven


def _regimes(files: Mapping[str, bytes]) -> Iterable[tuple[str, Mapping[str, bytes]]]:
    """The files of each regime by its digest."""
    found: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        folder, _, rest = name.partition("/")
        if folder == "regimes":
            digest, _, file = rest.partition("/")
            found.setdefault(digest, {})[file] = content
    yield from found.items()


class _Borne(NamedTuple):
    """What the pack bears out before its runs are looked at."""

    keys: KeyHistory
    entries: Mapping[int, Mapping[str, Any]]
    regimes: Mapping[str, Mapping[str, bytes]]
    proven: Mapping[int, str]


def _run(
    name: str,
    content: bytes,
    borne: _Borne,
) -> ClearedRun:
    where = f"runs/{name}"
    predicate = attested_predicate(content, borne.keys, where)
    with malformed(where):
        index, entry = _entry_of_run(name, sha256(content).hexdigest(), borne.entries)
        counts = predicate["clips"]["clips"]
        for count in (*counts.values(), predicate["clips"]["errors"]):
            _require_count(count)
        if not all(_is_line(predicate[name]) for name in ("matcher", "snapshot")):
            raise ValueError  # what it says of itself is printed
        attested = predicate["ledger"]
        root = borne.proven.get(attested["size"])
        if predicate["run"] != name or root is None or root != attested["root"]:
            raise IntegrityError("the log does not continue the one that the run attested", where=where)
        asked = predicate["regime"]
        try:
            use = use_from_json(predicate["use"])
            regime = RegimeFiles.of(
                borne.regimes[asked["sha256"].removeprefix("sha256:")], asked.get("unidentified")
            ).regime()
        except KyodakuError as error:
            raise IntegrityError(error.what, where=f"{where}: {error.where}") from None
        if (regime.sha256, regime.id, regime.version) != (asked["sha256"], asked["id"], asked["version"]):
            raise IntegrityError("the table of the law is not the one that the run decided by", where=where)
        return ClearedRun(
            id=name,
            index=index,
            predicate=predicate,
            use=use,
            regime=regime,
            batches=_batches(name, attested["entries"], borne.entries),
            works={tree: _works_root(entry, tree, predicate["works"][tree]) for tree in ("found", "cleared")},
        )


def _entry_of_run(
    name: str, attestation: str, entries: Mapping[int, Mapping[str, Any]]
) -> tuple[int, Mapping[str, Any]]:
    for index, entry in entries.items():
        if (entry["type"], entry["subject"], entry.get("attestation")) == ("run", name, attestation):
            return index, entry
    raise IntegrityError("the log has no entry of this run with this attestation", where=f"runs/{name}")


def _batches(name: str, attested: list[int], entries: Mapping[int, Mapping[str, Any]]) -> Mapping[int, tuple[str, int]]:
    """Each batch by its number: the entry is of this run, bears the number, and stands where the run said."""
    found = {}
    for index, entry in entries.items():
        if entry["type"] == "clear-batch" and entry["subject"] == name:
            number, rows = entry["batch"], entry["rows"]
            _require_count(number)
            _require_count(rows)
            if attested[number] != index:
                raise IntegrityError(f"entry {index} is not the batch that the run attested", where=f"runs/{name}")
            found[number] = (entry["sha256"], rows)
    return found


def _works_root(entry: Mapping[str, Any], tree: str, attested: Any) -> WorksRoot:
    said = {"root": entry[f"{tree}_root"], "size": entry[f"{tree}_size"], "salt_sha256": entry["works_salt"]}
    if said != attested:
        raise IntegrityError("the log and the attestation name other works")
    return WorksRoot.from_json(said)


def _is_line(value: Any) -> bool:
    """Whether this is a text that can stand in a line of its own."""
    return isinstance(value, str) and value.isprintable()


def _require_count(value: Any) -> None:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ValueError

# SPDX-License-Identifier: Apache-2.0
"""A pack made anew from the beginning: own key, own log, own attestation. Its signatures and proofs all hold."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import rfc8785

from kyodaku.evidence._json import lines_of, written
from kyodaku.evidence.making import PACK_PREDICATE, SIGNATURE
from kyodaku.ledger import PAYLOAD_TYPE, STATEMENT_TYPE, Checkpoint, SigningKey, leaf_hash, root_of, sign_note
from kyodaku.ledger.merkle import consistency_proof, inclusion_proof, nodes_of

__all__ = ["FORGER", "Files", "enveloped", "forged", "sealed"]

Files = dict[str, bytes]
FORGER: Final = SigningKey.generate("studio.example/log")


def enveloped(payload: bytes) -> dict[str, Any]:
    """Whatever it is, in a DSSE envelope whose signature holds."""
    signed = b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)
    signature = {"keyid": FORGER.public.label, "sig": b64encode(FORGER.sign(signed)).decode()}
    return {"payload": b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE, "signatures": [signature]}


def sealed(files: Files, payload: Callable[[dict[str, Any]], bytes] = rfc8785.dumps) -> Files:
    """The files under a signature of their own; `payload` writes the statement."""
    files = {name: content for name, content in files.items() if name != SIGNATURE}
    card = json.loads(files["pack.json"])
    stated = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": sha256(files[name]).hexdigest()}} for name in sorted(files)],
        "predicateType": PACK_PREDICATE,
        "predicate": {name: card[name] for name in ("format", "kind", "subject")},
    }
    return {**files, SIGNATURE: written(enveloped(payload(stated)))}


def _left(_: Any) -> None:
    """Change nothing."""


def forged(
    files: Files,
    *,
    predicate: Callable[[dict[str, Any]], object] = _left,
    log: Callable[[dict[int, dict[str, Any]]], object] = _left,
    card: Callable[[dict[str, Any]], object] = _left,
    change: Callable[[Files], object] = _left,
    payload: Callable[[dict[str, Any]], bytes] = rfc8785.dumps,
) -> Files:
    """The pack of one run with what its attestation, its log, its card and its files say changed, and all signed."""
    files = {name: content for name, content in files.items() if not name.startswith("keys/")}
    held = {each["index"]: json.loads(each["entry"]) for each in map(json.loads, files["entries.jsonl"].splitlines())}
    other = {"sha256": "0" * 64, "subject": "x", "time": "2026-01-01T00:00:00Z", "type": "declaration"}
    entries = {index: held.get(index, other) for index in range(max(held) + 1)}
    log(entries)
    (name,) = [each for each in files if each.endswith("attestation.jsonl")]
    statement = json.loads(b64decode(json.loads(files[name])["payload"]))
    size = statement["predicate"]["ledger"]["size"]
    statement["predicate"]["ledger"]["root"] = root_of(_leaves(entries)[:size]).hex()
    predicate(statement["predicate"])
    files[name] = json.dumps(enveloped(payload(statement))).encode() + b"\n"
    for entry in entries.values():
        if entry["type"] == "run":
            entry["attestation"] = sha256(files[name]).hexdigest()
    files.update(_log(entries, sorted(held), size))
    said = json.loads(files["pack.json"]) | {"origin": FORGER.name}
    card(said)
    files["pack.json"] = written(said)
    files["keys/1.pub"] = f"{FORGER.public}\n".encode()
    change(files)
    return sealed(files)


def _leaves(entries: dict[int, dict[str, Any]]) -> list[bytes]:
    return [leaf_hash(rfc8785.dumps(entries[index])) for index in sorted(entries)]


def _log(entries: dict[int, dict[str, Any]], shown: list[int], attested: int) -> Files:
    leaves = _leaves(entries)
    size, nodes, root = len(leaves), nodes_of(leaves), root_of(leaves)
    proofs = [
        {
            "index": index,
            "entry": rfc8785.dumps(entries[index]).decode(),
            "proof": [step.hex() for step in inclusion_proof(index, size, nodes)],
        }
        for index in shown
    ]
    earlier = {
        "size": attested,
        "root": root_of(leaves[:attested]).hex(),
        "proof": [step.hex() for step in consistency_proof(attested, size, nodes)],
    }
    return {
        "checkpoint": sign_note(str(Checkpoint(origin=FORGER.name, size=size, root=root)), FORGER).encode(),
        "entries.jsonl": lines_of(proofs),
        "consistency.json": written([earlier]),
    }

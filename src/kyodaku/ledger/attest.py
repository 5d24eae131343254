# SPDX-License-Identifier: Apache-2.0
"""Attestations: in-toto Statements (v1) in DSSE envelopes, signed by the workspace's key, checkable with other tools.

https://github.com/in-toto/attestation/tree/main/spec/v1 and https://github.com/secure-systems-lab/dsse. The envelope is
written here, in a few lines, because importing securesystemslib costs each command a tenth of a second; the tests hold
the two against each other.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import rfc8785

from kyodaku.errors import IntegrityError
from kyodaku.ledger.keys import PublicKey, SigningKey, Trust

__all__ = ["PAYLOAD_TYPE", "STATEMENT_TYPE", "attest", "verify_envelope"]

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def attest(
    subjects: Sequence[Mapping[str, str]], predicate_type: str, predicate: Mapping[str, Any], key: SigningKey
) -> dict[str, Any]:
    """Sign that `predicate`, of a kind named by the URI `predicate_type`, holds for the subjects (`name`, `sha256`).

    The envelope is ready for `json.dump`; the same arguments give the same bytes. The payload is canonical JSON, so its
    numbers are those of JSON: no NaN, integers below 2**53. Raises ValueError for others, and when there is no subject.
    """
    if not subjects:
        raise ValueError("an attestation is about something: give at least one subject")
    statement: dict[str, Any] = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": subject["name"], "digest": {"sha256": subject["sha256"]}} for subject in subjects],
        "predicateType": predicate_type,
        "predicate": dict(predicate),
    }
    payload = rfc8785.dumps(statement)
    return _envelope(payload, key.public, key.sign(_signed_bytes(payload)))


def verify_envelope(envelope: Mapping[str, Any], trust: Trust) -> dict[str, Any]:
    """The Statement in the envelope, if the key signed it, or one of its history.

    Raises IntegrityError for a wrong or missing signature, another payload, or any deviation from what `attest` writes
    (another spelling of base64, so that no flipped bit goes unseen; a name given twice, so that no other reader reads
    something else). What is returned has `_type`, `subject`, `predicateType` and `predicate`.
    """
    with suppress(ValueError, KeyError, TypeError, IndexError, RecursionError):
        payload = b64decode(envelope["payload"], validate=True)
        signature = b64decode(envelope["signatures"][0]["sig"], validate=True)
        key = trust.named(envelope["signatures"][0]["keyid"])
        if _envelope(payload, key, signature) == envelope:
            key.verify(_signed_bytes(payload), signature)
            statement: dict[str, Any] = json.loads(payload)
            if _is_statement(statement) and rfc8785.dumps(statement) == payload:
                return statement
    raise IntegrityError(f"this is not an attestation by {trust.name} as it was written")


def _is_statement(stated: Any) -> bool:
    return (
        isinstance(stated, dict)
        and stated.keys() == {"_type", "subject", "predicateType", "predicate"}
        and stated["_type"] == STATEMENT_TYPE
        and isinstance(stated["subject"], list)
        and isinstance(stated["predicate"], dict)
    )


def _envelope(payload: bytes, key: PublicKey, signature: bytes) -> dict[str, Any]:
    signatures = [{"keyid": key.label, "sig": b64encode(signature).decode()}]
    return {"payload": b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE, "signatures": signatures}


def _signed_bytes(payload: bytes) -> bytes:
    """The pre-authentication encoding: binds the payload's type and length to it."""
    return b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)

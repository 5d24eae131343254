# SPDX-License-Identifier: Apache-2.0
"""Attestations, held against the reference implementation of DSSE in both directions."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

from kyodaku.errors import IntegrityError
from kyodaku.ledger import PAYLOAD_TYPE, STATEMENT_TYPE, SigningKey, attest, verify_envelope

KEY = SigningKey.generate("kyodaku.example/log/1")
SUBJECTS = [{"name": "cleared.parquet", "sha256": "ab" * 32}, {"name": "判定.parquet", "sha256": "cd" * 32}]
PREDICATE_TYPE = "https://kyodaku.example/clearance/v1"
PREDICATE = {"regime": "jp-prior", "verdicts": {"permitted": 3, "refused": 1}, "題": "第一話", "fps": 2.5, "none": None}


def library_key(key: SigningKey) -> SSlibKey:
    keyid = f"{key.name}+{key.public.id.hex()}"
    return SSlibKey(keyid, "ed25519", "ed25519", {"public": key.public.raw.hex()})


def test_the_statement_comes_back_as_in_toto_wants_it() -> None:
    envelope = json.loads(json.dumps(attest(SUBJECTS, PREDICATE_TYPE, PREDICATE, KEY)))
    assert verify_envelope(envelope, KEY.public) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "cleared.parquet", "digest": {"sha256": "ab" * 32}},
            {"name": "判定.parquet", "digest": {"sha256": "cd" * 32}},
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": PREDICATE,
    }


def test_the_same_statement_gives_the_same_bytes() -> None:
    reordered = dict(reversed(PREDICATE.items()))
    assert attest(SUBJECTS, PREDICATE_TYPE, PREDICATE, KEY) == attest(SUBJECTS, PREDICATE_TYPE, reordered, KEY)


def test_the_reference_implementation_verifies_ours() -> None:
    envelope = Envelope.from_dict(deepcopy(attest(SUBJECTS, PREDICATE_TYPE, PREDICATE, KEY)))
    assert list(envelope.verify([library_key(KEY)], threshold=1).values()) == [library_key(KEY)]


@given(st.binary(max_size=300))
@settings(deadline=None)  # another process may have the processor
def test_we_sign_what_the_reference_implementation_signs(noise: bytes) -> None:
    ours = attest(SUBJECTS, PREDICATE_TYPE, {"noise": noise.hex()}, KEY)
    theirs = Envelope(b64decode(ours["payload"]), PAYLOAD_TYPE, {})
    theirs.sign(CryptoSigner(KEY.private, library_key(KEY)))
    assert theirs.to_dict() == ours
    verify_envelope(theirs.to_dict(), KEY.public)


def test_an_attestation_is_about_something() -> None:
    with pytest.raises(ValueError, match="at least one subject"):
        attest([], PREDICATE_TYPE, PREDICATE, KEY)


@pytest.mark.parametrize("value", [float("nan"), 2**53, object()])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        attest(SUBJECTS, PREDICATE_TYPE, {"value": value}, KEY)


def test_every_flipped_bit_of_an_envelope_is_detected() -> None:
    line = json.dumps(attest(SUBJECTS[:1], "t", {"a": 1}, KEY), separators=(",", ":")).encode()
    for position in range(len(line)):
        for bit in range(8):
            bent = line[:position] + bytes([line[position] ^ (1 << bit)]) + line[position + 1 :]
            try:
                envelope = json.loads(bent)
            except ValueError:
                continue
            with pytest.raises(IntegrityError):
                pytest.fail(f"byte {position}: {verify_envelope(envelope, KEY.public)}")


def signed(payload: bytes) -> dict[str, Any]:
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(KEY.private, library_key(KEY)))
    return dict(envelope.to_dict())


WRITTEN = b64decode(attest(SUBJECTS, PREDICATE_TYPE, PREDICATE, KEY)["payload"])
SWAPS = (
    (b'{"_type":', b'{"_type":"another","_type":'),  # readers differ in which of two they take
    (b'"predicate":', b'"predicate": '),
    (b'"subject":', b'"about":'),
    (b'"predicateType":', b'"more":1,"predicateType":'),
)


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        {"payload": 5},
        {"payload": "", "payloadType": PAYLOAD_TYPE, "signatures": []},
        {"payload": "", "payloadType": PAYLOAD_TYPE, "signatures": None},
        {"payload": "", "payloadType": PAYLOAD_TYPE, "signatures": ["x"]},
        {**attest(SUBJECTS, PREDICATE_TYPE, PREDICATE, KEY), "extra": 1},
        {**attest(SUBJECTS, PREDICATE_TYPE, PREDICATE, KEY), "payloadType": "text/plain"},
        {**attest(SUBJECTS, PREDICATE_TYPE, PREDICATE, KEY), "payload": b64encode(b"{}").decode()},
        attest(SUBJECTS, PREDICATE_TYPE, PREDICATE, SigningKey.generate(KEY.name)),
        signed(b"not json"),
        signed(b"[]"),
        signed(b"{}"),
        signed(json.dumps({"_type": STATEMENT_TYPE + "1"}).encode()),
        signed(json.dumps({"_type": STATEMENT_TYPE}).encode()),
        signed(b"[" * 200_000),
        *(signed(WRITTEN.replace(*swap)) for swap in SWAPS),
    ],
)
def test_what_the_key_did_not_sign_as_a_statement_is_refused(envelope: dict[str, Any]) -> None:
    before = deepcopy(envelope)
    with pytest.raises(IntegrityError, match=r"not (an attestation|one) by kyodaku.example/log/1"):
        verify_envelope(envelope, KEY.public)
    assert envelope == before

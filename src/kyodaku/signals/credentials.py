# SPDX-License-Identifier: Apache-2.0
"""What a signer of Content Credentials signs with: a certificate chain and a key; its own, or made here for itself.

A chain that is made here hangs from an authority that nobody else knows: what it signs is whole or it is not, and no
reader will call its signer trusted. C2PA's trust list is joined with a certificate that an authority on it has issued.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["Credentials"]

_UNUSED: Final = (
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """A chain in PEM, the signer's certificate first, and the signer's key in PEM (PKCS #8, without a password)."""

    certificate: bytes
    key: bytes = field(repr=False)

    @classmethod
    def made_for(cls, organisation: str, *, days: int = 3650) -> Credentials:
        """A new signer of this organisation under a new authority, in force from yesterday on: clocks differ."""
        authority, signer = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        chain = [
            _certificate(organisation, "Signer", signer, authority, days, is_authority=False),
            _certificate(organisation, "Authority", authority, authority, days, is_authority=True),
        ]
        key = signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return cls(certificate=b"".join(each.public_bytes(Encoding.PEM) for each in chain), key=key)


def _certificate(
    organisation: str,
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    days: int,
    *,
    is_authority: bool,
) -> x509.Certificate:
    """As C2PA asks of certificates (2.2, section 14.5.1): key usage, purpose, and whose key signed it."""
    now = datetime.now(UTC)
    usage = {"digital_signature": not is_authority, "key_cert_sign": is_authority, "crl_sign": is_authority}
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(organisation, name))
        .issuer_name(_name(organisation, "Authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage, **dict.fromkeys(_UNUSED, False)), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(by, hashes.SHA256())


def _name(organisation: str, name: str) -> x509.Name:
    said = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, name))
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in said])

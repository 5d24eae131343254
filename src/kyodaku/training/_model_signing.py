# SPDX-License-Identifier: Apache-2.0
"""OpenSSF Model Signing, by a key in a file, offline; the package comes with the extra `models`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kyodaku.errors import IntegrityError, KyodakuError, UsageError

__all__ = ["require_model_signing", "sign_model", "verify_model_signature"]

_HINT = "pip install 'kyodaku[models]'"


def require_model_signing() -> tuple[Any, Any, Any]:
    """The package's hashing, signing and verifying; KyodakuError when it is not installed."""
    try:
        from model_signing import hashing, signing, verifying  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise KyodakuError("OpenSSF Model Signing is not installed", hint=_HINT) from error
    return hashing, signing, verifying


def sign_model(folder: Path, signature: Path, private_key: Path) -> None:
    """Signs all files in `folder`, git's own among them, but for the signature. UsageError for a key that is none."""
    hashing, signing, _ = require_model_signing()
    config = hashing.Config().set_ignored_paths(paths=[signature], ignore_git_paths=False)
    try:
        signer = signing.Config().use_elliptic_key_signer(private_key=private_key)
    except (OSError, ValueError, TypeError) as error:
        hint = "make one with: openssl ecparam -name prime256v1 -genkey -noout -out key.pem"
        raise UsageError(f"this is no signing key: {_line(error)}", where=str(private_key), hint=hint) from error
    signer.set_hashing_config(config).sign(folder, signature)


def verify_model_signature(folder: Path, signature: Path, public_key: Path) -> None:
    """Raise IntegrityError unless the key signed all files in `folder` as they are."""
    hashing, _, verifying = require_model_signing()
    config = hashing.Config().set_ignored_paths(paths=[signature], ignore_git_paths=False)
    try:
        verifier = verifying.Config().use_elliptic_key_verifier(public_key=public_key)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"this is no public key: {_line(error)}", where=str(public_key)) from error
    try:
        verifier.set_hashing_config(config).verify(folder, signature)
    except Exception as error:  # whatever it raises for hostile input, the signature does not hold
        raise IntegrityError(f"the model's signature does not hold: {_line(error)}", where=str(signature)) from error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__

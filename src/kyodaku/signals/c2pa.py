# SPDX-License-Identifier: Apache-2.0
"""Content Credentials: CAWG's training and data mining assertion (1.1), the older one of C2PA 1.x, and who signed them.

`read_c2pa` hands the file to the C2PA project's own library, which is native code: it belongs behind walls
(`kyodaku.examine` sees to that). Nothing is fetched: remote manifests, revocation lists and time stamps stay where they
are. Whether a signer is trusted is not asked: a no counts whoever signed it, and an allow is evidence, never a grant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from kyodaku.errors import KyodakuError
from kyodaku.signals._words import address_in
from kyodaku.signals.signal import Origin, Signal, bounded, say, unreadable

if TYPE_CHECKING:
    from kyodaku.signals.credentials import Credentials

__all__ = ["C2PA_REVISION", "CAWG_REVISION", "GENERATE_ENTRY", "read_c2pa", "signals_of_manifests", "stamp"]

CAWG_REVISION: Final = "1.1"
C2PA_REVISION: Final = "1.x"
GENERATE_ENTRY: Final = "jp.kyodaku.generate"
"""Our own entry for making output of a work; other entries of the kind are another's words and say nothing here."""

_LABEL: Final = re.compile(r"(cawg|c2pa)\.training-mining(?:\.v\d+)?(?:__\d+)?")
_ENTRIES: Final[Mapping[str, tuple[str, ...]]] = {
    "data_mining": ("mine",),
    "ai_inference": ("input",),
    "ai_training": ("train_nongen",),
    "ai_generative_training": ("train_gen",),
}
_SAYS: Final[Mapping[str, str]] = {"allowed": "allow", "notAllowed": "deny", "constrained": "constrained"}
_STATES: Final[Mapping[str, str]] = {"Trusted": "valid", "Valid": "untrusted", "Invalid": "invalid"}
_OFFLINE: Final = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
_IN_MEMORY: Final = {**_OFFLINE, "core": {"backing_store_memory_threshold_in_mb": 1 << 14}}
"""Stamping goes on behind walls too, where the library could open no file for what it would rather not hold."""
_MANIFEST_ALONE: Final = "application/c2pa"
_MAX_JSON: Final = 32 << 20


def read_c2pa(file: BinaryIO, kind: str | None, origin: Origin, *, manifest: bytes | None = None) -> list[Signal]:
    """The signals in the manifests of a file of this media type; unknown where they cannot be read.

    `manifest` is one that lies beside the file. Where the type is none that C2PA can be bound to (None), it is read by
    itself: nobody can say then that it belongs to the file, so it may deny and not allow.
    """
    import c2pa  # noqa: PLC0415 - 50 MB of native code, for the few files that carry a manifest

    if kind is None:
        kind, file, manifest = _MANIFEST_ALONE, BytesIO(manifest or b""), None
    try:
        context = c2pa.Context(c2pa.Settings.from_json(json.dumps(_OFFLINE)))
        with c2pa.Reader(kind, file, manifest, context=context) as reader:
            state, text = reader.get_validation_state(), reader.json()
    except Exception as error:  # noqa: BLE001 - the library raises its own kinds, and others from within
        if "ManifestNotFound" in type(error).__name__:
            return _unreadable(origin, "a manifest was announced and is not there")
        return _unreadable(origin, f"Content Credentials that cannot be read: {type(error).__name__}")
    if len(text) > _MAX_JSON:
        return _unreadable(origin, "Content Credentials that are too long")
    return signals_of_manifests(text, state, origin)


def signals_of_manifests(text: str, state: str | None, origin: Origin) -> list[Signal]:
    """The signals in the JSON that the library reports, whose active manifest was found to be in `state`.

    What a manifest that is not valid allows is not known; what it denies is denied. Older manifests in the file's
    history speak of what it was made from: their denials count, their allowances do not.
    """
    try:
        report = json.loads(text)
        manifests = dict(report["manifests"])
        active = str(report.get("active_manifest"))
    except (ValueError, TypeError, KeyError, RecursionError):
        return _unreadable(origin, "Content Credentials that make no sense")
    signature = _STATES.get(state or "", "invalid")
    signals: list[Signal] = []
    for label, manifest in manifests.items():
        is_active = label == active
        place = origin.at("C2PA manifest" if is_active else "C2PA manifest of an ingredient")
        found = _of_manifest(manifest, place, signature if is_active else "invalid")
        signals += [_settled(signal, is_active=is_active) for signal in found]
    return bounded(signals, "cawg", CAWG_REVISION, origin)


def _of_manifest(manifest: object, origin: Origin, signature: str) -> Iterator[Signal]:
    assertions = manifest.get("assertions") if isinstance(manifest, Mapping) else None
    for assertion in assertions if isinstance(assertions, list) else []:
        label = assertion.get("label") if isinstance(assertion, Mapping) else None
        if isinstance(label, str) and (found := _LABEL.fullmatch(label)) is not None:
            yield from _of_assertion(found[1], assertion.get("data"), origin, signature)


def _of_assertion(standard: str, data: object, origin: Origin, signature: str) -> Iterator[Signal]:
    revision = CAWG_REVISION if standard == "cawg" else C2PA_REVISION
    entries = data.get("entries") if isinstance(data, Mapping) else None
    if not isinstance(entries, Mapping):
        why = "a training-mining assertion without entries"
        yield from unreadable(standard, revision, origin, why, signature=signature)
        return
    for name, entry in entries.items():
        prefix, _, word = str(name).rpartition(".")
        acts = _ENTRIES.get(word) if prefix in ("cawg", "c2pa") else None
        if name == GENERATE_ENTRY:
            acts = ("generate",)
        if acts is not None:
            yield from _of_entry(str(name), entry, acts, standard, revision, origin, signature)


def _of_entry(  # noqa: PLR0917 - one sentence: who says what of which acts, where
    name: str, entry: object, acts: tuple[str, ...], standard: str, revision: str, origin: Origin, signature: str
) -> list[Signal]:
    use = entry.get("use") if isinstance(entry, Mapping) else None
    says = _SAYS.get(use) if isinstance(use, str) else None
    text = f"{name}: {use}"
    if says is None:
        why = "a use that is none of allowed, notAllowed, constrained"
        return say("unknown", acts, standard, revision, origin, text=text, signature=signature, warning=why)
    info = entry.get("constraint_info") or entry.get("constraints_info") if isinstance(entry, Mapping) else None
    told = info if isinstance(info, str) else ""
    text = f"{text} ({told})" if told else text
    terms = address_in(told) if says == "constrained" else None
    return say(says, acts, standard, revision, origin, text=text, terms=terms, signature=signature)


def _settled(signal: Signal, *, is_active: bool) -> Signal:
    """An allow of a manifest that is broken, or of another work, is not known to be one."""
    if signal.says != "allow" or (is_active and signal.signature != "invalid"):
        return signal
    why = "the manifest is not valid" if is_active else "it is said of what this was made from"
    fields = {name: getattr(signal, name) for name in signal.__slots__}
    return Signal(**{**fields, "says": "unknown", "warning": why})


def _unreadable(origin: Origin, why: str) -> list[Signal]:
    return unreadable("cawg", CAWG_REVISION, origin, why, signature="invalid")


def stamp(
    file: BinaryIO,
    kind: str,
    out: BinaryIO,
    assertions: Sequence[Mapping[str, Any]],
    signer: Credentials,
    *,
    is_generated: bool = False,
) -> None:
    """Write the media in `file` to `out` with a manifest that holds these assertions, signed by the signer.

    What was said before stays in the file's history; only what has none can be said to be created here, `is_generated`.
    No time stamp is asked for. Raises KyodakuError when the library refuses.
    """
    import c2pa  # noqa: PLC0415

    manifest = {"claim_generator_info": [{"name": "kyodaku"}], "assertions": [dict(each) for each in assertions]}
    try:
        info = c2pa.C2paSignerInfo(_algorithm(signer.key), signer.certificate, signer.key, None)
        context = c2pa.Context(c2pa.Settings.from_json(json.dumps(_IN_MEMORY)))
        builder = c2pa.Builder(json.dumps(manifest), context=context)
        if is_generated:
            builder.set_intent(c2pa.C2paBuilderIntent.CREATE, c2pa.C2paDigitalSourceType.TRAINED_ALGORITHMIC_MEDIA)
        else:
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
        file.seek(0)
        builder.sign(c2pa.Signer.from_info(info), kind, file, out)
    except KyodakuError:
        raise
    except Exception as error:  # the library raises its own kinds, and others from within
        raise KyodakuError(f"the medium cannot be stamped: {str(error)[:300]}") from error


def _algorithm(key: bytes) -> bytes:
    """C2PA's name of the algorithm that goes with the key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        loaded = load_pem_private_key(key, None)
    except (ValueError, TypeError) as error:
        raise KyodakuError("the private key cannot be read", hint="PEM, PKCS #8, without a password") from error
    if isinstance(loaded, ed25519.Ed25519PrivateKey):
        return b"ed25519"
    if isinstance(loaded, ec.EllipticCurvePrivateKey) and loaded.curve.key_size in (256, 384, 521):
        return {256: b"es256", 384: b"es384", 521: b"es512"}[loaded.curve.key_size]
    if isinstance(loaded, rsa.RSAPrivateKey):
        return b"ps256"
    raise KyodakuError("a key of a kind that C2PA does not know", hint="ES256, ES384, ES512, PS256 or Ed25519")

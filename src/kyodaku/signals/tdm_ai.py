# SPDX-License-Identifier: Apache-2.0
"""TDM·AI declarations (Liccium, November 2025): preferences bound to a work by its ISCC, as JSON.

The vocabulary is that of AIPREF's second revision, the values are the texts "true" and "false". An older form is the
one word `TDMAI`. The signatures of declarations are their registry's to check: here a declaration is what it says, and
an allow in one is evidence like any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from kyodaku.signals._words import address
from kyodaku.signals.signal import Origin, Signal, bounded, say, unreadable

__all__ = ["REVISION", "read"]

REVISION: Final = "1.0"
_OLDER: Final = "older"
_MAX_BYTES: Final = 1 << 20
_MOST: Final = 200
_TRAINING: Final = ("train_gen", "train_nongen")
_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "all": ("mine", *_TRAINING, "input", "index", "search"),
    "tdm": ("mine", *_TRAINING),
    "train-ai": _TRAINING,
    "train-genai": ("train_gen",),
    "ai-use": ("input",),
    "search": ("index", "search"),
}
_ABOUT: Final = frozenset({"version", "iscc", "intent", "policy", "reference", "timestamp", "signature"})
"""What a declaration holds besides its labels."""
_INTENTS: Final = ("activate", "update", "supersede")


def read(data: bytes, origin: Origin) -> list[Signal]:
    """The signals of one declaration, or of a list of them."""
    if len(data) > _MAX_BYTES:
        return unreadable("tdm-ai", REVISION, origin, f"longer than {_MAX_BYTES >> 20} MiB")
    try:
        kept = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, _Twice) else "it is not JSON"
        return unreadable("tdm-ai", REVISION, origin, why)
    declarations = kept if isinstance(kept, list) else [kept]
    if len(declarations) > _MOST:
        return unreadable("tdm-ai", REVISION, origin, f"more than {_MOST} declarations")
    signals = [signal for each in declarations for signal in _declared(each, origin)]
    return bounded(signals, "tdm-ai", REVISION, origin)


class _Twice(ValueError):  # noqa: N818 - what is wrong, told in one line
    """A name that is given twice: two readers would read two things."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice("a name is given twice")
    return found


def _declared(kept: object, origin: Origin) -> list[Signal]:
    if not isinstance(kept, Mapping):
        return unreadable("tdm-ai", REVISION, origin, "a declaration that is no object")
    subject = kept.get("iscc") if isinstance(kept.get("iscc"), str) else None
    terms = address(kept["policy"]) if isinstance(kept.get("policy"), str) else None
    more: dict[str, Any] = {"subject": subject, "terms": terms, "signature": "none"}
    intent = kept.get("intent", "activate")
    if intent not in _INTENTS:
        return unreadable("tdm-ai", REVISION, origin, "an intent that is none of the protocol's", **more)
    older = _said("TDMAI", kept["TDMAI"], _LABELS["tdm"], _OLDER, origin, more) if "TDMAI" in kept else []
    signals = older + [
        signal
        for label, acts in _LABELS.items()
        if label in kept
        for signal in _said(label, kept[label], acts, REVISION, origin, more)
    ]
    if not signals and not set(kept) <= _ABOUT:
        return unreadable("tdm-ai", REVISION, origin, "no label that we know", **more)
    return signals


def _said(  # noqa: PLR0917 - who says what of which acts, where
    label: str, value: object, acts: tuple[str, ...], revision: str, origin: Origin, more: Mapping[str, Any]
) -> list[Signal]:
    text = f"{label}: {value}"
    word = value.strip().lower() if isinstance(value, str) else value
    if word == "false" or word is False:  # a no is one however it is written
        return say("deny", acts, "tdm-ai", revision, origin, text=text, **more)
    if value == "true" or (value is True and revision == _OLDER):
        return say("allow", acts, "tdm-ai", revision, origin, text=text, **more)
    why = "a value that is neither true nor false"
    return say("unknown", acts, "tdm-ai", revision, origin, text=text, warning=why, **more)

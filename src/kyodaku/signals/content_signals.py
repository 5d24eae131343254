# SPDX-License-Identifier: Apache-2.0
"""Content Signals (contentsignals.org, September 2025): `Content-Signal: search=yes, ai-input=no, ai-train=no`.

Lenient to a no, strict to a yes: what is written otherwise than the policy says (`ai-train=n`, `train-ai=no`) is a deny
if it says no, and unknown if it says yes. The field `use` (July 2026) limits how much of a thing may be reproduced; we
know its levels from descriptions only, so that those below `full` leave unknown what they do not plainly exclude.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kyodaku.signals.signal import Origin, Signal, say, unreadable

__all__ = ["REVISION", "read_content_signal"]

REVISION: Final = "2025-09"
_WITH_USE: Final = "2026-07"

_LINE_BYTES: Final = 8192
_FIELDS: Final = 50
"""There are four."""

_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "search": ("index", "search"),
    "ai-input": ("input",),
    "ai-train": ("train_gen", "train_nongen"),
}
_MEANT: Final = {
    "train-ai": "ai-train",
    "ai_train": "ai-train",
    "ai-use": "ai-input",
    "ai_input": "ai-input",
}
"""The words of AIPREF, and slips."""

_USE: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    # to interact with, and to store and reuse nothing of
    "immediate": (("deny", ("train_gen", "train_nongen", "index", "search")),),
    # to index, to quote and to link to
    "reference": (("unknown", ("train_gen", "train_nongen")),),
    "full": (),
}
_NO: Final = ("no", "n", "false", "0", "disallow", "none")
_FIELD: Final = re.compile(r"\s*([A-Za-z0-9_-]{1,40})\s*=\s*([A-Za-z0-9_-]{1,40})\s*", re.ASCII)


def read_content_signal(value: str, origin: Origin) -> list[Signal]:
    """The signals of one line: the value of a header, or of a rule in robots.txt without its path."""
    if len(value) > _LINE_BYTES:
        return unreadable("content-signals", REVISION, origin, "a line too long to be one", text=value)
    fields = [_FIELD.fullmatch(field) for field in re.split("[,;]", value) if field.strip()]
    if not fields:
        return []
    broken = None if all(fields) and len(fields) <= _FIELDS else "not a list of 'name=yes' and 'name=no'"
    signals = [
        signal
        for field in fields[:_FIELDS]
        if field is not None
        for signal in _field(field[1].lower(), field[2].lower(), origin, value, broken)
    ]
    if broken is not None:
        return signals + unreadable("content-signals", REVISION, origin, broken, text=value)
    known = any(field is not None and field[1].lower() in ("use", *_ACTS, *_MEANT) for field in fields)
    return signals if known else unreadable("content-signals", REVISION, origin, "no signal that we know", text=value)


def _field(name: str, word: str, origin: Origin, text: str, broken: str | None) -> list[Signal]:
    if name == "use":
        return _use(word, origin, text)
    meant = _MEANT.get(name, name)
    acts = _ACTS.get(meant, ())
    if word in _NO:
        odd = None if (name, word) == (meant, "no") else f"'{name}={word}' read as '{meant}=no'"
        return say("deny", acts, "content-signals", REVISION, origin, text=text, warning=odd)
    if (name, word) == (meant, "yes") and broken is None:
        return say("allow", acts, "content-signals", REVISION, origin, text=text)
    why = broken or f"'{name}={word}' is no signal"
    return say("unknown", acts, "content-signals", REVISION, origin, text=text, warning=why)


def _use(word: str, origin: Origin, text: str) -> list[Signal]:
    if word not in _USE:
        return unreadable("content-signals", _WITH_USE, origin, f"'use={word}' is no level", text=text)
    return [
        signal
        for says, acts in _USE[word]
        for signal in say(says, acts, "content-signals", _WITH_USE, origin, text=text, warning=_why(says, word))
    ]


def _why(says: str, word: str) -> str | None:
    return f"'use={word}' may exclude it" if says == "unknown" else None

# SPDX-License-Identifier: Apache-2.0
"""AIPREF: statements of preference in `Content-Usage` (draft-ietf-aipref-vocab-08, draft-ietf-aipref-attach-05).

A statement is a dictionary of RFC 9651: `train-ai=n, ai-use=n, search=y`. Statements in the labels of older drafts are
read by the draft that knows all of a statement's labels; up to vocab-04 categories lay within each other, and a label
speaks for those within it unless they speak for themselves. From vocab-07 on they are flat.

Stricter than the drafts in three points, none of which can make an allow: a statement that has none of the labels we
know, and a label that was probably meant to be one of them (`ai-train`), are unknown and not nothing; and of one label
said twice a no counts, wherever it stands. RFC 9651 takes the last, but two lines of a header, each of which is a
statement, become such a line in any proxy and in most clients (RFC 9110, section 5.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import http_sf

from kyodaku.signals.signal import Origin, Signal, say, unreadable

__all__ = ["NEWEST", "read_content_usage"]

NEWEST: Final = "vocab-08"

_STATEMENT_BYTES: Final = 8192
"""A line of HTTP; the longest statement there is has some hundred."""

_REVISIONS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    NEWEST: {"train_gen": ("train-ai",), "input": ("ai-use",), "index": ("search",), "search": ("search",)},
    "vocab-04": {
        "mine": ("bots",),
        "train_gen": ("train-ai", "bots"),
        "train_nongen": ("bots",),
        "input": ("ai-output", "bots"),
        "index": ("search", "ai-output", "bots"),
        "search": ("search", "ai-output", "bots"),
    },
    "vocab-03": {
        "mine": ("bots",),
        "train_gen": ("train-genai", "train-ai", "bots"),
        "train_nongen": ("train-ai", "bots"),
        "index": ("search", "bots"),
        "search": ("search", "bots"),
    },
    "vocab-02": {
        "mine": ("all",),
        "train_gen": ("train-genai", "train-ai", "all"),
        "train_nongen": ("train-ai", "all"),
        "input": ("ai-use", "all"),
        "index": ("search", "all"),
        "search": ("search", "all"),
    },
    # search lies within TDM here too, but a statement "shall not be interpreted as restricting" it unless it says so
    "vocab-01": {
        "mine": ("tdm",),
        "train_gen": ("genai", "ai", "tdm"),
        "train_nongen": ("ai", "tdm"),
        "input": ("inference", "tdm"),
        "index": ("search",),
        "search": ("search",),
    },
}
"""Of each draft, newest first: the labels that speak of an act, the most special first. Drafts 05 to 07 have the labels
`train-ai` and `search` of 08 and no others."""

_LABELS: Final = {
    revision: frozenset(label for labels in acts.values() for label in labels) for revision, acts in _REVISIONS.items()
}
_KNOWN: Final = frozenset().union(*_LABELS.values())

_MEANT: Final = {
    "ai-train": "train-ai",
    "train_ai": "train-ai",
    "ai_train": "train-ai",
    "ai-training": "train-ai",
    "train": "train-ai",
    "ai-input": "ai-use",
    "ai_use": "ai-use",
    "ai_input": "ai-use",
}
"""Labels of other vocabularies (Content Signals, RSL) and slips."""


def read_content_usage(value: bytes, origin: Origin) -> list[Signal]:
    """The signals of one statement: the value of a header line, or of a rule in robots.txt without its path."""
    text = value.decode("ascii", "replace")
    if len(value) > _STATEMENT_BYTES:
        return unreadable("aipref", NEWEST, origin, "a statement longer than a line of HTTP", text=text)
    twice: set[str] = set()
    try:
        parsed = http_sf.parse(value, tltype="dictionary", on_duplicate_key=lambda key, _kind: twice.add(key))
    except Exception as error:  # noqa: BLE001 - whatever the library trips over is no statement
        return unreadable("aipref", NEWEST, origin, f"not a dictionary of RFC 9651: {error}", text=text)
    said = {label: _word(member) for label, member in parsed.items()} if isinstance(parsed, dict) else {}
    if not said:
        return []
    refused = {label for label in twice if _is_refused(label, text)}
    said |= dict.fromkeys(refused, "deny")
    warning = f"said twice: {', '.join(sorted(twice & _KNOWN))}" if twice & _KNOWN else None
    signals = _read(said, origin, text, warning) + _meant(said, origin, text)
    return signals or unreadable("aipref", NEWEST, origin, "no label of AIPREF in it", text=text)


def _is_refused(label: str, text: str) -> bool:
    """Whether a member of this name says no, of several; a text that only quotes such a member counts as one."""
    return re.search(rf"(?:^|,)[ \t]*{re.escape(label)}=n[ \t]*(?:[,;]|$)", text) is not None


def _word(member: Any) -> str:
    """`member` is a value with its parameters, which say nothing yet."""
    value = member[0] if isinstance(member, tuple) else member
    if isinstance(value, http_sf.Token):
        return {"y": "allow", "n": "deny"}.get(str(value), "unknown")
    return "unknown"


def _read(said: Mapping[str, str], origin: Origin, text: str, warning: str | None) -> list[Signal]:
    labels = frozenset(said) & _KNOWN
    whole = next((revision for revision, known in _LABELS.items() if labels <= known), None)
    if whole is not None:
        return _by(whole, said, origin, text, warning)
    mixed = "labels of several drafts in one statement"
    return [
        signal
        if signal.says == "deny"
        else say("unknown", [signal.act], "aipref", revision, origin, text=text, warning=mixed)[0]
        for revision in _REVISIONS
        for signal in _by(revision, said, origin, text, mixed)
    ]


def _by(revision: str, said: Mapping[str, str], origin: Origin, text: str, warning: str | None) -> list[Signal]:
    signals = []
    for act, labels in _REVISIONS[revision].items():
        present = [label for label in labels if label in said]
        if not present:
            continue
        says = said[present[0]]
        # a value that is neither y nor n leaves it to the wider category to say no, but not to say yes
        explicit = next((said[label] for label in present if said[label] != "unknown"), "unknown")
        word = explicit if says != "unknown" or explicit == "deny" else "unknown"
        why = f"'{present[0]}' is neither y nor n" if word == "unknown" else warning
        signals += say(word, [act], "aipref", revision, origin, text=text, warning=why)
    return signals


def _meant(said: Mapping[str, str], origin: Origin, text: str) -> list[Signal]:
    signals = []
    for label, meant in _MEANT.items():
        if label in said and meant not in said:
            acts = [act for act, labels in _REVISIONS[NEWEST].items() if meant in labels]
            warning = f"'{label}' is no label of AIPREF: '{meant}' may be meant"
            signals += say("unknown", acts, "aipref", NEWEST, origin, text=text, warning=warning)
    return signals

# SPDX-License-Identifier: Apache-2.0
"""TDM Reservation Protocol (W3C Community Group, final report of 10 May 2024): is mining reserved, and on what terms.

Said in `/.well-known/tdmrep.json`, in the headers of a reply, or within the content; each supersedes the one before it,
and what is absent supersedes nothing (section "Processing priority"). `kyodaku.signals.in_force` applies that.

1 is a deny, whose `terms` are the policy by which a licence may be had; 0 is an allow. Any other value is an error and
the property unset: unknown. Stricter than the report: in the file, `true`, `"1"` and `1.0` count as 1 (and `false` and
`"0"` as errors), and a rule that cannot be read makes unknown what a later one would allow.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from kyodaku.signals._paths import Pattern, request_path
from kyodaku.signals._words import address, clean
from kyodaku.signals.signal import Origin, Signal, say, unreadable

__all__ = ["CONTENT", "FILE", "HEADER", "PAGE", "read_tdmrep", "reservation"]

FILE: Final = "2024-05 file"
HEADER: Final = "2024-05 header"
PAGE: Final = "2024-05 page"
"""Of a page, and not of the media it shows (the Community Group's note on the technique)."""
CONTENT: Final = "2024-05 content"
"""Within the medium itself, as XMP."""

_MAX_BYTES: Final = 1 << 20
_MAX_RULES: Final = 10_000
_ERROR: Final = "a value that is neither 0 nor 1 is a protocol error and counts as unset"


def reservation(values: Sequence[str], policies: Sequence[str], revision: str, origin: Origin) -> list[Signal]:
    """The signal of a header or an element: all values of `tdm-reservation` and of `tdm-policy` that were found.

    A policy without a reservation says nothing.
    """
    said = [value.strip() for whole in values for value in whole.split(",")]
    if not said:
        return []
    text = f"tdm-reservation: {', '.join(said)}"
    terms = next((found for policy in policies if (found := address(policy, origin.url))), None)
    if "1" in said:
        odd = None if set(said) == {"1"} else "said more than once, and not alike"
        return say("deny", ["mine"], "tdmrep", revision, origin, text=text, terms=terms, warning=odd)
    if set(said) == {"0"}:
        return say("allow", ["mine"], "tdmrep", revision, origin, text=text)
    return say("unknown", ["mine"], "tdmrep", revision, origin, text=text, warning=_ERROR)


def read_tdmrep(data: bytes, path: str, origin: Origin) -> list[Signal]:
    """What a `tdmrep.json` says of `path` (a path or an address): the first rule that matches counts."""
    if len(data) > _MAX_BYTES:
        return unreadable("tdmrep", FILE, origin, f"longer than {_MAX_BYTES >> 20} MiB")
    try:
        rules = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return unreadable("tdmrep", FILE, origin, f"not JSON: {error}")
    doubtful = None
    if isinstance(rules, dict):
        rules, doubtful = [rules], "one rule, and not a list of rules"
    if not isinstance(rules, list) or len(rules) > _MAX_RULES:
        return unreadable("tdmrep", FILE, origin, "not a list of rules, or one of too many")
    return _first(rules, request_path(path), origin, doubtful)


def _first(rules: list[Any], path: str, origin: Origin, doubtful: str | None) -> list[Signal]:
    for number, rule in enumerate(rules, start=1):
        location = rule.get("location") if isinstance(rule, dict) else None
        if not isinstance(location, str) or not location or isinstance(rule, _Twice):
            doubtful = doubtful or f"rule {number} cannot be read"
            continue
        pattern = Pattern.of(location)
        if pattern.matches(path):
            odd = doubtful or ("a location that begins with neither '/' nor '*'" if pattern.guessed else None)
            return [_signal(rule, origin.at(f"rule {number}"), odd)]
    return unreadable("tdmrep", FILE, origin, doubtful) if doubtful else []


def _signal(rule: dict[str, Any], origin: Origin, doubtful: str | None) -> Signal:
    value = rule.get("tdm-reservation")
    policy = rule.get("tdm-policy")
    exactly = type(value) is int and value in (0, 1)
    reserved = value in (1, "1")  # True and 1.0 too
    says = "deny" if reserved else "allow" if exactly and doubtful is None else "unknown"
    why = doubtful if exactly else "read as 1, which is a number" if reserved else _ERROR
    return Signal(
        act="mine",
        says=says,
        standard="tdmrep",
        revision=FILE,
        origin=origin,
        text=clean(f"location: {rule['location']}, tdm-reservation: {value!r}", 200),
        terms=address(policy, origin.url) if reserved and isinstance(policy, str) else None,
        warning=why,
    )


class _Twice(dict[str, Any]):
    """An object in which a name stands twice: which one was meant is anybody's guess."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Twice(found)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")

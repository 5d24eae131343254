# SPDX-License-Identifier: Apache-2.0
"""What each clip of the corpus truly is, and what a gate that finds everything would say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kyodaku.demo._clips import LAB, Broken, Row
from kyodaku.demo._damage import HEALTHY
from kyodaku.demo.story import FILMS
from kyodaku.edits import TrueSpan

__all__ = ["broken_truth", "clip_truth"]

Verdicts = Mapping[str, list[str]]

_STANDING: Mapping[str, tuple[str, str]] = {
    "moon-lighthouse": ("permitted", "permitted"),  # granted by its only holder
    "summer-tram": ("refused", "permitted"),  # one of three holders has not answered
    "clockwork-fox": ("refused", "refused"),  # refused by mandate
    "neon-courier": ("refused", "permitted"),  # silence
}
"""The verdict on each registered work under jp-prior and under opt-out."""

_CLAIMED: Mapping[str, str] = {
    "CC0-1.0": "permitted",
    "CC0": "permitted",
    "CC-BY-4.0": "permitted_with_duties",
    "Creative Commons Attribution": "permitted_with_duties",
    "CC-BY-SA-4.0": "review",
    "CC-BY-NC-4.0": "refused",
}
"""What a claimed licence is worth under jp-prior where nothing registered is found; any other text is no ground."""

_ORDER = ("permitted", "permitted_with_duties", "review", "refused")


def clip_truth(
    row: Row, edit: str, spans: Iterable[TrueSpan], film_of: Mapping[str, str], *, seconds: float
) -> dict[str, Any]:
    """The record of a whole clip; `film_of` maps the sources of spans to films."""
    named = [(film_of[span.source], span) for span in spans]
    works = sorted({film for film, _ in named if FILMS[film].registered})
    return {
        **_head(row, "copy" if works else "unrelated", edit),
        "seconds": round(seconds, 3),
        "works": works,
        "spans": [_span(film, span) for film, span in named if FILMS[film].registered],
        "expected": _expected(row, works),
    }


def broken_truth(broken: Broken) -> dict[str, Any]:
    """The record of a file with a fault: nothing can be found in it, and what cannot be examined is never permitted."""
    healthy = broken.how in HEALTHY
    unexamined = {"jp-prior": ["refused"], "opt-out": ["review"]}
    return {
        **_head(broken.row, "unrelated" if healthy else "broken", broken.how),
        "seconds": None,
        "works": [],
        "spans": [],
        "expected": _expected(broken.row, ()) if healthy else unexamined,
    }


def _head(row: Row, kind: str, edit: str) -> dict[str, Any]:
    return {
        "clip_id": row.name,
        "uri": row.name,
        "kind": kind,
        "edit": edit,
        "licence": row.licence,
        "owner": row.owner,
    }


def _span(film: str, span: TrueSpan) -> dict[str, Any]:
    times = {name: round(getattr(span, name), 3) for name in ("q_start", "q_end", "r_start", "r_end")}
    return {"work": film, **times, "mirrored": span.mirrored}


def _expected(row: Row, works: Iterable[str]) -> dict[str, list[str]]:
    works = list(works)
    if not works:
        own = "permitted" if row.owner == LAB else _CLAIMED.get(row.licence, "refused")
        return {"jp-prior": [own], "opt-out": ["permitted"]}
    pairs = zip(*(_STANDING[work] for work in works), strict=True)
    strictest = [max(verdicts, key=_ORDER.index) for verdicts in pairs]
    return {regime: [verdict] for regime, verdict in zip(("jp-prior", "opt-out"), strictest, strict=True)}

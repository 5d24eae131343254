# SPDX-License-Identifier: Apache-2.0
"""What media say to machines of themselves, in rows for people: one for each standard, word and place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from kyodaku.rights import Regime
from kyodaku.training.report.words import Bilingual

__all__ = ["marks_of_signals", "signal_rows"]

MOST_ROWS: Final = 12
"""Of one medium; all of them are in the table of decisions."""

_PHRASE: Final = "signalled"


def signal_rows(signals: Iterable[Mapping[str, Any]], regime: Regime) -> list[dict[str, Any]]:
    """The signals as `SeenSignal.as_json` wrote them, those that say the same in one place together."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for held in signals:
        key = tuple(held[name] for name in ("standard", "revision", "says", "where", "fetched_at", "terms", "warning"))
        if key not in rows and len(rows) == MOST_ROWS:
            continue
        row = rows.setdefault(key, {"acts": [], **_row(held, regime)})
        row["acts"].append(_word(regime, held["act"]))
    return list(rows.values())


def marks_of_signals(regime: Regime) -> Bilingual:
    """With which words a reason begins to quote signals: what stands before them is said of many clips alike."""
    phrase = regime.words.groups["phrases"].get(_PHRASE, {})
    return {language: text.partition("{")[0] for language, text in phrase.items()}


def _row(held: Mapping[str, Any], regime: Regime) -> dict[str, Any]:
    return {
        "effect": held["says"],
        "says": _word(regime, held["says"]),
        "standard": _word(regime, held["standard"]),
        "revision": held["revision"],
        "where": held["where"],
        "day": (held["fetched_at"] or "")[:10],
        "terms": held["terms"],
        "warning": held["warning"],
        "signature": held["signature"],
    }


def _word(regime: Regime, word: str) -> Bilingual:
    return {language: regime.words.say("signals", word, language) for language in ("en", "ja")}

# SPDX-License-Identifier: Apache-2.0
"""What was asked, for a page's head: who wants to do what, where, as of when, and what it states about it."""

from __future__ import annotations

from typing import Any

from kyodaku.rights import Regime, Use
from kyodaku.rights.regime import circumstance_facts
from kyodaku.rights.vocabulary import LANGUAGES, UNSTATED
from kyodaku.training.report import words
from kyodaku.training.report.names import Namer
from kyodaku.training.report.words import Bilingual
from kyodaku.training.use import as_text

__all__ = ["asked"]


def asked(use: Use, namer: Namer, regime: Regime) -> dict[str, Any]:
    """The fields that the template's macro `asked` shows; `regime` lends its words for circumstances."""
    acts = [{"act": words.acts([each.act]), "territory": ", ".join(each.territory)} for each in use.each_act]
    return {
        "developer": namer.party(use.developer),
        "acts": acts,
        "several": len(acts) > 1,
        "model": "" if use.model == "all" else use.model,
        "at": words.moment(as_text(use.at)),
        "circumstances": [
            {"name": _said(regime, fact), "word": _said(regime, f"{fact}.{word}")}
            for fact, word in circumstance_facts(use.circumstances).items()
            if word != UNSTATED
        ],
    }


def _said(regime: Regime, word: str) -> Bilingual:
    return {language: regime.words.say("circumstances", word, language) for language in LANGUAGES}

# SPDX-License-Identifier: Apache-2.0
"""Another wording: general words in the language of the text, and the names to leave out."""

from __future__ import annotations

import pytest

from kyodaku.generation import PromptGate
from support.walrus import DESCRIBED


@pytest.mark.parametrize(
    ("text", "reworded"),
    [
        ("the Borro Tidewhisker dances", "an original character dances"),
        ("Borro Tidewhisker's boat", "an original character's boat"),
        ("Borro Tidewhisker and Borrolino", "an original character and an original character"),
        ("a scene from The Moonlit Cannery", "a scene from an original story"),
        ("踊るぼろすけの絵", "踊るオリジナルキャラクターの絵"),
        ("Borro Tidewhisker 가 춤춘다", "오리지널 캐릭터 가 춤춘다"),
        ("画一个Borro Tidewhisker", "画一个原创角色"),
    ],
)
def test_names_become_general_words(gate: PromptGate, text: str, reworded: str) -> None:
    suggestion = gate.decide(text).suggestion
    assert suggestion is not None
    assert suggestion.text == reworded
    assert gate.decide(suggestion.text).decision.verdict == "permitted"


def test_what_to_leave_out_are_names_that_everyone_may_know(gate: PromptGate) -> None:
    suggestion = gate.decide("borrolino at the cannery").suggestion
    assert suggestion is not None
    assert suggestion.negative_prompt == ("Borrolino", "Borro Tidewhisker")


def test_a_description_stays_and_is_said_to(gate: PromptGate) -> None:
    suggestion = gate.decide(DESCRIBED).suggestion
    assert suggestion is not None
    assert (suggestion.text, suggestion.described) == (DESCRIBED, ("borro",))


@pytest.mark.parametrize("text", ["a heron", "Mirelda Fogsworth waves"])
def test_what_may_go_ahead_needs_none(gate: PromptGate, text: str) -> None:
    assert gate.decide(text).suggestion is None

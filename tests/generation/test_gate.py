# SPDX-License-Identifier: Apache-2.0
"""A prompt's decision: what it names, who said yes, and that nothing of a holder's traits is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.errors import UsageError
from kyodaku.examine import MAX_TEXT
from kyodaku.generation import PromptGate
from kyodaku.registry import Registry
from kyodaku.rights import REGIMES, Use, load_regime
from support.walrus import CLARA, DESCRIBED

SECRETS = ("whale bone", "diving helmet", "waistcoat", "walrus")


@pytest.mark.parametrize(
    ("text", "verdict", "mentioned"),
    [
        ("a heron over a quiet lake", "permitted", ()),
        ("", "permitted", ()),
        ("Borro Tidewhisker dances", "refused", ("borro",)),
        ("borrolino DANCES", "refused", ("borro",)),
        ("Ｂｏｒｒｏ　Ｔｉｄｅｗｈｉｓｋｅｒ", "refused", ("borro",)),
        ("B0rro T1dewhisker dances", "refused", ("borro",)),
        ("踊るぼろすけの絵", "refused", ("borro",)),
        ("月夜の缶詰工場の続編", "refused", ("film",)),
        ("Mirelda Fogsworth waves", "permitted_with_duties", ("granted",)),
        ("Mirelda Fogsworth waves at Borro Tidewhisker", "refused", ("borro", "granted")),
        (DESCRIBED, "review", ("borro",)),
        (CLARA, "review", ("clara",)),
    ],
)
def test_a_prompt_is_decided_by_what_it_names_and_who_said_yes(
    gate: PromptGate, text: str, verdict: str, mentioned: tuple[str, ...]
) -> None:
    prompted = gate.decide(text)
    assert (prompted.decision.verdict, prompted.mentioned) == (verdict, mentioned)


@pytest.mark.parametrize("regime", REGIMES)
def test_no_regime_lets_through_what_a_holder_was_never_asked_for_unless_it_opts_out(
    registry: Registry, use: Use, regime: str
) -> None:
    gate = PromptGate.of(registry.snapshot(), use=use, regime=load_regime(regime))
    named = gate.decide("Borro Tidewhisker dances").decision.verdict
    assert named.is_go == (regime == "opt-out")
    assert gate.decide(CLARA).decision.verdict in {"review", "permitted", "permitted_with_duties"}


def test_a_quotation_turns_no_sentence_round(gate: PromptGate) -> None:
    (mention,) = gate.decide("Borro \u202e\u2066Tidewhisker").as_json()["mentions"]
    assert mention["quoted"] == "Borro \u202e\u2066Tidewhisker"
    assert mention["text"]["en"] == "“Borro Tidewhisker” names the character “Borro Tidewhisker”."


def test_reasons_quote_the_users_words_and_the_works_title_in_two_languages(gate: PromptGate) -> None:
    (mention,) = gate.decide("look: B0rro  T1dewhisker!").as_json()["mentions"]
    assert mention["quoted"] == "look: B0rro  T1dewhisker!"[mention["start"] : mention["end"]] == "B0rro  T1dewhisker"
    assert mention["text"] == {
        "en": "“B0rro T1dewhisker” is another spelling of a name of the character “Borro Tidewhisker”.",
        "ja": "「B0rro T1dewhisker」はキャラクター『Borro Tidewhisker』の名称の異なる表記である。",
    }


def test_nothing_of_a_holders_traits_is_told(gate: PromptGate) -> None:
    told = "a THREE-eyed  walrus, brass diving helmet; whale-bone accordion. Emerald striped waistcoat"
    prompted = gate.decide(told)
    assert prompted.mentioned == ("borro",)
    document = prompted.as_json(suggest=True)
    (mention,) = document["mentions"]
    assert (mention["name"], mention["confidence"]) == (None, None)
    for words in (mention.pop("quoted"), *mention.pop("text").values()):
        assert words  # the user's own words are all that is told of it
    document["suggestion"].pop("text")
    assert not [secret for secret in SECRETS if secret in json.dumps(document, ensure_ascii=False).lower()]


def test_offers_that_the_developer_could_take_up_are_told(gate: PromptGate) -> None:
    (offer,) = gate.decide("Borro Tidewhisker dances").as_json()["offers"]
    assert offer == {"permission": "for-sale", "party": "studio", "works": ["borro"], "terms": ["a fee"]}
    assert gate.decide("a heron").offers == ()


def test_what_would_clear_it_is_told(gate: PromptGate) -> None:
    needed = gate.decide("Borro Tidewhisker dances").as_json()["needed"]
    assert {"party": "studio", "work": "borro", "act": "generate"} in needed


def test_a_text_that_cannot_be_read_is_refused(gate: PromptGate) -> None:
    document = gate.decide("x" * (MAX_TEXT + 1)).as_json(suggest=True)
    assert (document["verdict"], document["mentions"], document["suggestion"]) == ("refused", None, None)
    assert document["error"] == "too_long: 1,000,001 letters, at most 1,000,000"


@pytest.mark.parametrize("act", ["train", "mine"])
def test_a_prompt_is_no_training(registry: Registry, use: Use, act: str) -> None:
    with pytest.raises(UsageError, match="a prompt is for generate, input, publish"):
        PromptGate.of(registry.snapshot(), use=replace(use, act=act), regime=load_regime())


def test_the_same_question_has_the_same_id_and_another_text_another(gate: PromptGate) -> None:
    ids = [gate.decide(text).decision.decision_id for text in ("a heron", "a heron", "a heron.")]
    assert ids[0] == ids[1] != ids[2]


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=()), max_size=80))
def test_any_text_has_a_decision_that_can_be_written_down(gate: PromptGate, text: str) -> None:
    document = gate.decide(f"{text}Borro Tidewhisker{text}").as_json(suggest=True)
    assert document["error"] is None
    for mention in document["mentions"]:
        assert 0 <= mention["start"] < mention["end"]
    json.dumps(document, ensure_ascii=False).encode()

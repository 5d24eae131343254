# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.errors import UsageError
from kyodaku.rights import ACTS, CIRCUMSTANCES
from kyodaku.training import load_use
from kyodaku.training.use import use_as_json, use_from_json

FIELDS = ["developer", "act", "acts", "purpose", "model", "territory", "media", "at", "circumstances", "else"]
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from([*ACTS, "JP", "all", "yes"])


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(["act", "territory", *CIRCUMSTANCES])
    return st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)


NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_the_smallest_use_file_happens_now(tmp_path: Path) -> None:
    use = load_use(_write(tmp_path, "{developer: lab, act: train, model: video-1, territory: [JP]}"), now=NOW)
    assert (use.developer, use.act, use.model, use.territory, use.at) == ("lab", "train", "video-1", ("JP",), NOW)


def test_several_acts_each_where_it_is_done(tmp_path: Path) -> None:
    text = """\
developer: lab
acts: [train, {act: publish, territory: [US, JP]}, {act: generate}]
territory: [JP]
circumstances: {lawful_access: yes, actor: research_body}
"""
    use = load_use(_write(tmp_path, text), now=NOW)
    assert [(each.act, each.territory) for each in use.each_act] == [
        ("train", ("JP",)),
        ("generate", ("JP",)),
        ("publish", ("JP", "US")),
    ]
    assert (use.circumstances.lawful_access, use.circumstances.actor) == ("yes", "research_body")
    assert use.circumstances.source == "unstated"
    assert use_from_json(use_as_json(use)) == use


def test_the_first_act_may_have_a_place_of_its_own(tmp_path: Path) -> None:
    use = load_use(_write(tmp_path, "{developer: lab, acts: [{act: train, territory: US}, publish]}"), now=NOW)
    assert [(each.act, each.territory) for each in use.each_act] == [("train", ("US",)), ("publish", ("world",))]
    assert use_from_json(use_as_json(use)) == use


def test_one_act_in_a_list_is_that_act(tmp_path: Path) -> None:
    one, same = (
        load_use(_write(tmp_path, text), now=NOW)
        for text in ("{developer: lab, act: train}", "{developer: lab, acts: [train, train]}")
    )
    assert one == same
    assert "circumstances" not in use_as_json(one)
    assert use_as_json(same)["act"] == "train"


def test_a_use_survives_its_json(tmp_path: Path) -> None:
    text = "developer: lab\nact: train\nterritory: [JP, US]\nmedia: video\nat: 2026-11-22T00:00:00+09:00\n"
    use = load_use(_write(tmp_path, text))
    assert use_from_json(use_as_json(use)) == use
    assert use_as_json(use)["at"] == "2026-11-21T15:00:00Z"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a list", "a use file holds fields"),
        ("developer: lab", "'act' is missing"),
        ("{developer: lab, act: trian}", "train"),
        ("{developer: lab, act: train, modle: x}", "unknown field 'modle'"),
        ("{developer: lab, act: train, at: yesterday}", "'at' is not a moment"),
        ("{developer: lab, act: train, at: 2026-11-22T00:00:00}", "no time zone"),
        ("{developer: lab, act: train, territory: {JP: true}}", "'territory' is a list of words"),
        ("{developer: lab, act: train, territory: [Japan]}", "JP"),
        ("{developer: lab, act: train, model: [a, b]}", "'model' is one word"),
        ("{developer: lab, act: train", "use.yaml:"),
    ],
)
def test_a_faulty_use_file_is_named_with_what_to_do(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_use(_write(tmp_path, text))
    assert says in str(caught.value)
    assert "use.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "line", "says"),
    [
        ("acts: [train]\nact: train", 2, "an 'act' beside the 'acts'"),
        ("acts: train", 2, "'acts' is a list"),
        ("acts: []", 2, "'acts' is a list"),
        ("act: [train, publish]", 2, "several are 'acts'"),
        ("acts:\n  - train\n  - publsh", 4, "did you mean publish?"),
        ("acts:\n  - train\n  - act: publish\n    territory: [USA]", 5, "USA"),
        ("acts:\n  - train\n  - act: publish\n    teritory: [US]", 5, "unknown field 'teritory'"),
        ("acts:\n  - train\n  - 7", 4, "an act is a word, or a record"),
        ("acts:\n  - {territory: [JP]}", 3, "an act is a word, or a record"),
        ("act: train\ncircumstances:\n  source: stolen", 4, "unknown source 'stolen'"),
        ("act: train\ncircumstances:\n  sauce: pirate", 4, "unknown field 'sauce'"),
        ("act: train\ncircumstances:\n  lawful_access: true", 4, "one of: yes, no"),
        ("act: train\ncircumstances: lawful", 3, "holds fields such as"),
        ("act: train\nmodel: video-1\nmodle: video-2", 4, "unknown field 'modle'"),
        ("act: train\nterritory:\n  - JP\n  - Japan", 3, "Japan"),
        ("act: train\nat: tomorrow", 3, "'at' is not a moment"),
    ],
)
def test_a_fault_is_told_by_its_line(tmp_path: Path, lines: str, line: int, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_use(_write(tmp_path, f"developer: lab\n{lines}\n"))
    assert f"use.yaml:{line}: use: " in str(caught.value)
    assert says in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(fields=st.dictionaries(st.sampled_from(FIELDS), st.recursive(LEAVES, _nested, max_leaves=6), max_size=6))
def test_no_fields_can_do_worse_than_a_usage_error(fields: dict[str, Any]) -> None:
    try:
        use = use_from_json({"developer": "lab", "act": "train", **fields})
    except UsageError:
        return
    assert use_from_json(use_as_json(use)) == use


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "use.yaml"
    path.write_text(text, encoding="utf-8")
    return path

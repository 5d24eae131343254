# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyodaku.rights import Decision, Ground, Verdict
from kyodaku.training import parting
from kyodaku.training.parting import Judged, Parting, deciding_grounds

NAMES = ("a", "b", "c")


def decision(verdict: str, *grounds: Ground) -> Decision:
    made = grounds or (ground(verdict, f"rule-{verdict}"),)
    return Decision(verdict=Verdict(verdict), decision_id="", regime="r", regime_version="1", grounds=made)


def ground(effect: str, rule: str, **about: Any) -> Ground:
    return Ground(rule=rule, effect=effect, text={"en": rule, "ja": rule}, citation="", **{"act": "train", **about})


def clip(name: str, seconds: float | None, *verdicts: str, works: tuple[str, ...] = ()) -> Judged:
    findings = {"duration_s": seconds, "error": None, "matches": [{"work": work, "band": "match"} for work in works]}
    return Judged(clip_id=name, findings=findings, decisions=[decision(verdict) for verdict in verdicts])


verdicts = st.sampled_from([verdict.value for verdict in Verdict])
corpora = st.lists(st.tuples(st.integers(0, 500), verdicts, verdicts, verdicts), max_size=40)


@given(corpus=corpora)
def test_every_clip_and_second_is_counted_exactly_once(corpus: list[tuple[int, str, str, str]]) -> None:
    parted = Parting.of(NAMES, [clip(str(number), *row) for number, row in enumerate(corpus)])
    groups = [*(group.weight for group in parted.parted), *parted.agreed.values()]
    assert sum(weight.clips for weight in groups) == parted.whole.clips == len(corpus)
    assert sum(weight.seconds for weight in groups) == parted.whole.seconds == sum(row[0] for row in corpus)
    for group in parted.parted:
        assert sum(alike.weight.clips for alike in group.alike) + group.untold.clips == group.weight.clips
    for name in NAMES:
        assert parted.tallies[name].total == len(corpus)
        go = [verdict for verdict in Verdict if verdict.is_go]
        assert parted.admitted[name].clips == sum(parted.tallies[name].clips[verdict] for verdict in go)


@given(corpus=corpora)
def test_what_two_regimes_admit_against_each_other_is_what_they_differ_by(
    corpus: list[tuple[int, str, str, str]],
) -> None:
    parted = Parting.of(NAMES, [clip(str(number), *row) for number, row in enumerate(corpus)])
    assert set(parted.admitted_against) == {(one, two) for one in NAMES for two in NAMES if one != two}
    for (one, two), weight in parted.admitted_against.items():
        back = parted.admitted_against[two, one]
        assert weight.seconds - back.seconds == parted.admitted[one].seconds - parted.admitted[two].seconds
        places = NAMES.index(one) + 1, NAMES.index(two) + 1
        said = [row for row in corpus if Verdict(row[places[0]]).is_go and not Verdict(row[places[1]]).is_go]
        assert weight.clips == len(said)


def test_what_some_admit_and_others_do_not_comes_first_then_what_is_longest() -> None:
    rows = [
        clip("1", 100.0, "permitted", "permitted_with_duties"),
        clip("2", 1.0, "permitted", "review"),
        clip("3", 2.0, "refused", "permitted"),
        clip("4", 900.0, "refused", "review"),
        clip("5", 9000.0, "refused", "refused"),
    ]
    order = [group.alike[0].first for group in Parting.of(("a", "b"), rows).parted]
    assert order == [["3"], ["2"], ["4"], ["1"]]


def test_a_length_that_is_not_known_counts_as_a_clip_and_no_time() -> None:
    parted = Parting.of(("a", "b"), [clip("1", None, "refused", "review")])
    assert parted.whole.as_json() == {"clips": 1, "milliseconds": 0, "hours": 0.0}


def test_clips_that_the_same_rules_decide_stand_together_with_their_works() -> None:
    rows = [clip(str(number), 2.0, "refused", "permitted", works=("film", "song")) for number in range(20)]
    rows.append(clip("last", 1.0, "refused", "permitted", works=("song",)))
    ((group,), (alike,)) = ((found := Parting.of(("a", "b"), rows).parted), found[0].alike)
    assert (group.weight.clips, alike.weight.clips, len(alike.first)) == (21, 21, parting.FIRST)
    assert {work: weight.clips for work, weight in alike.works.items()} == {"film": 20, "song": 21}
    assert alike.same_words


def test_beyond_the_bound_clips_are_counted_under_their_verdicts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parting, "MAX_ALIKE", 1)
    rows = [
        clip("1", 1.0, "refused", "permitted"),
        clip("2", 5.0, "review", "permitted"),
        clip("3", 1.0, "refused", "permitted"),
    ]
    parted = Parting.of(("a", "b"), rows)
    assert [(group.weight.clips, len(group.alike), group.untold.clips) for group in parted.parted] == [
        (1, 0, 1),
        (2, 1, 0),
    ]


def test_the_silence_that_one_refuses_is_the_one_that_the_other_permits() -> None:
    strict = decision(
        "refused",
        ground("refused", "silent", work="film", party="b"),
        ground("permitted", "granted", work="film", party="a"),
    )
    lax = decision(
        "permitted",
        ground("permitted", "granted", work="film", party="a"),
        ground("permitted", "silence", work="film", party="b"),
    )
    assert [each.rule for each in deciding_grounds([lax, strict])] == ["silence", "silent"]


def test_a_note_never_decides() -> None:
    noted = decision("permitted", ground("noted", "told"), ground("permitted", "granted"))
    assert [each.rule for each in deciding_grounds([noted])] == ["granted"]

# SPDX-License-Identifier: Apache-2.0
"""What several signals come to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.signals import SAYS, SIGNAL_ACTS, STANDARDS, Origin, Signal, combine, in_force, read_headers
from kyodaku.signals.tdmrep import CONTENT, FILE, HEADER, PAGE

TERMS = "https://studio.example/offer"


def _signal(says: str, act: str = "mine", standard: str = "cawg", **fields: Any) -> Signal:
    given: dict[str, Any] = {"revision": "1", "origin": Origin.of(b"", "here")}
    return Signal(act=act, says=says, standard=standard, **(given | fields))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["allow"], "allow"),
        (["allow", "unknown"], "unknown"),
        (["unknown", "allow", "allow"], "unknown"),
        (["allow", "constrained"], "constrained"),
        (["unknown", "constrained"], "constrained"),
        (["constrained", "deny", "allow"], "deny"),
    ],
)
def test_the_most_restrictive_counts(said: list[str], expected: str) -> None:
    combined = combine([_signal(says, terms=TERMS) for says in said])
    assert combined["mine"].says == expected
    assert {signal.says for signal in combined["mine"].signals} == {expected}


def test_constrained_without_terms_is_a_deny() -> None:
    combined = combine([_signal("constrained"), _signal("constrained", terms=TERMS), _signal("allow")])
    assert combined["mine"].says == "deny"
    assert [signal.terms for signal in combined["mine"].signals] == [None]


def test_silence_is_nothing() -> None:
    assert combine([]) == {}
    assert set(combine([_signal("deny", "input")])) == {"input"}


def test_an_act_does_not_follow_from_another() -> None:
    combined = combine([_signal("deny", "mine"), _signal("allow", "search")])
    assert {act: found.says for act, found in combined.items()} == {"mine": "deny", "search": "allow"}


FETCHED = Origin.of(b"", "there", url="https://studio.example/x", fetched_at=datetime(2026, 11, 1, tzinfo=UTC))


def _tdm(says: str, revision: str, origin: Origin = FETCHED) -> Signal:
    return _signal(
        says, standard="tdmrep", revision=revision, origin=origin, warning="x" if says == "unknown" else None
    )


@pytest.mark.parametrize(
    ("signals", "page", "expected"),
    [
        # the report, "Processing priority"
        ([_tdm("deny", FILE), _tdm("allow", HEADER)], False, "allow"),
        ([_tdm("allow", FILE), _tdm("deny", HEADER)], False, "deny"),
        ([_tdm("allow", HEADER), _tdm("deny", FILE)], False, "allow"),
        ([_tdm("deny", HEADER), _tdm("allow", CONTENT)], False, "allow"),
        ([_tdm("deny", FILE), _tdm("allow", HEADER), _tdm("deny", CONTENT)], False, "deny"),
        ([_tdm("deny", HEADER), _tdm("allow", PAGE)], True, "allow"),
        # a page speaks for itself, and not for the media on it
        ([_tdm("deny", HEADER), _tdm("allow", PAGE)], False, "deny"),
        ([_tdm("allow", HEADER), _tdm("deny", PAGE)], False, "deny"),
        # what cannot be read supersedes nothing, and is superseded by what can
        ([_tdm("deny", FILE), _tdm("unknown", HEADER)], False, "deny"),
        ([_tdm("allow", FILE), _tdm("unknown", HEADER)], False, "unknown"),
        ([_tdm("unknown", FILE), _tdm("allow", HEADER)], False, "allow"),
        # within one place the most restrictive counts
        ([_tdm("deny", FILE), _tdm("allow", HEADER), _tdm("deny", HEADER)], False, "deny"),
    ],
)
def test_tdmrep_orders_its_places(signals: list[Signal], page: bool, expected: str) -> None:  # noqa: FBT001
    assert combine(signals, page=page)["mine"].says == expected


@pytest.mark.parametrize(
    "origin",
    [
        Origin.of(b"", "the manifest's header TDM-Reservation", url="https://studio.example/film/clip.mp4"),
        Origin.of(b"", "XMP", fetched_at=datetime(2026, 11, 1, tzinfo=UTC)),
        Origin.of(b"", "there", url="https://other.example/", fetched_at=datetime(2026, 11, 1, tzinfo=UTC)),
    ],
    ids=["no time", "no address", "another site"],
)
@pytest.mark.parametrize("revision", [HEADER, CONTENT])
@pytest.mark.parametrize("earlier", ["deny", "unknown"])
def test_no_reservation_gives_way_to_what_its_server_did_not_say(origin: Origin, revision: str, earlier: str) -> None:
    assert combine([_tdm(earlier, FILE), _tdm("allow", revision, origin)])["mine"].says == earlier
    assert combine([_tdm("allow", FILE), _tdm("deny", revision, origin)])["mine"].says == "deny"


def test_tdmrep_orders_no_other_standard() -> None:
    signals = [_signal("deny", standard="cawg"), _tdm("deny", FILE), _tdm("allow", HEADER)]
    assert [signal.standard for signal in in_force(signals)] == ["cawg", "tdmrep"]
    assert combine(signals)["mine"].says == "deny"


def test_a_licence_read_takes_the_place_of_its_pointer() -> None:
    line = ("Link", f'<{TERMS}>; rel="license"; type="application/rsl+xml"')
    pointers = read_headers([line], Origin.of(b"", "reply"))
    read = _signal("allow", "mine", "rsl", origin=Origin.of(b"<rsl/>", "license.xml", url=TERMS))
    other = _signal("allow", "mine", "rsl", origin=Origin.of(b"<rsl/>", "license.xml", url="https://studio.example/x"))
    assert {found.says for found in combine(pointers).values()} == {"unknown"}
    assert in_force([*pointers, read]) == [read]
    assert combine([*pointers, other])["mine"].says == "unknown"


SIGNALS = st.lists(
    st.builds(
        lambda act, says, standard, terms: _signal(says, act, standard, terms=terms),
        st.sampled_from(SIGNAL_ACTS),
        st.sampled_from(SAYS),
        st.sampled_from([standard for standard in STANDARDS if standard not in ("tdmrep", "rsl")]),
        st.sampled_from([None, TERMS]),
    ),
    max_size=12,
)


@given(signals=SIGNALS, more=SIGNALS)
@settings(max_examples=200, deadline=None)
def test_one_signal_more_never_loosens(signals: list[Signal], more: list[Signal]) -> None:
    before, after = combine(signals), combine(signals + more)
    for act, found in before.items():
        assert SAYS.index(after[act].says) >= SAYS.index(found.says)


@given(signals=SIGNALS)
@settings(max_examples=200, deadline=None)
def test_the_order_of_signals_is_of_no_matter(signals: list[Signal]) -> None:
    one, other = combine(signals), combine(signals[::-1])
    assert {act: found.says for act, found in one.items()} == {act: found.says for act, found in other.items()}
    assert {act: set(found.signals) for act, found in one.items()} == {
        act: set(found.signals) for act, found in other.items()
    }

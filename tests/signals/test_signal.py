# SPDX-License-Identifier: Apache-2.0
"""The noun: what may be said, how strangers' words are shown, and that a signal written is the signal read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.errors import UsageError
from kyodaku.rights import vocabulary
from kyodaku.signals import (
    SAYS,
    SIGNAL_ACTS,
    STANDARD_ACTS,
    STANDARDS,
    Origin,
    Signal,
    say,
    speaks_of,
    unreadable,
)
from kyodaku.signals._words import address, clean
from kyodaku.signals.signal import MAX_SIGNALS, bounded

ORIGIN = Origin.of(b"bytes", "robots.txt", fetched_at=datetime(2026, 11, 1, 9, tzinfo=timezone(timedelta(hours=9))))


def _signal(**fields: Any) -> Signal:
    given: dict[str, Any] = {"act": "mine", "says": "deny", "standard": "tdmrep", "revision": "1", "origin": ORIGIN}
    return Signal(**(given | fields))


def test_a_signal_written_is_the_signal_read() -> None:
    signal = _signal(
        text="tdm-reservation: 1", terms="https://studio.example/p", signature="valid", warning="odd", subject="ISCC:X"
    )
    written = signal.as_json()
    assert written["fetched_at"] == "2026-11-01T00:00:00Z"
    assert written["where"] == "robots.txt"
    assert Signal.from_json(written) == signal
    assert Signal.from_json(_signal().as_json()) == _signal()


@pytest.mark.parametrize(
    "change",
    [
        {"act": "steal"},
        {"says": "maybe"},
        {"standard": "astrology"},
        {"signature": "forged"},
        {"act": None},
        {"act": 7},
        {"text": None},
        {"text": ["x"]},
        {"fetched_at": "yesterday"},
        {"fetched_at": "2026-11-01T00:00:00"},
        {"fetched_at": 7},
        {"extra": "x"},
    ],
)
def test_what_is_no_signal_is_refused_in_one_line(change: dict[str, object]) -> None:
    with pytest.raises(UsageError) as raised:
        Signal.from_json(_signal().as_json() | change)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("value", [None, [], "deny", 7, {}, {1: 2}])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(UsageError):
        Signal.from_json(value)


def test_the_words_are_those_of_the_standards() -> None:
    assert set(STANDARD_ACTS) == set(STANDARDS)
    assert all(set(acts) <= set(SIGNAL_ACTS) and acts for acts in STANDARD_ACTS.values())
    assert SAYS == ("allow", "unknown", "constrained", "deny")


def test_what_cannot_be_read_is_unknown_of_each_act() -> None:
    signals = unreadable("tdm-ai", "1.0", ORIGIN, "not JSON", text="{")
    assert [signal.act for signal in signals] == list(STANDARD_ACTS["tdm-ai"])
    assert {(signal.says, signal.warning, signal.text) for signal in signals} == {("unknown", "not JSON", "{")}


@pytest.mark.parametrize(
    ("act", "acts"),
    [
        ("collect", ("collect", "mine")),
        ("mine", ("collect", "mine")),
        ("train", ("collect", "mine", "train_gen")),
        ("fine_tune", ("collect", "mine", "train_gen")),
        ("input", ("input",)),
        ("index", ("index", "search")),
        ("generate", ("generate",)),
        ("publish", ()),
    ],
)
def test_the_signals_that_bear_on_a_use(act: str, acts: tuple[str, ...]) -> None:
    assert speaks_of(act) == acts


def test_the_law_hears_the_signals_that_bear_on_a_use() -> None:
    assert tuple(vocabulary.SIGNAL_ACTS) == SIGNAL_ACTS
    assert set(vocabulary.SIGNAL_SAYS) == set(SAYS)
    assert {act: set(acts) for act, acts in vocabulary.SPEAKS_OF.items()} == {
        act: set(speaks_of(act)) for act in vocabulary.SPEAKS_OF
    }


def test_no_signal_bears_on_what_is_no_use() -> None:
    with pytest.raises(UsageError, match="train_gen"):
        speaks_of("train_gen")


def test_strangers_words_are_one_line_without_what_cannot_be_shown() -> None:
    signal = _signal(text="a\nb\t\x1b[31mc\u202ed\ud800e\x00" + "x" * 500, warning="w\r\n2")
    assert signal.text.startswith("a b [31mcdex")
    assert len(signal.text) == 200
    assert signal.text.endswith("…")
    assert signal.warning == "w 2"


@given(text=st.text(max_size=300), length=st.integers(1, 50))
@settings(deadline=None)
def test_clean_words_are_short_printable_and_stay_as_they_are(text: str, length: int) -> None:
    line = clean(text, length)
    assert len(line) <= length
    assert line.isprintable() or not line
    assert clean(line, length) == line


@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [
        ("https://studio.example/terms", None, "https://studio.example/terms"),
        (" http://studio.example ", None, "http://studio.example"),
        ("mailto:rights@studio.example", None, "mailto:rights@studio.example"),
        ("/terms?a=1", "https://studio.example/x/y", "https://studio.example/terms?a=1"),
        ("terms", "https://studio.example/x/y", "https://studio.example/x/terms"),
        ("//other.example/t", "https://studio.example/", "https://other.example/t"),
        ("/terms", None, None),
        ("", None, None),
        (None, None, None),
        ("javascript:alert(1)", "https://studio.example/", None),
        ("data:text/html,x", None, None),
        ("file:///etc/passwd", None, None),
        ("ftp://studio.example/", None, None),
        ("https://studio.example@evil.example/", None, None),
        ("https://", None, None),
        ("https:studio.example", None, None),
        ("https://[::1", None, None),
        ("https://studio.example:port/", None, None),
        ("https://studio.example/a b", None, None),
        ("https://studio.example/\u202egpj", None, None),
        ("https://studio.example/\x00", None, None),
        ("mailto:nobody", None, None),
        ("mailto://a@studio.example", None, None),
        ("https://studio.example/" + "x" * 2000, None, None),
    ],
)
def test_addresses_are_of_the_web_or_of_mail(text: str | None, base: str | None, expected: str | None) -> None:
    assert address(text, base) == expected


@given(text=st.text(max_size=80), base=st.one_of(st.none(), st.text(max_size=40)))
@settings(deadline=None)
def test_no_text_breaks_the_reading_of_addresses(text: str, base: str | None) -> None:
    found = address(text, base)
    assert found is None or found.startswith(("http:", "https:", "mailto:"))
    assert address(found) == found


def test_terms_that_are_no_address_are_dropped() -> None:
    assert _signal(terms="javascript:alert(1)").terms is None


def test_a_place_within_has_bytes_of_its_own_or_those_of_the_whole() -> None:
    line = ORIGIN.at("line 4")
    assert (line.where, line.sha256, line.fetched_at) == (
        "robots.txt line 4",
        ORIGIN.sha256,
        datetime(2026, 11, 1, tzinfo=UTC),
    )
    assert ORIGIN.at("header X", holding=b"X: y").sha256 == Origin.of(b"X: y", "x").sha256
    assert Origin.of(b"", "").at("header X").where == "header X"


def test_a_moment_without_a_zone_is_none() -> None:
    with pytest.raises(UsageError, match="time zone"):
        Origin.of(b"", "x", fetched_at=datetime(2026, 11, 1))  # noqa: DTZ001


def test_too_many_signals_are_cut_to_the_strictest_and_unknown() -> None:
    allows = say("allow", ["mine"], "tdmrep", "1", ORIGIN) * MAX_SIGNALS
    denies = say("deny", ["mine"], "tdmrep", "1", ORIGIN)
    assert bounded(allows, "tdmrep", "1", ORIGIN) == allows
    cut = bounded(allows + denies, "tdmrep", "1", ORIGIN)
    assert [signal.says for signal in cut] == ["deny", "unknown"]

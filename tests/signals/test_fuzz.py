# SPDX-License-Identifier: Apache-2.0
"""Whatever the bytes: no reader raises, and none says allow where nobody wrote a yes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kyodaku.signals import (
    Origin,
    Signal,
    combine,
    read_ai_txt,
    read_headers,
    read_html,
    read_robots,
    read_rsl,
    read_rsl_media,
    read_tdm_ai,
    read_tdmrep,
    read_xmp,
)
from kyodaku.signals.aipref import read_content_usage
from kyodaku.signals.content_signals import read_content_signal

ORIGIN = Origin.of(b"", "fuzz", url="https://studio.example/film/")

Reader = Callable[[bytes], list[Signal]]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


READERS: dict[str, Reader] = {
    "robots": lambda data: read_robots(data, "/film/clip.mp4", ORIGIN),
    "robots-one": lambda data: read_robots(data, _text(data[:50]), ORIGIN, _text(data[50:80])),
    "content-usage": lambda data: read_content_usage(data, ORIGIN),
    "content-signal": lambda data: read_content_signal(_text(data), ORIGIN),
    "tdmrep": lambda data: read_tdmrep(data, "/film/clip.mp4", ORIGIN),
    "ai-txt": lambda data: read_ai_txt(data, "/film/clip.mp4", ORIGIN),
    "html": lambda data: read_html(data, ORIGIN),
    "headers": lambda data: read_headers(
        [(line.partition(":")[0], line.partition(":")[2]) for line in _text(data).split("\n")],
        ORIGIN,
    ),
}

YES = {
    "robots": rb"(?i)allow|=\s*y",
    "robots-one": rb"(?i)allow|=\s*y",
    "content-usage": rb"=\s*y",
    "content-signal": rb"(?i)yes",
    "tdmrep": rb"0",
    "ai-txt": rb"(?i)allow",
    "html": rb"0|x30|<\?",  # a nought, or a reference to one
    "headers": rb"(?i)0|=\s*y",
}
"""Without which there is no yes in such a document."""

WORDS = [
    *(
        "User-agent: ",
        "*",
        "GPTBot",
        "Disallow: ",
        "Disallow ",
        "Allow: ",
        "/",
        "/film/",
        "*.mp4",
        "$",
        "#",
        "\r",
        "\n",
    ),
    *("Content-Usage: ", "Content-Signal: ", "License: ", "https://studio.example/l.xml", "Sitemap: x", "\ufeff", "\0"),
    *(
        "train-ai",
        "ai-use",
        "search",
        "tdm",
        "bots",
        "all",
        "train-genai",
        "=",
        "y",
        "n",
        ", ",
        ";",
        '"',
        "(",
        ")",
        "?1",
    ),
    *(
        "ai-train",
        "ai-input",
        "yes",
        "no",
        "use",
        "reference",
        "immediate",
        "@9999999999999999",
        ":YQ==:",
        "%22",
        "1.5",
    ),
    *(
        '[{"location": "',
        '", "tdm-reservation": ',
        '", "tdm-policy": "',
        "}]",
        "{",
        "}",
        "[",
        "]",
        "0",
        "1",
        "true",
        "NaN",
    ),
    *(
        "<meta name=",
        "content=",
        "tdm-reservation",
        "tdm-policy",
        "robots",
        "noai",
        ">",
        "<head>",
        "<body>",
        "<!--",
        "-->",
    ),
    *(
        "<link rel=license type=application/rsl+xml href=",
        "<script>",
        "</script>",
        "&#48;",
        "&#x30;",
        "\ud800",
        "\u2028",
    ),
    *("TDM-Reservation:", "X-Robots-Tag:", "Link: </l>; rel=license; type=application/rsl+xml", "<div>" * 300),
]

TEXTS = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=30).map(
    lambda words: "".join(words).encode("utf-8", "surrogatepass")
)
DOCUMENTS = st.one_of(
    TEXTS, st.binary(max_size=200), TEXTS.map(lambda data: data.decode("utf-8", "replace").encode("utf-16"))
)


@pytest.mark.parametrize("name", READERS)
def test_no_document_breaks_a_reader_or_makes_it_allow_without_a_yes(name: str) -> None:
    read, yes = READERS[name], re.compile(YES[name])

    @settings(max_examples=400, deadline=None)
    @given(data=DOCUMENTS)
    @example(data=b"")
    @example(data=b"\n".join(b"User-agent: *" for _ in range(10)))
    @example(data=b"[" * 100_000)
    @example(data=b"=" * 100_000)
    @example(data=b"<" * 100_000)
    @example(data=b"Link: " + b"<a>;" * 20_000)
    @example(data=b"Link: <a>" + b'; a="\\' * 20_000)
    def check(data: bytes) -> None:
        signals = read(data)
        _sound(signals)
        if not yes.search(data) and not yes.search(data.replace(b"\0", b"")):
            assert not [signal for signal in signals if signal.says == "allow"]

    check()


def _sound(signals: list[Signal]) -> None:
    combine(signals)
    assert len(signals) <= 1000 + 20
    for signal in signals:
        assert signal.says != "unknown" or signal.warning
        assert len(signal.text) <= 200
        assert Signal.from_json(json.loads(json.dumps(signal.as_json()))) == signal
        assert all(character.isprintable() for character in signal.text + signal.origin.where)
        signal.text.encode()


REFUSALS: dict[str, bytes] = {
    "robots": b"User-agent: *\nDisallow: /film/\nDisallow: /press/\n\nUser-agent: GPTBot\nDisallow: /\n",
    "content-usage": b"train-ai=n, ai-use=n, search=n",
    "content-signal": b"search=no, ai-input=no, ai-train=no",
    "tdmrep": b'[{"location": "/film/", "tdm-reservation": 1}, {"location": "/", "tdm-reservation": 1}]',
    "ai-txt": b"User-Agent: *\nDisallow: *.mp4\nDisallow: /\n",
    "html": b'<html><head><meta name="tdm-reservation" content="1"><meta name="robots" content="noai"></head></html>',
    "headers": b"tdm-reservation:1\nX-Robots-Tag:noai\nContent-Usage:train-ai=n",
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_with_a_byte_broken_is_never_an_allow(name: str) -> None:
    read, whole = READERS[name], REFUSALS[name]
    assert {signal.says for signal in read(whole)} == {"deny"}

    @settings(max_examples=400, deadline=None)
    @given(at=st.integers(0, len(whole) - 1), byte=st.integers(0, 255), drop=st.booleans())
    def check(at: int, byte: int, *, drop: bool) -> None:
        broken = whole[:at] + (b"" if drop else bytes([byte])) + whole[at + 1 :]
        signals = read(broken)
        _sound(signals)
        if byte not in b"y0\r\n" or drop:  # which would be to write a yes, or a line that begins with "allow"
            assert not [signal for signal in signals if signal.says == "allow"], broken

    check()


@settings(max_examples=300, deadline=None)
@given(value=st.text(max_size=60))
def test_a_yes_needs_its_token(value: str) -> None:
    for signal in read_content_usage(value.encode("utf-8", "surrogatepass"), ORIGIN):
        assert signal.says != "allow" or "=y" in value.replace(" ", "")


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.floats(), st.text(max_size=2), st.just([0]))
RULES = st.fixed_dictionaries(
    {"location": st.sampled_from(["/", "/film/", "film", "", "*"]), "tdm-reservation": VALUES}
)


@settings(max_examples=300, deadline=None)
@given(rules=st.lists(RULES, max_size=4))
def test_only_a_nought_allows_mining(rules: list[dict[str, object]]) -> None:
    noughts = [rule for rule in rules if type(rule["tdm-reservation"]) is int and rule["tdm-reservation"] == 0]
    said = {signal.says for signal in read_tdmrep(json.dumps(rules).encode(), "/film/clip.mp4", ORIGIN)}
    assert "allow" not in said or noughts


LICENCE_PARTS = (
    b"<rsl xmlns='https://rslstandard.org/rsl'> </rsl> <content url='/'> <content> </content> <license> </license> "
    b"<prohibits> </prohibits> <permits> </permits> ai-train all <payment type='free'/> <work id='w'> </work> "
    b"media:ai-train <!DOCTYPE_a> &a; \xff \0"
).split(b" ")
FREE = (b"<permits>", b"payment", b"<license></license>")


@given(st.lists(st.sampled_from(LICENCE_PARTS), max_size=14).map(b"".join))
@settings(max_examples=300, deadline=None)
def test_pieces_of_licences_never_allow_against_a_prohibition(data: bytes) -> None:
    for signals in (read_rsl(data, "/", ORIGIN), read_rsl_media(data, ORIGIN, draft=True)):
        for signal in signals:
            assert signal.says != "unknown" or signal.warning
            assert (
                signal.says != "allow" or b"<permits>" in data or b"payment" in data or b"<license></license>" in data
            )


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_garbage_is_no_declaration(data: bytes) -> None:
    for signals in (
        read_tdm_ai(data, ORIGIN),
        read_xmp(data, ORIGIN),
        read_rsl(data, "/", ORIGIN),
    ):
        assert {signal.says for signal in signals} <= {"unknown"}

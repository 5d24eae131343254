# SPDX-License-Identifier: Apache-2.0
"""Over a limit nothing is known; and addresses are brought to one spelling before anything is matched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.signals import Origin, Signal, read_headers, read_html, read_tdmrep
from kyodaku.signals._paths import Pattern, request_path
from kyodaku.signals.aipref import read_content_usage
from kyodaku.signals.content_signals import read_content_signal

ORIGIN = Origin.of(b"", "here", url="https://studio.example/film/")


def _said(signals: list[Signal]) -> set[tuple[str, str]]:
    return {(signal.standard, signal.says) for signal in signals}


def test_more_headers_than_anybody_sends_are_unknown() -> None:
    lines = [("tdm-reservation", "0")] * 501
    assert _said(read_headers(lines, ORIGIN)) == {("aipref", "unknown"), ("tdmrep", "unknown"), ("noai", "unknown")}
    assert _said(read_headers(lines[:500], ORIGIN)) == {("tdmrep", "allow")}


def test_values_longer_than_a_header_are_unknown() -> None:
    long = "x" * 8192
    assert _said(read_headers([("X-Robots-Tag", f"{long} noai")], ORIGIN)) == {("noai", "unknown")}
    assert _said(read_content_usage(f"train-ai=y;a={long}".encode(), ORIGIN)) == {("aipref", "unknown")}
    assert _said(read_content_signal(f"ai-train=yes, a={long}", ORIGIN)) == {("content-signals", "unknown")}


def test_pages_too_long_or_too_deep_are_unknown_but_for_their_denies() -> None:
    no, yes = b'<head><meta name="robots" content="noai"></head>', b"<head><meta name=tdm-reservation content=0></head>"
    unknown = {("tdmrep", "unknown"), ("noai", "unknown")}
    assert _said(read_html(yes + b" " * (4 << 20), ORIGIN)) == unknown
    assert _said(read_html(yes + b"<div>" * 300, ORIGIN)) == unknown
    assert _said(read_html(no + b"<div>" * 300, ORIGIN)) == unknown | {("noai", "deny")}


def test_a_page_of_refusals_is_read_until_enough_is_known() -> None:
    page = b"".join(b'<meta name="robots" content="noai, %d">' % number for number in range(1000))
    signals = read_html(page, ORIGIN)
    assert _said(signals) == {("noai", "deny")}
    assert len(signals) < 50


def test_reservation_files_too_long_or_of_too_many_rules_are_unknown() -> None:
    rule = b'{"location": "/", "tdm-reservation": 0}'
    for data in (b"[" + rule + b"]" + b" " * (1 << 20), b"[" + b",".join([rule] * 10_001) + b"]", b"[" * 500_000):
        assert _said(read_tdmrep(data, "/film/clip.mp4", ORIGIN)) == {("tdmrep", "unknown")}


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("https://studio.example", "/"),
        ("https://studio.example?x=1", "/?x=1"),
        ("HTTPS://studio.example/A/b?c=d#e", "/A/b?c=d"),
        ("//studio.example/a", "//studio.example/a"),
        ("/a/./b/../c/", "/a/c/"),
        ("/../../a", "/a"),
        ("/a/..", "/"),
        ("/a/b/.", "/a/b/"),
        ("/a%2fb/%7e%7E~", "/a%2Fb/~~~"),
        ("/100%/%zz", "/100%25/%25zz"),
        ("/a*b$", "/a%2Ab%24"),
        ("/ツ?x=ツ y", "/%E3%83%84?x=%E3%83%84%20y"),
        ("a/b", "/a/b"),
        ("", "/"),
    ],
)
def test_addresses_come_to_one_spelling(target: str, path: str) -> None:
    assert request_path(target) == path


@given(target=st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_has_a_path_and_its_own_pattern_matches_it(target: str) -> None:
    path = request_path(target)
    assert path.startswith("/")
    assert path.isascii()
    assert request_path(path) == path
    assert Pattern.of(path).matches(path)
    assert Pattern.of(f"{path}$").matches(path)
    assert Pattern.of(f"{path[:1]}*").matches(path)
    assert not Pattern.of(f"{path}x$").matches(path)


@given(pattern=st.text(alphabet="/ab*$%2", max_size=10), path=st.text(alphabet="/ab", max_size=10))
@settings(max_examples=400, deadline=None)
def test_patterns_match_as_one_letter_after_another_would(pattern: str, path: str) -> None:
    target, read = request_path(path), Pattern.of(pattern)
    text = "*".join(read.parts)
    assert read.matches(target) is _plainly(text, target, anchored=read.anchored)


def _plainly(pattern: str, path: str, *, anchored: bool) -> bool:
    if not pattern:
        return not path if anchored else True
    if pattern[0] == "*":
        return any(_plainly(pattern[1:], path[start:], anchored=anchored) for start in range(len(path) + 1))
    return bool(path) and path[0] == pattern[0] and _plainly(pattern[1:], path[1:], anchored=anchored)

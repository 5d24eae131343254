# SPDX-License-Identifier: Apache-2.0
"""Others' readers beside ours: where the answers differ, and that they differ nowhere else.

`docs/signals.md` has the same two tables, with the reasons.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from kyodaku.signals import Origin, combine, read_headers, read_robots

AGENT = "GPTBot"
PATH = "/film/clip.mp4"


def _ours(robots: bytes, path: str = PATH) -> str | None:
    combined = combine(read_robots(robots, path, Origin.of(robots, "robots.txt"), AGENT))
    return combined["collect"].says if "collect" in combined else None


def _theirs(robots: bytes, path: str = PATH) -> bool:
    text = robots.decode("utf-8", "replace")
    return bool(Protego.parse(text).can_fetch(f"https://studio.example{path}", AGENT))


@pytest.mark.parametrize(
    ("robots", "path", "ours", "protego_allows"),
    [
        # a rule is read as it was meant if it says no
        (b"User-agent: GPTBot\nDisallow: film/\n", PATH, "deny", True),
        (b"User-agent: GPTBot\nDisallow: https://studio.example/film/\n", PATH, "deny", True),
        # what cannot be read is unknown, and not allowed
        (b"<html><body>Not found</body></html>", PATH, "unknown", True),
        (b"404: no such file", PATH, "unknown", True),
        (b"User-agent: GPTBot\0\nDisallow: /\n", PATH, "unknown", True),
        (b"Disallow: /\n", PATH, "unknown", True),
        (b"User-agent: GPTBot\nAllow: film/\n", PATH, "unknown", True),
        # silence is no allow
        (b"", PATH, None, True),
        (b"User-agent: *\nDisallow:\n", PATH, None, True),
        # lines end at CR and LF only (RFC 9309, 2.2)
        (b"User-agent: GPTBot\nDisallow: /film\n#\x0cAllow: /film/clip.mp4\n", PATH, "deny", True),
        ("User-agent: GPTBot\nDisallow: /film\n#\u2028Allow: /film/clip.mp4\n".encode(), PATH, "deny", True),
        # dots are taken out of an address before anybody asks for it (RFC 3986, 5.2.4)
        (b"User-agent: GPTBot\nDisallow: /film/\n", "/press/../film/clip.mp4", "deny", True),
        # unknown records end no group (RFC 9309, 2.2.4)
        (b"User-agent: GPTBot\nNote: films\nUser-agent: x\nDisallow: /\n", PATH, "deny", True),
        # a product token is the whole name (RFC 9309, 2.2.1); Protego takes its beginning for it
        (b"User-agent: GPT\nDisallow: /\n", PATH, None, False),
        # an Allow without a colon is none
        (b"User-agent: GPTBot\nDisallow: /\nAllow /film/\n", PATH, "deny", True),
        # `/film/index.html` does not stand for `/film/`
        (b"User-agent: GPTBot\nDisallow: /\nAllow: /film/index.html\n", "/film/", "deny", True),
    ],
)
def test_where_protego_and_we_differ(robots: bytes, path: str, ours: str | None, *, protego_allows: bool) -> None:
    assert (_ours(robots, path), _theirs(robots, path)) == (ours, protego_allows)


SEGMENTS = st.sampled_from(["film", "press", "a", "clip.mp4", "%e3%83%84", "ツ", "x y", "b=c", "~s", "%7Es"])
PATHS = st.lists(SEGMENTS, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
PATTERNS = st.one_of(
    PATHS,
    st.builds(lambda path, end: f"{path}{end}", PATHS, st.sampled_from(["*", "$", "/", "*.mp4", "/*/clip*$"])),
    st.just("/"),
    st.just("*.mp4$"),
)
RULES = st.lists(
    st.tuples(st.sampled_from(["Allow", "Disallow", "allow", "DISALLOW"]), PATTERNS), min_size=1, max_size=6
)
GROUPS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["*", "GPTBot", "gptbot", "CCBot", "Bytespider"]), min_size=1, max_size=3), RULES
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=400, deadline=None)
@given(groups=GROUPS, path=PATHS, gap=st.sampled_from(["\n", "\r\n", "\n\n", "\n# comment\n"]))
def test_of_files_without_faults_protego_and_we_say_the_same(
    groups: list[tuple[list[str], list[tuple[str, str]]]], path: str, gap: str
) -> None:
    lines = []
    for names, rules in groups:
        lines += [f"User-agent: {name}" for name in names]
        lines += [f"{kind}: {pattern}" for kind, pattern in rules]
    robots = (gap.join(lines) + "\n").encode()
    ours = _ours(robots, path)
    assert (ours == "deny") is not _theirs(robots, path)
    assert ours in ("allow", "deny", None)


@pytest.mark.parametrize(
    ("name", "value", "ours", "datadiligence_allows"),
    [
        ("X-Robots-Tag", "noai", "deny", False),
        ("x-robots-tag", "noai", "deny", True),  # it looks for the name in one spelling
        ("X-Robots-Tag", "NoAI", "deny", True),  # and for the word
        ("X-Robots-Tag", "otherbot: noai", "deny", True),  # addressed to another robot
        ("X-Robots-Tag", "noindex;noai", "deny", True),
        ("X-Robots-Tag", "noml", "deny", True),
        ("tdm-reservation", "1", "deny", False),
        ("TDM-Reservation", "1", "deny", True),
        ("tdm-reservation", "1, 1", "deny", True),  # two lines, joined on the way
        ("tdm-reservation", "true", "unknown", True),
        ("tdm-reservation", "", "unknown", True),
        ("tdm-reservation", "0", "allow", True),
        ("Content-Usage", "train-ai=n", "deny", True),  # it knows neither of these
        ("Content-Signal", "ai-train=no", "deny", True),
    ],
)
def test_where_datadiligence_and_we_differ(name: str, value: str, ours: str, *, datadiligence_allows: bool) -> None:
    rules = pytest.importorskip("datadiligence.rules", reason="a peer, installed with the oracles")
    combined = combine(read_headers([(name, value)], Origin.of(b"", "reply")))
    assert {found.says for found in combined.values()} == {ours}
    theirs = [
        rules.XRobotsTagHeader().is_allowed(headers={name: value}),
        rules.TDMRepHeader().is_allowed(headers={name: value}),
    ]
    assert all(theirs) is datadiligence_allows

# SPDX-License-Identifier: Apache-2.0
"""robots.txt beyond the table: where signals come from, whom they name, and files too large or made to be slow."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kyodaku.signals import AGENTS_DATE, DATED_AGENTS, Origin, Signal, combine, read_ai_txt, read_html, read_robots
from kyodaku.signals.agents import PURPOSES

PATH = "/film/clip.mp4"
KIB_500 = 500 * 1024


def _read(data: bytes, path: str = PATH) -> list[Signal]:
    return read_robots(data, path, Origin.of(data, "robots.txt", url="https://studio.example/robots.txt"))


def test_a_signal_tells_its_line_and_whom_the_line_names() -> None:
    data = b"# ours\nUser-agent: CCBot\nUser-agent: ClaudeBot\n\nDisallow: /film/ # no\n"
    collect = next(signal for signal in _read(data) if signal.act == "collect")
    assert collect.origin.where == "robots.txt line 5 (for CCBot, ClaudeBot)"
    assert collect.text == "Disallow: /film/"
    assert collect.origin.sha256 == Origin.of(data, "").sha256
    everyone = next(signal for signal in _read(b"User-agent: *\nDisallow: /\n") if signal.act == "collect")
    assert everyone.origin.where.startswith("robots.txt line 2 (for all others, AI2Bot, ")
    assert everyone.origin.where.endswith(" more)")


def test_the_list_of_agents_is_dated_sorted_and_of_known_purposes() -> None:
    tokens = [agent.token.lower() for agent in DATED_AGENTS]
    assert AGENTS_DATE.year >= 2026
    assert len(set(tokens)) == len(tokens) >= 40
    assert tokens == sorted(tokens)
    for agent in DATED_AGENTS:
        assert agent.purposes, agent
        assert set(agent.purposes) <= set(PURPOSES), agent
        assert agent.source in ("list", "reported") or agent.source.startswith("https://"), agent
    for token in ("gptbot", "google-extended", "ccbot", "claudebot", "bytespider", "applebot-extended"):
        assert token in tokens


@pytest.mark.parametrize("agent", DATED_AGENTS, ids=lambda agent: agent.token)
def test_each_agent_of_the_list_is_heard(agent: object) -> None:
    token = getattr(agent, "token")  # noqa: B009
    signals = _read(f"User-agent: {token}\nDisallow: /\n".encode())
    assert signals
    assert {signal.says for signal in signals} == {"deny"}
    assert all(token in signal.origin.where for signal in signals)


def test_a_file_too_long_keeps_its_denies_and_loses_its_allows() -> None:
    long = b"User-agent: *\nAllow: /film/\nContent-Usage: train-ai=y, ai-use=n\n" + b"# filler\n" * 60_000
    combined = combine(_read(long))
    assert {act: found.says for act, found in combined.items()} == dict.fromkeys(
        ("collect", "train_gen", "index", "search"), "unknown"
    ) | {"input": "deny"}
    assert "500 KiB" in (combined["collect"].signals[0].warning or "")


def test_more_names_or_longer_lines_than_anybody_has_are_unknown() -> None:
    names = b"".join(b"User-agent: a%d\n" % number for number in range(5001)) + b"Allow: /\n"
    line = b"User-agent: *\nAllow: /\nDisallow: /" + b"x" * 20_000
    for data in (names, line):
        assert {signal.says for signal in _read(data)} == {"unknown"}


def test_lines_of_one_path_are_read_up_to_a_limit() -> None:
    data = b"User-agent: *\n" + b"Content-Usage: /film/ train-ai=y\n" * 51
    assert combine(_read(data))["train_gen"].says == "unknown"


HOSTILE: dict[str, Callable[[], object]] = {
    "groups": lambda: _read((b"User-agent: xx\nDisallow: /a\n" * 20_000)[:KIB_500]),
    "wild names": lambda: _read(b"User-agent: *a*a*a*a*a*a*a*a*b\nDisallow: /\n" * 4999),
    "rules": lambda: _read(b"User-agent: *\n" + b"Disallow: /film\n" * 30_000),
    "stars": lambda: _read(b"User-agent: *\n" + b"Disallow: /*a*a*a*a*a*a*b\n" * 18_000, "/" + "a" * 8000),
    "usages": lambda: _read(b"User-agent: *\n" + b"Content-Usage: /film/ train-ai=y\n" * 15_000),
    "ai.txt": lambda: read_ai_txt(b"User-agent: *\n" + b"Disallow: *a*a*a*a*b\n" * 20_000, PATH, Origin.of(b"", "x")),
    "metas": lambda: read_html(b"<head>" + b"<meta name=robots content=noai>" * 100_000, Origin.of(b"", "x")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_document_made_to_be_slow_is_read_in_seconds(name: str) -> None:
    begun = time.process_time()
    HOSTILE[name]()
    assert time.process_time() - begun < 5  # a tenth of it on a machine with nothing else to do


def test_the_manual_lists_the_agents() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "signals.md").read_text(encoding="utf-8")
    assert f"{AGENTS_DATE.day} {AGENTS_DATE:%B %Y}" in manual
    for agent in DATED_AGENTS:
        assert f"`{agent.token}`{'*' if agent.control else ''}" in manual

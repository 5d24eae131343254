# SPDX-License-Identifier: Apache-2.0
"""The lines of robots.txt and of HTTP: access of agents, AIPREF, Content Signals, where the licence is; and TDM·AI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Final

import http_sf

from kyodaku.signals.agents import DATED_AGENTS
from kyodaku.signals.writing.terms import Terms

__all__ = ["content_signal", "content_usage", "is_noai", "page_elements", "robots_lines", "tdm_ai_declaration"]

_AIPREF: Final[Mapping[str, tuple[str, ...]]] = {
    "train-ai": ("train_gen",),
    "ai-use": ("input",),
    "search": ("index", "search"),
}
_CONTENT_SIGNALS: Final[Mapping[str, tuple[str, ...]]] = {
    "search": ("index", "search"),
    "ai-input": ("input",),
    "ai-train": ("train_gen", "train_nongen"),
}
_TDM_AI: Final[Mapping[str, tuple[str, ...]]] = {
    "train-ai": ("train_gen", "train_nongen"),
    "train-genai": ("train_gen",),
    "ai-use": ("input",),
    "search": ("index", "search"),
    "tdm": ("mine",),
}
_PURPOSE_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "train": ("collect", "train_gen"),
    "input": ("input",),
    "search": ("search",),
}


def content_usage(terms: Terms) -> str:
    """The value of AIPREF's header (vocab-08); terms under which a use is allowed have no word there: no."""
    said = {label: http_sf.Token("y" if word == "allow" else "n") for label, word in _said(terms, _AIPREF)}
    return str(http_sf.ser(dict(said)))


def content_signal(terms: Terms) -> str:
    """The value of Cloudflare's Content-Signal."""
    said = _said(terms, _CONTENT_SIGNALS)
    return ", ".join(f"{label}={'yes' if word == 'allow' else 'no'}" for label, word in said)


def robots_lines(terms: Terms, *, licence: str | None = None) -> str:
    """Groups for a robots.txt: agents that may not fetch, and what may be done with what others fetch.

    There is no Allow line: where the site itself disallows a path, it would open it. An agent that has a group of its
    own reads no other (RFC 9309, section 2.2.1), so that the preferences stand in both.
    """
    shut = [agent.token for agent in DATED_AGENTS if any(_any(terms, _PURPOSE_ACTS[p]) for p in agent.purposes)]
    lines = [f"# {terms.title}" if terms.title.isprintable() else f"# {terms.work}"]
    said = _preferences(terms, licence)
    if shut:
        lines += [*(f"User-agent: {token}" for token in shut), f"Disallow: {terms.path}", *said, ""]
    if said:
        lines += ["User-agent: *", *said]
    return "\n".join(lines).rstrip() + "\n"


def _preferences(terms: Terms, licence: str | None) -> list[str]:
    """Content Signals and licences speak of a whole site; the former are written only for a path of `/`."""
    usage = content_usage(terms)
    lines = [f"Content-Usage: {terms.path} {usage}" if terms.path != "/" else f"Content-Usage: {usage}"]
    if terms.path == "/":
        lines.append(f"Content-Signal: {content_signal(terms)}")
    return lines + ([f"License: {licence}"] if licence is not None else [])


def page_elements(terms: Terms, *, policy: str | None, licence: str | None) -> str:
    """What goes into the head of a page that shows the work."""
    lines = [f'<meta name="tdm-reservation" content="{int(terms.is_denied("mine"))}">']
    if policy is not None and terms.is_denied("mine"):
        lines.append(f'<meta name="tdm-policy" content="{escape(policy)}">')
    if is_noai(terms):
        lines.append('<meta name="robots" content="noai, noimageai">')
    if licence is not None:
        lines.append(f'<link rel="license" type="application/rsl+xml" href="{escape(licence)}">')
    return "\n".join(lines) + "\n"


def is_noai(terms: Terms) -> bool:
    """Whether `noai` says no more than the terms: it forbids training and input alike."""
    return all(terms.is_denied(act) for act in ("train_gen", "train_nongen", "input"))


def tdm_ai_declaration(terms: Terms) -> bytes:
    """TDM·AI declarations in the vocabulary it is pinned to, one for each ISCC of the work: without, they bind none."""
    said = {label: "true" if word == "allow" else "false" for label, word in _said(terms, _TDM_AI)}
    more = {"intent": "activate"} | ({"policy": terms.offers} if terms.offers else {})
    declarations = [{"version": "1.0", "iscc": code, **said, **more} for code in terms.iscc]
    return (json.dumps(declarations, ensure_ascii=False, indent=2) + "\n").encode()


def _said(terms: Terms, labels: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    words = ((label, terms.word(acts)) for label, acts in labels.items())
    return [(label, word) for label, word in words if word is not None]


def _any(terms: Terms, acts: tuple[str, ...]) -> bool:
    """Whether any of the acts is not simply allowed."""
    return any(terms.is_denied(act) for act in acts)

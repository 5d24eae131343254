# SPDX-License-Identifier: Apache-2.0
"""The lines of robots.txt and of HTTP: access of agents, AIPREF, Content Signals, where the licence is; and TDM·AI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import http_sf

from kyodaku.signals.agents import DATED_AGENTS
from kyodaku.signals.writing.terms import Terms

__all__ = ["content_signal", "content_usage", "robots_lines", "tdm_ai_declaration"]

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
_PURPOSE_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "train": ("collect", "train_gen"),
    "input": ("input",),
    "search": ("search",),
}


def content_usage(terms: Terms) -> str:
    """The value of AIPREF's header (vocab-08); terms under which a use is allowed have no word there: no."""
    said = {label: http_sf.Token("n" if _any(terms, acts) else "y") for label, acts in _AIPREF.items()}
    return str(http_sf.ser(dict(said)))


def content_signal(terms: Terms) -> str:
    """The value of Cloudflare's Content-Signal."""
    return ", ".join(f"{label}={'no' if _any(terms, acts) else 'yes'}" for label, acts in _CONTENT_SIGNALS.items())


def robots_lines(terms: Terms, *, licence: str | None = None) -> str:
    """Groups for a robots.txt: agents that may not fetch, and what may be done with what others fetch.

    Content Signals speak of a whole site; they are written only for a path of `/`.
    """
    shut = [agent.token for agent in DATED_AGENTS if any(_any(terms, _PURPOSE_ACTS[p]) for p in agent.purposes)]
    lines = [f"# {terms.title}" if terms.title.isprintable() else f"# {terms.work}"]
    if shut:
        lines += [*(f"User-agent: {token}" for token in shut), f"Disallow: {terms.path}", ""]
    lines += ["User-agent: *", "Allow: /", f"Content-Usage: {terms.path} {content_usage(terms)}"]
    if terms.path == "/":
        lines.append(f"Content-Signal: {content_signal(terms)}")
    if licence is not None:
        lines += ["", f"License: {licence}"]
    return "\n".join(lines) + "\n"


def tdm_ai_declaration(terms: Terms) -> bytes:
    """A TDM·AI declaration in the vocabulary it is pinned to; one for each ISCC of the work, or one without."""
    said = {
        "train-ai": _word(terms, ("train_gen", "train_nongen")),
        "train-genai": _word(terms, ("train_gen",)),
        "ai-use": _word(terms, ("input",)),
        "search": _word(terms, ("index", "search")),
        "tdm": _word(terms, ("mine",)),
    }
    more = {"intent": "activate"} | ({"policy": terms.offers} if terms.offers else {})
    isccs = [{"iscc": code} for code in terms.iscc] or [{}]
    declarations = [{"version": "1.0", **iscc, **said, **more} for iscc in isccs]
    return (json.dumps(declarations, ensure_ascii=False, indent=2) + "\n").encode()


def _word(terms: Terms, acts: tuple[str, ...]) -> str:
    return "false" if _any(terms, acts) else "true"


def _any(terms: Terms, acts: tuple[str, ...]) -> bool:
    """Whether any of the acts is not simply allowed."""
    return any(terms.is_denied(act) for act in acts)

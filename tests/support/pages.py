# SPDX-License-Identifier: Apache-2.0
"""A page as its reader meets it: the text of its tables in one language, and that it fetches and runs nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

__all__ = ["assert_stands_alone", "tables", "texts"]

_VOID = {"meta", "input", "br", "img", "link", "hr"}


class _Reader(HTMLParser):
    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.words: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag in _VOID:
            return
        other = given.get("class") == "t" and given.get("lang") != self.language
        self._open.append((tag, other))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if any(hidden for _, hidden in self._open) or "style" in tags:
            return
        self.words.append(data)
        if {"td", "th"} & set(tags):
            row = self.tables[-1][-1]
            row[-1] = " ".join(f"{row[-1]} {data}".split())


def tables(page: str, language: str = "en") -> list[list[list[str]]]:
    """Tables → rows → the text of each cell, as one who chose `language` reads them; every element must be closed."""
    return _read(page, language).tables


def texts(page: str, language: str = "en") -> str:
    """All that one who chose `language` reads."""
    return " ".join(" ".join(_read(page, language).words).split())


def assert_stands_alone(page: str) -> None:
    """Nothing in it is fetched, run or sent."""
    assert "default-src 'none'" in page
    for tag, attributes in _read(page, "en").elements:
        assert tag not in {"script", "iframe", "object", "embed", "form", "link", "base", "a"}, tag
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            if name in {"href", "src", "xlink:href", "action"}:
                assert (value or "").startswith(("#", "data:image/jpeg;base64,")), value
    assert not re.search(r"url\(|@import", page)


def _read(page: str, language: str) -> _Reader:
    reader = _Reader(language)
    reader.feed(page)
    reader.close()
    return reader

# SPDX-License-Identifier: Apache-2.0
"""Licences in XML at their limits: too long, too deep, too many; and declarations outside of their period."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kyodaku.errors import UsageError
from kyodaku.signals import Origin, Signal, read_rsl, read_rsl_media
from kyodaku.signals.xml import MAX_ELEMENTS, XmlFault, parsed

ROOT = '<rsl xmlns="https://rslstandard.org/rsl">'
YES = "<license><permits>all</permits></license>"
STATED = '<legal type="attestation">t</legal><legal type="contact">mailto:a@studio.example</legal>'


def read(text: str) -> list[Signal]:
    return read_rsl(text.encode(), "/film/clip.mp4", Origin.of(text.encode(), "license.xml"))


def declared(text: str, fetched_at: datetime | None = None) -> list[Signal]:
    origin = Origin.of(text.encode(), "rsl-media.xml", fetched_at=fetched_at)
    return read_rsl_media(text.encode(), origin, draft=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ROOT + "<content url='/'>" + YES * 101 + "</content></rsl>", "more than 100 licences"),
        (ROOT + f"<content url='/'>{YES}</content>" * 2001 + "</rsl>", "more than 2000 contents"),
        (ROOT + f"<content url='/'>{YES}</content>" + " " * (1 << 20) + "</rsl>", "longer than"),
        (ROOT + "<content url='/'>" + "<a>" * 400 + "</a>" * 400 + YES + "</content></rsl>", "not well-formed"),
        (ROOT + f"<content url='/'>{YES}" + "<a/>" * MAX_ELEMENTS + "</content></rsl>", "elements"),
        (
            ROOT + "<content url='/'><license><prohibits>" + "search " * 101 + "</prohibits></license></content></rsl>",
            "no usage",
        ),
    ],
    ids=["licences", "contents", "bytes", "depth", "elements", "words"],
)
def test_over_a_limit_nothing_is_allowed(text: str, why: str) -> None:
    signals = read(text)
    assert {signal.says for signal in signals} <= {"unknown", "deny"}
    assert why in " ".join(signal.warning or "" for signal in signals)


def test_a_document_of_many_contents_for_others_is_read() -> None:
    assert read(ROOT + f"<content url='/press/'>{YES}</content>" * 1999 + "</rsl>") == []


def test_a_draft_is_read_only_where_it_is_asked_for() -> None:
    with pytest.raises(UsageError, match="draft"):
        read_rsl_media(b"<rsl/>", Origin.of(b"", "x"), draft=False)


@pytest.mark.parametrize(
    ("month", "why"),
    [(1, "outside of its period (valid-from"), (6, "not verified with its registry"), (12, "(valid-until")],
)
def test_a_declaration_counts_within_its_period(month: int, why: str) -> None:
    text = (
        f'<rsl valid-from="2026-03-01" valid-until="2026-09-01T00:00:00+09:00"><work id="w">'
        f"<permits>media:ai-generate</permits>{STATED}</work></rsl>"
    )
    (signal,) = declared(text, datetime(2026, month, 1, tzinfo=UTC))
    assert (signal.says, signal.act) == ("unknown", "generate")
    assert why in (signal.warning or "")


def test_too_many_subjects_or_words_are_unknown() -> None:
    many = "<rsl>" + "<work id='w'><prohibits>media:ai-train</prohibits></work>" * 301 + "</rsl>"
    assert {signal.says for signal in declared(many)} == {"unknown"}
    words = "<rsl><work id='w'><prohibits>" + "media:ai-train " * 101 + "</prohibits></work></rsl>"
    assert {"more than 100 usages"} == {signal.warning for signal in declared(words) if signal.says == "unknown"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not well-formed"),
        (b"<!DOCTYPE a><a/>", "document type"),
        (b"<a>" + b"x" * 100, "longer than"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "not well-formed"),
        (b"<\0a", "not well-formed"),
        (b"<a>&b;</a>", "not well-formed"),
    ],
)
def test_xml_is_read_plain_or_not_at_all(data: bytes, why: str) -> None:
    with pytest.raises(XmlFault, match=why):
        parsed(data, most=90)


def test_an_external_entity_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("all", "utf-8")
    begins = f'<!DOCTYPE r [<!ENTITY a SYSTEM "file://{tmp_path}/secret">]>{ROOT}<content url="/">'
    text = f"{begins}<license><permits>&a;</permits></license></content></rsl>"
    assert {signal.says for signal in read(text)} == {"unknown"}

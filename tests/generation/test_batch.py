# SPDX-License-Identifier: Apache-2.0
"""Lines of prompts: a bad one says why, and stops nothing."""

from __future__ import annotations

import io

import pytest

from kyodaku.generation import Line, bad_line, batch, batches, read_lines


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"nope", "this is not JSON: Expecting value"),
        (b"3", 'expected {"text": "..."}'),
        (b'{"prompt": "x"}', 'expected {"text": "..."}'),
        (b'{"text": 3}', 'expected {"text": "..."}'),
        (b'{"text": "\xff"}', "this is not UTF-8"),
        (b"[" * 100_000, "this is not JSON that can be read"),
        (b'{"text": ' + b"9" * 5000 + b"}", "this is not JSON that can be read"),
    ],
)
def test_a_bad_line_says_why_and_the_next_is_read(line: bytes, error: str) -> None:
    bad, good = read_lines(io.BytesIO(line + b'\n{"text": "a heron", "more": 1}\n'))
    assert bad.error == f"bad_line: {error}"
    assert bad_line(bad) == {"line": 1, "verdict": "refused", "error": bad.error}
    assert (good.number, good.text, good.error) == (2, "a heron", None)


def test_blank_lines_are_counted_and_passed_over() -> None:
    lines = read_lines(io.BytesIO(b'\xef\xbb\xbf{"text": "a"}\r\n\n  \n{"text": "b"}'))
    assert [(line.number, line.text) for line in lines] == [(1, "a"), (4, "b")]


def test_a_line_without_end_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "LONGEST_LINE", 20)
    lines = list(read_lines(io.BytesIO(b'{"text": "' + b"x" * 1000 + b'"}\n{"text": "a"}\n{"text": "' + b"y" * 99)))
    assert [(line.number, line.text, line.error is None) for line in lines] == [
        (1, "", False),
        (2, "a", True),
        (3, "", False),
    ]


def test_a_batch_holds_no_more_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MOST_ENTERED", 3)
    monkeypatch.setattr(batch, "MOST_LETTERS", 10)
    texts = ["a", "b", "c", "d", "x" * 20, "e"]
    made = batches(Line(number=number, text=text) for number, text in enumerate(texts))
    assert [[line.text for line in each] for each in made] == [["a", "b", "c"], ["d", "x" * 20], ["e"]]

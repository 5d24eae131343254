# SPDX-License-Identifier: Apache-2.0
"""Identifiers: one spelling, and a slip of the pen is found and told with the digit that belongs there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyodaku.errors import UsageError
from kyodaku.registry import ImportReport, Registry, checked_identifier
from kyodaku.registry.identifiers import SCHEMES, _mod_11_2, _mod_37_36
from kyodaku.rights import Work

Importing = Callable[[str], ImportReport]

# Published examples of the standards' own agencies and of other implementations
SOUND = {
    "eidr:10.5240/7791-8534-2C23-9030-8610-5": "eidr:10.5240/7791-8534-2C23-9030-8610-5",
    "eidr:10.5240/7791853 42c239030 86105": "eidr:10.5240/7791-8534-2C23-9030-8610-5",
    "isan:0000-0000-D07A-0090-Q": "isan:0000-0000-D07A-0090-Q",
    "isan:00000000d07a0090q00000000x": "isan:0000-0000-D07A-0090-Q-0000-0000-X",
    "isan:ISAN 0000-0001-8CFA-0000-I-0000-0000-K": "isan:0000-0001-8CFA-0000-I-0000-0000-K",
    "isan:1881-66C7-3420-6541-Y-9F3A-0245-O": "isan:1881-66C7-3420-6541-Y-9F3A-0245-O",
    "isrc:US-RC1-76-07839": "isrc:USRC17607839",
    "isrc:ISRC usrc17607839": "isrc:USRC17607839",
    "iswc:T-034.524.680-1": "iswc:T-034.524.680-1",
    "iswc:ISWC T0345246801": "iswc:T-034.524.680-1",
    "isni:0000 0001 2103 2683": "isni:0000000121032683",
    "iscc:KACYPXW445FTYNJ3CYSXHAFJMA2HUWULUNRFE3BLHRSCXYH2M5AEGQY": (
        "iscc:KACYPXW445FTYNJ3CYSXHAFJMA2HUWULUNRFE3BLHRSCXYH2M5AEGQY"
    ),
    "iscc:ISCC:kuag2prcrs5lnvzvjkafavojxlzzm": "iscc:KUAG2PRCRS5LNVZVJKAFAVOJXLZZM",
    "iscc:AAAYPXW445FTYNJ3": "iscc:AAAYPXW445FTYNJ3",
    "iscc:MEACB7X7777574L6": "iscc:MEACB7X7777574L6",
}


@pytest.mark.parametrize(("written", "spelled"), SOUND.items())
def test_a_sound_identifier_has_one_spelling(written: str, spelled: str) -> None:
    assert checked_identifier(written) == spelled == checked_identifier(spelled)


UNSOUND = {
    "eidr:10.5240/7791-8534-2C23-9030-8610-6": "its check digit is 6, and for these digits it is 5",
    "eidr:10.5240/7791-8534-2C32-9030-8610-5": "its check digit is 5, and for these digits it is ",
    "eidr:10.5240/7791-8534-2C23-9030-8610": "not written like one (write it as eidr:10.5240/XXXX",
    "eidr:10.5237/9DD9-E249": "a content ID begins with 10.5240/",
    "eidr:10.5240/G7A9-90F4-F212-704C-0523-9": "not written like one",
    "isan:0000-0001-8CFA-0000-A-0000-0000-K": "its first check digit is A, and for these digits it is I",
    "isan:0000-0001-8CFA-0000-I-0000-0000-A": "its second check digit is A, and for these digits it is K",
    "isan:0000-0000-D07A-0090-R": "its check digit is R, and for these digits it is Q",
    "isan:0000-0000-D07A-0090": "its check digit is missing; for these digits it is Q",
    "isan:0000-0000-D07A-009": "not written like one",
    "isrc:USRC1760783": "not written like one (write it as isrc:JPXXX2600001)",
    "isrc:1SRC17607839": "not written like one",
    "iswc:T-034.524.680-2": "its check digit is 2, and for these digits it is 1",
    "iswc:034.524.680-1": "not written like one",
    "isni:000000012103268X": "its check digit is X, and for these digits it is 3",
    "isni:00000001210326831": "not written like one",
    "iscc:KACYPXW445FTYNJ3CYSXHAFJMA2HUWULUNRFE3BLHRSCXYH2XHGQY": "its header announces 256 bits, 248 follow (is",
    "iscc:KACYPXW563EDNM": "letters are missing or too many",
    "iscc:AAAYPXW445FTYNJ1": "not written like one",
    "iscc:AAA": "not written like one",
    "iscc:KUAG2PRCRS5LNVZVJKAFAVOJXLZZN": "its last letter is none that a code ends with",
    "iscc:77777777": "its header cannot be read",
    "iscc:QAAYPXW445FTYNJ3": "a kind of code (8-0-1) that is not known",
    "eird:10.5240/7791-8534-2C23-9030-8610-5": "no scheme that is known (did you mean eidr:?)",
    "10.5240/7791-8534-2C23-9030-8610-5": "no scheme that is known (one of: eidr:, isan:, iscc:",
    "eidr": "no scheme that is known",
    "eidr:": "a content ID begins",
}


@pytest.mark.parametrize(("written", "what"), UNSOUND.items())
def test_a_slip_is_told_with_what_belongs_there(written: str, what: str) -> None:
    with pytest.raises(UsageError) as error:
        checked_identifier(written)
    assert what in str(error.value)
    assert repr(written) in str(error.value)


DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@given(st.text(DIGITS, min_size=1, max_size=24), st.data())
def test_no_single_slip_and_no_swap_of_neighbours_passes_mod_37_36(digits: str, data: st.DataObject) -> None:
    whole = digits + _mod_37_36(digits)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from(DIGITS))
    slipped = whole[:at] + other + whole[at + 1 :]
    assert (_mod_37_36(slipped[:-1]) == slipped[-1]) == (slipped == whole)


@given(st.text("0123456789", min_size=1, max_size=15), st.data())
def test_no_single_slip_passes_mod_11_2(digits: str, data: st.DataObject) -> None:
    check = _mod_11_2(digits)
    at, other = data.draw(st.integers(0, len(digits) - 1)), data.draw(st.sampled_from("0123456789"))
    slipped = digits[:at] + other + digits[at + 1 :]
    assert (_mod_11_2(slipped) == check) == (slipped == digits)


@given(st.sampled_from(SCHEMES), st.text(max_size=70))
def test_whatever_is_written_is_spelled_or_refused(scheme: str, value: str) -> None:
    try:
        spelled = checked_identifier(f"{scheme}:{value}")
    except UsageError:
        return
    assert checked_identifier(spelled) == spelled


def test_works_are_imported_with_their_identifiers_in_one_spelling(studio: Registry, importing: Importing) -> None:
    importing("""
works:
  - {id: w, kind: film, identifiers: ['eidr:10.5240/7791853 42c239030 86105', 'isan:0000-0000-d07a-0090-q']}
""")
    expected = ("eidr:10.5240/7791-8534-2C23-9030-8610-5", "isan:0000-0000-D07A-0090-Q")
    assert studio.record().works["w"].identifiers == expected
    again = "works: [{id: w, kind: film, identifiers: [isan:0000-0000-D07A-0090-Q, eidr:10.5240/%s]}]"
    assert importing(again % "7791-8534-2C23-9030-8610-5").new == {}


def test_a_wrong_check_digit_is_told_with_its_line(studio: Registry, importing: Importing) -> None:
    with pytest.raises(UsageError, match=r"registry\.yaml:5: 'isrc:X' is no ISRC: it is not written like one"):
        importing("works:\n  - id: w\n    kind: song\n    identifiers: [\n      isrc:X]\n")
    with pytest.raises(UsageError, match="its check digit is 6, and for these digits it is 5"):
        studio.declare(Work(id="w", kind="film", identifiers=("eidr:10.5240/7791-8534-2C23-9030-8610-6",)))
    written = Work(id="w", kind="song", identifiers=("isrc:us-rc1-76-07839",))
    studio.declare(written)
    assert studio.record().works["w"] == replace(written, identifiers=("isrc:USRC17607839",))

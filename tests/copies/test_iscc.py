# SPDX-License-Identifier: Apache-2.0
"""ISCC Video-Codes; the examples were made with iscc-core 1.5.0 from drawn frame signatures."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyodaku.copies.iscc import VideoCode, video_code, video_likeness
from kyodaku.errors import UsageError

DIGEST = "165e44070a89bdd0"
UNIT = "ISCC:EMARMXSEA4FITPOQ"
UNIT_128 = "ISCC:EMBRMXSEA4FITPOQIDSA7ZHJSHS4K"
UNIT_256 = "ISCC:EMDRMXSEA4FITPOQIDSA7ZHJSHS4K47EQGQDXFR2OKS5YW2DZJ3GCVA"
ALIKE, ALIKE_128, ALIKE_256 = (
    "ISCC:EMAR4NTEQIBMRH6R",
    "ISCC:EMBR4NTEQIBMRH6RMDSIUZGJSHQMK",
    "ISCC:EMDR4NTEQIBMRH6RMDSIUZGJSHQMKY3ESOQDXFU2NOSZDX2LZZLCABA",
)


@pytest.mark.parametrize(
    "text",
    [
        UNIT,
        "EMARMXSEA4FITPOQ",
        " iscc:emarmxsea4fitpoq\n",
        "ISCC:KMCQX3H4YXAOGLZWCZPEIBYKRG65BDURXQEXJM7MW37W6LHXOUFQ2MQ",
        "ISCC:KMARMXSEA4FITPOQR2I3YCLUWPWLN73PFT3XKCYNGI",
    ],
    ids=["unit", "bare", "small letters", "with meta", "without meta"],
)
def test_the_video_code_is_found_in_every_form(text: str) -> None:
    assert video_code(text) == VideoCode(digest=bytes.fromhex(DIGEST))
    assert video_code(text).bits == 64


@pytest.mark.parametrize(
    ("one", "other", "apart", "bits"),
    [(UNIT, ALIKE, 14, 64), (UNIT_128, ALIKE_128, 22, 128), (UNIT_256, ALIKE_256, 44, 256)],
)
def test_distances_are_those_of_iscc_core(one: str, other: str, apart: int, bits: int) -> None:
    assert video_likeness(video_code(one), video_code(other)) == 1 - apart / bits


def test_a_shorter_code_is_compared_as_far_as_it_goes() -> None:
    assert video_likeness(video_code(UNIT), video_code(UNIT_256)) == 1
    assert video_likeness(video_code(ALIKE_256), video_code(UNIT)) == 1 - 14 / 64


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no ISCC"),
        ("ISCC:", "no ISCC"),
        ("ISCC:A", "no ISCC"),
        ("ISCC:1890", "no ISCC"),
        ("許諾", "no ISCC"),
        ("A" * 10_000, "no ISCC"),
        ("ISCC:GAAY5EN4BF2LH3FW", "no Video-Code"),
        ("ISCC:EAA4GIABX22GNPUJ", "no Video-Code"),
        ("ISCC:KYCAX3H4YXAOGLZWR2I3YCLUWPWLN73PFT3XKCYNGI", "no Video-Code"),
        ("ISCC:KUAI5EN4BF2LH3FW75XSZ53VBMGTE", "no Video-Code"),
        (UNIT[:-4], "cut off"),
        (UNIT + "AAAAAAAA", "something behind"),
        ("ISCC:KMARMXSEA4FITPOQR2I3YCLUWPWLN73P", "cut off"),
    ],
)
def test_what_is_none_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        video_code(text)


@given(st.text(max_size=80) | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=80))
def test_no_text_ends_in_anything_else(text: str) -> None:
    with suppress(UsageError):
        assert 32 <= video_code(text).bits <= 256

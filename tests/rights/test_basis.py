# SPDX-License-Identifier: Apache-2.0
"""What manifests say, and what it counts as."""

from __future__ import annotations

import pytest

from kyodaku.errors import UsageError
from kyodaku.rights import Basis, basis_from_claim
from kyodaku.rights._licences import known_licences, parse_licences, spelling


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("CC0", "CC0"),
        ("cc0-1.0", "CC0-1.0"),
        ("CC0 1.0 Universal", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("http://www.creativecommons.org/publicdomain/mark/1.0", "CC-PDM-1.0"),
        ("Public Domain Mark 1.0", "CC-PDM-1.0"),
        ("public domain", "LicenseRef-public-domain"),
        ("パブリックドメイン", "LicenseRef-public-domain"),
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc by 4", "CC-BY-4.0"),
        ("CC_BY_v3.0", "CC-BY-3.0"),
        ("CC BY", "CC-BY"),
        ("ＣＣ　ＢＹ　４．０", "CC-BY-4.0"),
        ("Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
        ("Creative Commons Attribution license (reuse allowed)", "CC-BY"),
        ("Attribution 3.0 Unported", "CC-BY-3.0"),
        ("https://creativecommons.org/licenses/by/4.0/deed.ja", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/2.1/jp/", "CC-BY-2.1"),
        ("creativecommons.org/licenses/by-nc-sa/4.0/legalcode", "CC-BY-NC-SA-4.0"),
        ("クリエイティブ・コモンズ・ライセンス 表示 4.0 国際", "CC-BY-4.0"),
        ("クリエイティブ・コモンズ 表示-継承 4.0 国際", "CC-BY-SA-4.0"),
        ("Licensed under CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("Creative Commons Attribution-ShareAlike 4.0 International License", "CC-BY-SA-4.0"),
        ("CC BY-NC-ND 4.0", "CC-BY-NC-ND-4.0"),
        ("Attribution-NonCommercial-NoDerivatives 4.0 International", "CC-BY-NC-ND-4.0"),
        ("Licence Art Libre 1.3", "LAL-1.3"),
        ("Open Government Licence v3.0", "OGL-UK-3.0"),
        ("公共データ利用規約(第1.0版)", "LicenseRef-PDL-1.0"),
        ("政府標準利用規約(第2.0版)", "LicenseRef-GJSTU-2.0"),
    ],
)
def test_a_known_licence_is_recognised_in_every_spelling(text: str, licence: str) -> None:
    basis = basis_from_claim(text, "Somebody", "https://example.org/a", "lab")

    assert basis is not None
    assert (basis.licence, basis.detail, basis.owner, basis.source) == (
        licence,
        text,
        "Somebody",
        "https://example.org/a",
    )


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "   ",
            "none",
            "unknown",
            "All rights reserved",
            "royalty free",
            "fair use",
            "YouTube",
            "Attribution",
            "BY",
        ),
        *(
            "CC",
            "CC BY except the music",
            "CC BY 4.0 OR CC0-1.0",
            "CC BY 9.0",
            "CC-BY-4.0-NC",
            "not CC0",
            "CC0 (trailer only)",
        ),
        *(
            "https://creativecommons.org/licenses/by/4.0/../../evil",
            "https://example.org/creativecommons.org/licenses/by/4.0/",
        ),
        *(
            "https://creativecommons.org/licenses/sampling+/1.0/",
            "creativecommons.org",
            "CC BY 4.0 " * 200,
            "著作権者不明",
        ),
    ],
)
def test_any_other_text_is_no_basis(text: str) -> None:
    assert basis_from_claim(text, "Somebody", "https://example.org/a", "lab") is None


@pytest.mark.parametrize(
    ("licence", "duties", "limits"),
    [
        ("CC0-1.0", (), ()),
        ("CC-BY-4.0", ("attribution",), ()),
        ("CC-BY-SA-4.0", ("attribution",), ("share_alike",)),
        ("CC-BY-NC-4.0", ("attribution",), ("non_commercial",)),
        ("CC-BY-ND-4.0", ("attribution",), ("no_derivatives",)),
        ("CC-BY-NC-SA-4.0", ("attribution",), ("non_commercial", "share_alike")),
        ("CC-BY-NC-ND-4.0", ("attribution",), ("no_derivatives", "non_commercial")),
    ],
)
def test_a_licence_brings_its_duties_and_limits(licence: str, duties: tuple[str, ...], limits: tuple[str, ...]) -> None:
    basis = basis_from_claim(licence, None, None, "lab")

    assert basis is not None
    assert (basis.kind, basis.duties, basis.limits) == ("open_licence", duties, limits)


def test_a_named_grant_goes_before_ownership_and_ownership_before_a_licence() -> None:
    assert basis_from_claim("grant: p-17 ", "lab", "x", "lab") == Basis(
        kind="grant", detail="grant: p-17", source="p-17", owner="lab"
    )
    assert basis_from_claim("CC0", " lab ", "x", "lab") == Basis(kind="own_work", detail="CC0", source="x", owner="lab")


def test_ownership_is_claimed_by_id_and_not_by_nothing() -> None:
    assert basis_from_claim(None, "Lab", None, "lab") is None
    assert basis_from_claim(None, None, None, "") is None


def test_bytes_that_were_no_text_are_survived() -> None:
    assert basis_from_claim("CC\udcff", "\udcfe", "\udcfd", "lab") is None


def test_no_two_licences_share_a_spelling_and_every_id_is_a_spelling_of_itself() -> None:
    known = known_licences()

    assert all(known[spelling(licence.id)] == licence for licence in known.values())


ENTRY = "- {{id: {id}, kind: open_licence, spellings: [{spelling}], why: {{en: x, ja: x}}{more}}}\n"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["A", "B"], "mine.yaml:3: 'same' already means A"),
        (["A, colour: red"], "mine.yaml:2: unknown field 'colour'"),
    ],
)
def test_a_faulty_table_of_licences_is_refused_with_its_line(rows: list[str], message: str) -> None:
    text = "licences:\n"
    for row in rows:
        name, _, more = row.partition(",")
        text += ENTRY.format(id=name, spelling="same", more=f",{more}" if more else "")

    with pytest.raises(UsageError) as caught:
        parse_licences(text, name="mine.yaml")

    assert message in str(caught.value)

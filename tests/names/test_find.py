# SPDX-License-Identifier: Apache-2.0
"""Names found in prompts, in every script and disguise, and not found where nothing is meant."""

from __future__ import annotations

import pytest

from kyodaku.names import Entry, Mention, Name, NamesIndex


def only(index: NamesIndex, text: str) -> Mention:
    found = index.find(text)
    assert len(found) == 1, found
    assert text[found[0].start : found[0].end] == found[0].quoted
    return found[0]


@pytest.mark.parametrize(
    ("text", "work", "quoted", "how"),
    [
        ("a film of moss captain orla", "orla", "moss captain orla", "exact"),
        ("MOSS-CAPTAIN ORLA's hat", "orla", "MOSS-CAPTAIN ORLA", "exact"),
        ("mosscaptainorla dances", "orla", "mosscaptainorla", "joined"),
        ("a m o s s c a p t a i n o r l a b", "orla", "m o s s c a p t a i n o r l a", "spaced"),
        ("P.i.k.e.l.o runs", "pikelo", "P.i.k.e.l.o", "spaced"),
        ("p1k3lo runs", "pikelo", "p1k3lo", "leet"),
        ("5p1d3r H4rb0ur at 4k", "harbour", "5p1d3r H4rb0ur", "leet"),
        ("Pikeeelo!", "pikelo", "Pikeeelo", "repeats"),
        ("Piklo eats", "pikelo", "Piklo", "typo"),
        ("Pikeol eats", "pikelo", "Pikeol", "typo"),
        ("Pikerlo eats", "pikelo", "Pikerlo", "typo"),
        ("olekip runs", "pikelo", "olekip", "reversed"),
        ("pike⚡lo", "pikelo", "pike⚡lo", "emoji"),
        ("🕷️ harbour at night", "harbour", "🕷️ harbour", "emoji"),
        ("Harbour Spidurr at dawn", "harbour", "Harbour Spidurr", "sound"),
        ("Рikеlо", "pikelo", "Рikеlо", "exact"),
        ("Ｐｉｋｅｌｏ", "pikelo", "Ｐｉｋｅｌｏ", "exact"),
        ("𝓟𝓲𝓴𝓮𝓵𝓸 runs", "pikelo", "𝓟𝓲𝓴𝓮𝓵𝓸", "exact"),
        ("🅿🅸🅺🅴🅻🅾 runs", "pikelo", "🅿🅸🅺🅴🅻🅾", "exact"),
        ("P\u200bi\u200bk\u2060elo", "pikelo", "P\u200bi\u200bk\u2060elo", "exact"),
        ("Pi\u0301ke\u0300lo", "pikelo", "Pi\u0301ke\u0300lo", "exact"),
        ("#PikeloMovie", "pikelo", "Pikelo", "exact"),
        ("ottoline zabransky", "dinner", "ottoline zabransky", "exact"),
        (
            "The Quiet Cartographer and Her Seven Papper Elepants",
            "long",
            "The Quiet Cartographer and Her Seven Papper Elepants",
            "typo",
        ),
        ("ピケロンドが走る", "pikelo", "ピケロンド", "exact"),
        ("ﾋﾟｹﾛﾝﾄﾞが走る", "pikelo", "ﾋﾟｹﾛﾝﾄﾞ", "exact"),
        ("海辺のぴけろんどが走る", "pikelo", "ぴけろんど", "exact"),
        ("ピ・ケ・ロ・ン・ドが走る", "pikelo", "ピ・ケ・ロ・ン・ド", "spaced"),
        ("ピ ケ ロ ン ド", "pikelo", "ピ ケ ロ ン ド", "spaced"),
        ("ドンロケピが走る", "pikelo", "ドンロケピ", "reversed"),
        (
            "眠れる灯台守と七つの紙の象たちの長い長い航海日誌の場面",
            "long-ja",
            "眠れる灯台守と七つの紙の象たちの長い長い航海日誌",
            "exact",
        ),
        ("苔船長オルラの船", "orla", "苔船長オルラ", "exact"),
        ("피케론드가 달린다", "pikelo", "피케론드", "exact"),
        ("皮克龙战士在跑", "pikelo", "皮克龙战士", "exact"),
        ("皮克龍戰士在跑", "pikelo", "皮克龍戰士", "exact"),
        ("an orange on a table", "pinned", "orange", "exact"),
    ],
)
def test_a_name_is_found_with_its_span_in_the_users_own_text(
    index: NamesIndex, text: str, work: str, quoted: str, how: str
) -> None:
    found = only(index, text)
    assert (found.work, found.quoted, found.how) == (work, quoted, how)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "🎬",
        "a car drifts round a bend",
        "drift ice on the sea",
        "ひまわり畑の中で犬が走る",
        "별이 빛나는 밤",
        "ピケロンドルーンが走る",
        "바피케론드",
        "a spider in the harbour",
        "spiders harbours grudges",
        "a pike low in the water",
        "4k 60fps, 3d render, 1080p, 2nd take, mp4",
        "the ring on his finger, 12:30 pm",
        "A Drift Of Snow On A Road At Dawn",
        "привет мир, хорошая погода",
        "un château sous la pluie, très cinématique",
    ],
)
def test_prompts_that_name_nothing_are_left_alone(index: NamesIndex, text: str) -> None:
    assert index.find(text) == []


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("the movie Drift, night", "match"),
        ('a scene of the film "Drift", night', "match"),
        ("アニメ『ひまわり』の主人公", "match"),
        ("映画「ひまわり」の場面", "match"),
        ("Lantern Kiln Works presents Pikelo in Drift", "match"),
        ('a poster that says "drift" in red', "review"),
        ("d r i f t, night", "review"),
    ],
)
def test_a_plain_word_counts_by_what_stands_around_it(index: NamesIndex, text: str, band: str) -> None:
    found = [mention for mention in index.find(text) if mention.work == "drift"]
    assert [mention.band for mention in found] == [band]


def test_a_studio_vouches_and_is_itself_no_mention(index: NamesIndex) -> None:
    assert {m.work for m in index.find("Lantern Kiln Works: Pikelo")} == {"pikelo"}


def test_holders_see_which_of_their_names_count_only_in_context(index: NamesIndex) -> None:
    assert set(index.demoted()) >= {("drift", "Drift"), ("drift", "ひまわり"), ("drift", "별")}
    assert ("pinned", "Orange") not in index.demoted()


def test_a_person_is_told_as_a_person(index: NamesIndex) -> None:
    assert only(index, "Ottoline Zabranský smiles").kind == "person"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a girl with a silver braid and a crimson pointed hat, a mechanical owl on her shoulder", True),
        ("銀色の三つ編みの少女、とがった赤い帽子、肩に機械のフクロウ", True),
        (
            "a girl with a silver braid and a crimson pointed hat who lives in a lighthouse",
            False,
        ),  # lacks what it must have
        ("an owl", False),
        ("a girl with a red hat by the sea", False),
    ],
)
def test_a_description_routes_and_tells_no_trait(index: NamesIndex, text: str, found: bool) -> None:  # noqa: FBT001
    mentions = index.find(text)
    assert bool(mentions) is found
    for mention in mentions:
        assert (mention.work, mention.how, mention.band, mention.name) == ("quill", "description", "review", "")


def test_who_is_named_is_not_described_too(index: NamesIndex) -> None:
    text = "Tessaly Quill, a silver braid and a crimson pointed hat, a mechanical owl on her shoulder"
    assert [mention.how for mention in index.find(text)] == ["exact"]


def test_every_work_that_bears_a_name_is_told() -> None:
    index = NamesIndex.build([Entry(work=w, names=(Name(text="Quorbrix Nine"),)) for w in ("one", "two")])
    assert [mention.work for mention in index.find("quorbrix nine")] == ["one", "two"]

# SPDX-License-Identifier: Apache-2.0
"""Ways in which a name gets past a reader of letters: each was one, and none is meant to be one again."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Callable

import pytest

from kyodaku.names import Background, Entry, Name, NamesIndex, Trait
from kyodaku.names._readings import second_reading
from kyodaku.names.normalise import normalise


def _named(work: str, *names: tuple[str, str | None], **more: str) -> Entry:
    return Entry(work=work, names=tuple(Name(text=text, lang=lang) for text, lang in names), **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def held() -> NamesIndex:
    return NamesIndex.build(
        [
            _named("glim", ("Glimmerhaven", "en"), ("グリマーヘイブン", "ja"), ("글리머헤이븐", "ko")),
            _named("fox", ("Clockwork Fox", "en"), ("发条狐狸", "zh")),
            _named("kit", ("Captain Quillabeth Moss", "en")),
            _named("vorrin", ("Vorrin", "en"), ("ヴォリンダ", "ja")),
            _named("shion", ("Tsukikage Shion", "en"), ("月影シオン", "ja")),
        ]
    )


FOUND = [
    ("Glimmerhaven™ at night", "glim", "Glimmerhaven"),
    ("V\u0489o\u0489r\u20ddr\u0489in runs", "vorrin", "V\u0489o\u0489r\u20ddr\u0489in"),
    ("Clockwork Foxes dance", "fox", "Clockwork Foxes"),
    ("clock work fox dances", "fox", "clock work fox"),
    ("Cl\u09e6ckw\u09e6rk F\u09e6x", "fox", "Cl\u09e6ckw\u09e6rk F\u09e6x"),
    ("Cl⭕ckw⭕rk F⭕x", "fox", "Cl⭕ckw⭕rk F⭕x"),
    ("VoЯЯin runs", "vorrin", "VoЯЯin"),
    ("Vorrinesque light", "vorrin", "Vorrin"),
    ("superglimmerhavenvision", "glim", "glimmerhaven"),
    ("@glimmerhavenfan99", "glim", "glimmerhaven"),
    ("Captain QuiIIabeth Moss", "kit", "Captain QuiIIabeth Moss"),
    ("i a c a p t a i n q u i l l a b e t h m o s s x y", "kit", "c a p t a i n q u i l l a b e t h m o s s"),
    ("Shion Tsukikage smiles", "shion", "Shion Tsukikage"),
    (r"A street.\nClockwork Fox runs", "fox", "Clockwork Fox"),
    ("Clockwork%20Fox", "fox", "Clockwork%20Fox"),
    ("Clo<b>ckwork</b> Fox", "fox", "Clo<b>ckwork</b> Fox"),
    ("Glim&shy;merhaven", "glim", "Glim&shy;merhaven"),
    ("ク゛リマーヘイフ゛ンが走る", "glim", "ク゛リマーヘイフ゛ン"),
    ("グリマ〜ヘイブンが走る", "glim", "グリマ〜ヘイブン"),
    ("グリマ一ヘイブンが走る", "glim", "グリマ一ヘイブン"),
    ("グリ○ーヘイブンが走る", "glim", "グリ○ーヘイブン"),
    ("グリマーヘイ〇ンが走る", "glim", "グリマーヘイ〇ン"),
    ("月影（つきかげ）シオンが走る", "shion", "月影（つきかげ）シオン"),
    ("ボリンダが走る", "vorrin", "ボリンダ"),
    ("ヴォリンダチャンが走る", "vorrin", "ヴォリンダ"),
    ("글리머해이븐에서 달린다", "glim", "글리머해이븐"),
    ("\u202e븐이헤머리글\u202c", "glim", "븐이헤머리글\u202c"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "work", "quoted"), FOUND, ids=[ascii(case[0]) for case in FOUND])
def test_a_name_so_written_is_found_where_it_stands(held: NamesIndex, text: str, work: str, quoted: str) -> None:
    assert (work, quoted) in {(mention.work, mention.quoted) for mention in held.find(text)}
    assert all(mention.quoted == text[mention.start : mention.end] for mention in held.find(text))


@pytest.mark.parametrize("name", ["グリマーヘイブン", "发条狐狸", "글리머헤이븐", "Vorrin"])
@pytest.mark.parametrize(
    "write",
    [
        lambda name: json.dumps({"character": f"\U0001f98a {name}", "shot": "wide"}),
        lambda name: "https://example.org/wiki/" + urllib.parse.quote(name),
        lambda name: "".join(f"%{byte:02x}" for byte in name.encode()),
        lambda name: "".join(f"&#x{ord(letter):x};" for letter in name),
        lambda name: "".join(f"\\u{{{ord(letter):x}}}" for letter in name),
    ],
    ids=["json", "address", "percent", "entities", "braces"],
)
def test_escapes_hide_no_name(held: NamesIndex, name: str, write: Callable[[str], str]) -> None:
    assert len({mention.work for mention in held.find(write(name))}) == 1


@pytest.mark.parametrize(
    "text", ["%41Vorrin", "&amp;Vorrin", r"\tVorrin", "aI Vorrin", "グ一 Vorrin", "<i>Vorrin", "Vorrin<!--"]
)
def test_what_looks_escaped_hides_no_plain_name(held: NamesIndex, text: str) -> None:
    assert [mention.work for mention in held.find(text)] == ["vorrin"]


@pytest.mark.parametrize(
    "text",
    [
        "a clockwork toy and a fox, foxes at work by the clock",
        "glimmering haven, 45° light, 1920×1080, £50, 20°C, © 2026",
        "the moss on the captain's boat",
        "カメラ一台、シーン二つ、ビルへ行くエレベーター、○印と×印、☆の空",
        "二〇二六年の東京、〇から九まで",
        "a < b > c, 100% cotton, 50%ba, R&D; C:\\new\\table",
        "글리머가 빛나는 밤, 소녀가 달린다",
        "привет Явор, хорошая погода",
        "a herd of foxlike wolves, clockworks, and havens",
    ],
)
def test_ordinary_texts_stay_unflagged(held: NamesIndex, text: str) -> None:
    assert held.find(text) == []


def test_padding_hides_nothing(held: NamesIndex) -> None:
    odd = " ".join(f"qz{a}{b}vx" for a in "abcdefgh" for b in "klmnopq")
    assert "glim" in {mention.work for mention in held.find(f"{odd} Glimmerhavon")}
    pictures = "\U0001f9d1\U0001f3fe" * 400
    assert "fox" in {mention.work for mention in held.find(f"{pictures} clockwork 🦊 runs")}


def test_works_of_one_name_hide_no_other_of_it() -> None:
    crowd = [_named(f"a{number:03}", ("Quorbrix Nine", None)) for number in range(200)]
    index = NamesIndex.build([*crowd, _named("z", ("Quorbrix Nine", None))])
    assert "z" in {mention.work for mention in index.find("Quorbrix Nine, and again quorbrix nine")}


@pytest.mark.parametrize("name", ["the", "a", "video", "man", "の", "を", "1", "woman"])
def test_nobody_pins_a_word_of_everybodys_prompts(name: str) -> None:
    index = NamesIndex.build([Entry(work="w", names=(Name(text=name, distinctive=True),))])
    assert index.find("the video of a man and a woman, 1 take") == index.find("ひまわりの花を見る") == []
    assert index.demoted() == [("w", name)]


@pytest.mark.parametrize(
    "name",
    [
        "Young Woman",
        "The Living Room",
        "Blue Sky",
        "a cat in the hat",
        "New York",
        "夜の街",
        "若い女性",
        "一个女人",
        "젊은 여자",
        "비 오는 밤",
    ],
)
@pytest.mark.parametrize("pinned", [False, True])
def test_nobody_has_an_everyday_phrase_to_himself(name: str, pinned: bool) -> None:  # noqa: FBT001
    index = NamesIndex.build([Entry(work="w", names=(Name(text=name, distinctive=pinned),))])
    assert index.find(f"{name.lower()} {name.lower()}") == []
    assert index.demoted() == [("w", name)]
    assert index.find(f"the movie 『{name}』 アニメ")


@pytest.mark.parametrize(
    "name", ["Glimmer Woman", "Rain Tinker", "Blue Quorbrix", "Moss Black", "霧灯の少女", "비오는" * 60]
)
def test_other_names_are_no_everyday_phrases(name: str) -> None:
    index = NamesIndex.build([Entry(work="w", names=(Name(text=name),))])
    assert index.demoted() == []
    assert [mention.band for mention in index.find(f"{name.lower()}.")] == ["match"]


def test_a_pin_yields_to_an_operators_own_prompts() -> None:
    held = [Entry(work="w", names=(Name(text="Orange", distinctive=True),))]
    learnt = Background().learn(["an orange on a table"] * 30)
    assert NamesIndex.build(held).find("an orange sky")
    assert not NamesIndex.build(held, background=learnt).find("an orange sky")


def test_many_names_cost_what_their_number_costs() -> None:
    letters = "bdfgklmnprstvz"
    plain = ["spring", "mirror", "harvest", "echo", "drift", "lantern", "compass", "orchard"]
    coined = [f"{a}o{b}i{c}ax" for a in letters for b in letters for c in letters[:8]]
    held = [_named(f"n{number}", (name, None)) for number, name in enumerate(coined)]
    held += [
        Entry(work=f"p{number}", names=(Name(text=plain[number % 8]),), related=(f"Studio {number}",))
        for number in range(160)
    ]
    index = NamesIndex.build(held)
    text = " ".join(f"{name} {plain[number % 8]}" for number, name in enumerate(coined * 3))
    begun = time.process_time()
    index.find(text)
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"{\u30d4\u30b1\ud83d\ude00}", "{ピケ😀}"),
        ("%E3%83%94 50%", "ピ 50%"),
        ("&lt;i&gt;", "<i>"),
        ("QuiII", "Quill"),
        ("夕ロット", "タロット"),
        ("50% off, a & b", None),
        (r"\u{110000}", None),
        ("カメラ一台", None),
    ],
)
def test_a_second_reading_is_made_where_a_text_has_one(text: str, read: str | None) -> None:
    reading = second_reading(text)
    assert (reading and reading.text) == read
    if reading is not None:
        spans = [reading.span(place, place + 1) for place in range(len(reading.text))]
        assert all(0 <= start < end <= len(text) for start, end in spans)


@pytest.mark.parametrize(
    ("text", "normal"), [("ウ゛ォ", "ヴォ"), ("৩໐", "30"), ("привет Явор", "привет явор"), ("a™b", "a b")]
)
def test_marks_and_digits_of_other_scripts_are_put_right(text: str, normal: str) -> None:
    assert normalise(text).text == normal


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("a night of fog, mirror light", "review"),
        ("a tall fog mirror", "match"),
        ("the quorbrix, nine of them", "match"),
        ("霧の国境で犬が走る", "review"),
        ("霧の国で犬が走る", "match"),
        ("霧の国風の城", "match"),
    ],
)
def test_the_letters_of_a_name_by_chance_are_for_a_person(text: str, band: str) -> None:
    names = (("Fog Mirror", "en"), ("Quorbrix Nine", "en"), ("霧の国", "ja"))
    index = NamesIndex.build([_named(f"w{number}", name) for number, name in enumerate(names)])
    assert [mention.band for mention in index.find(text)] == [band]


def test_the_marks_that_json_needs_are_no_title_marks() -> None:
    index = NamesIndex.build([_named("w", ("Drift", "en"))])
    assert index.find('{"camera": {"move": "drift"}, "drift": "slow", "moods": ["drift"]}') == []
    assert index.find('a poster that says "drift" in red')


@pytest.mark.parametrize("weight", [1, 10])
def test_weights_weigh_traits_against_each_other_and_not_against_other_works(weight: float) -> None:
    said = "man woman car rain street girl walking night city light tree dog running water sky"
    traits = tuple(Trait(text={"en": word}, weight=weight) for word in said.split())
    index = NamesIndex.build([Entry(work="w", traits=traits)])
    assert index.find("a girl walking in the rain at night, city light on the street") == []


def test_no_few_works_hide_another_that_is_described() -> None:
    said = ("three-eyed walrus", "brass diving helmet", "accordion of whale bone", "emerald waistcoat")
    traits = tuple(Trait(text={"en": text}) for text in said)
    index = NamesIndex.build([Entry(work=f"w{number}", traits=traits) for number in range(9)])
    assert len(index.find(f"a {', '.join(said)}")) == 9

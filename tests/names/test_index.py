# SPDX-License-Identifier: Apache-2.0
"""The index on disk, against a plain search, and against hostile texts."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.names import Background, Entry, Name, NamesIndex, Trait
from kyodaku.names._forms import spaced, squash
from kyodaku.names._stream import hash_of, stream
from kyodaku.names.alias_table import HashTable, deletions, form_hashes
from kyodaku.names.variants import forms
from support.invented_names import entries

PIECES = st.sampled_from(
    [
        "Pikelo",
        "ピケロンド",
        "Moss Captain Orla",
        "p1k3lo",
        "🕷️",
        "harbour",
        "\u200b",
        "\ud800",
        "é",
        " ",
        ".",
        "drift",
        "피케론드",
    ]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=20).map("".join))
@settings(max_examples=150, deadline=None)
def test_spans_are_the_users_own_characters(index: NamesIndex, text: str) -> None:
    for mention in index.find(text):
        assert mention.quoted == text[mention.start : mention.end] != ""
        assert 0 < mention.confidence <= 1


def test_what_is_saved_is_what_is_opened(index: NamesIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "names")
    opened = NamesIndex.open(tmp_path / "names")
    for text in (
        "Pikelo and the movie Drift",
        "ぴけろんど",
        "silver braid, crimson pointed hat, mechanical owl on the shoulder",
    ):
        assert opened.find(text) == index.find(text) != []
    assert len(opened) == len(index)


def test_the_same_entries_give_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        NamesIndex.build(entries()).save(tmp_path / name)
    assert (tmp_path / "one" / "names.json").read_bytes() == (tmp_path / "two" / "names.json").read_bytes()


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    NamesIndex.build([]).save(tmp_path / "names")
    assert NamesIndex.open(tmp_path / "names").find("Pikelo p1kelo 🎬 ピケロンド") == []


@pytest.mark.parametrize("file", ["exact_hashes.npy", "form_texts_blob.npy", "names.json"])
def test_an_altered_file_is_refused(index: NamesIndex, tmp_path: Path, file: str) -> None:
    index.save(tmp_path)
    held = bytearray((tmp_path / file).read_bytes())
    held[len(held) // 2] ^= 1
    (tmp_path / file).write_bytes(held)
    with pytest.raises(KyodakuError):
        NamesIndex.open(tmp_path)


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"format": "kyodaku-names-1", "about": {}, "arrays": {"../x": {}}}']
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "names.json").write_text(manifest)
    with pytest.raises(IntegrityError):
        NamesIndex.open(tmp_path)


def test_a_manifest_of_other_files_is_refused(tmp_path: Path, index: NamesIndex) -> None:
    index.save(tmp_path)
    manifest = json.loads((tmp_path / "names.json").read_text())
    (tmp_path / "kinds.npy").unlink()
    (tmp_path / "names.json").write_text(json.dumps(manifest))
    with pytest.raises(IntegrityError):
        NamesIndex.open(tmp_path)


def test_no_index_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(KyodakuError, match="no index of names"):
        NamesIndex.open(tmp_path / "none")


@given(
    st.lists(st.text("abcdefg ", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=30),
    st.text("abcdefg ", max_size=60),
)
@settings(max_examples=150, deadline=None)
def test_the_table_finds_what_a_plain_search_finds(names: list[str], text: str) -> None:
    keys = [squash(spaced(name)) for name in names]
    table = HashTable.made(form_hashes(keys), np.arange(len(keys), dtype=np.uint32))
    seen = stream(text)
    starts, ends = seen.runs()
    found = {(int(starts[run]), keys[row]) for run, row in table.find(seen.run_hashes(starts, ends))}
    letters = [seen.letters(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]
    assert found == {(int(a), key) for a, said in zip(starts, letters, strict=True) for key in keys if said == key}


@given(st.text("abcdefghij", min_size=5, max_size=24))
def test_deletions_are_the_hashes_of_what_is_left(word: str) -> None:
    hashes, _ = deletions([word])
    assert hashes.tolist() == [hash_of(word[:i] + word[i + 1 :]) for i in range(len(word))]


def test_kana_are_folded_name_by_name() -> None:
    made = forms(Name(text="ドリモーグ", lang="ja"))
    assert {"ドリモーグ", "どりもーぐ", "dorimogu"} <= set(made)
    assert {"dorimoogu", "となりのモーグ"}.isdisjoint(made)
    assert {"皮克龙", "皮克龍"} <= set(forms(Name(text="皮克龙", lang="zh")))


def test_an_operators_own_prompts_demote_a_name() -> None:
    held = [Entry(work="w", names=(Name(text="Quorbrix Nine"),))]
    learnt = Background().learn(["the quorbrix nine is a bus line here"])
    assert NamesIndex.build(held, background=learnt).demoted() == [("w", "Quorbrix Nine")]
    assert NamesIndex.build(held).demoted() == []


@pytest.mark.parametrize(
    "text",
    [
        "Pikelo " * 150_000, "ピケロンド" * 200_000, "a " * 500_000, "pi" * 500_000, "zq1! " * 200_000, "🕷️" * 200_000,
        "qzx" * 300_000, "a" + "\u0301" * 100_000, "\ud800" * 100_000, ("qzkv" + " wjxq") * 100_000, '"' * 1_000_000,
    ],
    ids=lambda text: text[:4],
)  # fmt: skip
def test_a_quarter_of_a_megabyte_costs_seconds_and_no_more(index: NamesIndex, text: str) -> None:
    begun = time.process_time()
    index.find(text[:250_000])
    assert time.process_time() - begun < 8


def test_a_prompt_costs_less_than_a_millisecond_or_so() -> None:
    chance = random.Random(1)
    syllables = ["ka", "ri", "mo", "ten", "sul", "vor", "bex", "dal", "fin", "gor"]
    held = [
        Entry(work=f"w{n}", names=(Name(text=" ".join("".join(chance.choices(syllables, k=3)) for _ in range(2))),))
        for n in range(5_000)
    ]
    index = NamesIndex.build(held)
    text = "A young woman walks along the river at dusk while lanterns are lit one by one on the other bank of it. " * 2
    index.find(text)
    begun = time.process_time()
    for _ in range(200):
        index.find(text)
    assert (time.process_time() - begun) / 200 < 0.003


@pytest.mark.parametrize(
    "make",
    [
        lambda: Name(text=" "),
        lambda: Name(text="x" * 201),
        lambda: Name(text="x", kind="other"),  # type: ignore[arg-type]
        lambda: Trait(text={}),
        lambda: Trait(text={"en": "hat"}, weight=float("nan")),
        lambda: Trait(text={"en": "hat"}, group="hair"),  # type: ignore[arg-type]
        lambda: Entry(work="w", kind="thing"),  # type: ignore[arg-type]
        lambda: Entry(work="w", names=(Name(text="x"),) * 401),
        lambda: Entry(work="w", descriptions={"en": ""}),
    ],
)
def test_what_a_holder_may_not_say_is_told_in_one_line(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError):
        make()

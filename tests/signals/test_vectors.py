# SPDX-License-Identifier: Apache-2.0
"""Every vector of the table: the signals that its standard says stand in it, and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import pytest

from kyodaku.signals import SAYS, SIGNAL_ACTS, STANDARDS, Signal, combine
from support.signal_vectors import KINDS, READERS, Vector, vectors


def _said(signals: Iterable[Signal], standard: str) -> dict[str, list[str]]:
    said: dict[str, set[str]] = {}
    for signal in signals:
        if signal.standard == standard:
            said.setdefault(signal.says, set()).add(signal.act)
    return _ordered(said)


def _ordered(said: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    return {says: sorted(set(acts), key=SIGNAL_ACTS.index) for says, acts in sorted(said.items())}


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector.id)
def test_a_vector_gives_the_signals_that_its_standard_says(vector: Vector) -> None:
    signals = vector.signals()
    expected = {vector.standard: vector.expect, **vector.also}
    assert {standard: _said(signals, standard) for standard in expected} == {
        standard: _ordered(said) for standard, said in expected.items()
    }
    assert {signal.standard for signal in signals} <= set(expected)
    combined = combine(signals)
    assert {act: combined[act].says for act in vector.combined} == dict(vector.combined)
    for signal in signals:
        if signal.standard == vector.standard:
            _check_details(vector, signal)
        assert signal.says != "unknown" or signal.warning, "an unknown says why"


def _check_details(vector: Vector, signal: Signal) -> None:
    for name in ("revision", "terms", "signature", "subject"):
        if getattr(vector, name) is not None:
            assert getattr(signal, name) == getattr(vector, name)
    if vector.why is not None and signal.says == "unknown":
        assert vector.why in (signal.warning or "")


def test_the_table_is_sound() -> None:
    table = vectors()
    assert not [name for name, count in Counter(vector.id for vector in table).items() if count > 1]
    for vector in table:
        assert vector.kind in KINDS, vector.id
        assert vector.source, vector.id
        assert vector.read in READERS, vector.id
        for standard, said in {vector.standard: vector.expect, **vector.also}.items():
            assert standard in STANDARDS, vector.id
            assert set(said) <= set(SAYS), vector.id
            assert {act for acts in said.values() for act in acts} <= set(SIGNAL_ACTS), vector.id


def test_the_table_has_every_kind_of_vector_of_what_we_read() -> None:
    kinds = Counter((vector.standard, vector.kind) for vector in vectors())
    for standard in (
        "aipref",
        "robots",
        "content-signals",
        "tdmrep",
        "noai",
        "ai-txt",
        "rsl",
        "rsl-media",
        "plus",
        "cawg",
        "tdm-ai",
    ):
        assert kinds[standard, "valid"], standard
        assert kinds[standard, "malformed"], standard
        assert kinds[standard, "adversarial"], standard


def test_nothing_malformed_or_adversarial_allows_what_it_does_not_plainly_say() -> None:
    for vector in vectors():
        if vector.kind == "malformed":
            assert not vector.expect.get("allow"), vector.id

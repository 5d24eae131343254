# SPDX-License-Identifier: Apache-2.0
"""Other programs hash a picture with its borders: so a bordered film from their banks is found by its borders too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kyodaku.copies import PDQ, Fingerprint, IndexWriter, QueryFingerprint, QueryMaker, open_index, query_fingerprint
from kyodaku.copies.descriptor import Pixels
from kyodaku.copies.interchange import read_hashes
from kyodaku.copies.views import FRAMED, canonical

Film = list[tuple[float, Pixels]]


def letterboxed(film: Film) -> Film:
    return [(time, np.pad(pixels, ((16, 16), (0, 0), (0, 0)))) for time, pixels in film]


def bank_of(film: Film) -> Fingerprint:
    """As vPDQ writes it: every frame as it is, borders and all."""
    described = PDQ.describe([pixels for _, pixels in film])
    rows = zip(film, described.codes, described.quality, strict=True)
    lines = [
        f"{number},{quality},{code.tobytes().hex()},{time:.3f}\n"
        for number, ((time, _), code, quality) in enumerate(rows)
    ]
    return read_hashes("".join(lines).encode(), where="bank.txt").entries[0].fingerprint


def asked(film: Film) -> QueryFingerprint:
    return query_fingerprint(film, descriptor=PDQ)


def test_a_bordered_original_of_a_bank_is_found_by_a_clip_with_its_borders(
    film: Callable[..., Film], tmp_path: Path
) -> None:
    with IndexWriter(tmp_path / "index", descriptor="pdq-v1") as writer:
        writer.add("scope", bank_of(letterboxed(film(1, 40))))
        writer.add("other", bank_of(letterboxed(film(2, 40))))
    index = open_index(tmp_path / "index")
    (best, *_) = index.search(asked(letterboxed(film(1, 12, start=8))))
    assert (best.reference, best.view) == ("scope", "framed")
    assert best.r_start == pytest.approx(8, abs=0.6)
    assert not index.search(asked(film(1, 12, start=8)))  # without its borders it cannot be: a known gap
    assert not index.search(asked(letterboxed(film(3, 12))))


def test_frames_without_borders_cost_nothing_more(film: Callable[..., Film]) -> None:
    plain, boxed = film(1, 4), letterboxed(film(1, 4))
    assert set(asked(plain).views) == {"whole", "mirror"}
    mixed = asked([*plain, *[(4 + time, pixels) for time, pixels in boxed]])
    assert set(mixed.views) == {"whole", "mirror", FRAMED.name}
    assert mixed.views[FRAMED.name].times.tolist() == [4 + time for time, _ in boxed]
    assert canonical(boxed[0][1]).shape == plain[0][1].shape


def test_only_the_views_that_are_asked_for_are_seen(film: Callable[..., Film]) -> None:
    maker = QueryMaker(PDQ, views=[FRAMED])
    maker.add(letterboxed(film(1, 2)))
    assert set(maker.finished(None).views) == {FRAMED.name}

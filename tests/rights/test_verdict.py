# SPDX-License-Identifier: Apache-2.0
"""Verdicts compare by strictness, also with their plain words."""

from __future__ import annotations

from itertools import combinations

import pytest

from kyodaku.rights import Verdict

ORDER = [Verdict.PERMITTED, Verdict.PERMITTED_WITH_DUTIES, Verdict.REVIEW, Verdict.REFUSED]


@pytest.mark.parametrize(("looser", "stricter"), list(combinations(ORDER, 2)))
def test_the_stricter_is_the_greater(looser: Verdict, stricter: Verdict) -> None:
    assert looser < stricter
    assert stricter > looser
    assert looser <= stricter.value
    assert stricter >= looser.value
    assert not stricter <= looser
    assert not looser >= stricter
    assert Verdict.strictest([looser, stricter, looser]) is stricter


def test_sorting_and_json_use_the_words() -> None:
    assert sorted([Verdict.REFUSED, Verdict.PERMITTED, Verdict.REVIEW, Verdict.PERMITTED_WITH_DUTIES]) == ORDER
    assert [str(verdict) for verdict in ORDER] == ["permitted", "permitted_with_duties", "review", "refused"]


def test_of_no_verdict_at_all_the_strictest_is_a_refusal() -> None:
    assert Verdict.strictest([]) is Verdict.REFUSED


def test_only_the_permitted_go() -> None:
    assert [verdict.is_go for verdict in ORDER] == [True, True, False, False]


def test_a_verdict_is_not_compared_with_other_words() -> None:
    with pytest.raises(ValueError, match="maybe"):
        assert Verdict.REVIEW < "maybe"

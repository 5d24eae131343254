# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pickle

import pytest

from kyodaku import edits
from kyodaku.errors import UsageError


def test_every_family_has_three_strengths_and_says_what_its_numbers_mean() -> None:
    for name, family in edits.EDITS.items():
        assert family.name == name
        assert {"mild", "medium", "strong"} <= set(family.levels)
        assert family.about


def test_an_edit_is_named_by_its_family_and_strength_and_a_chain_by_its_parts() -> None:
    assert edits.edit("crop", "mild").name == "crop-mild"
    chained = edits.chain(edits.edit("crop", "mild"), edits.chain(edits.edit("mirror"), edits.edit("blur", "strong")))
    assert chained.name == "crop-mild+mirror-medium+blur-strong"
    assert [step.family for step in chained.steps] == ["crop", "mirror", "blur"]


def test_single_parameters_can_be_changed() -> None:
    assert edits.edit("crop", "mild", keep=0.77)["keep"] == 0.77
    assert edits.edit("crop", "mild")["keep"] == 0.9


def test_edits_can_be_sent_to_other_processes_and_used_as_keys() -> None:
    chained = edits.chain(edits.edit("crop"), edits.edit("mirror"))
    assert pickle.loads(pickle.dumps(chained)) == chained
    assert len({chained, edits.edit("crop"), edits.edit("crop")}) == 2


@pytest.mark.parametrize(("family", "strength"), [("melt", "mild"), ("crop", "brutal")])
def test_unknown_families_and_strengths_are_refused_with_the_known_ones(family: str, strength: str) -> None:
    with pytest.raises(UsageError, match=r"one of: .*(crop|mild)"):
        edits.edit(family, strength)


def test_a_chain_takes_one_second_film_at_most() -> None:
    with pytest.raises(UsageError, match="of which one may need another film"):
        edits.chain(edits.edit("pip"), edits.edit("insert"))
    with pytest.raises(UsageError, match="one or more edits"):
        edits.chain()


@pytest.mark.parametrize("composites", [False, True])
def test_random_chains_have_two_to_four_edits_of_different_groups(*, composites: bool) -> None:
    chains = [edits.random_chain(seed, composites=composites) for seed in range(200)]
    assert {len(chain.steps) for chain in chains} == {2, 3, 4}
    for chain in chains:
        groups = [edits.EDITS[step.family].group for step in chain.steps]
        assert len(set(groups)) == len(groups)
    assert any(edits.needs_other(chain) for chain in chains) is composites


def test_a_seed_gives_one_chain() -> None:
    assert edits.random_chain(4) == edits.random_chain(4)
    assert len(edits.random_chain(4, length=3).steps) == 3
    assert len({edits.random_chain(seed) for seed in range(30)}) > 20

# SPDX-License-Identifier: Apache-2.0
"""The run: it learns, it stops and goes on, and its files are plain arrays."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2")
torch = pytest.importorskip("torch")

from kyodaku.descriptor_training import training  # noqa: E402
from kyodaku.descriptor_training.checkpoint import Plan, load_average, load_state, save_state  # noqa: E402
from kyodaku.descriptor_training.collection import draw_collection, view_batches  # noqa: E402
from kyodaku.descriptor_training.loss import agreement, contrastive, spread  # noqa: E402
from kyodaku.descriptor_training.network import DIMS, FrameNetwork  # noqa: E402
from kyodaku.errors import KyodakuError, UsageError  # noqa: E402

PLAN = Plan(seed=1, pictures=64, views=2 * 16 * 30, batch=16, processes=1)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KYODAKU_TRAIN_EAGER", "1")
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "pictures.npy"
    draw_collection(path, seed=1, count=64)
    return path


def learn(state, pictures: Path, steps: int) -> list[tuple[float, float, float]]:
    seen = np.load(pictures, mmap_mode="r")
    batches = view_batches(seen, seed=state.plan.seed, stream=0, first=state.step, batch=state.plan.batch)
    told = []
    for _ in range(steps):
        told.append(training._step(state, state.network, torch.from_numpy(next(batches)), 0))
        state.step += 1
    return told


def test_the_network_gives_directions() -> None:
    network = FrameNetwork().eval()
    with torch.no_grad():
        made = network(torch.randint(0, 256, (3, 3, 128, 128), dtype=torch.uint8))
    assert made.shape == (3, DIMS)
    assert torch.allclose(made.norm(dim=1), torch.ones(3), atol=1e-5)


def test_brightness_and_contrast_hardly_matter_to_the_network() -> None:
    network = FrameNetwork().eval()
    shown = torch.rand(2, 3, 128, 128) * 200
    with torch.no_grad():
        likeness = (network(shown) * network(shown * 0.8 + 20)).sum(dim=1)
    assert likeness.min() > 0.999


def test_thirty_steps_make_views_of_a_picture_alike(pictures: Path) -> None:
    told = learn(training.fresh_state(PLAN), pictures, 30)
    losses, _, agreed = np.array(told).T
    assert losses[-8:].mean() < 0.92 * losses[:4].mean()
    assert agreed[-8:].mean() > 2 / 31


def test_a_run_that_was_stopped_goes_on_exactly(pictures: Path, tmp_path: Path) -> None:
    whole = training.fresh_state(PLAN)
    learn(whole, pictures, 4)
    halted = training.fresh_state(PLAN)
    learn(halted, pictures, 2)
    save_state(tmp_path / "state.npz", halted)
    resumed = training.fresh_state(PLAN)
    load_state(tmp_path / "state.npz", resumed)
    assert resumed.step == 2
    learn(resumed, pictures, 2)
    for one, other in zip(whole.network.parameters(), resumed.network.parameters(), strict=True):
        assert torch.equal(one, other)
    for one, other in zip(whole.average.parameters(), resumed.average.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.slow
def test_two_processes_train_and_leave_a_checkpoint(pictures: Path, tmp_path: Path) -> None:
    plan = Plan(seed=1, pictures=64, views=2 * 16 * 2 * 3, batch=16)
    training.train(plan, pictures, tmp_path, port=29733)
    network = FrameNetwork()
    assert load_average(tmp_path / training.CHECKPOINT, network) == (plan, 3)


def test_a_checkpoint_is_plain_arrays(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    save_state(path, training.fresh_state(PLAN))
    with zipfile.ZipFile(path) as archive:
        assert all(name.endswith(".npy") for name in archive.namelist())
    with np.load(path, allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    save_state(path, training.fresh_state(PLAN))
    other = Plan(seed=2, pictures=64, views=PLAN.views, batch=16, processes=1)
    with pytest.raises(UsageError, match="belongs to another run"):
        load_state(path, training.fresh_state(other))


def test_a_run_may_be_shortened(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    save_state(path, training.fresh_state(PLAN))
    shorter = training.fresh_state(Plan(seed=1, pictures=64, views=320, batch=16, processes=1))
    load_state(path, shorter)
    assert shorter.plan.steps == 10


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 and then nothing", b"not an archive at all"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "state.npz"
    path.write_bytes(damage)
    with pytest.raises(KyodakuError, match="cannot be read"):
        load_average(path, FrameNetwork())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"batch": 10}, "families of four"), ({"views": 0}, "views"), ({"processes": 0}, "processes"),
     ({"pictures": 8}, "families of four")],
)  # fmt: skip
def test_plans_that_cannot_be_are_refused(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Plan(**{"seed": 1, "pictures": 64, "views": 100, "batch": 16, **wrong})


def test_the_rate_rises_and_then_falls_to_almost_nothing() -> None:
    plan = Plan(seed=1, pictures=64, views=2 * 16 * 1000, batch=16, processes=1)
    rates = [training._rate(plan, step) for step in (0, 50, 99, 500, 999)]
    assert rates[0] < rates[1] < rates[2] > rates[3] > rates[4] > 0
    assert rates[4] < 0.01 * plan.rate


def test_the_loss_asks_for_partners_together_and_others_apart() -> None:
    apart = torch.eye(8)
    together = torch.cat([apart, apart])
    shuffled = torch.cat([apart, apart.roll(1, dims=0)])
    assert contrastive(together, together[:0]) < 0.01
    assert contrastive(shuffled, together[:0]) > 5
    assert agreement(together) == 1
    assert agreement(shuffled) == 0
    assert spread(together) < spread(torch.cat([apart[:1]] * 16) + 0.01 * torch.rand(16, 8))


def test_pictures_of_other_processes_are_to_be_told_apart_too() -> None:
    together = torch.eye(8).repeat(2, 1)
    assert contrastive(together, torch.eye(8)) > contrastive(together, -torch.eye(8))

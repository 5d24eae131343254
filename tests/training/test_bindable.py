# SPDX-License-Identifier: Apache-2.0
"""A model is bound only to data that were cleared for training it: no other use, developer, model or empty list."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry import Registry
from kyodaku.training import RecordedModel, record_model
from kyodaku.training.binding import LINEAGE, SIGNATURE
from kyodaku.workspace import Workspace

USE = {"developer": "lab", "act": "train", "purpose": "all", "model": "all", "territory": ["JP"], "media": ["all"]}

Recording = Callable[..., RecordedModel]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Workspace.open(tmp_path / "workspace", create=True) as opened:
        yield opened.registry


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "0.bin").write_bytes(bytes(100))
    return tmp_path / "weights"


@pytest.fixture
def cleared(registry: Registry, tmp_path: Path) -> Callable[..., Path]:
    """Records a run for a use, as if it had cleared so many clips, and names its manifest."""

    def clear(name: str, *, clips: int = 1, **use: Any) -> Path:
        manifest = tmp_path / f"{name}.parquet"
        manifest.write_text(name)
        body = {
            "out": str(tmp_path / name),
            "use": {name: held for name, held in (USE | use).items() if held is not None},
            "regime": {"id": "jp-prior", "version": "1"},
            "clips": {"clips": {"permitted": clips, "refused": 1}},
            "tables": {"cleared.parquet": sha256(name.encode()).hexdigest()},
            "attestation": "00",
        }
        registry.keep_run("run", f"run-{name}", body)
        return manifest

    return clear


def test_what_was_cleared_for_another_act_is_not_recorded_as_trained_on(
    registry: Registry, model: Path, cleared: Callable[..., Path]
) -> None:
    for act in ("input", "index", "publish"):
        with pytest.raises(UsageError, match=f"lab to {act}, not to train a model"):
            record_model(registry, model, manifests=[cleared(act, act=act)])
    assert not (model / LINEAGE).exists()
    several = [{"act": "publish", "territory": ["JP"]}, {"act": "fine_tune", "territory": ["JP"]}]
    recorded = record_model(registry, model, manifests=[cleared("both", act=None, acts=several)])
    assert recorded.runs == ("run-both",)


def test_nothing_is_trained_on_a_manifest_without_clips(
    registry: Registry, model: Path, cleared: Callable[..., Path]
) -> None:
    with pytest.raises(UsageError, match="run-none cleared no clip"):
        record_model(registry, model, manifests=[cleared("some"), cleared("none", clips=0)])


def test_data_of_two_developers_are_not_one_models(
    registry: Registry, model: Path, cleared: Callable[..., Path]
) -> None:
    with pytest.raises(UsageError, match="cleared for lab, other"):
        record_model(registry, model, manifests=[cleared("ours"), cleared("theirs", developer="other")])


@pytest.mark.parametrize(
    ("cleared_for", "name", "called"),
    [
        ("video-1", None, "video-1"),
        ("video-1", "VIDEO-1", "VIDEO-1"),
        ("video-1", "video-1@2", "video-1@2"),
        ("all", None, "weights"),
        ("all", "video-2", "video-2"),
        ("video-1", "video-2", None),
        ("video-1@1", "video-1@2", None),
    ],
)
def test_a_model_bears_the_name_that_its_data_were_cleared_for(
    registry: Registry, model: Path, cleared: Callable[..., Path], cleared_for: str, name: str, called: str | None
) -> None:
    manifest = cleared("run", model=cleared_for)
    if called is None:
        with pytest.raises(UsageError, match=f"cleared for the model '{cleared_for}', not for '{name}'"):
            record_model(registry, model, manifests=[manifest], name=name)
    else:
        assert record_model(registry, model, manifests=[manifest], name=name).name == called


def test_the_lineage_says_by_which_rule_and_for_what_the_data_were_cleared(
    registry: Registry, model: Path, cleared: Callable[..., Path]
) -> None:
    (dataset,) = record_model(registry, model, manifests=[cleared("run")]).body["datasets"]
    assert (dataset["use"]["developer"], dataset["use"]["act"], dataset["regime"]["id"]) == ("lab", "train", "jp-prior")


def test_another_workspaces_lineage_is_not_written_over(
    registry: Registry, model: Path, cleared: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = cleared("run")
    record_model(registry, model, manifests=[manifest])
    kept = (model / LINEAGE).read_bytes()
    (model / SIGNATURE).write_text("a signature of theirs")
    with Workspace.open(tmp_path / "other", create=True) as other:
        other.registry.keep_run("run", "run-run", registry.kept_runs("run")[0].body)
        with pytest.raises(UsageError, match="this workspace did not sign"):
            record_model(other.registry, model, manifests=[manifest])
    assert ((model / LINEAGE).read_bytes(), (model / SIGNATURE).exists()) == (kept, True)


@pytest.mark.timeout(20)
def test_what_is_no_file_is_no_manifest_and_is_not_read(registry: Registry, model: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for manifest in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(UsageError, match="this is no file"):
            record_model(registry, model, manifests=[manifest])


def test_a_signature_that_cannot_be_replaced_is_told_before_anything_is_written(
    registry: Registry, model: Path, cleared: Callable[..., Path]
) -> None:
    (model / SIGNATURE).mkdir()
    with pytest.raises(KyodakuError, match="cannot be removed"):
        record_model(registry, model, manifests=[cleared("run")])
    assert not (model / LINEAGE).exists()
    assert registry.kept_runs("model") == ()


def test_a_folder_with_the_workspace_or_the_key_in_it_is_no_models(
    registry: Registry, model: Path, cleared: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = cleared("run")
    with pytest.raises(UsageError, match="workspace lies in this folder"):
        record_model(registry, tmp_path, manifests=[manifest])
    pytest.importorskip("model_signing")
    (model / "key.pem").write_text("secret")
    with pytest.raises(UsageError, match="private key lies among"):
        record_model(registry, model, manifests=[manifest], private_key=model / "key.pem")

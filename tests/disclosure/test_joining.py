# SPDX-License-Identifier: Apache-2.0
"""Several runs in one document: counts are sums, and what names one run is told of each."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kyodaku.disclosure import FORMS, Answers, Facts, facts_of, facts_of_all, fill_in, runs_of_model, write_disclosure
from kyodaku.disclosure import joining as module
from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry import Registry
from kyodaku.training import clear, record_model, use_from_json
from kyodaku.workspace import Workspace
from support.commands import kyo
from support.studio import Studio

USE = {"developer": "lab", "act": "fine_tune", "model": "video-1@2", "territory": ["JP", "FR"], "purpose": "research"}
LATER = """\
clip_id,uri,licence,owner,source,collected_at,caption
more,own.mp4,,lab,https://video.example/other,2026-05-01,found where others were
"""


@pytest.fixture(scope="module")
def root(studio: Studio, finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a second run, in `out-2`, and a model beside it that was trained on both."""
    root = tmp_path_factory.mktemp("joining")
    (studio.manifest.parent / "later.csv").write_text(LATER, encoding="utf-8")
    (root / "weights").mkdir()
    (root / "weights" / "0.bin").write_bytes(bytes(100))
    with Workspace.open(shutil.copytree(studio.workspace, root / "workspace")) as workspace:
        corpus, use = str(studio.manifest.parent / "later.csv"), use_from_json(USE)
        clear(corpus, root / "out-2", registry=workspace.registry, use=use, workers=1)
        manifests = [folder / "cleared.parquet" for folder in (finished, root / "out-2")]
        record_model(workspace.registry, root / "weights", manifests=manifests, name="video-1")
    return root


@pytest.fixture
def registry(root: Path) -> Iterator[Registry]:
    with Workspace.open(root / "workspace") as workspace:
        yield workspace.registry


@pytest.fixture(scope="module")
def both(root: Path, finished: Path) -> Facts:
    with Workspace.open(root / "workspace") as workspace:
        return facts_of_all([root / "out-2", finished], workspace.registry)


def test_counts_of_several_runs_are_their_sums(both: Facts, facts: Facts) -> None:
    first, second = both.runs
    assert (first, first.run, second.model) == (facts, facts.run, "video-1@2")
    assert (both.cleared.clips, both.examined.clips) == (3 + 1, 6 + 1)
    assert both.cleared.seconds == pytest.approx(first.cleared.seconds + second.cleared.seconds, abs=0.002)
    assert {kind.kind: kind.amount.clips for kind in both.bases} == {"grant": 1, "open_licence": 1, "own_work": 2}
    assert dict(both.domains)["video.example"].clips == 2
    assert (both.collected.first, both.collected.last, both.collected.rows) == ("2026-03-01", "2026-05-01", 3)
    assert (both.model, both.started_at, both.finished_at) == ("video-1", first.started_at, second.finished_at)
    assert (both.refusals, both.left_out_for_statements) == (facts.refusals, facts.left_out_for_statements)


def test_one_run_is_as_it_was(finished: Path, facts: Facts, registry: Registry) -> None:
    assert facts_of_all([finished], registry) == facts == facts_of(finished, registry)
    assert facts.each == (facts,)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_each_run_and_its_tables(both: Facts, tmp_path: Path, form: str) -> None:
    data, *pages = write_disclosure(fill_in(form, both, Answers()), tmp_path)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for run in both.runs:
            assert run.run in text
            assert run.attested.files["cleared.parquet"] in text
        assert both.run in text
    assert both.runs[1].attested.files["cleared.parquet"] in data.read_text(encoding="utf-8")


def test_uses_are_told_apart_and_double_counting_is_told(both: Facts, tmp_path: Path) -> None:
    page = write_disclosure(fill_in("ab-2013", both, Answers()), tmp_path)[2].read_text(encoding="utf-8")
    assert page.count("Decided for") == 2
    assert "Purpose stated: research" in page
    assert "4 clips" in page
    assert "one that several runs cleared counts in each" in page


@pytest.mark.filterwarnings("default")  # other people's
def test_the_tables_of_all_runs_can_be_read_by_croissant(
    both: Facts, root: Path, finished: Path, tmp_path: Path
) -> None:
    mlc = pytest.importorskip("mlcroissant")
    path = write_disclosure(fill_in("croissant", both, Answers()), tmp_path)[0]
    for run, folder in zip(both.runs, (finished, root / "out-2"), strict=True):
        (tmp_path / run.run).mkdir()
        shutil.copy(folder / "cleared.parquet", tmp_path / run.run)
    dataset = mlc.Dataset(jsonld=str(path))
    assert not dataset.metadata.ctx.issues.errors
    assert [len(list(dataset.records(f"clips-{run.run}"))) for run in both.runs] == [3, 1]


def test_spdx_counts_all_and_names_every_table(both: Facts) -> None:
    model: Any = pytest.importorskip("spdx_python_model").v3_0_1
    found = model.SHACLObjectSet()
    document = json.dumps(fill_in("spdx", both, Answers()).as_json())
    model.JSONLDDeserializer().read(io.BytesIO(document.encode()), found)
    (dataset,) = found.foreach_type(model.dataset_DatasetPackage)
    assert dataset.dataset_datasetSize == 4
    assert {each.hashValue for each in dataset.verifiedUsing} == {
        run.attested.files["cleared.parquet"] for run in both.runs
    }


def test_runs_that_do_not_belong_together_are_refused(
    both: Facts, finished: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="named twice"):
        facts_of_all([finished, finished / "." / ".." / finished.name], registry)
    with pytest.raises(UsageError, match="name one run"):
        facts_of_all([], registry)
    for other, what in ({"developer": "else"}, "several developers"), ({"model": "other"}, "several models"):
        read = iter([(both.runs[0], module.Gathered()), (replace(both.runs[1], **other), module.Gathered())])
        monkeypatch.setattr(module, "read_run", lambda *_, read=read: next(read))
        with pytest.raises(UsageError, match=what):
            facts_of_all([finished, finished], registry)


def test_a_model_leads_to_all_its_runs_or_to_none(root: Path, finished: Path, registry: Registry) -> None:
    (model,) = registry.kept_runs("model")
    for name in (model.id, "video-1"):
        assert runs_of_model(name, registry) == (finished, root / "out-2")
    with pytest.raises(UsageError, match="no model 'video-2' is recorded"):
        runs_of_model("video-2", registry)
    (root / "out-2").rename(root / "away")
    try:
        with pytest.raises(KyodakuError, match="is not here"):
            runs_of_model("video-1", registry)
    finally:
        (root / "away").rename(root / "out-2")


def test_a_second_record_of_the_same_files_hides_no_run(root: Path, tmp_path: Path, finished: Path) -> None:
    model = shutil.copytree(root / "weights", tmp_path / "weights")
    (model / "kyodaku-lineage.jsonl").unlink()
    with Workspace.open(shutil.copytree(root / "workspace", tmp_path / "workspace")) as workspace:
        clean = [root / "out-2" / "cleared.parquet"]
        record_model(workspace.registry, model, manifests=clean, name="video-1@2")
        assert runs_of_model("video-1@2", workspace.registry) == (finished, root / "out-2")


def test_the_command_takes_a_model_or_runs(root: Path, finished: Path, tmp_path: Path, both: Facts) -> None:
    rest = ("--form", "ab-2013", "-o", "d", "--json", "--workspace", root / "workspace")
    for words in (("--model", "video-1"), (finished, root / "out-2")):
        done = kyo("disclose", *words, *rest, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["run"], told["runs"]) == (both.run, [run.run for run in both.runs])
    wrong = kyo("disclose", finished, "--model", "video-1", *rest, cwd=tmp_path)
    assert (wrong.returncode, "not both" in wrong.stderr) == (2, True)

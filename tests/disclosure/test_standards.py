# SPDX-License-Identifier: Apache-2.0
"""Croissant and SPDX, read with the libraries of those who wrote the standards."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kyodaku.disclosure import Answers, Facts, fill_in, load_answers, write_disclosure
from kyodaku.disclosure._gathering import collected_in

ANSWERS = """\
provider: {name: Test Lab Ltd}
model: {names: [video-1 1.0], trained_on_set: yes, design: a diffusion transformer, training: from scratch,
        placed_on_market: 2026-12-01, download: "https://lab.example/model"}
dataset: {name: test-set, description: A set for tests., licence: CC-BY-4.0, address: "https://lab.example/set",
          download: "https://lab.example/set.tar", version: 1.0.0, published: 2026-11-30, citation: "Test Lab, 2026",
          limitations: "Drawn shapes only."}
personal_information: {included: no}
"""


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    (tmp_path / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    return load_answers(tmp_path / "answers.yaml")


# --- Croissant --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def mlc() -> Any:
    return pytest.importorskip("mlcroissant")


@pytest.mark.filterwarnings("default")  # other people's
def test_croissant_is_valid_and_only_what_is_not_stated_is_missed(
    mlc: Any, facts: Facts, answers: Answers, tmp_path: Path
) -> None:
    for given, missed in ((Answers(), {"citeAs", "datePublished", "license", "version"}), (answers, set())):
        path = write_disclosure(fill_in("croissant", facts, given), tmp_path)[0]
        issues = mlc.Dataset(jsonld=str(path)).metadata.ctx.issues
        assert not issues.errors
        assert {warning.split('"')[1].rsplit("/", 1)[1] for warning in issues.warnings} == missed


@pytest.mark.filterwarnings("default")
def test_rows_can_be_read_by_croissant(mlc: Any, facts: Facts, finished: Path, tmp_path: Path) -> None:
    path = write_disclosure(fill_in("croissant", facts, Answers()), tmp_path)[0]
    shutil.copy(finished / "cleared.parquet", tmp_path)
    rows = list(mlc.Dataset(jsonld=str(path)).records("clips"))
    table = pq.read_table(finished / "cleared.parquet")
    assert len(rows) == table.num_rows == 3
    assert [rows[0][f"clips/column-{place}"] for place in (1, 2)] == [b"yes", b"yes.mp4"]


@pytest.mark.filterwarnings("default")
def test_columns_may_be_called_anything_and_hold_anything(mlc: Any, facts: Facts, tmp_path: Path) -> None:
    table = pa.table(
        {"題名 <b>": ["a"], "n": pa.array([1], pa.int32()), "x": [0.5], "day": pa.array([0], pa.date32()), "": ["e"]}
    )
    pq.write_table(table, tmp_path / "cleared.parquet")
    _, columns = collected_in(tmp_path / "cleared.parquet")
    odd = dataclasses.replace(facts, columns=columns)
    path = write_disclosure(fill_in("croissant", odd, Answers()), tmp_path)[0]
    metadata = mlc.Dataset(jsonld=str(path)).metadata
    assert not metadata.ctx.issues.errors
    assert len(metadata.record_sets[0].fields) == 4, "a column without a name cannot be pointed to"


# --- SPDX -------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def model() -> Any:
    return pytest.importorskip("spdx_python_model").v3_0_1


def objects(model: Any, document: Any) -> Any:
    found = model.SHACLObjectSet()
    model.JSONLDDeserializer().read(io.BytesIO(json.dumps(document).encode()), found)
    model.JSONLDSerializer().write(found, io.BytesIO())  # checks that nothing required is missing
    assert not found.missing_ids
    return found


def test_spdx_is_well_formed_and_claims_no_profile_that_it_does_not_meet(model: Any, facts: Facts) -> None:
    found = objects(model, fill_in("spdx", facts, Answers()).as_json())
    (dataset,) = found.foreach_type(model.dataset_DatasetPackage)
    assert dataset.dataset_datasetSize == 3
    assert dataset.software_downloadLocation is None
    assert dataset.verifiedUsing[0].hashValue == facts.attested.files["cleared.parquet"]
    (document,) = found.foreach_type(model.SpdxDocument)
    assert [each.rsplit("/", 1)[1] for each in document.profileConformance] == ["core", "software"]
    assert not list(found.foreach_type(model.Relationship)), "that a model was trained on the set is not on record"


def test_spdx_with_answers_meets_the_profile_of_data_sets(model: Any, facts: Facts, answers: Answers) -> None:
    found = objects(model, fill_in("spdx", facts, answers).as_json())
    (document,) = found.foreach_type(model.SpdxDocument)
    profiles = {each.rsplit("/", 1)[1] for each in document.profileConformance}
    assert profiles == {"core", "software", "dataset", "simpleLicensing"}, "the run's model has no version"
    kinds = {each.relationshipType.rsplit("/", 1)[1] for each in found.foreach_type(model.Relationship)}
    assert kinds == {"trainedOn", "hasDeclaredLicense"}
    (package,) = found.foreach_type(model.ai_AIPackage)
    assert package.name == "video-1 1.0"
    assert str(package.releaseTime).startswith("2026-12-01")


def test_a_model_with_its_version_meets_the_profile_of_ai(model: Any, facts: Facts, answers: Answers) -> None:
    versioned = dataclasses.replace(facts, model="video-1@2")
    (document,) = objects(model, fill_in("spdx", versioned, answers).as_json()).foreach_type(model.SpdxDocument)
    assert "ai" in {each.rsplit("/", 1)[1] for each in document.profileConformance}


def test_a_version_that_is_stated_meets_it_too(model: Any, facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ANSWERS.replace("model: {", "model: {version: 1.0.0, "))
    found = objects(model, fill_in("spdx", facts, load_answers(tmp_path / "a.yaml")).as_json())
    (package,) = found.foreach_type(model.ai_AIPackage)
    assert package.software_packageVersion == "1.0.0"


def test_a_model_that_nobody_names_is_left_out(model: Any, facts: Facts) -> None:
    found = objects(model, fill_in("spdx", dataclasses.replace(facts, model=""), Answers()).as_json())
    assert not list(found.foreach_type(model.ai_AIPackage))


@pytest.mark.parametrize(
    ("licence", "declared"),
    [
        ("CC-BY-4.0", True),
        ("MIT OR (Apache-2.0 AND CC0-1.0)", True),
        ("https://lab.example/l", False),
        ("all rights reserved", False),
    ],
)
def test_only_an_expression_is_a_declared_licence(
    model: Any, facts: Facts, tmp_path: Path, licence: str, *, declared: bool
) -> None:
    (tmp_path / "a.yaml").write_text(f"dataset:\n  licence: {licence!r}\n")
    found = objects(model, fill_in("spdx", facts, load_answers(tmp_path / "a.yaml")).as_json())
    assert bool(list(found.foreach_type(model.simplelicensing_LicenseExpression))) == declared


def test_the_library_would_notice_a_wrong_property(model: Any, facts: Facts) -> None:
    document = copy.deepcopy(fill_in("spdx", facts, Answers()).as_json())
    dataset = next(each for each in document["@graph"] if each["type"] == "dataset_DatasetPackage")
    dataset["dataset_datasetType"] = ["film"]
    with pytest.raises(ValueError, match="film"):
        objects(model, document)

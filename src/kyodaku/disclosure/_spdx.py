# SPDX-License-Identifier: Apache-2.0
"""The cleared set and the model as SPDX 3.0.1 packages: https://spdx.github.io/spdx-spec/v3.0.1/.

Written by hand; the tests read it with `spdx-python-model`, which knows the types of every property. Ids are made of
the run's, so that the same run and answers give the same document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kyodaku.disclosure._said import SAID, dataset_name
from kyodaku.disclosure._words import plain
from kyodaku.disclosure.answers import Answers
from kyodaku.disclosure.facts import Facts

__all__ = ["spdx"]

_CONTEXT: Final = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_SPACE: Final = "https://kyodaku.example/spdx/"
_CREATION: Final = "_:creation"
_ID: Final = re.compile(r"[A-Za-z0-9.+-]+")
_OPERATORS: Final = frozenset({"AND", "OR", "WITH"})
_TYPES: Final = {"video": "video", "image": "image"}
_DATASET_NEEDS: Final = ("releaseTime", "software_downloadLocation")
_AI_NEEDS: Final = ("releaseTime", "software_downloadLocation", "software_packageVersion")
"""What the profiles ask of each package besides what is always there (cardinality updates of 3.0.1)."""


def spdx(facts: Facts, answers: Answers) -> Mapping[str, Any]:
    """The document; `profileConformance` names a profile only where all that it asks for is stated."""
    base = f"{_SPACE}{facts.run}#"
    dataset, model = _dataset(base, facts, answers), _model(base, facts, answers)
    packages = [dataset] if model is None else [dataset, model]
    elements = [_organisation(base, facts, answers), _tool(base, facts), *packages, *_licensed(base, dataset, answers)]
    if model is not None and answers.affirmed("model.trained_on_set"):
        elements.append(_relation(base, "trained-on", model["spdxId"], "trainedOn", dataset["spdxId"]))
    document = {
        **_element("SpdxDocument", base, "document"),
        "name": dataset_name(facts),
        "profileConformance": _profiles(dataset, model, answers),
        "rootElement": [each["spdxId"] for each in packages],
        "element": [each["spdxId"] for each in elements],
    }
    return {"@context": _CONTEXT, "@graph": [_creation(base, facts), document, *elements]}


def _profiles(dataset: Mapping[str, Any], model: Mapping[str, Any] | None, answers: Answers) -> list[str]:
    """The profiles that all of the document conforms to."""
    met = {
        "dataset": all(name in dataset for name in _DATASET_NEEDS),
        "ai": model is not None and all(name in model for name in _AI_NEEDS),
        "simpleLicensing": _expression(answers) is not None,
    }
    return ["core", "software", *(name for name, holds in met.items() if holds)]


def _creation(base: str, facts: Facts) -> dict[str, Any]:
    return {
        "type": "CreationInfo",
        "@id": _CREATION,
        "specVersion": "3.0.1",
        "created": f"{facts.finished_at[:19]}Z",
        "createdBy": [f"{base}developer"],
        "createdUsing": [f"{base}tool"],
    }


def _element(kind: str, base: str, name: str) -> dict[str, Any]:
    return {"type": kind, "spdxId": f"{base}{name}", "creationInfo": _CREATION}


def _organisation(base: str, facts: Facts, answers: Answers) -> dict[str, Any]:
    name = answers.text("provider.name") or plain(facts.developer_name["en"])
    return {**_element("Organization", base, "developer"), "name": name}


def _tool(base: str, facts: Facts) -> dict[str, Any]:
    return {
        **_element("Tool", base, "tool"),
        "name": ", ".join(dict.fromkeys(each.attested.tool for each in facts.each)),
    }


def _dataset(base: str, facts: Facts, answers: Answers) -> dict[str, Any]:
    limits = answers.text("dataset.limitations")
    cleaning = answers.text("processing.cleaning")
    personal = answers.get("personal_information.included")
    return {
        **_element("dataset_DatasetPackage", base, "dataset"),
        "name": answers.text("dataset.name") or dataset_name(facts),
        **_optional("description", answers.text("dataset.description")),
        "originatedBy": [f"{base}developer"],
        "builtTime": f"{facts.finished_at[:19]}Z",
        **_released(answers.text("dataset.published")),
        **_optional("software_downloadLocation", _address(answers.text("dataset.download"))),
        **_optional("software_packageVersion", answers.text("dataset.version")),
        "software_primaryPurpose": "data",
        "verifiedUsing": [
            {
                "type": "Hash",
                "algorithm": "sha256",
                "hashValue": each.attested.files["cleared.parquet"],
                "comment": f"{each.run}/cleared.parquet" if facts.runs else "cleared.parquet",
            }
            for each in facts.each
        ],
        "dataset_datasetType": sorted({_TYPES.get(kind, "other") for kind in facts.media}) or ["noAssertion"],
        "dataset_datasetSize": facts.cleared.clips,
        "dataset_dataCollectionProcess": " ".join(_english("collected", facts)),
        "dataset_dataPreprocessing": [
            *_english("gate", facts),
            *_english("statements_honoured", facts),
            *([cleaning] if cleaning else []),
        ],
        "dataset_intendedUse": " ".join(_english("use", facts)),
        "dataset_hasSensitivePersonalInformation": "noAssertion",
        **(
            {}
            if personal is None
            else {"comment": f"Personal information included: {personal.lines[0]['en'].lower()}."}
        ),
        **({} if limits is None else {"dataset_knownBias": [limits]}),
    }


def _model(base: str, facts: Facts, answers: Answers) -> dict[str, Any] | None:
    """The model; None where neither the run nor the answers name one."""
    names = answers.get("model.names")
    first = None if names is None else names.lines[0]["en"]
    if not first and not facts.model:
        return None
    design, training = answers.text("model.design"), answers.text("model.training")
    name, _, version = facts.model.partition("@")
    return {
        **_element("ai_AIPackage", base, "model"),
        "name": first or plain(name),
        **_optional("software_packageVersion", answers.text("model.version") or plain(version) or None),
        "suppliedBy": f"{base}developer",
        **_released(answers.text("model.placed_on_market")),
        **_optional("software_downloadLocation", _address(answers.text("model.download"))),
        "software_primaryPurpose": "model",
        **({} if design is None else {"ai_typeOfModel": [design]}),
        **_optional("ai_informationAboutTraining", training),
    }


def _relation(base: str, name: str, source: str, kind: str, target: str) -> dict[str, Any]:
    return {**_element("Relationship", base, name), "from": source, "relationshipType": kind, "to": [target]}


def _licensed(base: str, dataset: Mapping[str, Any], answers: Answers) -> list[dict[str, Any]]:
    licence = _expression(answers)
    if licence is None:
        return []
    expression = {
        **_element("simplelicensing_LicenseExpression", base, "licence"),
        "simplelicensing_licenseExpression": licence,
    }
    return [
        expression,
        _relation(base, "declared", dataset["spdxId"], "hasDeclaredLicense", expression["spdxId"]),
    ]


def _expression(answers: Answers) -> str | None:
    """The licence stated, if it may be an SPDX licence expression: ids and operators, no address and no sentence."""
    licence = answers.text("dataset.licence")
    words = (licence or "").replace("(", " ").replace(")", " ").split()
    fits = bool(words) and all(_ID.fullmatch(word) for word in words)
    return licence if fits and all(word in _OPERATORS for word in words[1::2]) else None


def _released(day: str | None) -> dict[str, str]:
    """A whole date as a moment; a year or a month alone is none."""
    return {"releaseTime": f"{day}T00:00:00Z"} if day is not None and len(day) == len("2026-11-22") else {}


def _address(text: str | None) -> str | None:
    return text if text is not None and text.startswith(("https://", "http://")) and " " not in text else None


def _optional(name: str, value: str | None) -> dict[str, str]:
    return {} if value is None else {name: value}


def _english(fact: str, facts: Facts) -> list[str]:
    return [line["en"] for line in SAID[fact](facts)[0]]

# SPDX-License-Identifier: Apache-2.0
"""The cleared set as Croissant 1.1: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html.

Written by hand, as a few dozen keys need no library; the tests validate it with `mlcroissant` and read the rows through
it. `cleared.parquet` is expected beside the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kyodaku.disclosure._said import SAID, dataset_name
from kyodaku.disclosure._words import plain
from kyodaku.disclosure.answers import Answers
from kyodaku.disclosure.facts import Facts

__all__ = ["CONTEXT", "croissant"]

CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "readLines": "cr:readLines",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "sdVersion": "cr:sdVersion",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
    "unArchive": "cr:unArchive",
    "value": "cr:value",
}
"""The context that the specification gives (appendix 1)."""

_TABLE: Final = "cleared.parquet"
_TEXTS: Final = {"dataset.address": "url", "dataset.version": "version", "dataset.citation": "citeAs"}
_DATES: Final = {"dataset.published": "datePublished"}
_TYPES: Final = {
    "bool": "sc:Boolean",
    "double": "sc:Float",
    "float": "sc:Float",
    "halffloat": "sc:Float",
    "date32[day]": "sc:Date",
    **dict.fromkeys((f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)), "sc:Integer"),
}


def croissant(facts: Facts, answers: Answers) -> Mapping[str, Any]:
    """The metadata; what is not stated is left out of it, and named in the form's open fields."""
    stated = {key: text for name, key in _TEXTS.items() if (text := answers.text(name)) is not None}
    dates = {key: text for name, key in _DATES.items() if (text := answers.text(name)) is not None}
    licence = answers.text("dataset.licence")
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.1",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "name": answers.text("dataset.name") or dataset_name(facts),
        "description": _description(facts, answers),
        **({} if licence is None else {"license": _licence(licence)}),
        **stated,
        "creator": {
            "@type": "sc:Organization",
            "name": answers.text("provider.name") or plain(facts.developer_name["en"]),
        },
        "dateCreated": facts.finished_at[:10],
        **dates,
        **_responsible(facts, answers),
        "distribution": [_file(each, _place(each, facts)) for each in facts.each],
        "recordSet": [
            {"@type": "cr:RecordSet", "@id": name, "name": name, "field": _fields(each, name, _place(each, facts))}
            for each in facts.each
            for name in [f"clips-{each.run}" if facts.runs else "clips"]
        ],
    }


def _place(run: Facts, facts: Facts) -> str:
    """Where a run's table is expected: beside this file, or with several in a folder that is called like the run."""
    return f"{run.run}/{_TABLE}" if facts.runs else _TABLE


def _file(run: Facts, place: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": place,
        "name": place,
        "description": "One row a clip that may be used, with the file that was examined and its decision.",
        "contentUrl": place,
        "encodingFormat": "application/x-parquet",
        "sha256": run.attested.files[_TABLE],
    }


def _description(facts: Facts, answers: Answers) -> str:
    lines = [answers.text("dataset.description") or "", *_english("data_points", facts), *_english("gate", facts)]
    return " ".join(line for line in lines if line)


def _responsible(facts: Facts, answers: Answers) -> dict[str, Any]:
    """Terms of the extension for responsible AI."""
    found: dict[str, Any] = {
        "rai:dataCollection": " ".join(_english("collected", facts)),
        "rai:dataPreprocessingProtocol": [*_english("gate", facts), *_english("statements_honoured", facts)],
        "rai:dataUseCases": _english("use", facts),
    }
    if facts.collected.first is not None:
        found["rai:dataCollectionTimeframe"] = [facts.collected.first, facts.collected.last]
    if (personal := answers.get("personal_information.included")) is not None:
        notes = answers.text("personal_information.notes")
        found["rai:personalSensitiveInformation"] = [
            f"Personal information included: {personal.lines[0]['en'].lower()}.",
            *([notes] if notes else []),
        ]
    if (limits := answers.text("dataset.limitations")) is not None:
        found["rai:dataLimitations"] = [limits]
    return found


def _licence(text: str) -> str:
    """The address of a licence; an SPDX id has one, another text stays as it is."""
    if "://" in text or not text.replace("-", "").replace(".", "").isalnum():
        return text
    return f"https://spdx.org/licenses/{text}.html"


def _fields(facts: Facts, records: str, table: str) -> list[dict[str, Any]]:
    """One field a column; numbered ids, as a column may be called anything.

    A column without a name, or with that of another, cannot be pointed to and is left out.
    """
    names = [name for name, _ in facts.columns]
    return [
        {
            "@type": "cr:Field",
            "@id": f"{records}/column-{place}",
            "name": f"column-{place}",
            "description": f"The column {plain(name)!r} of {table}.",
            "dataType": _TYPES.get(kind, "sc:Text"),
            "source": {"fileObject": {"@id": table}, "extract": {"column": name}},
        }
        for place, (name, kind) in enumerate(facts.columns, 1)
        if name.strip() and names.count(name) == 1
    ]


def _english(fact: str, facts: Facts) -> list[str]:
    return [line["en"] for line in SAID[fact](facts)[0]]

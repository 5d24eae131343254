# SPDX-License-Identifier: Apache-2.0
"""The manual of the registry file says what is true: its examples are imported, its fields are all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kyodaku.ledger import MAX_ENTRY_BYTES
from kyodaku.registry import MAX_BYTES, Registry
from kyodaku.registry._migrating import HEAD
from kyodaku.registry._schema import MAX_LISTED, MAX_SHARES, MAX_TEXT, SECTIONS, WITHIN
from kyodaku.registry._sheets import MAX_CELL
from kyodaku.registry._tables import metadata
from kyodaku.registry.identifiers import SCHEMES
from kyodaku.rights import ACTS, MEDIA, PARTY_KINDS, PERMISSION_KINDS, RIGHTS

DOCS = Path(__file__).parents[2] / "docs"
MANUAL = (DOCS / "registry-file.md").read_text(encoding="utf-8")


def test_the_examples_of_the_manual_build_on_each_other(registry: Registry, tmp_path: Path) -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```$", MANUAL, flags=re.MULTILINE | re.DOTALL)
    assert len(examples) == 6
    for i, example in enumerate(examples):
        path = tmp_path / f"{i}.yaml"
        path.write_text(example, encoding="utf-8")
        assert sum(registry.import_files([path]).new.values()) >= 2
    record = registry.record()
    assert len(record.permissions) == 6
    assert record.permissions["film-2-for-lab"].duties == ("name the studio in the model's documentation",)


@pytest.mark.parametrize(("form", "name"), [("json", "a.jsonl"), ("csv", "a.csv")])
def test_the_examples_of_other_forms_are_imported(studio: Registry, tmp_path: Path, form: str, name: str) -> None:
    (example,) = re.findall(rf"^```{form}\n(.*?)^```$", MANUAL, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / name).write_text(example, encoding="utf-8")
    assert studio.import_files([tmp_path / name]).new == {"work": 1, "permission": 1}


@pytest.mark.parametrize(
    "word",
    [
        *(name for _, model in SECTIONS.values() for name in model.model_fields),
        *(name for _, model in WITHIN.values() for name in model.model_fields),
        *WITHIN,
        *(f"{scheme}:" for scheme in SCHEMES),
        *SECTIONS,
        *ACTS,
        *MEDIA,
        *PARTY_KINDS,
        *PERMISSION_KINDS,
        *RIGHTS,
    ],
)
def test_every_field_and_word_is_in_the_manual(word: str) -> None:
    assert f"`{word}`" in MANUAL


def test_the_page_on_sharing_names_what_there_is(registry: Registry) -> None:
    page = (DOCS / "registry-postgresql.md").read_text(encoding="utf-8")
    for table in metadata.tables:
        assert f"`{table}`" in page
    assert f"registry.sqlite.before-{HEAD}" in page


def test_the_limits_are_the_ones_of_the_manual() -> None:
    assert f"{MAX_BYTES // 1_000_000} MB, one list at most {MAX_LISTED:,} items" in MANUAL
    assert f"a title or name at most {MAX_TEXT:,} letters" in MANUAL
    assert f"A work has at most {MAX_SHARES:,} shares, a cell of CSV at most {MAX_CELL:,} letters" in MANUAL
    assert f"{MAX_ENTRY_BYTES:,} bytes" in (DOCS / "ledger.md").read_text(encoding="utf-8")

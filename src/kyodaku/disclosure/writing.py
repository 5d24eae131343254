# SPDX-License-Identifier: Apache-2.0
"""Filled-in forms as files: for programs, for people's screens, and for people's own documents."""

from __future__ import annotations

import json
from pathlib import Path

from kyodaku.disclosure._labels import LABELS
from kyodaku.disclosure._markdown import as_markdown
from kyodaku.disclosure._words import LANGUAGES
from kyodaku.disclosure.document import Disclosure
from kyodaku.errors import KyodakuError
from kyodaku.training.report.paper import style, template
from kyodaku.training.tables import whole_file

__all__ = ["as_page", "write_disclosure"]


def as_page(form: Disclosure, *, language: str = "en") -> str:
    """The form as one page without scripts or outside files, in both languages; `language` is the one it opens in."""
    return template(__package__, "disclosure.html.j2").render(
        style=style((__package__, "disclosure.css")), language=language, labels=LABELS, form=form
    )


def write_disclosure(form: Disclosure, folder: Path, *, language: str = "en") -> tuple[Path, ...]:
    """Writes `FORM.json`, `FORM.html` and `FORM.en.md`, `FORM.ja.md` into the folder, each whole or not at all."""
    contents = {
        f"{form.form}.json": json.dumps(form.as_json(), ensure_ascii=False, indent=2) + "\n",
        f"{form.form}.html": as_page(form, language=language),
        **{f"{form.form}.{each}.md": as_markdown(form, each) for each in LANGUAGES},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(_written(folder / name, text) for name, text in contents.items())
    except OSError as error:
        raise KyodakuError(f"cannot write: {error.strerror}", where=str(folder)) from error


def _written(path: Path, text: str) -> Path:
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
    return path

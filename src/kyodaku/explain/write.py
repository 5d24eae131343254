# SPDX-License-Identifier: Apache-2.0
"""Writes the page and the record into a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kyodaku.errors import KyodakuError
from kyodaku.explain.account import Subject, account_of
from kyodaku.explain.page import rendered
from kyodaku.explain.pictures import Pictures
from kyodaku.explain.record import as_document
from kyodaku.explain.reference_media import ReferenceMedia
from kyodaku.media import Decoder, Limits
from kyodaku.training.tables import whole_file

__all__ = ["PAGE", "RECORD", "Explained", "explain"]

PAGE: Final = "evidence.html"
RECORD: Final = "evidence.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """Where the explanation lies, and the record as it was written."""

    page: Path
    record: Path
    document: Mapping[str, Any]


def explain(
    subject: Subject,
    out: Path,
    *,
    reference_media: Path | None = None,
    limits: Limits | None = None,
    language: str = "en",
) -> Explained:
    """Write `evidence.html` and `evidence.json` into `out`, taking the place of those that are there.

    `reference_media` is a film, or a folder of films, in which references' pictures are sought besides where they were
    registered from. Raises `UsageError` when it is not there, and `KyodakuError` when nothing can be written.
    """
    references = ReferenceMedia(reference_media)
    account = account_of(subject)
    with Decoder(limits or Limits()) as decoder:
        pictures = Pictures(decoder, subject.medium, subject.findings, references)
        page = rendered(account, pictures, language=language)
    document = as_document(account)
    explained = Explained(page=out / PAGE, record=out / RECORD, document=document)
    try:
        out.mkdir(parents=True, exist_ok=True)
        _write(explained.record, json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
        _write(explained.page, page)
    except OSError as error:
        raise KyodakuError(f"the report cannot be written: {error.strerror}", where=str(out)) from error
    return explained


def _write(path: Path, content: str) -> None:
    with whole_file(path) as part:
        part.write_text(content, encoding="utf-8", errors="backslashreplace")

# SPDX-License-Identifier: Apache-2.0
"""A corpus in, one `Clip` a row out: a folder, a glob, or a manifest in CSV, TSV, JSON Lines or Parquet.

Nothing a row holds can stop the reading. A row that names no file, repeats an id or cannot be read becomes a clip whose
`error` says so; it is carried to the end of the run and is never permitted.
"""

from __future__ import annotations

import csv
import glob
import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from kyodaku.errors import UsageError

__all__ = ["CLAIM_COLUMNS", "SIDECAR_SUFFIXES", "URI_COLUMNS", "Clip", "Corpus", "open_corpus"]

URI_COLUMNS = ("uri", "path", "file_path", "file", "video")
"""Columns that may name the media file, first one present wins; the names that trainers' own lists use."""

ID_COLUMNS = ("clip_id", "id")
CLAIM_COLUMNS = ("licence", "license", "source", "owner", "permission")
"""Columns that claim why a clip may be used; every other column is carried through untouched."""

SIDECAR_SUFFIXES = frozenset({
    ".txt", ".json", ".jsonl", ".csv", ".tsv", ".md", ".srt", ".vtt", ".ass", ".xml", ".yaml", ".yml", ".html",
    ".parquet", ".kyf", ".log", ".npy", ".npz", ".safetensors",
})  # fmt: skip
"""Files that lie beside clips in a folder and are not clips: captions, lists, caches."""

MAX_FIELD_CHARS = 1 << 20
"""A CSV field longer than this is a fault of the file, not a caption."""

Kind = Literal["folder", "glob", "csv", "tsv", "jsonl", "parquet"]
_MANIFEST_KINDS: dict[str, Kind] = {
    ".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """One row of a corpus: where the media lie and what is claimed about them.

    `index` is its place in the corpus, from 0; `where` names the file and line for people. `error` is set when the row
    itself is at fault and there is nothing to examine.
    """

    index: int
    clip_id: str
    uri: str
    path: str | None
    where: str
    claim: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """A corpus that can be read more than once, always in the same order."""

    location: Path
    kind: Kind
    pattern: str = ""

    def __iter__(self) -> Iterator[Clip]:
        seen: dict[bytes, int] = {}  # digests, not ids: flat memory for long ids
        for index, (where, row, fault) in enumerate(self.rows()):
            clip = self._clip(index, where, row, fault)
            first = seen.setdefault(hashlib.blake2b(clip.clip_id.encode(), digest_size=12).digest(), index)
            yield clip if first == index else _repeated(clip, first)

    def rows(self) -> Iterator[tuple[str, dict[str, Any], str | None]]:
        """Each row as (where, columns, fault), in order; the columns are as the manifest has them."""
        match self.kind:
            case "folder" | "glob":
                yield from self._files()
            case "csv" | "tsv":
                yield from _delimited_rows(self.location, "\t" if self.kind == "tsv" else ",")
            case "jsonl":
                yield from _json_rows(self.location)
            case "parquet":
                yield from _parquet_rows(self.location)

    def schema(self) -> pa.Schema | None:
        """The manifest's own column types, where it has any."""
        return pq.read_schema(self.location).remove_metadata() if self.kind == "parquet" else None

    def fingerprint(self) -> str:
        """A hash that changes when the list of clips does; the media themselves are hashed clip by clip."""
        digest = hashlib.sha256(f"{self.kind}\n".encode())
        if self.kind in {"folder", "glob"}:
            for path in self._paths():
                digest.update(os.fsencode(path) + b"\0")
        else:
            with self.location.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        return f"sha256:{digest.hexdigest()}"

    def _paths(self) -> Iterable[str]:
        if self.kind == "glob":
            return sorted(p for p in glob.glob(self.pattern, recursive=True) if not os.path.isdir(p))
        return sorted(_walk(self.location))

    def _files(self) -> Iterator[tuple[str, dict[str, Any], str | None]]:
        for path in self._paths():
            uri = os.path.relpath(path, self.location) if self.kind == "folder" else path
            yield readable(path), {"uri": uri}, None

    def _clip(self, index: int, where: str, row: Mapping[str, Any], fault: str | None) -> Clip:
        uri = _text(row, URI_COLUMNS)
        path = self._resolve(uri) if uri and not fault else None
        return Clip(
            index=index,
            clip_id=readable(_text(row, ID_COLUMNS) or uri or f"row-{index + 1}"),
            uri=readable(uri or ""),
            path=path,
            where=where,
            claim={name: value for name in CLAIM_COLUMNS if (value := _text(row, (name,)))},
            error=fault or _row_fault(uri, path),
        )

    def _resolve(self, uri: str) -> str | None:
        """A local path for `uri`; relative ones lie beside the manifest. None for other schemes."""
        if uri.startswith("file://"):
            uri = uri.removeprefix("file://")
        elif "://" in uri:
            return None
        base = self.location if self.kind == "folder" else self.location.parent
        return uri if self.kind == "glob" else os.path.join(base, uri)


def open_corpus(location: str | os.PathLike[str]) -> Corpus:
    """The corpus at `location`: a folder, a glob pattern or a manifest file.

    Raises `UsageError` when there is nothing there, the format is unknown, or no column names the media.
    """
    text = os.fspath(location)
    path = Path(text)
    if path.is_dir():
        return Corpus(location=path, kind="folder")
    if not path.exists() and glob.has_magic(text):
        return Corpus(location=Path(), kind="glob", pattern=text)
    if not path.is_file():
        raise UsageError("there is no such corpus", where=readable(text), hint="give a folder, a manifest or a glob")
    kind = _MANIFEST_KINDS.get(path.suffix.lower())
    if kind is None:
        hint = "a manifest ends in " + ", ".join(sorted(_MANIFEST_KINDS)) + "; for one medium use 'kyodaku check'"
        raise UsageError("this is neither a folder nor a manifest", where=readable(text), hint=hint)
    corpus = Corpus(location=path, kind=kind)
    _require_uri_column(corpus)
    return corpus


def readable(path: str) -> str:
    r"""`path` as valid Unicode; bytes of a name that is not UTF-8 are written as `\xNN`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _require_uri_column(corpus: Corpus) -> None:
    try:
        first = next(corpus.rows(), None)
    except (pa.ArrowInvalid, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"the manifest cannot be read: {reason}", where=readable(str(corpus.location))) from error
    if first and not first[2] and not any(name in first[1] for name in URI_COLUMNS):
        have = ", ".join(map(str, itertools.islice(first[1], 8)))
        hint = f"it has {have}; name the media column one of {', '.join(URI_COLUMNS)}"
        raise UsageError("no column names the media files", where=readable(str(corpus.location)), hint=hint)


def _repeated(clip: Clip, first: int) -> Clip:
    """`clip` again, at fault for an id that row `first` has taken; its own id gets the row's number."""
    return Clip(
        index=clip.index,
        clip_id=f"{clip.clip_id}#row-{clip.index + 1}",
        uri=clip.uri,
        path=None,
        where=clip.where,
        claim=clip.claim,
        error=f"duplicate_id: row {clip.index + 1} repeats the id {clip.clip_id!r} of row {first + 1}",
    )


def _row_fault(uri: str | None, path: str | None) -> str | None:
    if not uri:
        return "bad_row: the row names no media file"
    if path is None:
        return f"unsupported: {uri.split('://', 1)[0]}:// is not a local path; copy the file here first"
    return None


def _text(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    for name in names:
        value = row.get(name)
        if value is not None and str(value).strip():
            return str(value).strip()
    return None


def _walk(folder: Path) -> Iterator[str]:
    """The clips below `folder`; links to folders are not followed, so no loop can hold the walk."""
    for directory, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith(".") and os.path.splitext(name)[1].lower() not in SIDECAR_SUFFIXES:
                yield os.path.join(directory, name)


def _delimited_rows(path: Path, delimiter: str) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    csv.field_size_limit(MAX_FIELD_CHARS)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            header = [name.strip() for name in next(reader, [])]
        except csv.Error as error:
            raise UsageError(f"the header cannot be read: {error}", where=f"{path}:1") from error
        while True:
            where = f"{path.name}:{reader.line_num + 1}"
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield where, {}, f"bad_row: {where}: {error}"
                continue
            if row:
                yield where, dict(zip(header, row, strict=False)), _width_fault(where, header, row)


def _width_fault(where: str, header: list[str], row: list[str]) -> str | None:
    if len(row) <= len(header):
        return None
    return f"bad_row: {where}: {len(row)} fields under {len(header)} columns; quote the ones that hold a delimiter"


def _json_rows(path: Path) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            where = f"{path.name}:{number}"
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield where, {}, f"bad_row: {where}: not JSON ({str(error)[:80]})"
                continue
            fault = None if isinstance(row, dict) else f"bad_row: {where}: a row is a JSON object"
            yield where, row if isinstance(row, dict) else {}, fault


def _parquet_rows(path: Path) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    number = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1024):
            for row in batch.to_pylist():
                number += 1
                yield f"{path.name}:row {number}", row, None

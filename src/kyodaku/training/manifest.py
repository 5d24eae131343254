# SPDX-License-Identifier: Apache-2.0
"""A corpus in, one `Clip` a row out: a folder, a glob, or a manifest in CSV, TSV, JSON Lines or Parquet.

Nothing a row holds can stop the reading. A row that names no file, repeats an id or cannot be read becomes a clip whose
`error` says so; it is carried to the end of the run and is never permitted.

A row is taken to the letter: the file that is examined is the one that a trainer who reads the same row will open. A
name that could mean two files (another media column, bytes that are no text) is an error, not a guess.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from kyodaku.errors import UsageError
from kyodaku.examine import SIGNAL_COLUMNS
from kyodaku.training._circumstances import circumstance_fault
from kyodaku.training._rows import RawRow, delimited_header, delimited_rows, json_rows, parquet_rows, readable
from kyodaku.training._rulings import RULING_COLUMNS, ruling_fault

__all__ = ["CLAIM_COLUMNS", "ID_COLUMNS", "SIDECAR_SUFFIXES", "URI_COLUMNS", "Clip", "Corpus", "open_corpus"]

URI_COLUMNS = ("uri", "path", "file_path", "file", "video")
"""Columns that may name the media file, the first that the manifest has; the names that trainers' own lists use."""

ID_COLUMNS = ("clip_id", "id")
CLAIM_COLUMNS = (
    *("licence", "license", "source", "owner", "lawful_access", "reservation"),
    *RULING_COLUMNS,
    *(name for name in SIGNAL_COLUMNS if name not in RULING_COLUMNS),
)
"""Columns that claim why a clip may be used, say how it was come by, or what stood there; others are only carried."""

SIDECAR_SUFFIXES = frozenset({
    ".txt", ".json", ".jsonl", ".csv", ".tsv", ".md", ".srt", ".vtt", ".ass", ".xml", ".yaml", ".yml", ".html",
    ".parquet", ".kyf", ".log", ".npy", ".npz", ".safetensors", ".xmp", ".c2pa", ".warc",
})  # fmt: skip
"""Files that lie beside clips in a folder and are not clips: captions, lists, caches, what was kept of signals."""

_OWN_FOLDERS = ("registry.sqlite", "run.json")
"""A folder that holds one of these is a workspace or a run of ours, not part of a corpus."""

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
    """A corpus that can be read more than once, always in the same order; a folder's list is taken once."""

    location: Path
    kind: Kind
    pattern: str = ""

    def __iter__(self) -> Iterator[Clip]:
        seen: dict[bytes, int] = {}  # digests, not ids: flat memory for long ids
        for index, (where, row, fault) in enumerate(self._rows()):
            clip = self._clip(index, where, row, fault)
            first = seen.setdefault(_digest(clip.clip_id), index)
            if first != index:
                clip = _repeated(clip, first, seen)
            yield clip

    @property
    def is_listed(self) -> bool:
        """Whether it is a folder or a glob, so that its rows are made here and have one column."""
        return self.kind in {"folder", "glob"}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The manifest's columns in its own order; of JSON Lines, those of all its rows."""
        match self.kind:
            case "folder" | "glob":
                return ("uri",)
            case "csv" | "tsv":
                return tuple(delimited_header(self.location, self._delimiter))
            case "jsonl":
                return tuple(dict.fromkeys(str(name) for _, row, _ in json_rows(self.location) for name in row))
            case "parquet":
                return tuple(pq.read_schema(self.location).names)

    @cached_property
    def uri_column(self) -> str | None:
        """The one column that names the media."""
        return next((name for name in URI_COLUMNS if name in self.columns), None)

    def rows(self) -> Iterator[RawRow]:
        """Each row as (where, columns, fault), in order, with every column."""
        yield from self._rows(everything=True)

    def fingerprint(self) -> str:
        """A hash that changes when the list of clips does; the media themselves are hashed clip by clip."""
        digest = hashlib.sha256(f"{self.kind}\n".encode())
        if self.is_listed:
            for path in self._paths:
                digest.update(os.fsencode(path) + b"\0")
        else:
            with self.location.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        return f"sha256:{digest.hexdigest()}"

    @property
    def _delimiter(self) -> str:
        return "\t" if self.kind == "tsv" else ","

    def _rows(self, *, everything: bool = False) -> Iterator[RawRow]:
        match self.kind:
            case "folder" | "glob":
                yield from self._files()
            case "csv" | "tsv":
                yield from delimited_rows(self.location, self._delimiter)
            case "jsonl":
                yield from json_rows(self.location)
            case "parquet":
                known = (*URI_COLUMNS, *ID_COLUMNS, *CLAIM_COLUMNS)
                yield from parquet_rows(self.location, None if everything else known)

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        if self.kind == "glob":
            return tuple(sorted(p for p in glob.glob(self.pattern, recursive=True) if not os.path.isdir(p)))
        return tuple(sorted(_walk(self.location)))

    def _files(self) -> Iterator[RawRow]:
        for path in self._paths:
            yield readable(path), {"uri": os.path.relpath(path, self.location) if self.kind == "folder" else path}, None

    def _clip(self, index: int, where: str, row: Mapping[str, Any], fault: str | None) -> Clip:
        uri = _literal(row.get(self.uri_column or ""))
        path = self._resolve(uri) if uri and not fault else None
        claim = {name: readable(value) for name in CLAIM_COLUMNS if (value := _text(row, (name,)))}
        return Clip(
            index=index,
            clip_id=readable(_text(row, ID_COLUMNS) or uri or f"row-{index + 1}"),
            uri=readable(uri or ""),
            path=path,
            where=where,
            claim=claim,
            error=fault or _row_fault(uri, path) or self._second_medium(row, path) or _claim_fault(claim),
        )

    def _second_medium(self, row: Mapping[str, Any], path: str | None) -> str | None:
        """A trainer may read any of the columns that name media, so that all must name the file that is examined."""
        for name in URI_COLUMNS:
            other = _literal(row.get(name))
            if name != self.uri_column and other and self._resolve(other) != path:
                return f"bad_row: the columns {self.uri_column!r} and {name!r} name different files"
        return None

    def _resolve(self, uri: str) -> str | None:
        """A local path for `uri`; relative ones lie beside the manifest. None for other schemes."""
        if uri.startswith("file://"):
            parts = urlsplit(uri)
            if parts.netloc not in {"", "localhost"}:
                return None
            uri = unquote(parts.path, errors="surrogateescape")
        elif "://" in uri:
            return None
        base = self.location if self.kind == "folder" else self.location.parent
        return os.path.abspath(uri if self.kind == "glob" else os.path.join(base, uri))


def open_corpus(location: str | os.PathLike[str]) -> Corpus:
    """The corpus at `location`: a folder, a glob pattern or a manifest file.

    Raises `UsageError` when there is nothing there, the format is unknown, no column names the media, or it is empty.
    """
    text = os.fspath(location)
    path = Path(text)
    if path.is_dir():
        corpus = Corpus(location=path, kind="folder")
    elif not path.exists() and glob.has_magic(text):
        corpus = Corpus(location=Path(), kind="glob", pattern=text)
    elif not path.is_file():
        raise UsageError("there is no such corpus", where=readable(text), hint="give a folder, a manifest or a glob")
    else:
        corpus = _open_manifest(path)
    if next(iter(corpus), None) is None:
        raise UsageError("there is no clip in this corpus", where=readable(text))
    return corpus


def _open_manifest(path: Path) -> Corpus:
    where = readable(str(path))
    kind = _MANIFEST_KINDS.get(path.suffix.lower())
    if kind is None:
        hint = "a manifest ends in " + ", ".join(sorted(_MANIFEST_KINDS)) + "; for one medium use 'kyodaku check'"
        raise UsageError("this is neither a folder nor a manifest", where=where, hint=hint)
    corpus = Corpus(location=path, kind=kind)
    try:
        columns, uri_column = corpus.columns, corpus.uri_column
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = next(iter(str(error).splitlines()), "unknown")
        raise UsageError(f"the manifest cannot be read: {reason}", where=where) from error
    if columns and uri_column is None:
        hint = f"it has {', '.join(map(readable, columns[:8]))}; name the media column one of {', '.join(URI_COLUMNS)}"
        raise UsageError("no column names the media files", where=where, hint=hint)
    return corpus


def _digest(clip_id: str) -> bytes:
    return hashlib.blake2b(clip_id.encode(), digest_size=12).digest()


def _repeated(clip: Clip, first: int, seen: dict[bytes, int]) -> Clip:
    """`clip` again, at fault for an id that row `first` has taken; its own id gets the row's number."""
    number = clip.index + 1
    own = f"{clip.clip_id}#row-{number}"
    while seen.setdefault(_digest(own), clip.index) != clip.index:
        own += "'"
    return Clip(
        index=clip.index,
        clip_id=own,
        uri=clip.uri,
        path=None,
        where=clip.where,
        claim=clip.claim,
        error=clip.error or f"duplicate_id: row {number} repeats the id {clip.clip_id!r} of row {first + 1}",
    )


def _row_fault(uri: str | None, path: str | None) -> str | None:
    if not uri:
        return "bad_row: the row names no media file"
    if readable(uri) != uri or "\0" in uri:
        return "bad_row: the file's name is not UTF-8 text; rename it"
    if path is None:
        return f"unsupported: {uri.split('://', 1)[0]}:// is not a local path; copy the file here first"
    return None


def _claim_fault(claim: Mapping[str, str]) -> str | None:
    return circumstance_fault(claim) or ruling_fault(claim)


def _literal(value: Any) -> str | None:
    """A file's name as it stands; spaces are part of it."""
    return None if value is None or not str(value).strip() else str(value)


def _text(row: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = row.get(name)
        if isinstance(value, list | dict):  # of JSON Lines and Parquet
            return json.dumps(value, ensure_ascii=False, default=str)
        if value is not None and str(value).strip():
            return str(value).strip()
    return None


def _walk(folder: Path) -> Iterator[str]:
    """The clips below `folder`; links to folders are not followed, so no loop can hold the walk."""
    for directory, folders, names in os.walk(folder, followlinks=False):
        if any(name in names for name in _OWN_FOLDERS):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith(".") and os.path.splitext(name)[1].lower() not in SIDECAR_SUFFIXES:
                yield os.path.join(directory, name)

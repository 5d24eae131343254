# SPDX-License-Identifier: Apache-2.0
"""A folder of films to measure on, with what is known of them.

The folder may hold two tab-separated tables with a header line each; further columns are ignored.

`INDEX.tsv`
:   `file` (within the folder), `work_id`, `role`: `work` (may be registered), `generated` (made by a model: registered
    or not, never the source of a copy) or `natural_copy` (a copy that somebody really made, listed below);
    optionally `duration_s`.

`NATURAL_COPIES.tsv`
:   `query` and `reference` (files of the index), `q_start`, `q_end`, `r_start`, `r_end` in seconds.

Without an index every film of the folder is a work of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast, get_args

from kyodaku.bench.metrics import Span
from kyodaku.errors import UsageError
from kyodaku.media import Decoder, MediaError, Sampling

__all__ = ["Collection", "Film", "Role", "load_collection"]

Role: TypeAlias = Literal["work", "generated", "natural_copy"]

SUFFIXES: Final = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".gif"})
"""What counts as a film in a folder without an index."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """A file of the collection; its `id` is its name within the folder."""

    id: str
    path: Path
    work: str
    role: Role
    duration_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    """All films, and the true spans of the natural copies (ids of films stand for query and reference)."""

    folder: Path
    films: tuple[Film, ...]
    copies: tuple[Span, ...] = ()

    def of_role(self, *roles: Role) -> tuple[Film, ...]:
        """The films with one of these roles."""
        return tuple(film for film in self.films if film.role in roles)

    @property
    def by_id(self) -> Mapping[str, Film]:
        """The films by their ids."""
        return {film.id: film for film in self.films}


def load_collection(folder: Path) -> Collection:
    """Read the tables of `folder`, or its files when it has none; raises `UsageError` naming file and line."""
    if not folder.is_dir():
        raise UsageError("there is no such folder", where=str(folder), hint="name a folder of films")
    index = folder / "INDEX.tsv"
    films = _indexed(folder, index) if index.is_file() else _unindexed(folder)
    if not any(film.role == "work" for film in films):
        raise UsageError("holds no film that could be registered", where=str(folder))
    natural = folder / "NATURAL_COPIES.tsv"
    return Collection(folder=folder, films=films, copies=_copies(natural, films) if natural.is_file() else ())


def _indexed(folder: Path, index: Path) -> tuple[Film, ...]:
    films: dict[str, Film] = {}
    for where, row in _rows(index, ("file", "work_id", "role")):
        role = _role(row["role"], where)
        path = folder / row["file"]
        if not path.is_file():
            raise UsageError(f"there is no file {row['file']!r}", where=where)
        duration_s = _number(row["duration_s"], where) if row.get("duration_s") else _duration(path)
        films[row["file"]] = Film(id=row["file"], path=path, work=row["work_id"], role=role, duration_s=duration_s)
    return tuple(films.values())


def _unindexed(folder: Path) -> tuple[Film, ...]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    names = [path.relative_to(folder).as_posix() for path in paths]
    return tuple(
        Film(id=name, path=path, work=name.replace("_", "-"), role="work", duration_s=_duration(path))
        for name, path in zip(names, paths, strict=True)
    )


def _copies(table: Path, films: Iterable[Film]) -> tuple[Span, ...]:
    known = {film.id for film in films}
    spans = []
    for where, row in _rows(table, ("query", "reference", "q_start", "q_end", "r_start", "r_end")):
        for column in ("query", "reference"):
            if row[column] not in known:
                raise UsageError(f"{row[column]!r} is not in the index", where=where)
        times = [_number(row[column], where) for column in ("q_start", "q_end", "r_start", "r_end")]
        spans.append(Span(row["query"], row["reference"], *times))
    return tuple(spans)


def _rows(table: Path, columns: tuple[str, ...]) -> Iterable[tuple[str, dict[str, str]]]:
    with table.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, delimiter="\t")
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise UsageError(f"lacks the column {missing[0]!r}", where=str(table))
        for row in reader:
            yield f"{table}, line {reader.line_num}", {key: value or "" for key, value in row.items() if key}


def _role(text: str, where: str) -> Role:
    for role in get_args(Role):
        if text == role:
            return cast("Role", role)
    raise UsageError(f"unknown role {text!r}", where=where, hint=f"one of: {', '.join(get_args(Role))}")


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a number of seconds", where=where) from None


def _duration(path: Path) -> float:
    """As measured: containers need not say, and some lie."""
    with Decoder() as decoder:
        stream = decoder.sample(path, Sampling(fps=1.0, max_side=16))
        for _ in stream:
            pass
    result = stream.result
    if isinstance(result.error, MediaError):
        raise UsageError(f"cannot be measured on: {result.error}", where=str(path))
    return result.duration_s

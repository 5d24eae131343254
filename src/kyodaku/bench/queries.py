# SPDX-License-Identifier: Apache-2.0
"""Questions made into files, once: every system is asked about the same bytes."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kyodaku.bench.collection import Collection
from kyodaku.bench.metrics import Span
from kyodaku.bench.plan import Question
from kyodaku.bench.split import Side
from kyodaku.edits import TrueSpan, apply, compile_excerpts
from kyodaku.errors import KyodakuError

__all__ = ["Query", "make_queries"]

_VERSION = 2
"""Raised when the same question would give another file, so that no old one is taken for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A file to search for, and what is true of it.

    `targets` are the spans to be found (references are ids of films), `beside` the films that may be found without
    being asked for. Both count only where the film is registered.
    """

    id: str
    path: Path
    family: str
    strength: str
    side: Side
    work: str
    duration_s: float
    targets: tuple[Span, ...]
    beside: frozenset[str]


def make_queries(
    collection: Collection,
    questions: Sequence[Question],
    cache: Path,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Query, ...]:
    """The queries for all questions, in their order; what `cache` holds already is not made again.

    An edit that leaves nothing to look at (a cut shorter than one frame) gives no query.
    """
    cache.mkdir(parents=True, exist_ok=True)
    wanting = {key: question for key, question in _keyed(questions) if not (cache / f"{key}.json").exists()}
    jobs = [(question, cache, key) for key, question in wanting.items()]
    for done, _ in enumerate(_in_processes(jobs, workers), start=1):
        if progress is not None:
            progress(done, len(jobs))
    names = {str(film.path): film.id for film in collection.films}
    natural = _natural(collection)
    made = (_query(question, cache, key, names, natural) for key, question in _keyed(questions))
    return tuple(query for query in made if query is not None)


def _keyed(questions: Sequence[Question]) -> Iterator[tuple[str, Question]]:
    for question in questions:
        text = repr((_VERSION, question, [excerpt.film.path.stat().st_size for excerpt in question.excerpts]))
        yield f"{question.family}-{question.strength}-{hashlib.sha256(text.encode()).hexdigest()[:12]}", question


def _in_processes(jobs: Sequence[tuple[Question, Path, str]], workers: int) -> Iterator[None]:
    if workers == 1 or len(jobs) <= 1:
        for job in jobs:
            _render(*job)
            yield
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_render, *job) for job in jobs]):
            future.result()
            yield


def _render(question: Question, cache: Path, key: str) -> None:
    """Write the copy and then what it consists of; a killed run leaves no truth without its file."""
    if _is_the_film(question):
        _note(cache / f"{key}.json", None)
        return
    part = cache / f"{key}.part.mp4"
    try:
        spans = _spans(question, part)
    except KyodakuError as error:
        _note(cache / f"{key}.json", {"nothing": str(error)})
        return
    part.rename(cache / f"{key}.mp4")
    _note(cache / f"{key}.json", {"spans": [_as_json(span) for span in spans]})


def _spans(question: Question, out: Path) -> tuple[TrueSpan, ...]:
    if question.edit is None:
        pieces = [(e.film.path, e.start_s, e.duration_s or e.film.duration_s) for e in question.excerpts]
        return compile_excerpts(pieces, out)
    (excerpt,) = question.excerpts
    return apply(
        excerpt.film.path,
        question.edit,
        out,
        seed=question.seed,
        start_s=excerpt.start_s,
        duration_s=excerpt.duration_s,
        other=question.other.path if question.other else None,
    )


def _is_the_film(question: Question) -> bool:
    return question.edit is None and len(question.excerpts) == 1 and question.excerpts[0].duration_s is None


def _note(path: Path, document: dict[str, Any] | None) -> None:
    part = path.with_suffix(".json.part")
    part.write_text(json.dumps(document), encoding="utf-8")
    part.replace(path)


def _as_json(span: TrueSpan) -> dict[str, Any]:
    names = ("source", "q_start", "q_end", "r_start", "r_end")
    return {name: getattr(span, name) for name in names}


def _natural(collection: Collection) -> dict[str, tuple[Span, ...]]:
    return {
        film.id: tuple(span for span in collection.copies if span.query == film.id)
        for film in collection.of_role("natural_copy")
    }


def _query(
    question: Question, cache: Path, key: str, names: dict[str, str], natural: dict[str, tuple[Span, ...]]
) -> Query | None:
    film = question.excerpts[0].film
    document = json.loads((cache / f"{key}.json").read_text(encoding="utf-8"))
    if document is None:
        path, duration_s = film.path, film.duration_s
        whole = Span(key, film.id, 0.0, duration_s, 0.0, duration_s)
        spans = tuple(span._replace(query=key) for span in natural.get(film.id, (whole,)))
    elif "nothing" in document:
        return None
    else:
        path = cache / f"{key}.mp4"
        spans = tuple(_span(key, fields, names) for fields in document["spans"])
        duration_s = max(span.q_end for span in spans)
    other = question.other.id if question.other else None
    return Query(
        id=key,
        path=path,
        family=question.family,
        strength=question.strength,
        side=question.side,
        work=question.work,
        duration_s=duration_s,
        targets=tuple(span for span in spans if span.reference != other),
        beside=frozenset([other] if other else []),
    )


def _span(key: str, fields: dict[str, Any], names: dict[str, str]) -> Span:
    times = (fields["q_start"], fields["q_end"], fields["r_start"], fields["r_end"])
    return Span(key, names[fields["source"]], *times)

# SPDX-License-Identifier: Apache-2.0
"""The whole demo written to a folder: films, corpus, manifest, registry, use, truth."""

from __future__ import annotations

import csv
import json
import multiprocessing
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

from kyodaku import edits
from kyodaku.demo._clips import BROKEN, COMPILED, COPIES, Broken, Clip, Compiled, Row
from kyodaku.demo._damage import DAMAGE
from kyodaku.demo._papers import REGISTRY, USE
from kyodaku.demo._signalled import CAPTURES, SIGNALLED, Signalled, put_signal
from kyodaku.demo._studio import FULL, Detail, render_film
from kyodaku.demo._truth import broken_truth, clip_truth
from kyodaku.demo.story import FILMS
from kyodaku.errors import KyodakuError

__all__ = ["COLUMNS", "VERSION", "DemoPaths", "Progress", "render"]

VERSION = 3
"""Changes when the same call would write other files."""

COLUMNS = ("clip_id", "uri", "licence", "source", "owner", "caption")

Progress = Callable[[int, int, str], None]
"""Called with how many files are done, how many there are, and the name of the last."""

CLIP_SIDE = 480
"""Longer side of the copies in pixels, before their edit: what sites give to crawlers."""

Task = Callable[[], dict[str, Any] | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoPaths:
    """Where everything lies; `works` maps the id of each registered work to its film."""

    films: Path
    corpus: Path
    captures: Path
    manifest: Path
    registry: Path
    use: Path
    truth: Path
    works: Mapping[str, Path]

    @classmethod
    def of(cls, directory: Path) -> DemoPaths:
        """The places within a demo's folder, whether anything is there or not."""
        return cls(
            films=directory / "films",
            corpus=directory / "corpus",
            captures=directory / CAPTURES,
            manifest=directory / "corpus" / "manifest.csv",
            registry=directory / "registry.yaml",
            use=directory / "use.yaml",
            truth=directory / "truth.json",
            works={film.id: directory / film.file for film in FILMS.values() if film.registered},
        )


def render(
    directory: str | PathLike[str], *, workers: int = 2, progress: Progress | None = None, detail: Detail = FULL
) -> DemoPaths:
    """Write the demo into `directory`; the same bytes each time, and nothing if it is there already.

    Only the two clips that are signed are new each time: a signature is.

    Takes about half a minute on two cores. `detail` makes smaller and shorter films, for tests. Raises `KyodakuError`
    if a worker process dies.
    """
    root = Path(directory)
    paths = DemoPaths.of(root)
    if _is_done(root, detail):
        return paths
    _marker(root).unlink(missing_ok=True)
    for folder in {(root / film.file).parent for film in FILMS.values()} | {paths.corpus}:
        folder.mkdir(parents=True, exist_ok=True)
    total = len(FILMS) + len(COPIES) + len(COMPILED) + len(BROKEN) + len(SIGNALLED)
    count = _Counter(total, progress)
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) if workers > 1 else nullcontext()
    with pool as executor:
        for _ in _run(_film_tasks(root, detail), executor, count):
            pass
        records = [record for record in _run(_clip_tasks(root, detail), executor, count) if record is not None]
    _write_papers(paths, records)
    _write_marker(root, detail, records)
    return paths


class _Counter:
    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._progress, self._done = total, progress, 0

    def __call__(self, name: str) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total, name)


def _run(
    tasks: Sequence[tuple[str, Task]], executor: ProcessPoolExecutor | None, count: _Counter
) -> Iterator[dict[str, Any] | None]:
    """The tasks' results in the order of the tasks, whoever is done first."""
    if executor is None:
        for name, task in tasks:
            result = task()
            count(name)
            yield result
        return
    futures = {executor.submit(task): name for name, task in tasks}
    try:
        for future in as_completed(futures):
            future.result()
            count(futures[future])
    except BrokenProcessPool as error:
        raise KyodakuError(
            "a process that draws the demo was killed", hint="is there memory enough? try again"
        ) from error
    yield from (future.result() for future in futures)


def _film_tasks(root: Path, detail: Detail) -> list[tuple[str, Task]]:
    return [(film.file, partial(render_film, film.id, root / film.file, detail)) for film in FILMS.values()]


def _clip_tasks(root: Path, detail: Detail) -> list[tuple[str, Task]]:
    made = [
        *((clip.row.name, partial(_copy, clip, root, detail)) for clip in COPIES),
        *((clip.row.name, partial(_compiled, clip, root, detail)) for clip in COMPILED),
        *((clip.row.name, partial(_broken, clip, root, detail)) for clip in BROKEN),
        *((each.clip.row.name, partial(_signalled, each, root, detail)) for each in SIGNALLED),
    ]
    return sorted(made, key=lambda task: zlib.crc32(task[0].encode()))  # mixed, as corpora are


def _copy(clip: Clip, root: Path, detail: Detail) -> dict[str, Any]:
    source = root / FILMS[clip.film].file
    other = None if clip.other is None else root / FILMS[clip.other].file
    spans = edits.apply(
        source,
        clip.edit,
        root / "corpus" / clip.row.name,
        seed=zlib.crc32(clip.row.name.encode()),
        start_s=clip.start_s * detail.pace,
        duration_s=clip.seconds * detail.pace,
        other=other,
        max_side=CLIP_SIDE,
    )
    return clip_truth(clip.row, clip.edit.name, spans, _film_of(root), seconds=max(span.q_end for span in spans))


def _compiled(clip: Compiled, root: Path, detail: Detail) -> dict[str, Any]:
    pieces = [
        (root / FILMS[film].file, start * detail.pace, length * detail.pace) for film, start, length in clip.pieces
    ]
    spans = edits.compile_excerpts(pieces, root / "corpus" / clip.row.name, max_side=CLIP_SIDE)
    return clip_truth(clip.row, "compiled", spans, _film_of(root), seconds=spans[-1].q_end)


def _broken(clip: Broken, root: Path, detail: Detail) -> dict[str, Any]:
    DAMAGE[clip.how](root / FILMS[clip.film].file, root / "corpus" / clip.row.name, detail.pace)
    return broken_truth(clip)


def _signalled(signalled: Signalled, root: Path, detail: Detail) -> dict[str, Any]:
    record = _copy(signalled.clip, root, detail)
    put_signal(signalled, root)
    return {**record, "signal": signalled.standard}


def _film_of(root: Path) -> dict[str, str]:
    return {str(root / film.file): film.id for film in FILMS.values()}


def _write_papers(paths: DemoPaths, records: Sequence[Mapping[str, Any]]) -> None:
    listed: list[Clip | Compiled | Broken] = [*COPIES, *COMPILED, *BROKEN, *(each.clip for each in SIGNALLED)]
    rows = {clip.row.name: clip.row for clip in listed}
    with paths.manifest.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_fields(rows[record["clip_id"]]) for record in records)
    paths.registry.write_text(REGISTRY, encoding="utf-8")
    paths.use.write_text(USE, encoding="utf-8")
    films = {film.id: {"file": film.file, "title": dict(film.title)} for film in FILMS.values() if film.registered}
    truth = {"version": VERSION, "films": films, "clips": records}
    paths.truth.write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _fields(row: Row) -> Iterable[str]:
    return (row.name, row.name, row.licence, row.source, row.owner, row.caption)


# --- done before? --------------------------------------------------------------------------------------------------


def _marker(root: Path) -> Path:
    return root / ".rendered.json"


def _is_done(root: Path, detail: Detail) -> bool:
    """Whether this version's files are all there, in their sizes."""
    try:
        said = json.loads(_marker(root).read_text(encoding="utf-8"))
        sizes = dict(said["sizes"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    same = said.get("version") == VERSION and said.get("detail") == asdict(detail)
    return same and all(
        (root / name).is_file() and (root / name).stat().st_size == size for name, size in sizes.items()
    )


def _write_marker(root: Path, detail: Detail, records: Sequence[Mapping[str, Any]]) -> None:
    paths = DemoPaths.of(root)
    clips = [paths.corpus / record["uri"] for record in records]
    files = [
        *(root / film.file for film in FILMS.values()),
        *clips,
        paths.manifest,
        paths.registry,
        paths.use,
        paths.truth,
        *(file for folder in (paths.corpus, paths.captures) for file in sorted(folder.rglob("*")) if file not in clips),
    ]
    sizes = {str(file.relative_to(root)): file.stat().st_size for file in files if file.is_file()}
    said = {"version": VERSION, "detail": asdict(detail), "sizes": sizes}
    _marker(root).write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")

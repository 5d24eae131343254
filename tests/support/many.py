# SPDX-License-Identifier: Apache-2.0
"""A run over many clips that nobody looks at: what was found in each is made up; the law and the ledger are real."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from kyodaku.examine import Findings, WorkMatch
from kyodaku.registry import Registry, Snapshot
from kyodaku.training import Cleared, Done, clear, load_use
from kyodaku.training.worker import judge_from

__all__ = ["run_over"]


class MadeUp:
    """An engine that finds one of the works that have references in every second clip."""

    def run(self, setup: dict[str, Any], tasks: Iterable[dict[str, Any]]) -> Iterator[Done]:
        snapshot = Snapshot.open(Path(setup["snapshot"]))
        judge = judge_from(setup, snapshot)
        references = sorted(snapshot.reference_works.items(), key=lambda pair: pair[1])
        for task in tasks:
            found = self._found(task["index"], *references[task["index"] % len(references)])
            yield Done(task, judge.result(found, task["claim"]))

    def _found(self, index: int, reference: str, work: str) -> Findings:
        match = WorkMatch(
            work=work,
            reference=reference,
            q_start=index % 7 / 10,
            q_end=6.25,
            r_start=index % 50 + 0.125,
            r_end=index % 50 + 6.0,
            score=0.9 + index % 100 / 1000,
        )
        return Findings(
            matches=(match,) if index % 2 else (),
            sha256=sha256(str(index).encode()).hexdigest(),
            duration_s=6.5,
            frames=13,
        )


def run_over(clips: int, folder: Path, registry: Registry, use: Path) -> Cleared:
    """Clear a corpus of so many clips, of which there are no files."""
    manifest = folder / "many.csv"
    rows = "".join(
        f"clip-{number},clips/{number:06}.mp4,{'CC-BY-4.0' if number % 4 else ''}\n" for number in range(clips)
    )
    manifest.write_text(f"clip_id,uri,licence\n{rows}", encoding="utf-8")
    return clear(str(manifest), folder / "out", registry=registry, use=load_use(use), engine=MadeUp(), workers=1)

# SPDX-License-Identifier: Apache-2.0
"""What remains of a video that was made and may not be shown: its hash, the decision, and as many pictures as allowed.

FOLDER/VIDEO_ID.json       which job, when, SHA-256 and size, the decision's id, which work where in the video
FOLDER/VIDEO_ID-N.jpg      small pictures from the middle of what was found, if the policy allows any

The video itself is deleted. Whoever is asked later "did you make this?" compares the hash, and the ledger has the same
one, committed to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from kyodaku.errors import KyodakuError
from kyodaku.generation.answer import Answer
from kyodaku.generation.job import Job
from kyodaku.ledger import write_atomically
from kyodaku.media import Decoder, Sampling, encode_jpeg

__all__ = ["MOST_THUMBNAILS", "BlockedVideos"]

MOST_THUMBNAILS: Final = 8
_SIDE: Final = 160
"""Pixels of the longer side: enough to see what it was, too little to be of use."""


class BlockedVideos:
    """The records in one folder, which only the service's user may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, job: Job, video: Path, answer: Answer, *, at: datetime, thumbnails: int = 0) -> str:
        """Keep what may be kept, and return the video's SHA-256; KyodakuError if it cannot be kept.

        `thumbnails` is how many pictures at most, up to eight.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with video.open("rb") as file:
                sha256 = file_digest(file, "sha256").hexdigest()
            spans = [finding for finding in answer.findings if "q_start" in finding]
            pictures = self._pictures(job.id, video, spans, min(thumbnails, MOST_THUMBNAILS))
            record = {
                "video": job.id,
                "blocked_at": at.isoformat(),
                "sha256": sha256,
                "bytes": video.stat().st_size,
                "verdict": answer.verdict,
                "decision_id": answer.decision.decision_id,
                "regime": answer.decision.regime,
                "snapshot": answer.decision.snapshot,
                "works": list(answer.works),
                "findings": [dict(each) for each in spans],
                "thumbnails": pictures,
            }
            content = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
            write_atomically(self._folder / f"{job.id}.json", content.encode())
        except OSError as error:
            raise KyodakuError(f"a blocked video cannot be recorded: {error.strerror}", where=job.id) from error
        return sha256

    def all(self) -> Iterator[Mapping[str, Any]]:
        """Every record, the earliest first; KyodakuError for one that cannot be read."""
        yield from sorted((_read(path) for path in self._folder.glob("*.json")), key=lambda each: each["blocked_at"])

    def _pictures(self, name: str, video: Path, spans: Sequence[Mapping[str, Any]], most: int) -> list[dict[str, Any]]:
        """From the middle of each span, until there are as many as may be."""
        middles = [(round((span["q_start"] + span["q_end"]) / 2, 3), span["work"]) for span in spans][:most]
        if not middles:
            return []
        moments = sorted({moment for moment, _ in middles})
        with Decoder() as decoder:
            frames = list(decoder.sample(video, Sampling(mode="at", at=tuple(moments), max_side=_SIDE)))
        kept = []
        for number, (moment, frame) in enumerate(zip(moments, frames, strict=False), 1):
            file = f"{name}-{number}.jpg"
            write_atomically(self._folder / file, encode_jpeg(frame.pixels))
            kept.append({"file": file, "at_s": moment, "works": [work for at, work in middles if at == moment]})
        return kept


def _read(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_bytes())
        return {**record, "blocked_at": str(record["blocked_at"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise KyodakuError("this is no record of a blocked video", where=str(path)) from error

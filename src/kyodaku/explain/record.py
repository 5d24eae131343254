# SPDX-License-Identifier: Apache-2.0
"""The account as one JSON document: the decision as `check --json` prints it, and `evidence`, on which it rests."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from kyodaku.copies import Match
from kyodaku.copies.evidence_record import FrameEvidence, MatchEvidence, NearestFrame
from kyodaku.explain.account import Account, Nearest, Told
from kyodaku.registry import Snapshot
from kyodaku.rights import rfc3339

__all__ = ["VERSION", "as_document"]

VERSION: Final = 1
"""Of the record's form; a field may be added without a new one."""


def as_document(account: Account) -> dict[str, Any]:
    """All that the page shows, but for the pictures; likeness to four places, times to the millisecond."""
    subject = account.subject
    findings = subject.findings
    return {
        **subject.document,
        "evidence": {
            "version": VERSION,
            "medium": {
                "name": sayable(subject.medium.name),
                "sha256": findings.sha256,
                "duration_s": findings.duration_s,
                "frames_sampled": findings.frames,
                "skipped_packets": findings.skipped_packets,
                "truncated": findings.truncated,
                "unseen_s": findings.unseen_s,
                "parts_omitted": findings.parts_omitted,
                "sound": findings.sound,
                **{name: (findings.media or {}).get(name) for name in ("container", "codec", "width", "height")},
            },
            "searched": _searched(subject.snapshot),
            "matches": [_told(told) for told in account.told],
            "further_matches": [found.as_json() for found in account.listed],
            "unlisted_matches": account.unlisted,
            "candidates": [found.as_json() for found in account.candidates],
            "candidates_in_full": [_told(told) for told in account.near],
            "nearest_frames": [_nearest(nearest) for nearest in account.nearest],
        },
    }


def sayable(text: str) -> str:
    """File names need not be text; what is none of it becomes an escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def _searched(snapshot: Snapshot) -> dict[str, Any]:
    works = snapshot.reference_works
    return {
        "snapshot": snapshot.id,
        "as_of": rfc3339(snapshot.as_of),
        "references": len(works),
        "works": len(set(works.values())),
        "descriptors": [
            {
                "descriptor": index.descriptor,
                "references": len(index),
                "codes": index.codes,
                "match_from": index.calibration.match,
                "review_from": index.calibration.review,
                "slope": index.calibration.slope,
                "intercept": index.calibration.intercept,
                "measured": asdict(index.calibration.measured),
            }
            for index in snapshot.references.indexes.values()
        ],
        "sound": _sound(snapshot),
    }


def _sound(snapshot: Snapshot) -> dict[str, Any] | None:
    sound: Any = getattr(snapshot.references, "sound", None)
    if sound is None:
        return None
    used = sound.calibration
    return {
        "descriptor": used.descriptor,
        "references": len(sound),
        "match_from": used.match,
        "review_from": used.review,
    }


def _told(told: Told) -> dict[str, Any]:
    match, evidence = told.match, told.evidence
    return {
        "number": told.number,
        **told.found.as_json(),
        "evidence_nats": None if match is None else match.evidence,
        "descriptor": None if match is None else match.descriptor,
        "view": None if match is None else match.view,
        "shared_with": [] if match is None else list(match.shared_with),
        **(_NO_FRAMES if match is None or evidence is None else _frames(match, evidence)),
        "rival": None if evidence is None or evidence.rival is None else _rival(evidence.rival, told.rival_work),
    }


_NO_FRAMES: Final[dict[str, Any]] = {"line": None, "sampled": 0, "agreeing": 0, "blank": 0, "frames": []}


def _frames(match: Match, evidence: MatchEvidence) -> dict[str, Any]:
    return {
        "line": {"speed": match.speed, "offset_s": evidence.offset_s, "tolerance_s": evidence.tolerance_s},
        "likeness_by": "fine_cosine" if evidence.finer else "code_cosine",
        "least_likeness": evidence.least_likeness,
        "sampled": evidence.sampled,
        "agreeing": evidence.agreeing,
        "blank": evidence.blank,
        "frames": [_frame(frame) for frame in evidence.frames],
    }


def _frame(frame: FrameEvidence) -> dict[str, Any]:
    return {
        "q_time": round(frame.q_time, 3),
        "line_time": round(frame.line_time, 3),
        "r_time": None if frame.r_time is None else round(frame.r_time, 3),
        "likeness": None if frame.likeness is None else round(frame.likeness, 4),
        "least": round(frame.least, 4),
        "agrees": frame.agrees,
        "other": _near(frame.other),
    }


def _near(found: NearestFrame | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"reference": found.reference, "time": round(found.time_s, 3), "likeness": round(found.likeness, 4)}


def _rival(rival: Match, work: str | None) -> dict[str, Any]:
    fields = ("reference", "q_start", "q_end", "r_start", "r_end", "speed", "mirrored", "view", "score", "band")
    return {"work": work, **{name: getattr(rival, name) for name in fields}, "evidence_nats": rival.evidence}


def _nearest(nearest: Nearest) -> dict[str, Any]:
    frames = [{"q_time": round(time, 3), "nearest": _near(found)} for time, found in nearest.frames]
    return {"descriptor": nearest.query.descriptor, "frames": frames}

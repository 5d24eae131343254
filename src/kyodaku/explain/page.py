# SPDX-License-Identifier: Apache-2.0
"""The account as a page: names, words, pictures and drawings put to what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kyodaku.copies import Calibration, ReferenceIndex
from kyodaku.copies.evidence_record import counts_from
from kyodaku.explain import words
from kyodaku.explain.account import Account, Nearest
from kyodaku.explain.cards import cards, nearest_matrix, pairs_shown, row
from kyodaku.explain.drawing import nearest_chart
from kyodaku.explain.names import PlainNamer, plain
from kyodaku.explain.pictures import Pictures
from kyodaku.registry import Snapshot
from kyodaku.training.report import words as report_words
from kyodaku.training.report.names import Namer
from kyodaku.training.report.paper import style, template
from kyodaku.training.report.signals import signal_rows
from kyodaku.training.report.timeline import clock
from kyodaku.training.report.words import Bilingual
from kyodaku.training.use import as_text

__all__ = ["rendered"]


def rendered(account: Account, pictures: Pictures, *, language: str) -> str:
    """The page; `language` is the one that it opens in."""
    subject, findings = account.subject, account.subject.findings
    namer = PlainNamer(Namer(subject.snapshot.rights))
    decision = subject.decision.as_json()
    calibrations = subject.snapshot.references.calibrations
    works = subject.snapshot.reference_works
    return template(__package__, "explain.html.j2").render(
        style=style((__package__, "explain.css")),
        language=language,
        words=report_words.VERDICTS,
        disclaimer=report_words.DISCLAIMER,
        medium=_medium(account),
        asked=_asked(account, namer),
        verdict=decision["verdict"],
        summary=_summary(account),
        unseen=report_words.unseen(findings.unseen, findings.duration_s, findings.parts_omitted),
        error=None if findings.error is None else _error(findings.error),
        examined=findings.matches is not None,
        signals=_signals(account),
        grounds=[_ground(ground) for ground in decision["grounds"]],
        several=len({ground["act"] for ground in decision["grounds"]}) > 1,
        needed=[] if findings.error else namer.needs(decision["needed"]),
        overview=_overview(account, namer),
        cards=cards(account.told, account, pictures, namer),
        near=cards(account.near, account, pictures, namer),
        listed=[row(found, namer) for found in account.listed],
        unlisted=account.unlisted,
        candidates=[row(found, namer) for found in account.candidates],
        nearest=[_nearest(each, account, pictures, namer) for each in account.nearest if each.best is not None],
        searched=report_words.searched(len(works), len(set(works.values()))),
        snapshot={"id": subject.snapshot.id, "as_of": report_words.moment(as_text(subject.snapshot.as_of))},
        sound=_sound(subject.snapshot),
        calibrations=[_calibration(used, subject.snapshot.references.indexes) for used in calibrations],
    )


def _ground(ground: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: plain(ground[name]) for name in ("text", "would_change")}
    return {**ground, **said, "act": report_words.acts([ground["act"]])}


def _signals(account: Account) -> list[dict[str, Any]]:
    rows = signal_rows([each.as_json() for each in account.subject.findings.signals], account.subject.regime)
    named = ("where", "terms", "warning", "revision")
    return [{**row, **{name: words.plain(row[name]) for name in named if row[name]}} for row in rows]


def _medium(account: Account) -> dict[str, Any]:
    findings = account.subject.findings
    duration = findings.duration_s
    return {
        "name": words.plain(account.subject.medium.name),
        "sha256": findings.sha256 or "—",
        "duration": "—" if duration is None else clock(duration),
        "facts": words.plain(words.facts(findings.media)),
        "frames": findings.frames,
    }


def _asked(account: Account, namer: PlainNamer) -> dict[str, Any]:
    use, decision, regime = account.subject.use, account.subject.decision, account.subject.regime
    nobody = {"en": "nobody in particular (no use was stated)", "ja": "特定なし（利用内容の指定なし）"}
    return {
        "developer": namer.party(use.developer) if account.subject.asked else nobody,
        "act": report_words.acts([each.act for each in use.each_act]),
        "at": report_words.moment(as_text(use.at)),
        "regime": words.plain(decision.regime),
        "regime_title": {language: words.plain(title) for language, title in regime.title.items()},
        "regime_status": report_words.status(regime.status),
        "decision_id": decision.decision_id,
    }


def _error(error: str) -> dict[str, Any]:
    return {
        "kind": report_words.error_kind(error),
        "text": words.plain(error),
        "advice": words.error_advice(error),
    }


def _summary(account: Account) -> Bilingual | None:
    findings = account.subject.findings
    if findings.matches is None:
        return None
    sure = {found.work for found in findings.matches if found.band == "match"}
    possible = {found.work for found in findings.matches} - sure
    covered, until = 0.0, 0.0
    for found in sorted(findings.matches, key=lambda one: one.q_start):
        covered += max(0.0, found.q_end - max(found.q_start, until))
        until = max(until, found.q_end)
    return words.summary(len(sure), len(possible), covered, findings.duration_s, examined=findings.error is None)


def _overview(account: Account, namer: PlainNamer) -> list[dict[str, Any]]:
    """A row for each work that is told in full: where in the clip it was found, in shares of its length."""
    longest = max((told.found.q_end for told in account.told), default=0.0)
    length = max(account.subject.findings.duration_s or 0.0, longest, 1e-6)
    rows: dict[str, list[dict[str, Any]]] = {}
    for told in account.told:
        found = told.found
        span = {
            "number": told.number,
            "left": f"{100 * found.q_start / length:.2f}",
            "width": f"{max(100 * (found.q_end - found.q_start) / length, 0.5):.2f}",
            "sure": found.band == "match",
            "text": f"{clock(found.q_start)}–{clock(found.q_end)}",
        }
        rows.setdefault(found.work, []).append(span)
    return [{"title": namer.work(work), "spans": spans} for work, spans in rows.items()]


def _nearest(nearest: Nearest, account: Account, pictures: Pictures, namer: PlainNamer) -> dict[str, Any]:
    """Where nothing was found: the most alike frame of all that is registered, by clip time."""
    assert nearest.best is not None
    subject, (time, best) = account.subject, nearest.best
    known = [each for each in nearest.frames if each[1] is not None]
    pairs = pictures.at(best, time, nearest.query, nearest.reference)
    return {
        "descriptor": nearest.query.descriptor,
        "chart": nearest_chart(
            known, counts_from(nearest.query, nearest.index), subject.findings.duration_s or known[-1][0]
        ),
        "title": namer.work(subject.snapshot.reference_works[best.reference]),
        "likeness": f"{best.likeness:.2f}",
        "q": clock(time),
        "r": clock(best.time_s),
        **pairs_shown(pairs),
        "matrix": None if account.near else nearest_matrix(nearest, account),
    }


def _sound(snapshot: Snapshot) -> dict[str, Any] | None:
    """That sound was compared as well, where there are references of it."""
    sound: Any = getattr(snapshot.references, "sound", None)
    if sound is None:
        return None
    used = sound.calibration
    return {"descriptor": used.descriptor, "references": len(sound), "thresholds": words.thresholds(used)}


def _calibration(used: Calibration, indexes: Mapping[str, ReferenceIndex]) -> dict[str, Any]:
    measured = used.measured
    return {
        "descriptor": used.descriptor,
        "references": len(indexes[used.descriptor]),
        "codes": indexes[used.descriptor].codes,
        "accuracy": report_words.accuracy(measured),
        "thresholds": words.thresholds(used),
        "how": measured.how,
        "recall": [{"edit": edit, "share": f"{share:.0%}"} for edit, share in sorted(measured.recall_by_edit.items())],
    }

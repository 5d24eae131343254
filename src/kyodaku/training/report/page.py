# SPDX-License-Identifier: Apache-2.0
"""Puts names, words and pictures to what was gathered, and renders the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kyodaku.examine import Findings
from kyodaku.media import Decoder, Limits
from kyodaku.registry import Registry
from kyodaku.rights import Verdict
from kyodaku.training._record import regime_from
from kyodaku.training.report import words
from kyodaku.training.report.asked import asked
from kyodaku.training.report.gather import Gathered, Group, WorkTally, gather
from kyodaku.training.report.names import Namer
from kyodaku.training.report.paper import style, template
from kyodaku.training.report.pictures import Pair, Pictures, Source
from kyodaku.training.report.signals import marks_of_signals, signal_rows
from kyodaku.training.report.timeline import timeline
from kyodaku.training.tables import whole_file
from kyodaku.training.tally import Tally
from kyodaku.training.use import use_from_json

if TYPE_CHECKING:
    from kyodaku.training.run import Run

__all__ = ["write_report"]

MAX_MATCHES = 4
"""Matches that one card shows with pictures; a compilation may have dozens."""


def write_report(
    run: Run, registry: Registry, tallies: Mapping[str, Tally], *, log_indexes: Sequence[int], language: str = "en"
) -> None:
    """Writes `report.html` into the run's folder; `language` is the one it opens in."""
    regimes = run.regimes
    rules = regime_from(run.record["regimes"][0])
    gathered = gather((result for _, result in run.results()), regimes, marks=marks_of_signals(rules))
    namer = Namer(run.snapshot.rights)
    with Decoder(Limits(**run.record["limits"])) as decoder:
        cards = _cards(gathered, namer, Pictures(decoder), registry)
    page = template(__package__, "report.html.j2").render(
        style=style(),
        language=language,
        words=words.VERDICTS,
        disclaimer=words.DISCLAIMER,
        matcher=words.accuracies(run.snapshot.references.calibrations),
        run=_heading(run, namer, log_indexes, registry),
        **_totals(tallies[regimes[0]]),
        duplicates=gathered.duplicates,
        regimes=_comparison(run, tallies, gathered),
        works=[_work(work, tally, namer) for work, tally in gathered.works.items()],
        cards=cards,
        hidden_cards=gathered.hidden_cards,
        unmatched=[_group(group) for group in sorted(gathered.groups.values(), key=_by_strictness)],
        errors=[{**error, "kind": words.error_kind(error["error"])} for error in gathered.errors],
        hidden_errors=gathered.hidden_errors,
        unseen=[{**row, "what": _unseen(row["findings"])} for row in gathered.unseen],
        hidden_unseen=gathered.hidden_unseen,
        signalled=[{**row, "rows": signal_rows(row["signals"], rules)} for row in gathered.signalled],
        hidden_signalled=gathered.hidden_signalled,
        hidden_groups=gathered.hidden_groups,
        searched=words.searched(len(run.snapshot.reference_works), len(set(run.snapshot.reference_works.values()))),
    )
    with whole_file(run.out / "report.html") as part:
        part.write_text(page, encoding="utf-8")


def _heading(run: Run, namer: Namer, log_indexes: Sequence[int], registry: Registry) -> dict[str, Any]:
    regime = regime_from(run.record["regimes"][0])
    return {
        "corpus": run.record["corpus"],
        **asked(use_from_json(run.record["use"]), namer, regime),
        "regime": regime.id,
        "regime_title": dict(regime.title),
        "regime_status": words.status(regime.status),
        "unidentified": run.record["regimes"][0].get("unidentified"),
        "snapshot": run.snapshot.id,
        "log_indexes": ", ".join(map(str, log_indexes)) or "—",
        "log_root": registry.ledger.root().hex(),
    }


def _totals(tally: Tally) -> dict[str, Any]:
    tiles = [
        {"verdict": str(verdict), "clips": tally.clips[verdict], "length": words.length(tally.lengths[verdict])}
        for verdict in Verdict
    ]
    go = sum(tally.clips[verdict] for verdict in Verdict if verdict.is_go)
    return {
        "totals": tiles,
        "strip_label": ", ".join(f"{tile['verdict']}: {tile['clips']}" for tile in tiles),
        "summary": words.summary(tally.total, go, tally.matched, tally.errors),
    }


def _comparison(run: Run, tallies: Mapping[str, Tally], gathered: Gathered) -> dict[str, Any] | None:
    if len(tallies) < 2:
        return None
    rows = []
    for entry, (name, tally) in zip(run.record["regimes"], tallies.items(), strict=True):
        regime = regime_from(entry)
        counts = [{"verdict": str(verdict), "clips": tally.clips[verdict]} for verdict in Verdict]
        rows.append({"id": name, "title": dict(regime.title), "counts": counts})
    parted = [
        {"verdicts": list(verdicts), "clips": group.clips, "ids": group.ids, "more": group.clips - len(group.ids)}
        for verdicts, group in sorted(gathered.parted.items(), key=lambda item: -item[1].clips)
    ]
    return {"rows": rows, "names": list(tallies), "parted": parted}


def _work(work: str, tally: WorkTally, namer: Namer) -> dict[str, Any]:
    return {
        "id": work,
        "title": namer.work(work),
        "holders": namer.holders(work),
        "clips": tally.clips,
        "matched": words.length(tally.seconds),
        "verdicts": sorted(tally.verdicts, key=lambda name: -Verdict(name).rank),
        "needed": namer.needs([{"party": party, "act": act} for party, act in tally.needed]),
    }


def _by_strictness(group: Group) -> tuple[int, int]:
    return -Verdict(group.verdict).rank, -group.clips


def _group(group: Group) -> dict[str, Any]:
    return {
        **_ground(group.ground),
        "verdict": group.verdict,
        "clips": group.clips,
        "ids": group.ids,
        "more": group.clips - len(group.ids),
    }


def _cards(gathered: Gathered, namer: Namer, pictures: Pictures, registry: Registry) -> list[dict[str, Any]]:
    strictest_first = sorted(gathered.cards, key=_by_verdict_and_work)
    return [_card(card["result"], card["decision"], namer, pictures, registry) for card in strictest_first]


def _by_verdict_and_work(card: Mapping[str, Any]) -> tuple[int, str]:
    return -Verdict(card["decision"]["verdict"]).rank, card["result"]["findings"]["matches"][0]["work"]


def _card(
    result: Mapping[str, Any],
    decision: Mapping[str, Any],
    namer: Namer,
    pictures: Pictures,
    registry: Registry,
) -> dict[str, Any]:
    found = result["findings"]["matches"]
    matches = [_match(match, result, namer, pictures, registry) for match in found[:MAX_MATCHES]]
    return {
        "clip_id": result["clip_id"],
        "verdict": decision["verdict"],
        "unseen": _unseen(Findings.from_json(result["findings"])),
        "claim": ", ".join(f"{name}: {value}" for name, value in result["claim"].items()),
        "matches": matches,
        "more_matches": len(found) - len(matches),
        "grounds": [_ground(ground) for ground in decision["grounds"]],
        "needed": [] if result["findings"]["error"] else namer.needs(decision["needed"]),
    }


def _unseen(findings: Findings) -> list[words.Bilingual]:
    return words.unseen(findings.unseen, findings.duration_s, findings.parts_omitted)


def _ground(ground: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: ground[name] for name in ("effect", "text", "citation", "would_change")}
    return {**kept, "act": words.acts([ground["act"]])}


def _match(
    match: Mapping[str, Any], result: Mapping[str, Any], namer: Namer, pictures: Pictures, registry: Registry
) -> dict[str, Any]:
    reference = registry.reference(match["reference"])
    query = Source(result["path"], result["findings"]["sha256"])
    medium = Source(reference.media_path, reference.source.get("sha256"))
    by_sound = match.get("witness") == "sound"  # other pictures beside each other would explain nothing
    pairs: list[Pair] = [] if by_sound else pictures.pairs(match, query, medium)
    length = result["findings"]["duration_s"] or match["q_end"]
    return {
        "title": namer.work(match["work"]),
        "score": match["score"],
        "sure": match["band"] == "match",
        "mirrored": match["mirrored"],
        "witness": match.get("witness", "picture"),
        "speed": "" if abs(match["speed"] - 1) < 0.04 else f"{match['speed']:.2f}",
        "pairs": pairs,
        "timeline": timeline(
            (match["q_start"], match["q_end"], length),
            (match["r_start"], match["r_end"], reference.duration_s),
        ),
    }

# SPDX-License-Identifier: Apache-2.0
"""One pass over a run's results; what grows with it are names of domains, licences, holders and works, not clips."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from kyodaku.errors import IntegrityError
from kyodaku.rights import CIRCUMSTANCES, Verdict
from kyodaku.training import Judge

__all__ = ["COLLECTED", "Collected", "Gathered", "collected_in", "gather", "host_of"]

COLLECTED: Final = "collected_at"
"""The manifest's column that says when a clip was collected, if it has one: RFC 3339, a date, or an Arrow time."""

_HINDERING: Final = frozenset({"objection", "refusal", "reservation", "revocation"})
_LONGEST_HOST: Final = 253
"""Letters in a name of the DNS (RFC 1035, 2.3.4)."""

Held = tuple[int, float]


class _Amounts(defaultdict[Any, Held]):
    """Clips and seconds by name."""

    def __init__(self) -> None:
        super().__init__(lambda: (0, 0.0))

    def add(self, name: Any, seconds: float) -> None:
        clips, length = self[name]
        self[name] = (clips + 1, length + seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """The first and last day on which cleared clips were collected, as far as `rows` of them say so."""

    first: str | None = None
    last: str | None = None
    rows: int = 0


@dataclass
class Gathered:
    """The counts; each amount is (clips, seconds)."""

    verdicts: _Amounts = field(default_factory=_Amounts)
    unreadable: int = 0
    media: _Amounts = field(default_factory=_Amounts)
    with_sound: Held = (0, 0.0)
    bases: _Amounts = field(default_factory=_Amounts)
    holders: _Amounts = field(default_factory=_Amounts)
    permissions: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    granted: Held = (0, 0.0)
    works: set[str] = field(default_factory=set)
    domains: _Amounts = field(default_factory=_Amounts)
    without_address: Held = (0, 0.0)
    refusals: Counter[str] = field(default_factory=Counter)
    left_out_for_statements: int = 0
    reserved: Counter[str] = field(default_factory=Counter)
    stated_sources: Counter[str] = field(default_factory=Counter)


def gather(results: Iterable[Mapping[str, Any]], regime: str, judge: Judge) -> Gathered:
    """Counts the results under the regime that decides."""
    found = Gathered()
    for result in results:
        decision, findings = result["decisions"][regime], result["findings"]
        verdict, seconds = Verdict(decision["verdict"]), findings["duration_s"] or 0.0
        found.verdicts.add(verdict, seconds)
        found.unreadable += findings["error"] is not None
        _note_circumstances(found, result["claim"], verdict)
        if verdict.is_go:
            _note_cleared(found, result, decision, judge)
        else:
            _note_left_out(found, decision, judge)
    return found


def host_of(source: str) -> str | None:
    """The host of an address on the web; None for any other text."""
    try:
        parts = urlsplit(source.strip())
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or len(host) > _LONGEST_HOST:
        return None
    return host.rstrip(".") or None


def _note_circumstances(found: Gathered, claim: Mapping[str, str], verdict: Verdict) -> None:
    word = claim.get("source", "").strip().casefold()
    if word in CIRCUMSTANCES["source"]:
        found.stated_sources[word] += 1
    reservation = claim.get("reservation", "").strip().casefold()
    if reservation in {"before", "after"}:
        found.reserved[f"{reservation}-{'cleared' if verdict.is_go else 'left-out'}"] += 1


def _note_cleared(found: Gathered, result: Mapping[str, Any], decision: Mapping[str, Any], judge: Judge) -> None:
    findings, claim = result["findings"], result["claim"]
    seconds, media = findings["duration_s"] or 0.0, findings["media"] or {}
    found.media.add(str(media.get("kind", "video")), seconds)
    if media.get("has_audio"):
        found.with_sound = _more(found.with_sound, seconds)
    grants = {
        (ground["party"], ground["permission"])
        for ground in decision["grounds"]
        if ground["effect"] in _GO and _kind(ground, judge) == "grant"
    }
    for party in {party for party, _ in grants if party}:
        found.holders.add(party, seconds)
    for party, permission in grants:
        if party:
            found.permissions[party].add(permission)
    if grants:
        found.granted = _more(found.granted, seconds)
        found.bases.add(("grant", ""), seconds)
    else:
        basis = judge.basis(claim)
        found.bases.add(("none", "") if basis is None else (basis.kind, basis.licence or ""), seconds)
    found.works.update(match["work"] for match in findings["matches"] or ())
    host = host_of(claim.get("source", ""))
    if host is None:
        found.without_address = _more(found.without_address, seconds)
    else:
        found.domains.add(host, seconds)


_GO: Final = frozenset(str(verdict) for verdict in Verdict if verdict.is_go)


def _note_left_out(found: Gathered, decision: Mapping[str, Any], judge: Judge) -> None:
    kinds = {_kind(ground, judge) for ground in decision["grounds"] if ground["effect"] not in {*_GO, "noted"}}
    kinds &= _HINDERING
    found.refusals.update(kind for kind in kinds if kind is not None)
    found.left_out_for_statements += bool(kinds)


def _kind(ground: Mapping[str, Any], judge: Judge) -> str | None:
    """The kind of the statement that a ground rests on."""
    stated = judge.rights.permissions.get(ground["permission"] or "")
    return None if stated is None else stated.kind


def _more(held: Held, seconds: float) -> Held:
    return held[0] + 1, held[1] + seconds


# --- the cleared table ------------------------------------------------------------------------------------------------
def collected_in(path: Path) -> tuple[Collected, tuple[tuple[str, str], ...]]:
    """When the cleared rows say that they were collected, and the table's columns, each as (name, Arrow type)."""
    try:
        with pq.ParquetFile(path) as file:
            columns = tuple((each.name, str(each.type)) for each in file.schema_arrow)
            days = sorted(_days(file)) if [name for name, _ in columns].count(COLLECTED) == 1 else []
    except (pa.ArrowException, OSError) as error:
        hint = "clear ... --resume makes it whole again"
        raise IntegrityError("this table cannot be read", where=str(path), hint=hint) from error
    if not days:
        return Collected(), columns
    return Collected(first=days[0], last=days[-1], rows=len(days)), columns


def _days(file: Any) -> Iterator[str]:
    for batch in file.iter_batches(columns=[COLLECTED]):
        for value in batch.column(0).to_pylist():
            day = _day(value)
            if day is not None:
                yield day


def _day(value: Any) -> str | None:
    """The day, in UTC, that a value of the column names."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(UTC)
        return moment.date().isoformat()
    return value.isoformat() if isinstance(value, date) else None

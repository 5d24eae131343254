# SPDX-License-Identifier: Apache-2.0
"""What a finished run's record says of a training set: amounts by medium, ground, source and holder, with the hashes.

Everything here comes from the run's journal, which is bound to its workspace, and from the signed attestation over its
tables. What neither holds is not here: it is for the developer to say (`kyodaku.disclosure.answers`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from kyodaku.disclosure._attested import Attested, attested
from kyodaku.disclosure._gathering import Collected, Gathered, collected_in, gather
from kyodaku.disclosure._words import Bilingual
from kyodaku.registry import Registry
from kyodaku.rights import Verdict, rfc3339
from kyodaku.training import Judge, finished_run, use_from_json
from kyodaku.training.report.names import Namer

__all__ = ["Amount", "BasisAmount", "Facts", "HolderAmount", "amounts_of", "facts_of", "read_run"]

Key = TypeVar("Key", str, tuple[str, str])


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """How much: clips, and their seconds."""

    clips: int = 0
    seconds: float = 0.0

    @property
    def hours(self) -> float:
        """The length in hours."""
        return self.seconds / 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class BasisAmount:
    """What was cleared on one kind of ground; `licence` is an SPDX id where the ground is a licence.

    The kind is one of `kyodaku.rights.BASIS_KINDS`, or `none` where the regime asked for no ground.
    """

    kind: str
    licence: str | None
    amount: Amount


@dataclass(frozen=True, kw_only=True, slots=True)
class HolderAmount:
    """A holder who granted works that are in cleared clips, by which statements."""

    party: str
    name: Bilingual
    permissions: tuple[str, ...]
    amount: Amount


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is recorded of one run; amounts are of cleared clips unless their name says otherwise.

    `media` is by kind (`video`, `image`), `with_sound` the part that carries a sound track. `domains` are the hosts in
    the manifest's column `source`, longest first; `without_address` is what no address is recorded for. `refusals`
    counts clips that were left out on account of a holder's statement, by its kind; `reserved` those whose row states a
    reservation, by what was decided. `stated_sources` counts rows of the whole corpus by the circumstance they state.
    """

    run: str
    developer: str
    developer_name: Bilingual
    model: str
    acts: tuple[str, ...]
    territories: tuple[str, ...]
    purpose: str
    started_at: str
    finished_at: str
    regime: str
    regime_version: str
    regime_sha256: str
    snapshot: str
    snapshot_as_of: str
    corpus: str
    references: int
    registered_works: int
    examined: Amount
    verdicts: Mapping[str, Amount]
    cleared: Amount
    unreadable: int
    media: Mapping[str, Amount]
    with_sound: Amount
    bases: tuple[BasisAmount, ...]
    holders: tuple[HolderAmount, ...]
    granted: Amount
    works_found: int
    domains: tuple[tuple[str, Amount], ...]
    without_address: Amount
    refusals: Mapping[str, int]
    left_out_for_statements: int
    reserved: Mapping[str, int]
    stated_sources: Mapping[str, int]
    collected: Collected
    attested: Attested
    columns: tuple[tuple[str, str], ...] = field(default=())
    runs: tuple[Facts, ...] = field(default=())
    """What is recorded of each run, where there are several; what names one run, such as its regime, is only there."""

    @property
    def each(self) -> tuple[Facts, ...]:
        """What is recorded of each run; of one, itself."""
        return self.runs or (self,)


def facts_of(out: Path, registry: Registry) -> Facts:
    """What the finished run in the folder `out` left on record in this workspace.

    Raises `UsageError` for a run that has not come to its end, `IntegrityError` where its journal or its tables are not
    as they were when it ended.
    """
    return read_run(out, registry)[0]


def read_run(out: Path, registry: Registry) -> tuple[Facts, Gathered]:
    """The facts of a run, with the counts that they were made from."""
    with finished_run(out, registry) as run:
        record = run.record
        use = use_from_json(record["use"])
        rights = run.snapshot.rights
        judge = Judge.of(run.snapshot, use=use, regimes=[])
        decides = record["regimes"][0]
        found = gather((result for _, result in run.journal), decides["id"], judge)
        signed = attested(out, record, registry)
        namer = Namer(rights)
        collected, columns = collected_in(out / "cleared.parquet")
        works = run.snapshot.reference_works
        facts = Facts(
            run=str(record["id"]),
            developer=use.developer,
            developer_name=namer.party(use.developer),
            model="" if use.model == "all" else use.model,
            acts=tuple(each.act for each in use.each_act),
            territories=use.territory,
            purpose="" if use.purpose == "all" else use.purpose,
            started_at=str(record["started_at"]),
            finished_at=str(record["finished_at"]),
            regime=decides["id"],
            regime_version=str(decides["version"]),
            regime_sha256=str(decides["sha256"]),
            snapshot=run.snapshot.id,
            snapshot_as_of=rfc3339(run.snapshot.as_of),
            corpus=str(record["corpus_fingerprint"]),
            references=len(works),
            registered_works=len(set(works.values())),
            collected=collected,
            attested=signed,
            columns=columns,
            **amounts_of(found, namer.party),
        )
    return facts, found


def amounts_of(found: Gathered, name: Callable[[str], Bilingual]) -> dict[str, Any]:
    """The fields of `Facts` that count something; `name` names a party."""
    cleared = [found.verdicts[verdict] for verdict in Verdict if verdict.is_go]
    return {
        "examined": _amount((sum(c for c, _ in found.verdicts.values()), sum(s for _, s in found.verdicts.values()))),
        "verdicts": {str(verdict): _amount(found.verdicts[verdict]) for verdict in Verdict},
        "cleared": _amount((sum(clips for clips, _ in cleared), sum(seconds for _, seconds in cleared))),
        "unreadable": found.unreadable,
        "media": {kind: _amount(found.media[kind]) for kind in sorted(found.media)},
        "with_sound": _amount(found.with_sound),
        "bases": tuple(
            BasisAmount(kind=kind, licence=licence or None, amount=_amount(held))
            for (kind, licence), held in _longest(found.bases)
        ),
        "holders": tuple(
            HolderAmount(
                party=party,
                name=name(party),
                permissions=tuple(sorted(found.permissions[party])),
                amount=_amount(held),
            )
            for party, held in _longest(found.holders)
        ),
        "granted": _amount(found.granted),
        "works_found": len(found.works),
        "domains": tuple((host, _amount(held)) for host, held in _longest(found.domains)),
        "without_address": _amount(found.without_address),
        "refusals": dict(sorted(found.refusals.items())),
        "left_out_for_statements": found.left_out_for_statements,
        "reserved": dict(sorted(found.reserved.items())),
        "stated_sources": dict(sorted(found.stated_sources.items())),
    }


def _amount(held: tuple[int, float]) -> Amount:
    """Seconds are kept to the millisecond, so that their sum is the same in whatever order it was made."""
    clips, seconds = held
    return Amount(clips=clips, seconds=round(seconds, 3))


def _longest(held: Mapping[Key, tuple[int, float]]) -> list[tuple[Key, tuple[int, float]]]:
    return sorted(held.items(), key=lambda item: (-round(item[1][1], 3), -item[1][0], item[0]))

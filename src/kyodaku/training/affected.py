# SPDX-License-Identifier: Apache-2.0
"""Which runs and models a work, or a statement of a holder, reaches: which clips were cleared, and on what promise."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.registry import Registry, Snapshot
from kyodaku.rights import ALL, ANYONE, Permission, RightsRecord
from kyodaku.training.lineage import ancestry
from kyodaku.training.runs import RecordedModel, RecordedRun, recorded_models, recorded_runs

__all__ = ["Affected", "Relation", "Withdrawn", "affected_by", "objections_to", "runs_using", "withdrawn_of"]

Relation = Literal["found", "part", "derived", "whole"]
"""What was in the clips: the work itself, a part of it, something made from it, or something that it is a part of."""

_NO: Final = frozenset({"objection", "refusal", "reservation"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawn:
    """A permission that clips rest on and that was revoked since; `effect` is `forward` or `purge`."""

    permission: str
    revocation: str
    effect: str

    def as_json(self) -> dict[str, str]:
        """A JSON-ready record."""
        return {"permission": self.permission, "revocation": self.revocation, "effect": self.effect}


@dataclass(frozen=True, kw_only=True, slots=True)
class Affected:
    """A run that cleared what was asked for.

    `works` says how each work that was found is related to the one asked about; `count` is the number of clips, an
    estimate from the record (`clips` is None) where the run's folder is not here.
    """

    run: RecordedRun
    works: dict[str, Relation]
    clips: tuple[dict[str, Any], ...] | None
    count: int
    models: tuple[RecordedModel, ...]
    withdrawn: tuple[Withdrawn, ...]

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        return {
            "run": self.run.id,
            "use": self.run.body["use"],
            "finished_at": self.run.body["finished_at"],
            "manifest": str(self.run.out / "cleared.parquet"),
            "manifest_sha256": self.run.body["tables"]["cleared.parquet"],
            "works": self.works,
            "count": self.count,
            "clips": None if self.clips is None else list(self.clips),
            "models": [{"model": model.id, "name": model.name} for model in self.models],
            "withdrawn": [each.as_json() for each in self.withdrawn],
        }


def runs_using(registry: Registry, work: str) -> tuple[Affected, ...]:
    """The runs that cleared clips in which the work, a part of it or something made from it was found, oldest first.

    So does a clip in which a whole was found that the work is a part of. UsageError for a work that nobody declared.
    """
    return tuple(_using(registry, [work], _rights_about(registry, work), recorded_runs(registry)))


def affected_by(registry: Registry, statement: str) -> tuple[Affected, ...]:
    """The runs that a revocation, an objection or a refusal reaches, oldest first.

    A revocation reaches clips that rest on the grant it withdraws, or on a licence under that; another statement those
    of its works, by the developers and for the acts that it names. UsageError for an unknown statement.
    """
    rights = registry.record()
    said = rights.permissions.get(statement)
    if said is None:
        raise UsageError(f"unknown statement {statement!r}")
    if said.revokes is not None:
        resting = _under(said.revokes, rights)
        found = (_one(registry, run, rights, {}, permissions=resting) for run in recorded_runs(registry))
        return tuple(each for each in found if each is not None)
    addressed = [run for run in recorded_runs(registry) if _is_addressed(said, run)]
    return tuple(_using(registry, _works_of(said, rights), rights, addressed))


def withdrawn_of(registry: Registry, permissions: Collection[str]) -> tuple[Withdrawn, ...]:
    """Which of these permissions were revoked, or rest on one that was."""
    return tuple(_withdrawn(permissions, registry.record()))


def objections_to(run: RecordedRun, rights: RightsRecord) -> tuple[str, ...]:
    """The statements that say no to what the run cleared, still stand, and were recorded after it began."""
    begun = datetime.fromisoformat(run.body["started_at"])
    gone = {said.revokes for said in rights.permissions.values()}
    return tuple(
        said.id
        for said in rights.permissions.values()
        if said.kind in _NO
        and said.recorded_at > begun
        and said.id not in gone
        and _is_addressed(said, run)
        and _related(_works_of(said, rights), run.body["cleared_works"], rights)
    )


def _rights_about(registry: Registry, work: str) -> RightsRecord:
    """What is declared here; of a work that is not, what the newest run's snapshot that knows it says.

    A developer who decides from snapshots that were made elsewhere declares nothing.
    """
    own = registry.record()
    if work in own.works:
        return own
    for name in dict.fromkeys(run.body["snapshot"] for run in reversed(recorded_runs(registry))):
        with suppress(KyodakuError):  # thrown away since: another may know it
            rights = Snapshot.open(registry.snapshot_path(name), verify=False).rights
            if work in rights.works:
                return rights
    registry.require_work(work)
    return own


def _using(
    registry: Registry, works: Collection[str], rights: RightsRecord, among: Iterable[RecordedRun]
) -> Iterable[Affected]:
    for run in among:
        related = _related(works, run.body["cleared_works"], rights)
        affected = _one(registry, run, rights, related, works={*related, *works}) if related else None
        if affected is not None:
            yield affected


def _one(
    registry: Registry,
    run: RecordedRun,
    rights: RightsRecord,
    related: dict[str, Relation],
    *,
    works: Collection[str] = (),
    permissions: Collection[str] = (),
) -> Affected | None:
    """What of the run is reached; None if nothing is."""
    clips: tuple[dict[str, Any], ...] | None
    try:
        clips = tuple(run.rows().permitted(works=works, permissions=permissions))
        count = len(clips)
    except KyodakuError:  # its folder is elsewhere, or was altered: what was recorded still holds
        clips, count = None, sum(run.body["cleared_works"].get(work, 0) for work in related)
    if not count and (clips is not None or related or not _may_rest(run, permissions, rights)):
        return None
    resting = set(permissions) if clips is None else {name for clip in clips for name in clip["permissions"]}
    return Affected(
        run=run,
        works=related,
        clips=clips,
        count=count,
        models=tuple(model for model in recorded_models(registry) if run.id in model.runs),
        withdrawn=tuple(_withdrawn(resting, rights)),
    )


def _may_rest(run: RecordedRun, permissions: Collection[str], rights: RightsRecord) -> bool:
    """Whether works that it cleared are among those of the permissions, as far as its record tells."""
    granted = {work for name in permissions for work in _works_of(rights.permissions[name], rights)}
    return any(ancestry([work], rights.works) & granted for work in run.body["cleared_works"])


def _related(works: Collection[str], cleared: Iterable[str], rights: RightsRecord) -> dict[str, Relation]:
    """Those of the cleared works that are related to one of `works`, the closest relation first."""
    wholes = {whole for work in works for whole in _wholes(work, rights)}
    related: dict[str, Relation] = {}
    for found in sorted(cleared):
        if found in works:
            related[found] = "found"
        elif _wholes(found, rights).intersection(works):
            related[found] = "part"
        elif ancestry([found], rights.works).intersection(works):
            related[found] = "derived"
        elif found in wholes:
            related[found] = "whole"
    return related


def _wholes(work: str, rights: RightsRecord) -> set[str]:
    """All that the work is part of, itself included."""
    reached: set[str] = set()
    queue = [work]
    while queue:
        each = queue.pop()
        if each not in reached:
            reached.add(each)
            queue.extend(rights.works[each].part_of if each in rights.works else ())
    return reached


def _under(grant: str, rights: RightsRecord) -> set[str]:
    """The grant and every licence that rests on it."""
    reached = {grant}
    while more := {said.id for said in rights.permissions.values() if said.under in reached} - reached:
        reached |= more
    return reached


def _withdrawn(resting: Collection[str], rights: RightsRecord) -> Iterable[Withdrawn]:
    """Revocations of what is rested on, or of what that is licensed under."""
    for said in sorted(rights.permissions.values(), key=lambda each: each.id):
        if said.revokes is not None:
            for permission in sorted(_under(said.revokes, rights).intersection(resting)):
                yield Withdrawn(permission=permission, revocation=said.id, effect=said.effect or "forward")


def _works_of(said: Permission, rights: RightsRecord) -> tuple[str, ...]:
    """The works that a statement is about; of all of its speaker's, those in which it has a share."""
    if ALL not in said.works:
        return said.works
    return tuple(work.id for work in rights.works.values() if any(share.party == said.by for share in work.shares))


def _is_addressed(said: Permission, run: RecordedRun) -> bool:
    """Whether the statement is to the developer of the run, and about what it did."""
    use = run.body["use"]
    acts = {use["act"]} if "act" in use else {each["act"] for each in use["acts"]}
    to_it = not said.to or ANYONE in said.to or use["developer"] in said.to
    return to_it and (not said.acts or ALL in said.acts or not acts.isdisjoint(said.acts))

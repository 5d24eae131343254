# SPDX-License-Identifier: Apache-2.0
"""Which statements go together: nobody should get a grant without its withdrawal, or a yes without the noes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kyodaku.errors import UsageError
from kyodaku.registry._schema import near
from kyodaku.rights import Finding, Permission, RightsRecord

__all__ = ["select_statements"]


def select_statements(record: RightsRecord, names: Iterable[str] = ()) -> list[Permission]:
    """The statements with these ids, and all that a decision about works with these ids looks at; of no names, all.

    With each come its revocations, what it revokes, and the grants it rests on. UsageError, with the nearest known id,
    for a name of neither kind.
    """
    names = list(names)
    if not names:
        return [record.permissions[key] for key in sorted(record.permissions)]
    wanted: set[str] = set()
    for name in names:
        found = [*_about(record, name), *([name] if name in record.permissions else [])]
        if not found and name not in record.works:
            hint = near(name, [*record.works, *record.permissions], listing=False) or "see `kyodaku registry show`"
            raise UsageError(f"there is no work and no statement {name!r}", hint=hint)
        wanted.update(found)
    return [record.permissions[key] for key in sorted(_with_what_belongs_to_them(record, wanted))]


def _about(record: RightsRecord, work: str) -> Iterator[str]:
    if work in record.works:
        yield from (said.id for said in record.facts([Finding(work=work)]).permissions)


def _with_what_belongs_to_them(record: RightsRecord, wanted: Iterable[str]) -> set[str]:
    withdrawals: dict[str, list[str]] = {}
    for said in record.permissions.values():
        if said.revokes is not None:
            withdrawals.setdefault(said.revokes, []).append(said.id)
    reached, queue = set(wanted), list(wanted)
    while queue:
        said = record.permissions[queue.pop()]
        beside = {*withdrawals.get(said.id, ()), *(key for key in (said.revokes, said.under) if key is not None)}
        found = (beside & record.permissions.keys()) - reached
        reached |= found
        queue.extend(found)
    return reached

# SPDX-License-Identifier: Apache-2.0
"""How the registry bears many declarations: importing them, asking about one work in both times, deciding from all.

Declarations are made up by a rule, so that everybody measures the same: films of three holders each, some of them parts
of series, associations that speak for some holders, and statements about all of it, in files of JSON Lines that are
imported one after the other, each all or nothing.
"""

from __future__ import annotations

import json
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from kyodaku.bench.tables import table
from kyodaku.registry import Registry, Snapshot
from kyodaku.rights import Finding, Use, decide, load_regime

__all__ = ["RegistryCost", "Size", "measure_registry", "registry_markdown", "statements"]

HOLDERS: Final = 3
"""Of each work."""
_SERIES: Final = 20
"""Every so many works are one series and its parts."""
_FILE: Final = 100_000
"""Items in one file."""
_ASKED: Final = 300
"""Works asked about, drawn anew from all."""
_LAB: Final = "lab"
_NEW_YEAR: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SCOPES: Final[tuple[dict[str, Any], ...]] = (
    {"acts": ["train", "fine_tune"], "models": ["video-1"], "territories": ["JP"]},
    {"acts": ["train"], "models": ["video-1@2"], "purposes": ["research"], "duties": ["name the holder"]},
    {"acts": ["mine", "train"], "territories": ["JP", "KR", "TW"], "media": ["video", "audio"]},
    {"acts": ["generate", "publish"], "models": ["video-2"], "conditions": ["a deposit is paid"]},
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How much is declared."""

    works: int
    permissions: int

    @property
    def holders(self) -> int:
        """Parties that hold shares."""
        return max(2 * HOLDERS, self.works // 50)


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistryCost:
    """What was measured. Milliseconds: the median by the clock, the slowest of twenty, the median of the processor."""

    size: Size
    database: str
    declarations: int
    import_s: float
    import_cpu_s: float
    import_again_s: float
    """The last file a second time: nothing of it is new."""
    show_ms: tuple[float, float, float]
    snapshot_s: float
    open_s: float
    export_s: float
    signed_open_ms: float
    """Opening the signed one, its files not hashed again; the median of five."""
    signed_check_s: float
    """Opening it with every file compared with its hash."""
    decision_ms: tuple[float, float, float]
    stored_bytes: int
    peak_bytes: int

    @property
    def rate(self) -> float:
        """Declarations imported in a second, by the clock."""
        return self.declarations / self.import_s


# --- what is declared -----------------------------------------------------------------------------------------------
def statements(size: Size) -> Iterator[dict[str, Any]]:
    """Every item, in an order in which each rests on earlier ones."""
    yield {"section": "parties", "id": _LAB, "kind": "developer", "name": {"en": "A Lab"}}
    for i in range(size.holders):
        name = {"en": f"Holder {i}", "ja": f"権利者{i}"}
        yield {"section": "parties", "id": f"holder-{i}", "kind": "holder", "name": name}
    for i in range(0, size.holders, 10):
        yield {"section": "parties", "id": f"association-{i}", "kind": "association"}
    yield from (_work(i, size) for i in range(size.works))
    for i in range(0, size.holders, 10):
        spoken = {"agent": f"association-{i}", "principal": f"holder-{i}", "may": ["refusal", "objection"]}
        yield {"section": "mandates", **spoken, "valid_from": "2020-01-01T00:00:00Z"}
    yield from (_statement(i, size) for i in range(size.permissions))


def _holders(work: int, size: Size) -> list[str]:
    return [f"holder-{(work * 7 + k) % size.holders}" for k in range(HOLDERS)]


def _work(i: int, size: Size) -> dict[str, Any]:
    shares = [{"party": party, "rights": "all", "portion": f"1/{HOLDERS}"} for party in _holders(i, size)]
    work = {"section": "works", "id": f"film-{i}", "title": {"en": f"Film {i}", "ja": f"映画{i}"}, "shares": shares}
    if i % _SERIES == 0:
        return {**work, "kind": "series"}
    return {**work, "kind": "film", "part_of": [f"film-{i - i % _SERIES}"]}


def _statement(i: int, size: Size) -> dict[str, Any]:
    """Statements go round the works: so many times each, by another holder every time."""
    work, turn = i % size.works, i // size.works
    by = _holders(work, size)[turn % HOLDERS]
    said = {"section": "permissions", "by": by, "works": [f"film-{work}"]}
    month, hour, year = 1 + turn % 12, turn // 12 % 24, 2026 + turn // (12 * 24)
    said["effective_from"] = f"{year}-{month:02d}-{1 + i % 28:02d}T{hour:02d}:00:00+09:00"
    if i % 50 == 49 and (i - 7) % 50:
        earlier = i - 1
        return {
            "section": "permissions",
            "kind": "revocation",
            "by": _holders(earlier % size.works, size)[earlier // size.works % HOLDERS],
            "revokes": f"grant-{earlier}",
            "effective_from": "2026-11-01T00:00:00Z",
        }
    if i % 1000 == 10:
        return {**said, "kind": "refusal", "works": "all", "acts": ["generate"], "id": f"refusal-{i}"}
    if i % 10 == 3:
        return {**said, "kind": "refusal", "acts": ["generate", "publish"], "id": f"refusal-{i}"}
    named = {"id": f"grant-{i}"} if i % 2 == 0 else {}
    return {**said, **named, "kind": "grant", "to": [_LAB], **_SCOPES[i % len(_SCOPES)]}


def _files(size: Size, folder: Path) -> Iterator[tuple[Path, int]]:
    """Files of JSON Lines, each made when it is asked for, with the number of its items."""
    items = statements(size)
    number = 0
    while True:
        path = folder / f"{number:03d}.jsonl"
        count = 0
        with path.open("w", encoding="utf-8") as file:
            for count, item in zip(range(1, _FILE + 1), items, strict=False):  # noqa: B007 - counts
                file.write(json.dumps(item, ensure_ascii=False) + "\n")
        if not count:
            return
        yield path, count
        number += 1


# --- what it costs --------------------------------------------------------------------------------------------------
def measure_registry(
    size: Size, folder: Path, *, registry_url: str | None = None, seed: int = 0, progress: Callable[[str], None]
) -> RegistryCost:
    """Import everything into a new workspace in `folder`, ask about works, take a snapshot and decide from it.

    With `registry_url` it goes into that shared registry, which must be empty.
    """
    rng = Random(seed)  # noqa: S311 - which works are asked about is no secret
    with Registry.open(folder / "workspace", registry_url=registry_url, create=True) as registry:
        done, clock, cpu, path = 0, 0.0, 0.0, folder
        for path, count in _files(size, folder):
            progress(f"importing, {done:,} so far")
            began, began_cpu = time.perf_counter(), time.process_time()
            registry.import_files([path])
            clock, cpu = clock + time.perf_counter() - began, cpu + time.process_time() - began_cpu
            done += count
        again, _ = _timed(lambda: registry.import_files([path]))
        progress("asking about works")
        shown = _shown(registry, size, rng)
        progress("taking the snapshot")
        snapshot_s, taken = _timed(registry.snapshot)
        where = taken.path
        del taken
        open_s, snapshot = _timed(lambda: Snapshot.open(where, verify=False))
        progress("writing it for gates elsewhere")
        exported = _exported(registry, folder)
        progress("deciding")
        decided = _decided(snapshot, size, rng)
        return RegistryCost(
            size=size,
            database="SQLite" if registry_url is None else "PostgreSQL",
            declarations=done,
            import_s=clock,
            import_cpu_s=cpu,
            import_again_s=again,
            show_ms=shown,
            snapshot_s=snapshot_s,
            open_s=open_s,
            **exported,
            decision_ms=decided,
            stored_bytes=sum(each.stat().st_size for each in (folder / "workspace").glob("registry.sqlite*")),
            peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        )


def _exported(registry: Registry, folder: Path) -> dict[str, float]:
    key = registry.signing_key().public
    with TemporaryDirectory(dir=folder) as scratch:
        export_s, made = _timed(lambda: registry.export(Path(scratch) / "signed"))
        opened = [_timed(lambda: Snapshot.open(made.path, trust=key, verify=False))[0] for _ in range(5)]
        check_s, _ = _timed(lambda: Snapshot.open(made.path, trust=key))
    return {"export_s": export_s, "signed_open_ms": statistics.median(opened) * 1000, "signed_check_s": check_s}


def _shown(registry: Registry, size: Size, rng: Random) -> tuple[float, float, float]:
    """Works drawn anew, each as it was known by now and stood at some moment."""
    now = datetime.now(UTC)

    def ask() -> object:
        moment = _NEW_YEAR + timedelta(days=rng.randrange(400))
        return registry.show(f"film-{rng.randrange(size.works)}", as_of=now, effective_at=moment)

    return _often(ask)


def _decided(snapshot: Snapshot, size: Size, rng: Random) -> tuple[float, float, float]:
    """Facts picked and the law asked, for works drawn anew."""
    regime = load_regime("jp-prior")
    use = Use(developer=_LAB, act="train", model="video-1", territory=("JP",), at=_NEW_YEAR + timedelta(days=300))

    def ask() -> object:
        finding = Finding(work=f"film-{rng.randrange(size.works)}", score=0.97)
        return decide(use, snapshot.rights.facts([finding], snapshot=snapshot.id), regime)

    return _often(ask)


def _timed(do: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    done = do()
    return time.perf_counter() - began, done


def _often(ask: Callable[[], object]) -> tuple[float, float, float]:
    clock, cpu = [], []
    for _ in range(_ASKED):
        began = time.process_time()
        clock.append(_timed(ask)[0] * 1000)
        cpu.append((time.process_time() - began) * 1000)
    return statistics.median(clock), sorted(clock)[int(0.95 * (_ASKED - 1))], statistics.median(cpu)


def registry_markdown(costs: Sequence[RegistryCost]) -> str:
    """A column for each measurement, with what is wanted."""
    rows: list[tuple[str, Callable[[RegistryCost], str]]] = [
        ("works, shares, statements", lambda cost: _sizes(cost.size)),
        ("import, declarations a second (goal: 20,000)", lambda cost: f"{cost.rate:,.0f}"),
        ("the same, by processor seconds", lambda cost: f"{cost.declarations / cost.import_cpu_s:,.0f}"),
        ("importing a file again, seconds", lambda cost: f"{cost.import_again_s:.1f}"),
        ("one work in both times, ms (goal: 20)", lambda cost: _spread(cost.show_ms)),
        ("one decision from a snapshot, ms (goal: 1)", lambda cost: _spread(cost.decision_ms)),
        ("taking a snapshot, seconds", lambda cost: f"{cost.snapshot_s:.1f}"),
        ("opening it, seconds", lambda cost: f"{cost.open_s:.1f}"),
        ("writing it signed, seconds", lambda cost: f"{cost.export_s:.1f}"),
        ("opening the signed one, ms (goal: 100)", lambda cost: f"{cost.signed_open_ms:.1f}"),
        ("the same with every file hashed, seconds", lambda cost: f"{cost.signed_check_s:.2f}"),
        ("database file", lambda cost: f"{cost.stored_bytes / 1e6:,.0f} MB" if cost.stored_bytes else "—"),
        ("peak memory of the process", lambda cost: f"{cost.peak_bytes / 1e6:,.0f} MB"),
    ]  # fmt: skip
    heads = ["", *(cost.database for cost in costs)]
    return table(heads, [[name, *(say(cost) for cost in costs)] for name, say in rows])


def _spread(milliseconds: tuple[float, float, float]) -> str:
    median, slow, cpu = milliseconds
    return f"{median:.2f} (slowest of twenty {slow:.2f}; processor {cpu:.2f})"


def _sizes(size: Size) -> str:
    return f"{size.works:,}, {HOLDERS * size.works:,}, {size.permissions:,}"

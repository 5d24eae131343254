# SPDX-License-Identifier: Apache-2.0
"""How a gate's decisions go into the ledger: by a batch, as the root of a tree over salted commitments.

WORKSPACE/generation/INDEX.jsonl    of the batch with this ledger entry, a line a decision

A line has the moment (prompt, input, output), the decision's id, the verdict, the works and the salt: with what was
asked about, which whoever asked has, it proves what was decided on it. It also has what the decision was made from, so
that it can be made again: use, facts, and which regime. Neither texts nor media are kept unless a text is asked to be:
people write into prompts what is nobody's matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import rfc8785

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.generation.gate import Prompted, PromptGate
from kyodaku.generation.job import Moment
from kyodaku.ledger import commitment, leaf_hash, new_salt, parse_record, record, root_of, write_atomically
from kyodaku.registry import Registry
from kyodaku.rights import Decision, Facts, Regime, Use, canonical

__all__ = [
    "ENTRY_TYPE",
    "MOST_ENTERED",
    "Decided",
    "Entered",
    "Setting",
    "batches_entered",
    "check_entered",
    "enter",
    "enter_all",
    "entered",
]

ENTRY_TYPE: Final = "generation-batch"
MOST_ENTERED: Final = 1000
"""Decisions of one batch: as many as of clips."""
_FOLDER: Final = "generation"
_COMMITTED: Final = ("asked", "decision_id", "moment", "permissions", "salt", "verdict", "works")


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What the decisions of one batch have in common."""

    developer: str
    regime: str
    snapshot: str

    @classmethod
    def of(cls, gate: PromptGate) -> Setting:
        """What all decisions of a gate have in common."""
        return cls(developer=gate.use.developer, regime=gate.regime.id, snapshot=gate.snapshot)

    @classmethod
    def of_decided(cls, decided: Decided) -> Setting:
        """The setting of one decision."""
        stated = decided.decision
        return cls(developer=decided.use.developer, regime=stated.regime, snapshot=stated.snapshot)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """One decision, what it was made from, and the works it speaks of; `asked` is what it was taken on.

    Of a prompt these are the bytes of the text in UTF-8, of a medium the 32 bytes of its SHA-256. `kept` is a text that
    may be kept.
    """

    moment: Moment
    use: Use
    facts: Facts
    regime: Regime
    decision: Decision
    works: tuple[str, ...]
    asked: bytes
    kept: str | None = None

    @classmethod
    def of_prompt(cls, gate: PromptGate, prompted: Prompted, *, keep: bool = False) -> Decided:
        """What the gate decided on a prompt."""
        return cls(
            moment="prompt",
            use=prompted.use,
            facts=prompted.facts,
            regime=gate.regime,
            decision=prompted.decision,
            works=prompted.mentioned,
            asked=prompted.text.encode("utf-8", "surrogatepass"),
            kept=prompted.text if keep else None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Entered:
    """A batch that is in the ledger, at `index`, and the salts of its decisions in order."""

    index: int
    salts: tuple[str, ...]


def enter(registry: Registry, gate: PromptGate, decided: Sequence[Prompted], *, keep: bool = False) -> Entered:
    """Enters one batch of decisions on prompts, with their texts to `keep`; IntegrityError as the ledger does."""
    return enter_all(registry, Setting.of(gate), [Decided.of_prompt(gate, each, keep=keep) for each in decided])


def enter_all(registry: Registry, setting: Setting, decided: Sequence[Decided]) -> Entered:
    """Enters one batch of decisions; IntegrityError as the ledger does."""
    lines = [_line(each) for each in decided]
    root = root_of(_leaf(line) for line in lines).hex()
    entry = record(
        ENTRY_TYPE,
        time=datetime.now(UTC),
        subject=setting.developer,
        sha256=root,
        decisions=len(lines),
        regime=setting.regime,
        snapshot=setting.snapshot,
    )
    registry.signing_key()  # without it nothing could stand for what is entered
    index = registry.ledger.append(entry)
    folder = registry.directory / _FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        write_atomically(folder / f"{index}.jsonl", b"".join(rfc8785.dumps(line) + b"\n" for line in lines))
    except OSError as error:
        what = f"the decisions are in the ledger, but cannot be kept: {error.strerror}"
        raise KyodakuError(what, where=str(folder)) from error
    registry.sign_checkpoint()
    return Entered(index=index, salts=tuple(line["salt"] for line in lines))


def entered(registry: Registry) -> Iterator[tuple[datetime, Mapping[str, Any]]]:
    """Every decision that was entered here, with the moment; IntegrityError for one that was changed since."""
    for index in batches_entered(registry):
        lines = list(check_entered(registry, index))
        moment = datetime.fromisoformat(str(parse_record(registry.ledger.entry(index))["time"]))
        yield from ((moment, line) for line in lines)


def batches_entered(registry: Registry) -> list[int]:
    """The ledger's entries of the batches of which the lines are here."""
    names = (path.stem for path in (registry.directory / _FOLDER).glob("*.jsonl"))
    return sorted(int(name) for name in names if name.isascii() and name.isdigit())


def check_entered(registry: Registry, index: int, *, holding: str = "") -> Iterator[Mapping[str, Any]]:
    """The lines that were kept of a batch, none if nowhere in it is `holding`.

    IntegrityError unless they are those in the ledger.
    """
    path = registry.directory / _FOLDER / f"{index}.jsonl"
    stated = parse_record(registry.ledger.entry(index))
    try:
        content = path.read_bytes()
        if holding.encode() not in content:
            return
        lines = [json.loads(line) for line in content.splitlines()]
        if stated["type"] == ENTRY_TYPE and root_of(_leaf(line) for line in lines).hex() == stated["sha256"]:
            yield from lines
            return
    except OSError as error:
        raise KyodakuError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise IntegrityError("these are not the decisions that are in the ledger", where=str(path))


def _line(decided: Decided) -> dict[str, Any]:
    salt = new_salt()
    line: dict[str, Any] = {
        "moment": decided.moment,
        "decision_id": decided.decision.decision_id,
        "verdict": decided.decision.verdict.value,
        "works": list(decided.works),
        "permissions": sorted({ground.permission for ground in decided.decision.grounds if ground.permission}),
        "asked": commitment(decided.asked, salt),
        "salt": salt.hex(),
        "use": json.loads(canonical(decided.use)),
        "facts": json.loads(canonical(decided.facts)),
        "regime": {name: getattr(decided.regime, name) for name in ("id", "version", "sha256")},
    }
    kept = decided.kept
    return line if kept is None else {**line, "text": kept.encode("utf-8", "backslashreplace").decode()}


def _leaf(line: Mapping[str, Any]) -> bytes:
    """Of all that does not change when a text is erased later."""
    return leaf_hash(rfc8785.dumps({name: line[name] for name in _COMMITTED}))

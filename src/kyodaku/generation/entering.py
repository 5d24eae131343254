# SPDX-License-Identifier: Apache-2.0
"""How decisions on prompts go into the ledger: by a batch, as the root of a tree over salted commitments.

WORKSPACE/prompts/INDEX.jsonl    of the batch with this ledger entry, a line a decision

A line has the decision's id, the verdict, the works and the salt: with the text, which whoever asked has, it proves
what was decided on it. The text itself is not kept unless it is asked for: people write into prompts what is nobody's
matter.
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
from kyodaku.ledger import commitment, leaf_hash, new_salt, parse_record, record, root_of, write_atomically
from kyodaku.registry import Registry

__all__ = ["ENTRY_TYPE", "MOST_ENTERED", "Entered", "check_entered", "enter", "entered"]

ENTRY_TYPE: Final = "prompt-batch"
MOST_ENTERED: Final = 1000
"""Decisions of one batch: as many as of clips."""
_FOLDER: Final = "prompts"
_COMMITTED: Final = ("decision_id", "permissions", "prompt", "salt", "verdict", "works")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entered:
    """A batch that is in the ledger, at `index`, and the salts of its decisions in order."""

    index: int
    salts: tuple[str, ...]


def enter(registry: Registry, gate: PromptGate, decided: Sequence[Prompted], *, keep: bool = False) -> Entered:
    """Enters one batch of decisions, of which `keep` keeps the texts too; IntegrityError as the ledger does."""
    lines = [_line(each, keep=keep) for each in decided]
    root = root_of(_leaf(line) for line in lines).hex()
    entry = record(
        ENTRY_TYPE,
        time=datetime.now(UTC),
        subject=gate.use.developer,
        sha256=root,
        decisions=len(lines),
        regime=gate.regime.id,
        snapshot=gate.snapshot,
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
    names = (path.stem for path in (registry.directory / _FOLDER).glob("*.jsonl"))
    for index in sorted(int(name) for name in names if name.isascii() and name.isdigit()):
        lines = list(check_entered(registry, index))
        moment = datetime.fromisoformat(str(parse_record(registry.ledger.entry(index))["time"]))
        yield from ((moment, line) for line in lines)


def check_entered(registry: Registry, index: int) -> Iterator[Mapping[str, Any]]:
    """The lines that were kept of a batch; IntegrityError unless they are those in the ledger."""
    path = registry.directory / _FOLDER / f"{index}.jsonl"
    stated = parse_record(registry.ledger.entry(index))
    try:
        lines = [json.loads(line) for line in path.read_bytes().splitlines()]
        if stated["type"] == ENTRY_TYPE and root_of(_leaf(line) for line in lines).hex() == stated["sha256"]:
            yield from lines
            return
    except OSError as error:
        raise KyodakuError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise IntegrityError("these are not the decisions that are in the ledger", where=str(path))


def _line(decided: Prompted, *, keep: bool) -> dict[str, Any]:
    salt = new_salt()
    line: dict[str, Any] = {
        "decision_id": decided.decision.decision_id,
        "verdict": decided.decision.verdict.value,
        "works": list(decided.mentioned),
        "permissions": sorted({ground.permission for ground in decided.decision.grounds if ground.permission}),
        "prompt": commitment(decided.text.encode("utf-8", "surrogatepass"), salt),
        "salt": salt.hex(),
    }
    return {**line, "text": decided.text.encode("utf-8", "backslashreplace").decode()} if keep else line


def _leaf(line: Mapping[str, Any]) -> bytes:
    """Of all that does not change when a text is erased later."""
    return leaf_hash(rfc8785.dumps({name: line[name] for name in _COMMITTED}))

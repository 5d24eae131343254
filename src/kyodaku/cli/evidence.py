# SPDX-License-Identifier: Apache-2.0
"""Commands about evidence: `prove`, `verify`, `explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kyodaku.cli._options import json_option, workspace_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.cli._progress import COLOURS
from kyodaku.errors import UsageError
from kyodaku.evidence import (
    DOES_NOT_PROVE,
    ClearedRun,
    Looked,
    Redecided,
    Verified,
    as_shipped,
    prove,
    read_pack,
    redecide,
    verify_files,
    write_pack,
)
from kyodaku.ledger import MAX_NOTE_BYTES, PublicKey
from kyodaku.rights import Ground
from kyodaku.workspace import Workspace

__all__ = ["explain_command", "prove_command", "verify_command"]

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("prove", epilog="Example:  kyodaku prove run-0a1b2c3d4e5f6a7b -o pack.zip")
@click.argument("subject", metavar="DECISION_ID|RUN|WORK")
@click.option("-o", "--out", "file", type=_FILE, required=True, help="The pack to write, a zip.")
@click.option(
    "--checkpoint", "notes", type=_FILE, multiple=True, metavar="FILE",
    help="A checkpoint that the reader holds: the pack then shows that the ledger continues it.",
)  # fmt: skip
@workspace_option
@json_option
def prove_command(
    *, subject: str, file: Path, notes: Sequence[Path], open_workspace: Callable[[], Workspace], as_json: bool
) -> None:
    """Write a pack that anyone can verify offline: of one decision, of a whole run, or of a work in every run.

    Of a work it shows whether it was found, and whether it was cleared; "not found" means that and no more.
    """
    with open_workspace() as workspace:
        registry = workspace.registry
        kept = [registry.check_checkpoint(_note(note)) for note in notes]
        files = prove(registry, subject, kept=kept)
        key = str(registry.signing_key().public)
    size = write_pack(file, files)
    if as_json:
        emit_json({"pack": str(file), "subject": subject, "bytes": size, "files": len(files), "key": key})
        return
    out().print(f"pack {shown(str(file))}, {size:,} bytes, about {shown(subject)}", soft_wrap=True)
    out().print(f"  signed by {shown(key)}", soft_wrap=True)
    out().print(f"  kyodaku verify {shown(str(file))}", soft_wrap=True)


@click.command("verify", epilog="Example:  kyodaku verify pack.zip --key ledger.key.pub --checkpoint kept.txt")
@click.argument("pack", type=_FILE)
@click.option("--key", "key_file", type=_FILE, metavar="FILE", help="The log's public key, had from elsewhere.")
@click.option("--checkpoint", "note", type=_FILE, metavar="FILE", help="A checkpoint of the log that you kept.")
@json_option
def verify_command(*, pack: Path, key_file: Path | None, note: Path | None, as_json: bool) -> None:
    """Verify a pack: no workspace, no database, no network. Exits 5 if anything in it does not hold.

    Its signature, its place in the log, and each decision made again from its facts.
    """
    verified = verify_files(
        read_pack(pack),
        trust=None if key_file is None else PublicKey.load(key_file),
        kept=None if note is None else _note(note),
    )
    if as_json:
        emit_json(verified.as_json())
    else:
        tell_verified(verified)


@click.command("explain", epilog="Example:  kyodaku explain sha256:0a1b...")
@click.argument("decision_id", metavar="DECISION_ID")
@workspace_option
@json_option
def explain_command(*, decision_id: str, open_workspace: Callable[[], Workspace], as_json: bool) -> None:
    """Make a recorded decision again from what the workspace keeps, compare, and print its grounds.

    Exits 5 if it does not come out as it was recorded.
    """
    with open_workspace() as workspace:
        made = redecide(workspace.registry, decision_id)
    if as_json:
        emit_json(made.as_json())
    else:
        _tell_decision(made)


def _note(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.read(MAX_NOTE_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"the checkpoint cannot be read: {reason}", where=str(file)) from None


# --- what a pack shows ------------------------------------------------------------------------------------------------


def tell_verified(verified: Verified) -> None:
    """Print what holds, what it shows, and what it rests on."""
    for line in _checked(verified):
        _line(f"[green]✓[/] {shown(line)}")
    _line("\n[bold]It shows[/]")
    for line in _shows(verified):
        _line(f"  {line}")
    _line("\n[bold]It rests on[/]")
    for line in _rests_on(verified):
        _line(f"  {shown(line)}")
    _line("\n[bold]It does not show[/]")
    for line in DOES_NOT_PROVE[verified.kind]["en"]:
        _line(f"  {shown(line)}")


def _checked(verified: Verified) -> Iterator[str]:
    yield f"nothing in the pack was changed since {verified.key.name} signed it ({verified.made_at})"
    yield f"what it says of the log {verified.origin} is in the log of {verified.size} entries, as signed"
    for run in verified.runs.values():
        yield f"{run.id} is in the log, with its attestation, and the log continues the one that it attested"
    if verified.decisions:
        count = f"{len(verified.decisions)} decision{'s' * (len(verified.decisions) > 1)}"
        yield f"{count} made again from the pack's facts: the same verdicts, grounds and ids, and each is in the log"
    if verified.kind == "run":
        yield "no decision of the run is missing, and they show just the works that the run said it found and cleared"
    if verified.continues is not None:
        yield f"the log continues your checkpoint of {verified.continues} entries"


def _shows(verified: Verified) -> Iterator[str]:
    for run in verified.runs.values():
        yield from map(shown, _of_run(run))
    for looked in verified.looked:
        yield shown(_of_work(looked))
    if verified.kind == "decision":
        (decided,) = verified.decisions
        name = f"{decided.row['clip_id']} (sha256 {decided.row['sha256'] or 'unknown'})"
        yield f"{shown(name)}: {_verdict(decided.decision.verdict.value)}"
        for ground in decided.decision.grounds:
            yield from _of_ground(ground)
    elif verified.decisions:
        counts = ", ".join(f"{_verdict(name)} {count}" for name, count in sorted(verified.verdicts.items()))
        yield f"decisions: {counts}"
    for left in verified.left_out:
        yield shown(f"the maker says: of {left['run']} nothing can be shown ({left['why']})")


def _of_run(run: ClearedRun) -> Iterator[str]:
    clips, errors = run.clips, run.predicate["clips"]["errors"]
    asked = f"{run.use.developer}, to {' and '.join(each.act for each in run.use.each_act)}"
    yield f"{run.id}: {clips} clips, {errors} of which could not be examined; asked by {asked}, at {run.use.at:%F %T}Z"
    shipped = "as this version of Kyodaku ships it" if as_shipped(run) else "not one that this version ships: read it"
    yield f"  decided by {run.regime.id} {run.regime.version} ({shipped})"
    yield f"  matched by {run.predicate['matcher']}"


def _of_work(looked: Looked) -> str:
    name = f"{looked.work} in {looked.run}, compared with {looked.references} of its references"
    if looked.cleared:
        return f"{name}: found, and clips in which it was found were cleared"
    return f"{name}: found, and in no clip that was cleared" if looked.found else f"{name}: found in no clip"


def _rests_on(verified: Verified) -> Iterator[str]:
    if verified.trusted:
        yield "the key that you gave"
    else:
        yield f"the pack's own key, {verified.key}: compare it with one had from elsewhere (--key)"
    if verified.continues is None:
        yield "the log's keeper: no checkpoint of yours was compared (--checkpoint), so all of the log could be new"
    yield "what the run recorded of each clip, and what was registered by then: neither is examined again"


def _tell_decision(made: Redecided) -> None:
    _line(f"{shown(made.row['clip_id'])}  {shown(made.row['uri'])}")
    _line(f"{_verdict(made.decision.verdict.value)} under {shown(made.regime.id)} {shown(made.regime.version)}")
    for ground in made.decision.grounds:
        for line in _of_ground(ground):
            _line(line)
    where = f"{made.run}, clip {made.place}, entry {made.log_index} of the ledger"
    _line(f"[green]✓[/] made again: the same as was recorded ({shown(where)})")


def _of_ground(ground: Ground) -> Iterator[str]:
    effect = f"[{COLOURS.get(ground.effect, 'dim')}]{shown(ground.effect)}[/]"
    yield f"  {effect} {shown(ground.rule)} ({shown(ground.citation)})"
    yield from (f"    {shown(text)}" for text in _both(ground.text))


def _both(texts: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(texts[language]) for language in ("en", "ja"))


def _verdict(name: str) -> str:
    return f"[{COLOURS.get(name, 'bold')}]{shown(name)}[/]"


def _line(text: str) -> None:
    out().print(text, soft_wrap=True)

# SPDX-License-Identifier: Apache-2.0
"""Commands about evidence: `prove`, `verify`, `explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kyodaku.cli._notes import note_from, open_published
from kyodaku.cli._options import json_option, workspace_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.cli._progress import COLOURS
from kyodaku.evidence import (
    Redecided,
    Verified,
    prove,
    read_pack,
    recorded_again,
    redecide,
    verify_files,
    write_pack,
)
from kyodaku.evidence.telling import (
    Sentence,
    checked,
    does_not_show,
    of_run,
    of_whole_log,
    of_work,
    one_line,
    rests_on,
)
from kyodaku.generation import RedecidedMoment, UnknownDecisionError, redecide_moment
from kyodaku.ledger import PublicKey
from kyodaku.registry import Registry
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
        kept = [registry.check_checkpoint(note_from(note)) for note in notes]
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
@click.option(
    "--log", "published", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="The log as it was published: is there a run that the pack is silent about? With --key.",
)  # fmt: skip
@json_option
def verify_command(
    *, pack: Path, key_file: Path | None, note: Path | None, published: Path | None, as_json: bool
) -> None:
    """Verify a pack: no workspace, no database, no network. Exits 5 if anything in it does not hold.

    Its signature, its place in the log, and each decision made again from its facts.
    """
    trust = None if key_file is None else PublicKey.load(key_file)
    verified = verify_files(read_pack(pack), trust=trust, kept=None if note is None else note_from(note))
    again = None if published is None else _in_whole_log(verified, published, trust)
    if as_json:
        whole = {} if again is None else {"recorded_again": list(again)}
        emit_json({**verified.as_json(), **whole})
        return
    for sentence in () if again is None else of_whole_log(verified, again):
        _tell(sentence, "[green]✓[/] ")
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
        made = _made_again(workspace.registry, decision_id)
    if as_json:
        emit_json(made.as_json())
    elif isinstance(made, Redecided):
        name = f"{one_line(made.row['clip_id'])}  {one_line(made.row['uri'])}"
        _tell_decision(made, name, f"{made.run}, clip {made.place}, entry {made.log_index} of the ledger")
    else:
        name = f"{made.moment}  asked by {one_line(made.use.developer)}"
        _tell_decision(made, name, f"entry {made.log_index} of the ledger")


# --- what a pack shows ------------------------------------------------------------------------------------------------


def tell_verified(verified: Verified) -> None:
    """Print what holds, what it shows, and what it rests on; each sentence in English, then in Japanese."""
    for sentence in checked(verified):
        _tell(sentence, "[green]✓[/] ")
    _line("\n[bold]It shows[/] 示されること")
    for line in _shows(verified):
        _line(f"  {line}")
    _line("\n[bold]It rests on[/] 前提となること")
    for sentence in rests_on(verified):
        _tell(sentence)
    _line("\n[bold]It does not show[/] 示されないこと")
    for sentence in does_not_show(verified):
        _tell(sentence)


def _in_whole_log(verified: Verified, folder: Path, trust: PublicKey | None) -> tuple[int, ...]:
    log, keys = open_published(folder, trust)
    keys.check_entries(log)
    return recorded_again(verified, log)


def _tell(sentence: Sentence, mark: str = "  ") -> None:
    _line(f"{mark}{shown(sentence.en)}")
    _line(f"  {shown(sentence.ja)}")


def _shows(verified: Verified) -> Iterator[str]:
    for run in verified.runs.values():
        for sentence in of_run(run, counted=verified.kind == "run"):
            yield from map(shown, sentence)
    for looked in verified.looked:
        yield from map(shown, of_work(looked))
    if verified.kind == "decision":
        (decided,) = verified.decisions
        name = f"{one_line(decided.row['clip_id'])} (sha256 {one_line(decided.row['sha256'] or 'unknown')})"
        yield f"{shown(name)}: {_verdict(decided.decision.verdict.value)}"
        for ground in decided.decision.grounds:
            yield from _of_ground(ground)
    elif verified.decisions:
        counts = ", ".join(f"{_verdict(name)} {count}" for name, count in sorted(verified.verdicts.items()))
        yield f"decisions (判断): {counts}"
    for left in verified.left_out:
        name, why = one_line(left["run"]), one_line(left["why"])
        yield shown(f"the maker says: of {name} nothing can be shown ({why})")
        yield shown(f"作成者の申告: {name} については何も示せない({why})")


def _made_again(registry: Registry, decision_id: str) -> Redecided | RedecidedMoment:
    """A decision of the generation gate, or else of a run."""
    try:
        return redecide_moment(registry, decision_id)
    except UnknownDecisionError:
        return redecide(registry, decision_id)


def _tell_decision(made: Redecided | RedecidedMoment, name: str, where: str) -> None:
    _line(shown(name))
    _line(f"{_verdict(made.decision.verdict.value)} under {shown(made.regime.id)} {shown(made.regime.version)}")
    for ground in made.decision.grounds:
        for line in _of_ground(ground):
            _line(line)
    _line(f"[green]✓[/] made again: the same as was recorded ({shown(where)})")


def _of_ground(ground: Ground) -> Iterator[str]:
    effect = f"[{COLOURS.get(ground.effect, 'dim')}]{shown(ground.effect)}[/]"
    yield f"  {effect} {shown(one_line(ground.rule))} ({shown(one_line(ground.citation))})"
    yield from (f"    {shown(one_line(text))}" for text in _both(ground.text))


def _both(texts: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(texts[language]) for language in ("en", "ja"))


def _verdict(name: str) -> str:
    return f"[{COLOURS.get(name, 'bold')}]{shown(name)}[/]"


def _line(text: str) -> None:
    out().print(text, soft_wrap=True)

# SPDX-License-Identifier: Apache-2.0
"""Commands about hashes of other programs: `reference import-hashes` and `reference export-hashes`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import click

from kyodaku.cli._options import json_option, workspace_option
from kyodaku.cli._output import Exit, emit_json, err, out, shown
from kyodaku.copies import SUFFIX, Fingerprint
from kyodaku.copies.interchange import FORMATS, Format, HashFile, load_hashes, write_hashes
from kyodaku.errors import KyodakuError, UsageError
from kyodaku.workspace import Workspace

__all__ = ["export_hashes", "import_hashes"]


@click.command("import-hashes", epilog="Example:  kyodaku reference import-hashes film-1 film.vpdq.txt bank.csv")
@click.argument("work")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@workspace_option
@json_option
def import_hashes(*, work: str, files: tuple[Path, ...], open_workspace: Callable[[], Workspace], as_json: bool) -> int:
    """Register PDQ or vPDQ hashes in FILE, made by other programs, as references of WORK.

    Read are the files of vPDQ, of PDQ's own programs, of python-threatexchange and of HMA. A file is taken whole, or
    not at all.
    """
    rows = []
    with open_workspace() as workspace:
        workspace.registry.require_work(work)
        for path in files:
            row = _imported(path, work, workspace)
            rows.append(row)
            if row["error"]:
                err().print(f"kyodaku: {shown(str(row['error']))}", soft_wrap=True)
            elif not as_json:
                out().print(_told(row, work), soft_wrap=True)
    if as_json:
        emit_json({"files": rows})
    return Exit.FAILED if any(row["error"] for row in rows) else Exit.DONE


@click.command("export-hashes", epilog="Example:  kyodaku reference export-hashes film-1.kyf -o film-1.vpdq.txt")
@click.argument("reference", metavar="REFERENCE_OR_FINGERPRINT")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="vpdq", show_default=True,
    help="vpdq: lines of frame,quality,hash,timestamp. threatexchange: the JSON of a vpdq signal. signals: a line for"
    " python-threatexchange's files. hma: the body of a request that adds to a bank. pdq: a hash a line.",
)  # fmt: skip
@click.option("-o", "--out", "target", type=click.Path(path_type=Path), help="The file to write; by default stdout.")
@workspace_option
def export_hashes(*, reference: str, form: Format, target: Path | None, open_workspace: Callable[[], Workspace]) -> int:
    """Write the PDQ hashes of a reference, or of a fingerprint's file, for other programs."""
    text = write_hashes(_fingerprint(reference, open_workspace), form)
    if target is None:
        click.echo(text, nl=False)
        return Exit.DONE
    if target.suffix == SUFFIX:
        raise UsageError("this would be taken for a fingerprint", where=str(target), hint="name another file")
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise KyodakuError(f"cannot write: {error.strerror}", where=str(target)) from error
    return Exit.DONE


def _imported(path: Path, work: str, workspace: Workspace) -> dict[str, object]:
    row: dict[str, object] = {"path": str(path), "form": None, "references": [], "skipped": [], "error": None}
    try:
        held = load_hashes(path)
    except KyodakuError as error:
        return row | {"error": str(error)}
    skipped = [{"line": one.line, "why": one.why} for one in held.skipped]
    return row | {"form": held.form, "references": _added(held, path, work, workspace), "skipped": skipped}


def _added(held: HashFile, path: Path, work: str, workspace: Workspace) -> list[dict[str, object]]:
    media = [
        (one.fingerprint, {"hashes": path.name, "form": held.form, "line": one.line, "name": one.name})
        for one in held.entries
    ]
    return [
        {
            "reference": reference,
            "kind": one.kind,
            "name": one.name,
            "line": one.line,
            "frames": len(one.fingerprint),
            "duration_s": round(one.fingerprint.duration_s, 3),
        }
        for one, reference in zip(held.entries, workspace.registry.add_references(work, media), strict=True)
    ]


def _told(row: dict[str, object], work: str) -> str:
    references, skipped = row["references"], row["skipped"]
    assert isinstance(references, list)
    assert isinstance(skipped, list)
    kinds = Counter(str(one["kind"]) for one in references)
    counted = [f"{count:,} {kind}{'s' if count > 1 else ''}" for kind, count in sorted(kinds.items(), reverse=True)]
    stands = "stand" if len(references) > 1 else "stands"
    said = f"{' and '.join(counted) or 'nothing'} now {stands} for {work}"
    reasons = Counter(one["why"] for one in skipped)
    left_out = [f"{count:,} left out: {why}" for why, count in reasons.most_common()]
    return shown("; ".join([f"{row['path']}  {said}", *left_out]))


def _fingerprint(reference: str, open_workspace: Callable[[], Workspace]) -> Fingerprint:
    """Of a file, where it is named like one; else of the registry's reference."""
    if reference.endswith(SUFFIX):
        return Fingerprint.load(Path(reference))
    with open_workspace() as workspace:
        return Fingerprint.load(workspace.registry.reference(reference).path)

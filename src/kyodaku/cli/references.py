# SPDX-License-Identifier: Apache-2.0
"""Commands about references: fingerprint media at home, register them for a work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from kyodaku.cli._options import json_option, limit_options, workspace_option
from kyodaku.cli._output import Exit, emit_json, err, out, shown
from kyodaku.cli.gate import limits_from
from kyodaku.cli.hashes import export_hashes, import_hashes
from kyodaku.copies import DEFAULT_DESCRIPTOR, SUFFIX, Descriptor, descriptor_id, get_descriptor
from kyodaku.copies.sound import save_fingerprints
from kyodaku.errors import UsageError
from kyodaku.examine import Examiner
from kyodaku.media import MediaError, is_sound_only
from kyodaku.workspace import Added, Workspace

__all__ = ["fingerprint_command", "reference"]


@click.command("fingerprint", epilog="Example:  kyodaku fingerprint masters/film.mp4 -o film.kyf")
@click.argument("media", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", "target", type=click.Path(path_type=Path), required=True,
    help="The file to write; a folder when there are several media.",
)  # fmt: skip
@click.option(
    "--descriptor", "descriptor_name", metavar="ID", default=descriptor_id(DEFAULT_DESCRIPTOR), show_default=True,
    help="How frames become codes; pdq-v1 where the result is to go to programs that know PDQ.",
)  # fmt: skip
@limit_options
@json_option
def fingerprint_command(
    *,
    media: tuple[Path, ...],
    target: Path,
    descriptor_name: str,
    max_hours: float | None,
    clip_seconds: float | None,
    as_json: bool,
) -> int:
    """Fingerprint MEDIA on the holder's machine: the file holds no pixels and the film never leaves.

    The result can be registered elsewhere with 'kyodaku reference add'.
    """
    descriptor = get_descriptor(descriptor_name)
    folder = len(media) > 1 or target.is_dir()
    if folder:
        target.mkdir(parents=True, exist_ok=True)
    with Examiner(limits=limits_from(max_hours, clip_seconds)) as examiner:
        rows = [
            _fingerprint(medium, target / _file_name(medium) if folder else target, examiner, descriptor)
            for medium in media
        ]
    failed = [row for row in rows if row["error"]]
    if as_json:
        emit_json({"fingerprints": rows})
    else:
        for row in rows:
            if not row["error"]:
                size = f"{row['bytes']:,} bytes for {row['duration_s']:.1f} s"
                size += ", with its sound" if row["tracks"] else ""
                out().print(f"{shown(str(row['fingerprint']))}  {size}", soft_wrap=True)
    for row in rows:
        if row.get("note"):
            err().print(f"kyodaku: {shown(str(row['media']))}: without {shown(str(row['note']))}", soft_wrap=True)
    for row in failed:
        err().print(f"kyodaku: {shown(str(row['media']))}: {shown(str(row['error']))}", soft_wrap=True)
    return Exit.FAILED if failed else Exit.DONE


@click.group()
def reference() -> None:
    """Register media, fingerprints or other programs' hashes as references of works."""


reference.add_command(import_hashes)
reference.add_command(export_hashes)


@reference.command("add", epilog="Example:  kyodaku reference add film-1 film.mp4 episode-2.kyf")
@click.argument("work")
@click.argument("media", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="MEDIA_OR_FINGERPRINT...")
@limit_options
@workspace_option
@json_option
def add(
    *,
    work: str,
    media: tuple[Path, ...],
    max_hours: float | None,
    clip_seconds: float | None,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> int:
    """Register MEDIA, or fingerprints made of them, as references of WORK."""
    rows = []
    with open_workspace() as workspace:
        for added in workspace.add_references(work, media, limits=limits_from(max_hours, clip_seconds)):
            rows.append(added)
            if added.error:
                err().print(f"kyodaku: {shown(added.error)}", soft_wrap=True)
            elif not as_json:
                line = f"{shown(added.path)}  {added.duration_s:.1f} s is now reference {added.reference} of {work}"
                out().print(f"{line}{_and_sound(added)}", soft_wrap=True)
            if added.note:
                err().print(f"kyodaku: {shown(added.path)}: registered without {shown(added.note)}", soft_wrap=True)
    if as_json:
        names = ("path", "reference", "duration_s", "error", "sounds", "note")
        emit_json({"references": [{name: getattr(row, name) for name in names} for row in rows]})
    return Exit.FAILED if any(row.error for row in rows) else Exit.DONE


def _and_sound(added: Added) -> str:
    others = [sound for sound in added.sounds if sound != added.reference]
    return "" if not others else f", its sound {', '.join(others)}"


def _file_name(medium: Path) -> str:
    return f"{medium.name}{SUFFIX}"


def _fingerprint(
    medium: Path, target: Path, examiner: Examiner, descriptor: Descriptor
) -> dict[str, str | int | float | None]:
    made, sampled = examiner.fingerprint(medium, descriptor=descriptor)
    row: dict[str, str | int | float | None] = {"media": str(medium), "fingerprint": None, "error": None}
    listens = (
        is_sound_only(made) if isinstance(made, MediaError) else sampled.info is not None and sampled.info.has_audio
    )
    sounds, heard = examiner.sound_fingerprints(medium) if listens else ((), None)
    if isinstance(made, MediaError) and not (sounds and is_sound_only(made)):
        return row | {"error": str(made)}
    if target.exists() and target.suffix != SUFFIX:
        raise UsageError("this file exists and is not a fingerprint", where=str(target), hint="name another file")
    pictures = None if isinstance(made, MediaError) else made
    save_fingerprints(target, pictures, sounds)
    duration = max(each.duration_s for each in (*sounds, *(() if pictures is None else (pictures,))))
    note = None if heard is None or heard.error is None else str(heard.error)
    size = target.stat().st_size
    return row | {
        "fingerprint": str(target),
        "bytes": size,
        "duration_s": round(duration, 3),
        "tracks": len(sounds),
        "note": note,
    }

# SPDX-License-Identifier: Apache-2.0
"""`kyodaku iscc`: open identifiers of media (ISO 24138)."""

from __future__ import annotations

from pathlib import Path

import click

from kyodaku.cli._options import json_option
from kyodaku.cli._output import Exit, emit_json, err, out, shown
from kyodaku.errors import KyodakuError
from kyodaku.examine import identify
from kyodaku.media import Decoder

__all__ = ["iscc_command"]


@click.command("iscc", epilog="Example:  kyodaku iscc masters/film.mp4 --title 最初の映画")
@click.argument("media", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--title", help="The work's title: adds its Meta-Code.")
@json_option
def iscc_command(*, media: tuple[Path, ...], title: str | None, as_json: bool) -> int:
    """The ISCC of each of MEDIA: of its bytes, and of what a still picture shows.

    Copies of films are found by their fingerprints; an ISCC names a file to registries and declarations elsewhere.
    """
    rows, failed = [], []
    with Decoder() as decoder:
        for path in media:
            try:
                rows.append({"media": str(path), **identify(path, decoder=decoder, title=title).as_json()})
            except KyodakuError as error:
                failed.append(str(error))
    if as_json:
        emit_json({"media": rows})
    else:
        for row in rows:
            out().print(f"{row['iscc']}  {shown(str(row['media']))}", soft_wrap=True)
    for line in failed:
        err().print(f"kyodaku: {shown(line)}", soft_wrap=True)
    return Exit.FAILED if failed else Exit.DONE

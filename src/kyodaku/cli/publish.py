# SPDX-License-Identifier: Apache-2.0
"""`kyodaku publish`: a work's permissions in every machine-readable form at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from kyodaku.cli._options import json_option, workspace_option
from kyodaku.cli._output import emit_json, out, shown
from kyodaku.errors import UsageError
from kyodaku.publishing import publish_work, terms_of
from kyodaku.rights import load_regime
from kyodaku.signals.credentials import Credentials
from kyodaku.workspace import Workspace

__all__ = ["publish_command"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    "publish",
    epilog="Example:  kyodaku publish film-1 -o signals --site https://studio.example --site-path /film/"
    " --terms https://studio.example/offers",
)
@click.argument("work")
@click.option("-o", "--out", "folder", type=click.Path(path_type=Path), required=True, help="The new folder to write.")
@click.option("--site", help="The site's address: policies and licences are then named by theirs.")
@click.option("--site-path", default="/", show_default=True, help="Where the work lies on the site.")
@click.option("--terms", "offers", help="Where a licence is to be had.")
@click.option(
    "--search",
    type=click.Choice(["allow", "deny"]),
    help="Whether search engines may show the work; by default nothing is said of it.",
)
@click.option("--contact", help="Whom to ask: mailto:... or an address.")
@click.option("--media", multiple=True, type=_FILE, help="Films and pictures that get the same word; copies are made.")
@click.option("--certificate", type=_FILE, help="The chain in PEM that media are stamped with (C2PA).")
@click.option("--key", type=_FILE, help="Its private key in PEM.")
@click.option("--regime", default="jp-prior", show_default=True, help="Decides on acts that nobody spoke about.")
@workspace_option
@json_option
def publish_command(
    *,
    work: str,
    folder: Path,
    site: str | None,
    site_path: str,
    offers: str | None,
    search: str | None,
    contact: str | None,
    media: tuple[Path, ...],
    certificate: Path | None,
    key: Path | None,
    regime: str,
    open_workspace: Callable[[], Workspace],
    as_json: bool,
) -> None:
    """Write what the registry says of WORK as robots.txt lines, AIPREF, TDMRep with ODRL, RSL, XMP, CAWG and TDM·AI.

    What nobody spoke about is reserved, but searching is left unsaid (--search); what is offered is constrained, with
    the address of --terms. README.md says where each file goes.
    """
    if (certificate is None) != (key is None):
        raise UsageError("--certificate and --key go together")
    at = datetime.now(UTC)
    with open_workspace() as workspace:
        terms = terms_of(
            workspace.registry,
            work,
            load_regime(regime),
            at,
            search=search,
            path=site_path,
            offers=offers,
            contact=contact,
            site=site,
        )
    signer = Credentials(certificate=certificate.read_bytes(), key=key.read_bytes()) if certificate and key else None
    done = publish_work(terms, folder, at=at, media=media, signer=signer)
    if as_json:
        emit_json({"work": work, "says": dict(terms.says), "files": list(done.files), "media": list(done.media)})
        return
    for act, word in terms.says.items():
        out().print(f"{word:<12} {act}")
    out().print(f"{len(done.files) + len(done.media)} files  {shown(str(folder / 'README.md'))}", soft_wrap=True)

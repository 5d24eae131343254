# SPDX-License-Identifier: Apache-2.0
"""The command `casebook`: what each regime answers in cases that a lawyer can read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from kyodaku.cli._options import json_option
from kyodaku.cli._output import Exit, emit_json, err, out, plain, shown
from kyodaku.errors import KyodakuError, UsageError
from kyodaku.rights import load_regime
from kyodaku.rights.casebook import AnsweredBook, answer_cases, as_page, as_text, load_casebook
from kyodaku.rights.casebook import as_json as as_document

__all__ = ["casebook"]

PAGE_SUFFIXES: Final = (".html", ".htm")


@click.command("casebook", epilog="Example:  kyodaku casebook -o casebook.html")
@click.option(
    "--regime", "regimes", multiple=True, metavar="REGIME",
    help="Ask only this one, shipped or a file of your own; may be repeated. By default all that are shipped.",
)  # fmt: skip
@click.option(
    "-o", "--out", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.html",
    help="Write a page in English and Japanese instead of printing text.",
)  # fmt: skip
@json_option
def casebook(*, regimes: tuple[str, ...], target: Path | None, as_json: bool) -> int:
    """Show what each regime answers in every case of the casebook, on which grounds, and where regimes part.

    Committees, originals, mandates, rulings, limitations: the cases are invented, and shipped with the package. Try a
    regime of your own on them before you rely on it.
    """
    if target is not None and target.suffix.lower() not in PAGE_SUFFIXES:
        raise UsageError("the casebook is written as a page", where=str(target), hint="name a file that ends in .html")
    answered = answer_cases(load_casebook(), [load_regime(name) for name in dict.fromkeys(regimes)])
    if target is not None:
        _write(target, as_page(answered))
    if as_json:
        emit_json(as_document(answered))
    elif target is None:
        click.echo(plain(as_text(answered)))
    else:
        out().print(f"wrote {shown(str(target))}: {_count(answered)}", soft_wrap=True)
    return _unexpected(answered)


def _count(answered: AnsweredBook) -> str:
    parted = sum(held.parts for held in answered.answers)
    return answered.book.labels["count"]["en"].format(cases=len(answered.answers), parted=parted)


def _write(target: Path, page: str) -> None:
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise KyodakuError(f"cannot write: {error.strerror}", where=str(target)) from error


def _unexpected(answered: AnsweredBook) -> int:
    """Cases that are not answered as they say: never in a package as it was published."""
    names = [held.case.name for held in answered.answers if held.unexpected]
    if names:
        told = f"not answered as the casebook says: {', '.join(names)}"
        err().print(f"kyodaku: {shown(told)}", soft_wrap=True)
    return Exit.FAILED if names else Exit.DONE

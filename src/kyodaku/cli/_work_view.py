# SPDX-License-Identifier: Apache-2.0
"""One work as it stood, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kyodaku.cli._output import out, shown
from kyodaku.registry import Standing, WorkView

__all__ = ["print_view"]

_COLOURS = {"in force": "green", "revoked": "red"}


def print_view(view: WorkView) -> None:
    """Print shares, mandates, statements and conflicts, each with its ledger entry."""
    document = view.as_json()
    body = document["declaration"]["body"]
    titles = " / ".join(body.get("title", {}).values())
    entry = f"[dim]ledger {document['declaration']['ledger_index']}[/]"
    _say(f"[bold]{shown(view.work)}[/]  {shown(body['kind'])}  {shown(titles)}  {entry}")
    _say(f"[dim]recorded by {document['as_of']}, in force at {document['effective_at']}[/]")
    for name in ("part_of", "derived_from", "identifiers"):
        if name in body:
            _say(f"  {name.replace('_', ' ')} {shown(', '.join(body[name]))}")
    _list("shares", (_share(share) for share in document["shares"]), "nobody is known to hold it")
    _list("mandates", (_standing(each, _mandate(each)) for each in view.mandates))
    _list("statements", (_standing(each, _statement(each)) for each in view.statements), "nothing was said")
    _list("conflicts", (f"[yellow]{shown(str(conflict))}[/]" for conflict in view.conflicts))


def _say(line: str) -> None:
    out().print(line.rstrip(), soft_wrap=True)


def _list(name: str, lines: Iterable[str], empty: str = "") -> None:
    found = list(lines)
    if found or empty:
        _say(name)
    for line in found or ([empty] if empty else []):
        _say(f"  {line}")


def _share(share: Mapping[str, Any]) -> str:
    said = [share["party"], ", ".join(share["rights"]), share.get("portion", ""), _places(share["territory"])]
    said.append(_period(share.get("valid_from"), share.get("valid_until")))
    if "acquired_from" in share:
        without = "" if share.get("includes_27_28") else ", but for Arts. 27 and 28"
        said.append(f"acquired from {share['acquired_from']}{without}")
    return _joined(said)


def _mandate(each: Standing) -> str:
    body = each.declaration.body
    said = [f"{body['agent']} for {body['principal']}", ", ".join(body["may"]), _works(body["works"])]
    return _joined([*said, _period(body.get("valid_from"), body.get("valid_until"))])


def _statement(each: Standing) -> str:
    body = each.declaration.body
    extra = [name for name in ("exclusive", "sublicence") if body.get(name)]
    said = [
        body["kind"],
        f"by {body['by']} to {', '.join(body['to'])}",
        ", ".join(body["acts"]),
        _works(body["works"]),
        _places(body["territories"]),
        "" if body["models"] == ["all"] else f"for {', '.join(body['models'])}",
        _period(body.get("effective_from"), body.get("effective_until")),
        *extra,
        f"under {body['under']}" if "under" in body else "",
        f"revoked {'' if each.standing == 'revoked' else 'in part '}by {each.revoked_by}" if each.revoked_by else "",
    ]
    return _joined(said)


def _standing(each: Standing, said: str) -> str:
    colour = _COLOURS.get(each.standing, "dim")
    head = f"[{colour}]{each.standing:<17}[/]  {shown(each.declaration.id)}"
    return f"{head}  {said}  [dim]ledger {each.declaration.ledger_index}[/]"


def _joined(parts: Iterable[str]) -> str:
    return shown("  ".join(part for part in parts if part))


def _works(works: list[str]) -> str:
    return "all works" if works == ["all"] else f"about {', '.join(works)}"


def _places(territory: list[str]) -> str:
    return "" if territory == ["world"] else f"in {', '.join(territory)}"


def _period(since: str | None, until: str | None) -> str:
    return " ".join(f"{word} {moment}" for word, moment in (("from", since), ("until", until)) if moment)

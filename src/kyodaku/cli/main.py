# SPDX-License-Identifier: Apache-2.0
"""The root command."""

from __future__ import annotations

from typing import Any

import click

from kyodaku import __version__
from kyodaku.cli._output import Group
from kyodaku.errors import UsageError

__all__ = ["main"]

_LATER = {
    "bench": ("kyodaku.cli.bench", "bench"),
    "casebook": ("kyodaku.cli.casebook", "casebook"),
    "check": ("kyodaku.cli.gate", "check"),
    "clear": ("kyodaku.cli.gate", "clear_command"),
    "compare": ("kyodaku.cli.gate", "compare_command"),
    "demand": ("kyodaku.cli.prompt", "demand_command"),
    "demo": ("kyodaku.cli.demo", "demo"),
    "disclose": ("kyodaku.cli.disclosure", "disclose"),
    "explain": ("kyodaku.cli.evidence", "explain_command"),
    "fingerprint": ("kyodaku.cli.references", "fingerprint_command"),
    "grant": ("kyodaku.cli.statements", "grant"),
    "init": ("kyodaku.cli.registry", "init"),
    "iscc": ("kyodaku.cli.identity", "iscc_command"),
    "ledger": ("kyodaku.cli.ledger", "ledger"),
    "object": ("kyodaku.cli.statements", "object_command"),
    "prompt": ("kyodaku.cli.prompt", "prompt_command"),
    "prove": ("kyodaku.cli.evidence", "prove_command"),
    "publish": ("kyodaku.cli.publish", "publish_command"),
    "reference": ("kyodaku.cli.references", "reference"),
    "refuse": ("kyodaku.cli.statements", "refuse"),
    "registry": ("kyodaku.cli.registry", "registry"),
    "revoke": ("kyodaku.cli.statements", "revoke"),
    "runs": ("kyodaku.cli.runs", "runs_group"),
    "selftest": ("kyodaku.cli.selftest", "selftest"),
    "serve": ("kyodaku.cli.serve", "serve_group"),
    "signals": ("kyodaku.cli.signals", "signals_command"),
    "snapshot": ("kyodaku.cli.snapshot", "snapshot"),
    "verify": ("kyodaku.cli.evidence", "verify_command"),
}


_EXTRA = {"serve": "service"}
"""Commands that need an extra, and which."""


class _Root(Group):
    """Imports a command's module when it is asked for: `--help` must not wait for a database and a decoder."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_LATER)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _LATER:
            return None
        from importlib import import_module  # noqa: PLC0415

        module, name = _LATER[cmd_name]
        try:
            command: Any = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            if cmd_name not in _EXTRA or (error.name or "").startswith("kyodaku"):
                raise
            return _without_extra(cmd_name, _EXTRA[cmd_name])
        return command if isinstance(command, click.Command) else None


def _without_extra(command: str, extra: str) -> click.Command:
    """A command that says what it lacks."""

    def tell(**_: object) -> None:
        raise UsageError(f"'{command}' needs more than is installed", hint=f"pip install 'kyodaku[{extra}]'")

    anything = {"ignore_unknown_options": True, "help_option_names": []}
    rest = click.Argument(["rest"], nargs=-1, type=click.UNPROCESSED)
    return click.Command(
        command, callback=tell, params=[rest], context_settings=anything, short_help=f"Needs kyodaku[{extra}]."
    )


@click.group(
    cls=_Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done or permitted, 1 could not be done, 2 usage, 3 refused, 4 review, 5 integrity failure,"
    " 130 interrupted. Only 0 ever means go.",
)
@click.version_option(__version__, "--version", message="kyodaku %(version)s")
def main() -> None:
    """Kyodaku 許諾: whose work is this, and did they say yes, before?

    \b
    Begin with:  kyodaku demo
    Then:        kyodaku init
                 kyodaku registry import registry.yaml
                 kyodaku reference add film-1 film.mp4
                 kyodaku clear corpus/ -o out --use use.yaml
    """  # noqa: D301, D400 - click asks for the control character itself; the question is the point

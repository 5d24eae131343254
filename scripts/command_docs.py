# SPDX-License-Identifier: Apache-2.0
"""Writes docs/commands.md from the commands' own --help; `--check` fails when the page is not what they say."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kyodaku.cli import main

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
HEAD = """# Command line

Every command has `--help` with an example. `--json` prints one JSON document on stdout; else the text is for people.
Errors are one line on stderr that says what to do; progress is drawn on stderr, only on a terminal. `--workspace` (or
`KYODAKU_WORKSPACE`) names the workspace, `./kyodaku-workspace` by default.

| exit code | means |
|---|---|
| 0 | done; for `check` and `prompt`: permitted |
| 1 | could not be done |
| 2 | the command, or a file it was given, is off |
| 3 | refused |
| 4 | for a person to review |
| 5 | integrity failure: stored data was altered |
| 130 | interrupted |

Only 0 ever means go.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_sections(main, click.Context(main, info_name="kyodaku")))


def _sections(group: click.Group, context: click.Context) -> list[str]:
    sections = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, max_content_width=100, terminal_width=100)
        if not isinstance(command, click.Group) or command.invoke_without_command:
            path = inner.command_path
            sections.append(f"\n## {path}\n\n```text\n{command.get_help(inner).rstrip()}\n```\n")
        if isinstance(command, click.Group):
            sections += _sections(command, inner)
    return sections


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else f"{PAGE} is out of date: make command-docs")
    PAGE.write_text(page(), encoding="utf-8")

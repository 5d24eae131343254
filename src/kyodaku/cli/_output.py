# SPDX-License-Identifier: Apache-2.0
"""What every command shares: where output goes, how errors look, and what the exit code means."""

from __future__ import annotations

import json
import os
import re
import sys
from enum import IntEnum
from functools import partial
from io import TextIOWrapper
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from kyodaku.errors import KyodakuError

__all__ = ["Exit", "Group", "emit_json", "err", "out", "plain", "shown", "verdict_exit"]


class Exit(IntEnum):
    """Exit codes, the same for every command; only DONE ever means "go"."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    REVIEW = 4
    INTEGRITY = 5
    INTERRUPTED = 130


_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_BY_VERDICT = {
    "permitted": Exit.DONE,
    "permitted_with_duties": Exit.DONE,
    "review": Exit.REVIEW,
    "refused": Exit.REFUSED,
}


def verdict_exit(verdict: str) -> Exit:
    """The exit code of a verdict; one it does not know is a refusal."""
    return _BY_VERDICT.get(verdict, Exit.REFUSED)


def out() -> Console:
    """The console for results."""
    return Console(highlight=False)


def err() -> Console:
    """The console for progress and errors."""
    return Console(stderr=True, highlight=False)


def plain(text: str) -> str:
    r"""`text` with control characters written as `\xNN`, those that turn lines round as `\uNNNN`.

    A file's name must not steer anybody's terminal.
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def shown(text: str) -> str:
    """`text` as it is to be printed by rich: plain, and without markup."""
    return escape(plain(text))


def emit_json(document: Any) -> None:
    """Prints one JSON document on stdout; Japanese stays readable."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


class Group(click.Group):
    """A group whose errors are one line on stderr and whose exit codes are `Exit`'s."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Runs a command and turns what went wrong into one line and a code."""
        for stream in (sys.stdout, sys.stderr):  # a terminal that knows no Japanese gets its code points
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        run = partial(super().main, *args, standalone_mode=False, **extra)
        if not standalone_mode:
            return run()
        try:
            result: Any = run()
        except click.UsageError as error:
            sys.exit(_say(_with_help(error), Exit.USAGE))
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; flushing must not fail
            sys.exit(Exit.FAILED)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - each is told or raised again
            sys.exit(_tell(error))
        sys.exit(result if isinstance(result, int) else Exit.DONE)


def _tell(error: BaseException) -> Exit:
    """Says in one line what went wrong; what nobody foresaw keeps its traceback, as that is a fault of ours."""
    match error:
        case KyodakuError():
            message, code = str(error), Exit(error.exit_code)
        case KeyboardInterrupt() | click.Abort():
            message, code = "interrupted; what is finished is kept", Exit.INTERRUPTED
        case click.ClickException():
            message, code = error.format_message(), Exit.FAILED
        case OSError():
            message, code = f"{error.filename}: {error.strerror}" if error.filename else str(error), Exit.FAILED
        case _:
            raise error
    return _say(message, code)


def _with_help(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else "kyodaku"
    return f"{error.format_message()} (see '{command} --help')"


def _say(message: str, code: Exit) -> Exit:
    """Says why; several lines only where a file has several problems."""
    for line in message.splitlines():
        sys.stderr.write("kyodaku: " + plain(" ".join(line.split())) + "\n")
    return code

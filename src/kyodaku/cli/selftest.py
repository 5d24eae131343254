# SPDX-License-Identifier: Apache-2.0
"""The command `selftest`: the shipped vectors on this machine."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import click

from kyodaku import __version__
from kyodaku.cli._options import json_option
from kyodaku.cli._output import Exit, emit_json, out, shown
from kyodaku.copies.conformance import Check, run_checks

__all__ = ["selftest"]

_LIBRARIES: Final = ("numpy", "pillow", "onnxruntime", "faiss-cpu", "av")


@click.command("selftest", epilog="Example:  kyodaku selftest")
@json_option
def selftest(*, as_json: bool) -> int:
    """Check that this machine computes what every other one does: codes, files, alignment, search.

    What is compared is shipped with the package and drawn by it; nothing is read from the network or left behind.
    """
    checks = []
    for check in run_checks():
        checks.append(check)
        if not as_json:
            _tell(check)
    failed = [check for check in checks if not check.ok]
    if as_json:
        emit_json({"sound": not failed, "machine": _machine(), "checks": [_as_json(check) for check in checks]})
    elif failed:
        made_of = ", ".join(f"{name} {value}" for name, value in _machine().items())
        out().print(f"{len(failed)} of {len(checks)} failed on {shown(made_of)}", soft_wrap=True)
    else:
        out().print(f"all {len(checks)} as they should be", soft_wrap=True)
    return Exit.FAILED if failed else Exit.DONE


def _tell(check: Check) -> None:
    out().print(f"{'ok' if check.ok else 'failed':<7} {check.name}: {shown(check.detail)}", soft_wrap=True)
    if check.advice:
        out().print(f"{'':<8}{shown(check.advice)}", soft_wrap=True)


def _as_json(check: Check) -> dict[str, object]:
    return {"name": check.name, "ok": check.ok, "detail": check.detail, "advice": check.advice or None}


def _machine() -> dict[str, str]:
    """What a report of a failure needs."""
    named = {"kyodaku": __version__, "python": platform.python_version(), "processor": platform.machine()}
    for library in _LIBRARIES:
        try:
            named[library] = version(library)
        except PackageNotFoundError:
            named[library] = "missing"
    return named

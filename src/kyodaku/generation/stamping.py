# SPDX-License-Identifier: Apache-2.0
"""Permitted videos carry why they may be shown: Content Credentials with the ids of the decisions and the licences.

Whoever gets the video can ask its maker's ledger for them. The assertion is `jp.kyodaku.permission`, version 1:

    decisions   of each moment: moment, verdict, decision_id, snapshot
    licences    the ids of the grants that they rest on
    video       the job's id
    ledger      the name of the ledger that the decisions are in

No prompt, no work and no person is named in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kyodaku.errors import KyodakuError
from kyodaku.generation.job import Job
from kyodaku.signals.credentials import Credentials

__all__ = ["ASSERTION", "Stamper", "own_credentials"]

ASSERTION: Final = "jp.kyodaku.permission"
_VERSION: Final = 1
_STAMPED: Final = "stamped.mp4"
_WALL_S: Final = 120.0
"""Copying and hashing a video of gigabytes takes its time."""
_OWN: Final = ("stamping-chain.pem", "stamping-key.pem")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamper:
    """Puts the manifest in; `ledger` is the name of the one that the decisions are in."""

    signer: Credentials
    ledger: str

    def stamp(self, job: Job, video: Path) -> Path:
        """The stamped video, beside the one that was given; KyodakuError when no manifest can be put into it."""
        stamped = video.with_name(_STAMPED)
        asked = {
            "assertions": [{"label": ASSERTION, "data": self._said(job)}],
            "certificate": self.signer.certificate.decode("utf-8", "replace"),
            "key": self.signer.key.decode("utf-8", "replace"),
        }
        try:
            with video.open("rb") as unstamped, stamped.open("w+b") as out:
                self._ask(unstamped.fileno(), out.fileno(), asked)
                os.fsync(out.fileno())
        except OSError as error:
            stamped.unlink(missing_ok=True)
            raise KyodakuError(f"the video cannot be stamped: {error.strerror}", where=job.id) from error
        except KyodakuError:
            stamped.unlink(missing_ok=True)
            raise
        return stamped

    def _said(self, job: Job) -> dict[str, Any]:
        told = ("moment", "verdict", "decision_id", "snapshot")
        decisions = [{name: getattr(step, name) for name in told} for step in job.steps]
        licences = sorted({permission for step in job.steps for permission in step.permissions})
        said = {"decisions": decisions, "licences": licences, "video": job.id, "ledger": self.ledger}
        return {"version": _VERSION, **said}

    @staticmethod
    def _ask(unstamped: int, out: int, asked: Mapping[str, Any]) -> None:
        """In a process of its own: see `_stamping_child`."""
        descriptors = [str(unstamped), str(out)]
        command = [sys.executable, "-m", "kyodaku.generation._stamping_child", *descriptors, str(os.getpid())]
        try:
            done = subprocess.run(  # noqa: S603 - our own module, no shell
                command,
                input=json.dumps(asked).encode(),
                pass_fds=(unstamped, out),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_WALL_S,
                check=False,
            )
            answer = json.loads(done.stdout)
        except (subprocess.SubprocessError, ValueError):
            raise KyodakuError("the video cannot be stamped: who tried did not survive it") from None
        if "error" in answer:
            raise KyodakuError(str(answer["error"]))


def own_credentials(folder: Path, organisation: str) -> Credentials:
    """The credentials that a service made for itself, made now if it has none: its signer is in nobody's trust list."""
    chain, key = (folder / name for name in _OWN)
    try:
        return Credentials(certificate=chain.read_bytes(), key=key.read_bytes())
    except FileNotFoundError:
        pass
    made = Credentials.made_for(organisation)
    for path, content in ((key, made.key), (chain, made.certificate)):
        new = path.with_suffix(f".{os.getpid()}.new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - with a mode
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    return made

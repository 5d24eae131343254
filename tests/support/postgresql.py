# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server for as long as the tests run: from the system's own programs, on a socket in a temporary folder.

PostgreSQL refuses to run as root, so that root starts it as another user. Where its programs are missing, the tests
that need it are skipped, unless `KYODAKU_REQUIRE_POSTGRESQL=1`: then that is a failure.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

__all__ = ["Server", "running_server"]

REQUIRED: Final = "KYODAKU_REQUIRE_POSTGRESQL"
OWNER: Final = "kyodaku"
_USERS: Final = ("postgres", "nobody")
_SETTINGS: Final = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}
_SECONDS: Final = 60


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server; anyone who reaches its socket is let in, but for databases named `locked…`."""

    folder: Path
    _numbers: Iterator[int]

    def url(self, database: str, user: str = OWNER) -> str:
        """The address of one of its databases."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection of the server's owner, each statement of which is committed."""
        return psycopg.connect(host=str(self.folder), dbname=database, user=OWNER, autocommit=True)

    def new_database(self, template: str = "template0", *, name: str = "") -> str:
        """Make a database like another; answers its name."""
        made = name or f"test_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(made), sql.Identifier(template))
            )
        return made


def _programs() -> Path | None:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    path = shutil.which("postgres")
    return Path(path).parent if path and shutil.which("initdb") else None


@contextmanager
def running_server() -> Iterator[Server]:
    """Start one; skip, or fail, where there is none to start."""
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL's programs are not installed: scripts/install-postgresql"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{reason} ({REQUIRED}=1)")
        pytest.skip(reason)
    memory = Path("/dev/shm")
    base = memory if os.access(memory, os.W_OK) else Path("/tmp")  # short: a socket's path has 107 letters at most
    folder = Path(tempfile.mkdtemp(prefix="kyodaku-pg-", dir=base))
    try:
        with _serving(programs, folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _serving(programs: Path, folder: Path) -> Iterator[Server]:
    as_whom = _as_another(folder)
    data = folder / "data"
    initdb = [programs / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    language = ["--locale-provider=icu", "--icu-locale=en"]  # orders text otherwise than code points do
    done = subprocess.run([*initdb, *language], check=False, capture_output=True, **as_whom)
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        subprocess.run(initdb, capture_output=True, check=True, **as_whom)
    rules = data / "pg_hba.conf"
    kept = rules.read_text(encoding="utf-8")
    rules.write_text("".join(f"local {name} all scram-sha-256\n" for name in LOCKED) + kept, encoding="utf-8")
    options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = [programs / "postgres", "-D", data, "-k", folder, *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_whom)
    try:
        server = Server(folder=folder, _numbers=count(1))
        _wait_for(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # fast: open connections are cut
        process.wait(_SECONDS)


LOCKED: Final = ("locked_1", "locked_2")
"""Databases, if they are made, that ask for a password."""


def _as_another(folder: Path) -> dict[str, Any]:
    """How to run programs that root may not run."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = next(known[name] for name in _USERS if name in known)
    os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o755)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": folder}


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            server.connect().close()
        except psycopg.OperationalError:
            assert process.poll() is None, "PostgreSQL stopped while it started"
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            time.sleep(0.05)
        else:
            return

# SPDX-License-Identifier: Apache-2.0
"""A real process that uses a workspace until it is done or killed, telling each step when it is done.

python importer.py import WORKSPACE FILE...      import each file
python importer.py refer WORKSPACE SEED...       add a reference for each seed, and take a snapshot
python importer.py statements WORKSPACE NAME N   declare N parties, one at a time
"""

from __future__ import annotations

import sys

import numpy as np

from kyodaku.copies import Fingerprint
from kyodaku.registry import Registry


def fingerprint(seed: int) -> Fingerprint:
    rng = np.random.default_rng(seed)
    return Fingerprint(
        descriptor="pdq-v1",
        duration_s=20.0,
        times=np.arange(40, dtype=np.float32) * np.float32(0.5),
        codes=rng.integers(0, 256, (40, 32), dtype=np.uint8),
        quality=np.full(40, 100, dtype=np.uint8),
    )


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(verb: str, workspace: str, *words: str) -> None:
    with Registry.open(workspace, create=True) as registry:
        say("ready")
        if verb == "statements":
            for i in range(int(words[1])):
                registry.import_document({"parties": [{"id": f"{words[0]}-{i}"}]})
                say(f"{words[0]}-{i}")
        for word in words if verb != "statements" else ():
            if verb == "import":
                registry.import_files([word])
                say(word)
            else:
                say(registry.add_reference("film-1", fingerprint(int(word))))
                say(registry.snapshot().id)


if __name__ == "__main__":
    main(*sys.argv[1:])

# SPDX-License-Identifier: Apache-2.0
"""Every answer is counted once, whichever process gave it."""

from __future__ import annotations

import threading
from pathlib import Path

from kyodaku.service.counts import Counts
from support.generating import answer


def test_answers_are_counted_by_moment_verdict_and_regime(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    for given in (answer("refused", "prompt"), answer("refused", "prompt"), answer("permitted", "output")):
        counts.add(given)
    assert counts.totals() == {("prompt", "refused", "jp-prior"): 2, ("output", "permitted", "jp-prior"): 1}


def test_several_at_once_lose_no_count(tmp_path: Path) -> None:
    def add() -> None:
        mine = Counts(tmp_path)
        for _ in range(20):
            mine.add(answer("refused"))
        mine.close()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(Counts(tmp_path).totals().values()) == 80

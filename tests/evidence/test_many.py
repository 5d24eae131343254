# SPDX-License-Identifier: Apache-2.0
"""A run of several batches: a pack of all of it, of one decision in the last batch, and of a work."""

from __future__ import annotations

import time
from pathlib import Path

from kyodaku.evidence import packed, prove, verify_pack
from kyodaku.registry import Registry
from kyodaku.training import finished_run
from support.many import run_over
from support.studio import Studio

CLIPS = 2100
SECONDS = 20.0
"""Far above what it takes (a second), so that only another order of magnitude fails on a busy machine."""


def test_a_run_of_several_batches_is_proven(studio: Studio, registry: Registry, tmp_path: Path) -> None:
    cleared = run_over(CLIPS, tmp_path, registry, studio.use)
    content = packed(prove(registry, cleared.run))
    started = time.process_time()
    verified = verify_pack(content, trust=registry.signing_key().public)
    assert time.process_time() - started < SECONDS
    assert (len(verified.decisions), len(cleared.log_indexes)) == (CLIPS, 3)
    assert verified.verdicts == {name: count for name, count in cleared.tally.clips.items() if count}
    with finished_run(cleared.out, registry) as run:
        last = run.rows.row(CLIPS - 1)["decision_id"]
    assert verify_pack(packed(prove(registry, last))).decisions[0].place == CLIPS - 1
    of_work = verify_pack(packed(prove(registry, "silent")))
    (looked,) = [each for each in of_work.looked if each.run == cleared.run]
    assert (looked.found, looked.cleared) == (True, False)
    assert len([each for each in of_work.decisions if each.run == cleared.run]) == CLIPS // 6

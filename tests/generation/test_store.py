# SPDX-License-Identifier: Apache-2.0
"""Jobs are kept: whatever dies or meets, none is lost, none is done twice, and none is shown to another owner."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kyodaku.errors import KyodakuError
from kyodaku.generation.job import MOVES, Fault, Step
from kyodaku.generation.store import Conflict, JobStore, NoRoom
from support.generating import START, Clock, job


def test_what_is_kept_comes_back_as_it_was(store: JobStore, tmp_path: Path) -> None:
    kept = replace(
        job(references=("reference.png",), characters=("char_1",), negative_prompt="text"),
        steps=(Step(moment="prompt", verdict="permitted", decision_id="sha256:1", works=("film-1",)),),
        fault=Fault(code="generator_error", message="壊れた", more={"offers": ["https://studio.example"]}),
        remixed_from="video_0",
    )
    store.add(kept)
    store.close()
    assert JobStore(tmp_path / "jobs").get(kept.id) == kept


def test_a_prompt_with_half_a_surrogate_is_kept(store: JobStore) -> None:
    odd = job(prompt="\ud800 fox")
    store.add(odd)
    found = store.get(odd.id)
    assert found is not None
    assert found.request.prompt == "\ud800 fox"


def test_a_job_is_its_owners_alone(store: JobStore) -> None:
    mine, theirs = job("mine"), job("theirs")
    store.add(mine)
    store.add(theirs)
    assert store.get(mine.id, owner="theirs") is None
    assert [each.id for each in store.page("mine")] == [mine.id]
    with pytest.raises(Conflict):
        store.page("mine", after=theirs.id)


def test_pages_follow_each_other_in_both_directions(store: JobStore) -> None:
    jobs = [job() for _ in range(5)]
    for each in jobs:
        store.add(each)
    first = store.page("team", limit=2)
    second = store.page("team", limit=2, after=first[-1].id)
    third = store.page("team", limit=2, after=second[-1].id)
    assert [*first, *second, *third] == jobs[::-1]
    assert (first.more, second.more, third.more) == (True, True, False)
    assert list(store.page("team", newest_first=False)) == jobs


def test_the_same_request_twice_is_one_job(store: JobStore) -> None:
    first, again = job(), job()
    assert store.add(first, once="k", digest="d") == (first, True)
    assert store.add(again, once="k", digest="d") == (first, False)
    assert store.known("team", "k", "d") == first
    with pytest.raises(Conflict, match="another request"):
        store.add(again, once="k", digest="e")
    other = job("other")
    assert store.add(other, once="k", digest="e") == (other, True)  # another team's keys are its own


# --- claims ----------------------------------------------------------------------------------------------------------
def test_a_job_is_claimed_by_one_worker_until_its_lease_ends(store: JobStore, clock: Clock) -> None:
    store.add(job())
    claimed = store.claim("one", ["accepted"])
    assert claimed is not None
    assert store.claim("two", ["accepted"]) is None
    clock.go_on(seconds=20)
    store.renew(claimed, "one", progress=7)
    clock.go_on(seconds=20)
    assert store.claim("two", ["accepted"]) is None
    clock.go_on(seconds=20)
    taken = store.claim("two", ["accepted"])
    assert taken is not None
    assert taken.progress == 7
    with pytest.raises(Conflict):  # who slept through its lease changes nothing any more
        store.move(claimed, "generating", worker="one")
    store.move(taken, "generating", worker="two", ticket="t")


def test_a_job_let_go_waits_its_while(store: JobStore, clock: Clock) -> None:
    store.add(job())
    claimed = store.claim("one", ["accepted"])
    assert claimed is not None
    store.let_go(claimed, "one", after=timedelta(seconds=5))
    assert store.claim("one", ["accepted"]) is None
    clock.go_on(seconds=6)
    assert store.claim("one", ["accepted"]) == claimed


def test_only_the_moves_of_the_picture_are_made(store: JobStore) -> None:
    for start, goals in MOVES.items():
        for goal in MOVES:
            kept = replace(job(), state=start)
            store.add(kept)
            if goal in goals:
                assert store.move(kept, goal).state == goal
            else:
                with pytest.raises(ValueError, match="no job goes from"):
                    store.move(kept, goal)


def test_nothing_ever_leads_past_the_check() -> None:
    reached_from = {goal: {start for start, goals in MOVES.items() if goal in goals} for goal in MOVES}
    assert reached_from["completed"] == {"checking", "released"}
    assert reached_from["checking"] == {"generating", "held_output"}
    assert MOVES["failed"] == ()


def test_a_job_moved_twice_from_one_state_moves_once(store: JobStore) -> None:
    kept = job()
    store.add(kept)
    store.move(kept, "generating")
    with pytest.raises(Conflict, match="no longer accepted"):
        store.move(kept, "failed")
    assert store.remove(kept)
    assert not store.remove(kept)


def test_many_workers_claim_each_job_once(tmp_path: Path, clock: Clock) -> None:
    store = JobStore(tmp_path / "jobs", clock=clock)
    jobs = {store.add(job())[0].id for _ in range(40)}
    claimed: list[str] = []

    def work(name: str) -> None:
        mine = JobStore(tmp_path / "jobs", clock=clock)
        while (found := mine.claim(name, ["accepted"])) is not None:
            claimed.append(found.id)

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(jobs)


def test_a_file_that_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "jobs.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(KyodakuError, match="the database cannot be used"):
        JobStore(tmp_path)


def test_moments_are_kept_in_utc(store: JobStore) -> None:
    kept = job()
    store.add(kept)
    found = store.get(kept.id)
    assert found is not None
    assert found.created_at == START


def test_no_more_jobs_are_open_than_may_be_however_many_come_at_once(store: JobStore) -> None:
    def ask(_number: int) -> bool:
        try:
            store.add(job(), most_open=3)
        except NoRoom:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(24))) == 3
    assert store.in_state("accepted") == 3


def test_a_clock_that_is_put_back_holds_no_job_up(store: JobStore, clock: Clock) -> None:
    store.add(job())
    assert store.claim("before", ("accepted",)) is not None
    clock.go_on(days=-30)
    assert store.claim("after", ("accepted",)) is not None

# SPDX-License-Identifier: Apache-2.0
"""A generator may do what it likes: no job is lost, and nothing that was not checked and permitted is shown."""

from __future__ import annotations

import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Event

import pytest

from kyodaku.errors import KyodakuError
from kyodaku.generation import runner as runner_module
from kyodaku.generation.answer import Answer
from kyodaku.generation.folders import Folders
from kyodaku.generation.generators import GeneratorError, Progress, TicketLost
from kyodaku.generation.holding import holding_on
from kyodaku.generation.job import Job
from kyodaku.generation.runner import Allowed, Runner
from kyodaku.generation.store import JobStore
from support.generating import Clock, ScriptedGenerator, answer, job

RUNNING = Progress(state="running", percent=40)
DONE = Progress(state="done", percent=100)


class Bench:
    """One runner over one job, with a clock that the test moves."""

    def __init__(self, store: JobStore, folders: Folders, clock: Clock, generator: ScriptedGenerator) -> None:
        self.store, self.folders, self.clock, self.generator = store, folders, clock, generator
        self.answers: list[Answer | KyodakuError] = [answer("permitted")]
        self.checked: list[bytes] = []
        self.kept: list[bytes] = []
        self.cannot_keep = False
        self.stamps: list[bytes | KyodakuError] = [b"stamped"]
        self.job = job()
        store.add(self.job)

    def runner(self) -> Runner:
        return Runner(
            store=self.store,
            folders=self.folders,
            generator=self.generator,
            check=self.check,
            stamp=self.stamp,
            keep=self.keep,
            allowed=Allowed(generating=timedelta(minutes=10)),
            clock=self.clock,
        )

    def check(self, _job: Job, video: Path) -> Answer:
        self.checked.append(video.read_bytes())
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(given, KyodakuError):
            raise given
        return given

    def keep(self, _job: Job, video: Path, given: Answer) -> str:
        assert not given.goes_ahead
        self.kept.append(video.read_bytes())
        if self.cannot_keep:
            raise KyodakuError("no room")
        return sha256(video.read_bytes()).hexdigest()

    def stamp(self, _job: Job, video: Path) -> Path:
        given = self.stamps.pop(0) if len(self.stamps) > 1 else self.stamps[0]
        if isinstance(given, KyodakuError):
            raise given
        stamped = video.with_name("stamped.mp4")
        stamped.write_bytes(given)
        return stamped

    def until_quiet(self, *, hours: float = 1) -> Job:
        runner = self.runner()
        for _ in range(int(hours * 360)):
            while runner.turn():
                assert not self.is_shown or self.now.state in ("checking", "completed")
            self.clock.go_on(seconds=10)
        return self.now

    @property
    def now(self) -> Job:
        found = self.store.get(self.job.id)
        assert found is not None
        return found

    @property
    def is_shown(self) -> bool:
        return self.folders.shown(self.job.id).is_file()


@pytest.fixture
def bench(store: JobStore, folders: Folders, clock: Clock) -> Bench:
    return Bench(store, folders, clock, ScriptedGenerator())


def test_a_permitted_video_is_shown(bench: Bench) -> None:
    bench.generator.script = [RUNNING, RUNNING, DONE]
    done = bench.until_quiet()
    assert (done.state, done.progress, done.output_sha256) == ("completed", 100, sha256(b"stamped").hexdigest())
    assert [step.verdict for step in done.steps] == ["permitted"]
    assert bench.folders.shown(done.id).read_bytes() == b"stamped"


def test_progress_is_told_while_it_runs(bench: Bench) -> None:
    bench.generator.script = [RUNNING]
    runner = bench.runner()
    assert [runner.turn() for _ in range(3)] == [
        True,
        True,
        False,
    ]  # started, looked at, and not looked at again at once
    assert (bench.now.state, bench.now.progress) == ("generating", 40)


def test_a_refused_video_is_deleted_and_its_reason_told(bench: Bench) -> None:
    bench.answers = [answer("refused")]
    done = bench.until_quiet()
    assert (done.state, done.fault and done.fault.code) == ("failed", "moderation_blocked")
    assert done.fault is not None
    assert done.fault.message == "The video was refused: A reason."
    assert done.fault.more["works"] == ["film-1"]
    assert bench.folders.unsent(done.id) is None
    assert (bench.kept, done.output_sha256) == ([b"a video"], sha256(b"a video").hexdigest())


def test_a_refused_video_of_which_nothing_can_be_kept_is_not_shown_either(bench: Bench) -> None:
    bench.answers, bench.cannot_keep = [answer("refused")], True
    done = bench.until_quiet()
    assert (done.state, done.fault and done.fault.code, bench.is_shown) == ("failed", "check_failed", False)


def test_a_doubtful_video_is_held_for_a_person(bench: Bench) -> None:
    bench.answers = [answer("review")]
    done = bench.until_quiet()
    assert (done.state, bench.is_shown) == ("held_output", False)
    assert bench.folders.held(done.id).is_file()


def test_a_video_that_cannot_be_checked_is_never_shown(bench: Bench) -> None:
    bench.answers = [KyodakuError("the index cannot be read")]
    done = bench.until_quiet()
    assert (done.state, done.fault and done.fault.code) == ("failed", "check_failed")
    assert len(bench.checked) == 3
    assert not bench.is_shown


def test_what_a_person_released_is_stamped_and_sent(bench: Bench) -> None:
    bench.answers = [answer("review")]
    held = bench.until_quiet()
    bench.store.move(held, "released")
    done = bench.until_quiet()
    assert (done.state, len(bench.checked)) == ("completed", 1)
    assert bench.folders.shown(done.id).read_bytes() == b"stamped"
    assert bench.folders.unsent(done.id) == bench.folders.shown(done.id)


def test_what_a_person_released_and_is_gone_is_told(bench: Bench) -> None:
    bench.answers = [answer("review")]
    held = bench.until_quiet()
    bench.folders.drop(held.id)
    bench.store.move(held, "released")
    assert bench.until_quiet().state == "failed"


def test_a_video_that_cannot_be_stamped_is_never_shown(bench: Bench) -> None:
    bench.stamps = [KyodakuError("the medium cannot be stamped")]
    done = bench.until_quiet()
    assert (done.state, done.fault and done.fault.code) == ("failed", "check_failed")
    assert not bench.is_shown


def test_a_stamp_that_fails_once_is_made_again(bench: Bench) -> None:
    bench.stamps = [KyodakuError("no room"), b"stamped"]
    assert bench.until_quiet().state == "completed"


def test_a_check_that_fails_once_is_made_again(bench: Bench) -> None:
    bench.answers = [KyodakuError("busy"), answer("permitted")]
    assert bench.until_quiet().state == "completed"


class Killed(BaseException):
    """Stands for the end of a process: nothing catches it."""


def dies(*_: object) -> Answer:
    raise Killed


def test_a_worker_that_dies_in_the_check_leaves_the_video_held(bench: Bench) -> None:
    runner = bench.runner()
    runner.check = dies
    with pytest.raises(Killed):
        list(iter(runner.turn, None))
    assert (bench.now.state, bench.is_shown) == ("checking", False)
    assert bench.until_quiet().state == "completed"  # another worker, once the claim has run out


def test_a_video_that_ends_every_worker_ends_no_further_one(bench: Bench) -> None:
    deaths = 0
    while bench.now.state != "failed":
        runner = bench.runner()
        runner.check = dies
        try:
            while runner.turn():
                pass
        except Killed:
            deaths += 1
        bench.clock.go_on(minutes=1)
    assert deaths == 3
    assert (bench.now.fault and bench.now.fault.code, bench.is_shown) == ("check_failed", False)


def test_a_fault_of_ours_costs_the_job_and_not_the_worker(bench: Bench) -> None:
    bench.check = lambda _job, _video: 1 / 0  # type: ignore[assignment, method-assign, return-value]
    done = bench.until_quiet()
    assert (done.state, done.fault and done.fault.code, bench.is_shown) == ("failed", "check_failed", False)


def test_callers_are_told_no_paths(bench: Bench) -> None:
    bench.answers = [KyodakuError("it cannot be read", where="/srv/secret/index")]
    fault = bench.until_quiet().fault
    assert fault is not None
    assert "secret" not in fault.message


def test_what_another_worker_still_writes_is_not_what_is_checked(bench: Bench) -> None:
    slow, quick = bench.runner(), bench.runner()
    slow.stamp = quick.stamp = None
    written = bench.generator.fetch

    def slow_fetch(_ticket: str, path: Path) -> None:
        with path.open("wb") as file:  # it slept through its claim, and another worker does all of it
            bench.clock.go_on(minutes=10)
            bench.generator.fetch = written  # type: ignore[method-assign]
            while quick.turn():
                pass
            file.write(b"other frames")

    slow.turn()
    bench.generator.fetch = slow_fetch  # type: ignore[method-assign]
    slow.turn()
    assert bench.now.state == "completed"
    assert bench.folders.shown(bench.job.id).read_bytes() == b"a video"


def test_who_lost_the_job_shows_nothing_and_deletes_nothing(bench: Bench) -> None:
    slow, quick = bench.runner(), bench.runner()
    while bench.now.state != "checking":
        slow.turn()

    def slow_check(_job: Job, video: Path) -> Answer:
        bench.clock.go_on(minutes=10)
        while quick.turn():
            pass
        return answer("refused")

    slow.check, slow.keep = slow_check, lambda *_: "0" * 64
    slow.turn()
    assert (bench.now.state, bench.is_shown) == ("completed", True)


def test_a_doubtful_video_is_refused_where_nobody_waits(bench: Bench) -> None:
    bench.answers = [answer("review")]
    runner = bench.runner()
    runner.may_wait = lambda _job: False
    while bench.now.state != "failed":
        runner.turn()
    assert (bench.now.fault and bench.now.fault.code) == "moderation_blocked"
    assert bench.folders.unsent(bench.job.id) is None


def test_what_is_deleted_by_the_desk_is_stopped_by_the_worker(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "_DELETED_EVERY_S", 0.0)
    bench.generator.script = [RUNNING]
    runner = bench.runner()
    runner.turn()
    bench.store.remove(bench.now)
    runner.turn()
    assert bench.generator.forgotten == ["ticket-1"]


def test_a_claim_is_renewed_while_a_step_takes_long(bench: Bench) -> None:
    claimed = bench.store.claim("slow", ("accepted",))
    assert claimed is not None
    with holding_on(bench.store, claimed, "slow", longest=timedelta(hours=1), hung=lambda: None, every_s=0.01):
        for _ in range(4):
            bench.clock.go_on(seconds=20)
            time.sleep(0.1)
            assert bench.store.claim("other", ("accepted",)) is None


def test_a_step_that_hangs_is_noticed(bench: Bench) -> None:
    claimed, hung = bench.store.claim("slow", ("accepted",)), Event()
    assert claimed is not None
    with holding_on(bench.store, claimed, "slow", longest=timedelta(0), hung=hung.set, every_s=0.01):
        assert hung.wait(5)


def test_a_worker_that_died_after_the_release_leaves_nothing_unchecked(bench: Bench) -> None:
    runner = bench.runner()
    while bench.now.state != "checking":
        runner.turn()
    bench.folders.release(bench.job.id, bench.folders.held(bench.job.id))  # and here it died
    bench.answers = [answer("refused")]
    assert bench.until_quiet().state == "failed"
    assert not bench.is_shown


def test_a_worker_that_died_after_the_fetch_fetches_no_second_time(bench: Bench) -> None:
    runner = bench.runner()
    runner.turn()
    bench.folders.held(bench.job.id).write_bytes(b"fetched")
    bench.generator.fails_to_fetch = [GeneratorError("gone", is_lasting=True)]
    assert bench.until_quiet().state == "completed"
    assert bench.checked == [b"fetched"]


def test_a_fetch_cut_short_is_never_checked_as_if_it_were_whole(bench: Bench) -> None:
    bench.generator.fails_to_fetch = [GeneratorError("cut short"), TicketLost("gone")]
    assert bench.until_quiet().state == "completed"
    assert bench.checked == [b"a video"]
    assert len(bench.generator.starts) == 2


def test_a_generator_that_never_ends_is_given_up(bench: Bench) -> None:
    bench.generator.script = [RUNNING]
    done = bench.until_quiet()
    assert (done.state, done.fault and done.fault.code) == ("failed", "generator_timeout")
    assert bench.generator.forgotten == ["ticket-1"]


@pytest.mark.parametrize(
    ("script", "code", "tries"),
    [
        ([Progress(state="failed", code="content_policy", message="no")], "content_policy", 1),
        ([TicketLost("it was restarted")], "generator_error", 3),
        ([GeneratorError("HTTP 400", code="bad_request", is_lasting=True)], "bad_request", 1),
        ([GeneratorError("unreachable")], "generator_timeout", 1),
    ],
)
def test_a_generator_that_fails_fails_the_job_with_its_reason(
    bench: Bench, script: list[Progress | GeneratorError], code: str, tries: int
) -> None:
    bench.generator.script = script
    done = bench.until_quiet()
    assert (done.state, done.fault and done.fault.code) == ("failed", code)
    assert len(bench.generator.starts) == tries
    assert not bench.checked


def test_a_generator_that_was_restarted_is_asked_again(bench: Bench) -> None:
    bench.generator.script = [RUNNING, TicketLost("restarted"), DONE]
    assert bench.until_quiet().state == "completed"
    assert len(bench.generator.starts) == 2


def test_a_generator_that_does_not_start_is_asked_a_few_times(bench: Bench) -> None:
    bench.generator.fails_to_start = [GeneratorError("no memory")] * 2
    assert bench.until_quiet().state == "completed"
    bench.generator.fails_to_start = [GeneratorError("no memory")] * 3
    bench.job = job()
    bench.store.add(bench.job)
    assert bench.until_quiet().state == "failed"


def test_a_job_deleted_while_it_is_made_is_not_brought_back(bench: Bench) -> None:
    bench.generator.script = [RUNNING, DONE]
    runner = bench.runner()
    runner.turn()
    runner.turn()
    claimed = bench.store.claim
    bench.store.claim = lambda *given: (claimed(*given), bench.store.remove(bench.job))[0]  # type: ignore[method-assign]
    bench.clock.go_on(seconds=60)
    while runner.turn():
        pass
    assert bench.store.get(bench.job.id) is None
    assert bench.generator.forgotten == ["ticket-1"]
    assert not bench.folders.root.joinpath(bench.job.id).exists()

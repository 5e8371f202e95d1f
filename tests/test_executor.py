"""joblib's backends behind one interface."""

import os
import threading
import time
from pathlib import Path

import joblib
import pytest
from engine_stand_ins import (
    PATIENCE,
    backend,
    executor,
    is_running,
    released,
    wait_for,
    wait_until,
)
from joblib.parallel import ThreadingBackend

from sklearn_hpt.engine import JoblibExecutor, WorkerLostError

BACKENDS = ["sequential", "threading", "loky", "multiprocessing", "dask-threads", "dask-processes"]

pytestmark = pytest.mark.filterwarnings(
    # Python 3.12 warns of forks, which the multiprocessing backend makes.
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


def pid(_):
    time.sleep(0.01)
    return os.getpid()


def divide(a, b):
    return a / b


def interrupt():
    raise KeyboardInterrupt


class TestResults:
    @pytest.mark.parametrize("name", BACKENDS)
    def test_and_exceptions_come_through_futures(self, name):
        with backend(name), executor() as pool:
            quotients = [pool.submit(divide, 6, b) for b in (1, 2, 0, 3)]
            *outcomes, last = [future.exception(PATIENCE) for future in quotients]
            assert [type(error) for error in outcomes] == [
                type(None),
                type(None),
                ZeroDivisionError,
            ]
            assert last is None
            assert [quotients[i].result() for i in (0, 1, 3)] == [6, 3, 2]

            pids = {future.result(PATIENCE) for future in [pool.submit(pid, i) for i in range(8)]}
            is_elsewhere = name in {"loky", "multiprocessing", "dask-processes"}
            assert (os.getpid() not in pids) == is_elsewhere
            assert pool.n_workers == (1 if name == "sequential" else 2)
            assert pool.is_inline == (name == "sequential")
            if not name.startswith("dask"):
                assert pool.is_local == (not is_elsewhere)

    @pytest.mark.parametrize("name", ["threading", "loky", "multiprocessing"])
    @pytest.mark.parametrize("n_jobs", [None, 1])
    def test_are_there_at_once_with_one_job(self, name, n_jobs):
        with backend(name, n_jobs=1), executor(n_jobs) as pool:
            assert pool.is_inline
            assert pool.capacity == 1
            assert pool.submit(threading.get_ident).result(0) == threading.get_ident()

    def test_of_an_interrupt_inline_is_an_interrupt(self):
        with executor() as pool, pytest.raises(KeyboardInterrupt):
            pool.submit(interrupt)

    def test_that_cannot_be_sent_back_are_errors(self):
        with executor(2) as pool:
            future = pool.submit(threading.Lock)
            assert "pickle" in str(future.exception(PATIENCE))
            assert pool.submit(divide, 1, 1).result(PATIENCE) == 1

    def test_tasks_that_cannot_be_sent_are_errors(self):
        with executor(2) as pool:
            future = pool.submit(divide, threading.Lock(), 1)
            assert "pickle" in str(future.exception(PATIENCE))
            assert pool.submit(divide, 1, 1).result(PATIENCE) == 1


class TestNumberOfWorkers:
    @pytest.mark.parametrize(
        ("configured", "n_jobs", "expected"), [(3, None, 3), (3, 2, 2), (None, 2, 2), (1, 2, 2)]
    )
    def test_is_that_of_the_argument_or_else_of_parallel_config(self, configured, n_jobs, expected):
        with joblib.parallel_config("threading", n_jobs=configured), executor(n_jobs) as pool:
            assert pool.n_workers == expected
            assert not pool.is_inline

    def test_of_none_and_no_configuration_is_one(self):
        with executor() as pool:
            assert pool.is_inline

    def test_may_be_all(self):
        with joblib.parallel_config("threading"), executor(-1) as pool:
            assert pool.n_workers == joblib.cpu_count()

    def test_of_zero_is_an_error(self):
        with pytest.raises(ValueError, match="n_jobs == 0"):
            JoblibExecutor(0)

    @pytest.mark.parametrize(
        ("n_jobs", "pre_dispatch", "capacity"),
        [
            (2, "2*n_jobs", 4),
            (3, "2 * n_jobs + 1", 7),
            (2, "n_jobs", 2),
            (2, "1.5*n_jobs", 3),
            (2, 5, 5),
            (2, "5", 5),
            (4, 1, 4),  # fewer would leave workers without work
        ],
    )
    def test_and_pre_dispatch_give_the_capacity(self, n_jobs, pre_dispatch, capacity):
        with joblib.parallel_config("threading"), executor(n_jobs, pre_dispatch) as pool:
            assert pool.capacity == capacity

    @pytest.mark.parametrize("pre_dispatch", ["n_jobs*", "many", "[1]"])
    def test_and_nonsense_for_pre_dispatch_are_an_error(self, pre_dispatch):
        with joblib.parallel_config("threading"), pytest.raises(ValueError, match="pre_dispatch"):
            JoblibExecutor(2, pre_dispatch)

    def test_does_not_bound_the_capacity_of_all(self):
        with joblib.parallel_config("threading"), executor(2, "all") as pool:
            assert pool.capacity > 10**6


def describe_nested(n_jobs):
    with executor(n_jobs) as pool:
        return pool.is_inline, pool.is_local, pool.submit(os.getpid).result(PATIENCE) == os.getpid()


class TestNesting:
    @pytest.mark.parametrize("name", ["threading", "loky"])
    def test_is_inline_unless_asked_for(self, name):
        with backend(name), executor() as pool:
            assert pool.submit(describe_nested, None).result(PATIENCE) == (True, True, True)

    @pytest.mark.parametrize("name", ["threading", "loky"])
    def test_starts_no_processes_within_workers(self, name):
        with backend(name), executor() as pool:
            _, is_local, is_same_process = pool.submit(describe_nested, 2).result(PATIENCE)
            assert is_local
            assert is_same_process


def sleep_and_tell(path):
    Path(path).write_text(str(os.getpid()))
    time.sleep(10 * PATIENCE)


class TestShutdown:
    def test_drops_what_threads_have_not_begun(self):
        begun = []
        with released() as (release,):

            def work(i):
                begun.append(i)
                wait_for(release)

            with joblib.parallel_config("threading"), executor(2) as pool:
                for i in range(6):
                    pool.submit(work, i)
                wait_until(lambda: len(begun) == 2)
        time.sleep(0.1)
        assert len(begun) == 2

    @pytest.mark.parametrize("name", ["sequential", "threading", "loky", "multiprocessing"])
    def test_may_be_repeated_and_another_executor_opened(self, name):
        with backend(name):
            for _ in range(2):
                pool = JoblibExecutor()
                assert pool.submit(divide, 4, 2).result(PATIENCE) == 2
                pool.shutdown()
                pool.shutdown()

    def test_within_another_use_of_joblib_leaves_that_alone(self):
        with joblib.Parallel(n_jobs=2, return_as="generator") as parallel:
            outer = parallel(joblib.delayed(divide)(i, 1) for i in range(20))
            assert next(outer) == 0
            with executor(2) as pool:
                assert pool.submit(divide, 4, 2).result(PATIENCE) == 2
            assert list(outer) == list(range(1, 20))

    def test_kills_processes_in_mid_task(self, tmp_path):
        path = tmp_path / "pid"
        with executor(2) as pool:
            future = pool.submit(sleep_and_tell, str(path))
            wait_until(lambda: path.exists() and path.read_text())
        worker = int(path.read_text())
        wait_until(lambda: not is_running(worker))
        assert future.exception(PATIENCE) is not None

    def test_leaves_other_searches_and_joblibs_own_work_alone(self):
        with executor(2) as mine, executor(2) as other:
            futures = [mine.submit(pid_after, 1.0) for _ in range(4)]
            others = [other.submit(pid_after, 10 * PATIENCE) for _ in range(2)]
            wait_until(lambda: all(one.running() for one in others))
            with joblib.Parallel(n_jobs=2, return_as="generator") as parallel:
                theirs = parallel(joblib.delayed(pid_after)(0.3) for _ in range(4))
                next(theirs)
                other.shutdown(wait=False)
                assert all(isinstance(one.exception(PATIENCE), WorkerLostError) for one in others)
                assert {future.result(PATIENCE) for future in futures}.isdisjoint(theirs)

    def test_leaves_behind_what_nobody_can_end(self):
        with released() as (release,), backend("threading"):
            pool = JoblibExecutor()
            future = pool.submit(wait_for, release)
            wait_until(future.running)
            start = time.monotonic()
            pool.shutdown(wait=False)
            assert time.monotonic() - start < PATIENCE / 2
            assert not release.is_set()


def pid_after(seconds):
    time.sleep(seconds)
    return os.getpid()


class CountingBackend(ThreadingBackend):
    """A backend that joblib was taught by somebody else."""

    n_terminated = 0

    def terminate(self):
        CountingBackend.n_terminated += 1
        super().terminate()


@pytest.fixture
def _counting_backend():
    joblib.register_parallel_backend("counting", CountingBackend)
    yield
    joblib.parallel.BACKENDS.pop("counting")


@pytest.mark.usefixtures("_counting_backend")
class TestBackendsOfOthers:
    def test_are_used_as_they_document_it(self):
        with joblib.parallel_config("counting", n_jobs=2), executor() as pool:
            futures = [pool.submit(divide, 6, b) for b in (1, 2, 0)]
            assert [future.result(PATIENCE) for future in futures[:2]] == [6, 3]
            assert isinstance(futures[2].exception(PATIENCE), ZeroDivisionError)
            assert (pool.n_workers, pool.is_local, pool.is_inline) == (2, True, False)

    def test_may_be_used_by_others_meanwhile(self):
        with joblib.parallel_config("counting", n_jobs=2), executor() as pool:
            future = pool.submit(pid_after, 0.2)
            n_terminated = CountingBackend.n_terminated
            assert joblib.Parallel()(joblib.delayed(divide)(i, 1) for i in range(4)) == [0, 1, 2, 3]
            assert CountingBackend.n_terminated > n_terminated
            assert future.result(PATIENCE) == os.getpid()

    def test_run_inline_with_one_worker(self):
        with joblib.parallel_config("counting", n_jobs=1), executor() as pool:
            assert pool.is_inline


@pytest.mark.parametrize("name", BACKENDS)
def test_joblib_may_be_used_between_two_tasks(name):
    """By a forest as surrogate, a sampler, a callback: all that the caller's side does."""
    with backend(name), executor() as pool:
        for b in (1, 2, 3):
            future = pool.submit(divide, 6, b)
            assert joblib.Parallel()(joblib.delayed(divide)(i, 1) for i in range(4)) == [0, 1, 2, 3]
            assert future.result(PATIENCE) == 6 / b

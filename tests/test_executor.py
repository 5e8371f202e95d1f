"""joblib's backends behind one interface, and constants that travel once."""

import operator
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import joblib
import numpy as np
import pytest
from engine_stand_ins import (
    PATIENCE,
    FakeEvaluation,
    Script,
    backend,
    released,
    run,
    wait_for,
    wait_until,
)

from sklearn_hpt.engine import JoblibExecutor, WorkerLostError

BACKENDS = ["sequential", "threading", "loky", "multiprocessing", "dask-threads", "dask-processes"]

pytestmark = pytest.mark.filterwarnings(
    # Python 3.12 warns of forks, which joblib's multiprocessing backend makes.
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


@contextmanager
def executor(*args, **kwargs):
    opened = JoblibExecutor(*args, **kwargs)
    try:
        yield opened
    finally:
        opened.shutdown()


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
            quotients = [pool.submit(divide, 6, b=b) for b in (1, 2, 0, 3)]
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


class CountsItsLoading:
    """Leaves a line in a file wherever it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __getstate__(self):
        return {"path": self.path}

    def __setstate__(self, state):
        self.__dict__.update(state)
        with Path(self.path).open("a") as file:
            file.write(f"{os.getpid()}\n")


def use(shared, _):
    time.sleep(0.01)
    assert shared.value.path
    return os.getpid()


def describe(shared):
    return {name: (array.flags.writeable, array.sum()) for name, array in shared.value.items()}


def call(shared, *args):
    return shared.value(*args)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Return a function that lists the folders with constants."""
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    return lambda: list(tmp_path.glob("sklearn_hpt_*"))


class TestShared:
    @pytest.mark.parametrize("name", ["loky", "multiprocessing", "dask-processes"])
    def test_is_loaded_once_by_each_process(self, name, tmp_path):
        path = tmp_path / "loads"
        with backend(name), executor() as pool:
            shared = pool.share(CountsItsLoading(str(path)))
            futures = [pool.submit(use, shared, i) for i in range(30)]
            pids = {future.result(PATIENCE) for future in futures}
            shared.close()
        loads = Counter(int(line) for line in path.read_text().split())
        loads.pop(os.getpid(), None)
        assert pids <= set(loads)
        assert set(loads.values()) == {1}

    @pytest.mark.parametrize("name", ["sequential", "threading"])
    def test_is_the_very_object_in_one_process(self, name, tmp_path, folders):
        with backend(name), executor() as pool:
            shared = pool.share(value := object())
            assert pool.submit(operator.attrgetter("value"), shared).result(PATIENCE) is value
            assert folders() == []

    def test_maps_large_arrays_and_copies_small_ones(self):
        value = {"large": np.ones(2**20), "small": np.ones(10)}
        with executor(2) as pool:
            shared = pool.share(value)
            assert pool.submit(describe, shared).result(PATIENCE) == {
                "large": (False, 2**20),
                "small": (True, 10),
            }
            shared.close()

    @pytest.mark.parametrize("name", ["loky", "multiprocessing", "dask-processes"])
    def test_may_hold_what_plain_pickle_refuses(self, name):
        """A function of the user's notebook, for instance."""
        with backend(name), executor() as pool:
            shared = pool.share(lambda a: a + 1)
            assert pool.submit(call, shared, 1).result(PATIENCE) == 2
            shared.close()

    @pytest.mark.parametrize("name", ["loky", "multiprocessing"])
    def test_is_removed_when_closed(self, name, folders):
        with backend(name), executor() as pool:
            shared = pool.share([1, 2])
            assert len(folders()) == 1
            shared.close()
            assert folders() == []
            shared.close()

    def test_is_removed_when_forgotten(self, folders):
        with executor(2) as pool:
            pool.share([1, 2])
            assert folders() == []

    def test_that_cannot_be_sent_leaves_nothing_behind(self, folders):
        with pytest.raises((TypeError, ValueError), match="pickle"):
            list(run(FakeEvaluation(threading.Lock()), Script(3), "loky", 2))
        assert folders() == []

    def test_is_removed_after_an_error(self, folders):
        class Broken(Script):
            def tell(self, result):
                assert len(folders()) == 1
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            list(run(FakeEvaluation(operator.add), Broken(3), "loky", 2))
        assert folders() == []

    def test_is_removed_after_the_process_was_killed(self, folders, tmp_path):
        """By joblib's resource tracker, once the workers too have left."""
        script = tmp_path / "script.py"
        script.write_text(
            """
import os
import time
from sklearn_hpt.engine import JoblibExecutor

def leave_with(parent):
    while os.getppid() == parent:
        time.sleep(0.05)
    os._exit(1)

if __name__ == "__main__":
    pool = JoblibExecutor(2)
    shared = pool.share(list(range(1000)))
    print(pool.submit(len, [0]).result(), flush=True)
    for _ in range(2):
        pool.submit(leave_with, os.getpid())
    time.sleep(1000)
"""
        )
        with subprocess.Popen(
            [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout.readline() == b"1\n"
            assert len(folders()) == 1
            time.sleep(0.5)  # until both workers are at work
            process.send_signal(signal.SIGKILL)
        wait_until(lambda: folders() == [])


def sleep_and_tell(path):
    Path(path).write_text(str(os.getpid()))
    time.sleep(10 * PATIENCE)


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "(zombie)" not in Path(f"/proc/{process}/status").read_text()


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

    def test_of_another_search_on_the_same_processes_is_a_lost_worker(self):
        """All users of loky in a process share its workers."""
        with executor(2) as mine:
            with executor(2) as other:
                futures = [pool.submit(time.sleep, PATIENCE) for pool in (mine, other, mine)]
                time.sleep(0.5)
                other.shutdown(wait=False)
            for future in (futures[0], futures[2], mine.submit(divide, 1, 1)):
                assert isinstance(future.exception(PATIENCE), WorkerLostError)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_fails_its_task_and_not_the_process():
    with executor(2) as pool:
        error = pool.submit(die).exception(PATIENCE)
        assert isinstance(error, WorkerLostError)
        assert "worker was lost" in str(error)
        assert error.__cause__ is not None
        # What is submitted to the broken pool fails in the same way.
        assert isinstance(pool.submit(divide, 1, 1).exception(PATIENCE), WorkerLostError)

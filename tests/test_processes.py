"""Worker processes that a search has to itself."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import joblib
import pytest
from engine_stand_ins import PATIENCE, backend, executor, is_running, wait_until

from sklearn_hpt.engine import WorkerLostError
from sklearn_hpt.engine.workers import TaskTimeoutError

PROCESSES = ["loky", "multiprocessing"]

pytestmark = pytest.mark.filterwarnings(
    # Python 3.12 warns of forks, which the multiprocessing backend makes.
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    os._exit(7)


def pid_after(seconds=0.0):
    time.sleep(seconds)
    return os.getpid()


def tell_and_sleep(path, seconds=10 * PATIENCE):
    Path(path).write_text(str(os.getpid()))
    time.sleep(seconds)


def with_a_child(path):
    """Start a child that would keep this process's pipes open."""
    if (child := os.fork()) == 0:
        time.sleep(10 * PATIENCE)
        os._exit(0)
    Path(path).write_text(str(child))
    die()


@pytest.mark.parametrize("name", PROCESSES)
class TestALostWorker:
    def test_fails_its_task_and_no_other(self, name):
        with backend(name), executor() as pool:
            others = [pool.submit(pid_after, 0.3) for _ in range(3)]
            error = pool.submit(die).exception(PATIENCE)
            assert isinstance(error, WorkerLostError)
            assert error.is_crash
            assert "worker was lost" in str(error)
            assert "SIGKILL" in str(error)
            assert os.getpid() not in {other.result(PATIENCE) for other in others}
            assert pool.submit(pid_after).result(PATIENCE) > 0

    def test_is_reported_with_its_exit_code(self, name):
        with backend(name), executor() as pool:
            assert "exit code 7" in str(pool.submit(leave).exception(PATIENCE))

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    def test_is_noticed_even_if_a_child_of_it_lives_on(self, name, tmp_path):
        with backend(name), executor() as pool:
            error = pool.submit(with_a_child, str(tmp_path / "child")).exception(PATIENCE)
        os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
        assert isinstance(error, WorkerLostError)


@pytest.mark.parametrize("name", PROCESSES)
class TestATaskThatTakesTooLong:
    def test_is_ended_and_no_other(self, name, tmp_path):
        path = tmp_path / "pid"
        with backend(name), executor() as pool:
            assert pool.can_end_tasks
            other = pool.submit(pid_after, 1.0)
            hanging = pool.submit(tell_and_sleep, str(path), seconds=0.5)
            assert isinstance(hanging.exception(PATIENCE), TaskTimeoutError)
            wait_until(lambda: not is_running(int(path.read_text())))
            assert other.result(PATIENCE) > 0
            assert pool.submit(pid_after, seconds=PATIENCE).result(PATIENCE) > 0

    def test_is_not_one_whose_worker_takes_long_to_start(self, name):
        def sleep():
            time.sleep(0.5)

        with joblib.parallel_config(name, n_jobs=2, initializer=sleep), executor() as pool:
            assert pool.submit(pid_after, seconds=0.3).result(PATIENCE) != os.getpid()


class TestIdleWorkers:
    def test_serve_the_next_search(self):
        pids = []
        for _ in range(3):
            with executor(2) as pool:
                futures = [pool.submit(pid_after, 0.1) for _ in range(4)]
                pids.append({future.result(PATIENCE) for future in futures})
        assert len(set.union(*pids)) <= 2

    def test_that_have_died_do_not(self):
        with executor(2) as pool:
            worker = pool.submit(pid_after).result(PATIENCE)
        os.kill(worker, signal.SIGKILL)
        with executor(2) as pool:
            assert pool.submit(pid_after).result(PATIENCE) != worker

    def test_of_another_environment_end(self):
        with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1), executor() as pool:
            worker = pool.submit(pid_after).result(PATIENCE)
            assert pool.submit(os.getenv, "OMP_NUM_THREADS").result(PATIENCE) == "1"
        with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=2), executor() as pool:
            assert pool.submit(os.getenv, "OMP_NUM_THREADS").result(PATIENCE) == "2"
        wait_until(lambda: not is_running(worker))

    def test_end_after_a_while(self):
        with joblib.parallel_config("loky", n_jobs=2, idle_worker_timeout=0.5), executor() as pool:
            worker = pool.submit(pid_after).result(PATIENCE)
        wait_until(lambda: not is_running(worker))
        with joblib.parallel_config("loky", n_jobs=2, idle_worker_timeout=0.5), executor() as pool:
            assert pool.submit(pid_after).result(PATIENCE) != worker

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    def test_are_not_shared_with_a_fork_of_this_process(self):
        with executor(2) as pool:
            worker = pool.submit(pid_after).result(PATIENCE)
        with joblib.parallel_config("multiprocessing", n_jobs=2), executor() as pool:
            assert pool.submit(pid_in_a_search_of_its_own).result(PATIENCE) != worker


def pid_in_a_search_of_its_own():
    from sklearn_hpt.engine.workers import _processes

    return len(_processes._idle) or os.getpid()


def test_are_initialised_as_joblib_is_told():
    def initialise(value):
        os.environ["SKLEARN_HPT_TEST"] = value

    settings = {"initializer": initialise, "initargs": ("told",)}
    with joblib.parallel_config("loky", n_jobs=2, **settings), executor() as pool:
        assert pool.submit(os.getenv, "SKLEARN_HPT_TEST").result(PATIENCE) == "told"


def test_that_do_not_start_are_an_error():
    def initialise():
        os._exit(1)

    settings = {"backend": "multiprocessing", "initializer": initialise}
    with joblib.parallel_config(n_jobs=2, **settings), executor() as pool:
        error = pool.submit(pid_after).exception(PATIENCE)
    assert isinstance(error, RuntimeError)
    assert "2 worker processes in a row" in str(error)


def test_errors_of_a_task_come_back_whatever_they_are():
    class Odd(Exception):
        def __init__(self, a, b):
            super().__init__(a)

    class Unpicklable(Exception):
        def __reduce__(self):
            raise TypeError("no pickle of it")

    def fail(error):
        raise error

    with executor(2) as pool:
        odd = pool.submit(lambda: fail(Odd("odd", 1))).exception(PATIENCE)
        unpicklable = pool.submit(lambda: fail(Unpicklable("unpicklable"))).exception(PATIENCE)
        ended = pool.submit(lambda: fail(SystemExit(3))).exception(PATIENCE)
        assert pool.submit(pid_after).result(PATIENCE) > 0
    assert "odd" in str(odd)
    assert "unpicklable" in str(unpicklable)
    assert isinstance(ended, SystemExit)


def test_only_as_many_workers_as_tasks_are_started():
    with executor(8) as pool:
        pids = {pool.submit(pid_after).result(PATIENCE) for _ in range(5)}
    assert len(pids) == 1


@pytest.mark.parametrize("name", PROCESSES)
def test_python_ends_though_a_search_does_not(name, tmp_path):
    """In a thread that it does not wait for."""
    script = tmp_path / "script.py"
    script.write_text(
        f"""
import threading, time
import joblib
from sklearn_hpt.engine import JoblibExecutor

def search():
    with joblib.parallel_config({name!r}, n_jobs=2):
        pool = JoblibExecutor()
    print(pool.submit(abs, -1).result(), flush=True)
    pool.submit(time.sleep, 1000).result()

if __name__ == "__main__":
    threading.Thread(target=search, daemon=True).start()
    time.sleep(1000)
"""
    )
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout.readline() == b"1\n"
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def test_threads_may_search_at_the_same_time():
    found = {}

    def search(n):
        with executor(n) as pool:
            found[n] = {pool.submit(pid_after, 0.1).result(PATIENCE) for _ in range(3)}

    threads = [threading.Thread(target=search, args=(n,)) for n in (2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, found.values())) == len(set.union(*found.values()))

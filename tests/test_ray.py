"""A small ray cluster of this machine's."""

import os
import signal
import sys
import time

import joblib
import numpy as np
import pytest
from engine_stand_ins import PATIENCE, Toy, X, executor, is_running, wait_until, y

from sklearn_hpt import BayesSearch
from sklearn_hpt.engine import WorkerLostError
from sklearn_hpt.engine.workers import TaskTimeoutError

ray = pytest.importorskip("ray")

# ray opens files and sockets that it leaves to the end of the process.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:.*Ray:FutureWarning"),
    pytest.mark.xdist_group("ray"),
]


@pytest.fixture(scope="module", autouse=True)
def _cluster():
    """Start one, which takes seconds, and make it joblib's backend."""
    from ray.util.joblib import register_ray

    with pytest.MonkeyPatch.context() as environment:
        # Its workers find what the tests find.
        environment.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        ray.init(
            num_cpus=2,
            include_dashboard=False,
            object_store_memory=100 * 2**20,
            log_to_driver=False,
            configure_logging=False,
        )
    register_ray()
    with joblib.parallel_config("ray", n_jobs=2):
        yield
    ray.shutdown()


def divide(a, b):
    return a / b


def pid_after(seconds=0.0):
    time.sleep(seconds)
    return os.getpid()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def total(shared, number):
    return float(shared.value.sum()) + number, os.getpid()


def test_results_and_errors_come_back():
    with executor() as pool:
        futures = [pool.submit(divide, 6, b) for b in (1, 2, 0)]
        assert [future.result(PATIENCE) for future in futures[:2]] == [6, 3]
        error = futures[2].exception(PATIENCE)
        assert isinstance(error, ZeroDivisionError)
        assert "in divide" in str(error.__cause__)
        assert (pool.n_workers, pool.is_local, pool.is_inline) == (2, False, False)
        assert "pickle" in str(pool.submit(id, pool).exception(PATIENCE))


def test_constants_travel_once_and_go_with_the_search():
    with executor() as pool:
        shared = pool.share(np.ones(2**20))
        found = [pool.submit(total, shared, i).result(PATIENCE) for i in range(5)]
        assert [value for value, _ in found] == [2**20 + i for i in range(5)]
        shared.close()
    for _, worker in found:
        wait_until(lambda worker=worker: not is_running(worker))


def test_a_lost_worker_fails_its_task_and_no_other():
    with executor() as pool:
        other = pool.submit(pid_after, 0.5)
        error = pool.submit(die).exception(PATIENCE)
        assert isinstance(error, WorkerLostError)
        assert error.is_crash
        assert other.result(PATIENCE) > 0
        assert pool.submit(pid_after).result(PATIENCE) > 0


def test_a_task_that_takes_too_long_is_ended():
    with executor() as pool:
        worker = pool.submit(pid_after).result(PATIENCE)
        hanging = pool.submit(pid_after, 10 * PATIENCE, seconds=0.3)
        assert isinstance(hanging.exception(PATIENCE), TaskTimeoutError)
        wait_until(lambda: not is_running(worker))


def test_a_search_finds_what_it_finds_without():
    def fit():
        space = {"value": (0.0, 1.0)}
        return BayesSearch(Toy(), space, n_iter=6, cv=2, random_state=0).fit(X, y)

    found = fit()
    with joblib.parallel_config("sequential"):
        expected = fit()
    np.testing.assert_array_equal(
        found.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )
    assert found.best_params_ == expected.best_params_

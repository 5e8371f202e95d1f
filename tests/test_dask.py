"""What is particular to a dask cluster."""

import os
import signal
import threading
import time
from pathlib import Path

import joblib
import numpy as np
import pytest
from engine_stand_ins import (
    PATIENCE,
    Toy,
    X,
    backend,
    dask_backend,
    executor,
    released,
    wait_for,
    wait_until,
    y,
)

from sklearn_hpt import BayesSearch
from sklearn_hpt.engine import JoblibExecutor

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.xdist_group("dask")


def keys_on(dask_worker):
    return list(dask_worker.data)


class KillsOnce(Toy):
    """Kills its process the first time that it is fitted at 3."""

    def __init__(self, value=0, seconds=0.0, marks=None):
        super().__init__(value, seconds)
        self.marks = marks

    def fit(self, X, y=None):
        if self.value == 3 and not Path(self.marks).exists():
            Path(self.marks).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)


def add(shared, number):
    return shared.value[0] + number


def test_nothing_that_a_search_shared_stays_on_the_cluster():
    with backend("dask-processes"):
        client = distributed.get_client()
        with executor() as pool:
            shared = pool.share(np.ones(2**20))
            assert pool.submit(add, shared, 1).result(PATIENCE) == 2
            assert sum(map(len, client.run(keys_on).values())) >= 1
            shared.close()
        wait_until(lambda: not any(client.run(keys_on).values()))


def test_tasks_that_wait_are_not_started_after_the_end():
    begun = []
    with released() as (release,), backend("dask-threads"):
        EVENTS["release"] = release
        EVENTS["begun"] = begun
        pool = JoblibExecutor(pre_dispatch="all")
        for i in range(20):
            pool.submit(begin_and_wait, i)
        wait_until(lambda: len(begun) == 2)
        pool.shutdown(wait=False)
        release.set()
        time.sleep(0.3)
    assert len(begun) < 6


# Threads of this process find here what cannot be pickled.
EVENTS = {}


def begin_and_wait(i):
    EVENTS["begun"].append(i)
    wait_for(EVENTS["release"])


def test_a_worker_that_dies_with_the_data_costs_a_retry(tmp_path):
    with dask_backend(processes=True, is_fresh=True):
        search = BayesSearch(
            KillsOnce(marks=str(tmp_path / "marks")), {"value": list(range(6))}, n_iter=6, cv=2
        )
        found = search.fit(X, y).cv_results_["mean_test_score"]
    expected = BayesSearch(Toy(), {"value": list(range(6))}, n_iter=6, cv=2).fit(X, y)
    np.testing.assert_array_equal(found, expected.cv_results_["mean_test_score"])


@pytest.mark.parametrize("surrogate", ["gp", "forest"])
def test_the_searchers_side_may_use_joblib(surrogate):
    """Whose dask backend the two would share."""
    with backend("dask-threads"):
        search = BayesSearch(
            Toy(), {"value": (0.0, 1.0)}, n_iter=14, cv=2, random_state=0, surrogate=surrogate
        )
        assert len(search.fit(X, y).cv_results_["params"]) == 14


def test_a_cluster_without_workers_is_an_error():
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask", wait_for_workers_timeout=0.2),
        pytest.raises(TimeoutError, match="no worker"),
    ):
        BayesSearch(Toy(), {"value": (0.0, 1.0)}).fit(X, y)


def test_what_cannot_be_pickled_is_an_error():
    with backend("dask-processes"), executor() as pool:
        with pytest.raises(TypeError, match="pickle"):
            pool.share(threading.Lock())
        assert "pickle" in str(pool.submit(id, threading.Lock()).exception(PATIENCE))
